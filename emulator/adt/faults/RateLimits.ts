/**
 * How many requests of each kind a second of the service's clock may have. Kinds and rates are those of Azure's published
 * service limits, ten writes on one twin together with its relationships among them.
 */

import { relationshipKey } from "../Ends.ts";
import type { ServiceRequest } from "../http/types.ts";
import type { Instance } from "../Instance.ts";
import { isObject } from "../types.ts";

/** Per second. */
export interface Rates {
  models: number;
  eventRoutes: number;
  reads: number;
  patches: number;
  createsAndDeletes: number;
  /** On a single twin or its incoming and outgoing relationships. */
  writesPerTwin: number;
  queries: number;
  queryUnits: number;
}

export const AZURE_RATES: Rates = {
  models: 100,
  eventRoutes: 100,
  reads: 1_000,
  patches: 1_000,
  createsAndDeletes: 500,
  writesPerTwin: 10,
  queries: 500,
  queryUnits: 4_000,
};

type Counted = Exclude<keyof Rates, "writesPerTwin" | "queryUnits">;

export class RateLimits {
  readonly #instance: Instance;
  #second = Number.NaN;
  readonly #counts = new Map<Counted, number>();
  readonly #twins = new Map<string, number>();
  #queryUnits = 0;

  constructor(instance: Instance) {
    this.#instance = instance;
  }

  /** The rate that a request goes over; undefined: it is within all of them, and counted. */
  exceeded(request: ServiceRequest, rates: Rates, now: number): keyof Rates | undefined {
    this.#turn(now);
    const kind = kindOf(request);
    if (kind === undefined) {
      return undefined;
    }
    const count = (this.#counts.get(kind) ?? 0) + 1;
    if (count > rates[kind]) {
      return kind;
    }
    if (kind === "queries" && this.#queryUnits >= rates.queryUnits) {
      return "queryUnits";
    }
    const twins = kind === "patches" || kind === "createsAndDeletes" ? this.#twinsOf(request) : [];
    if (twins.some((id) => (this.#twins.get(id) ?? 0) >= rates.writesPerTwin)) {
      return "writesPerTwin";
    }
    this.#counts.set(kind, count);
    for (const id of twins) {
      this.#twins.set(id, (this.#twins.get(id) ?? 0) + 1);
    }
    return undefined;
  }

  charge(queryUnits: number, now: number): void {
    this.#turn(now);
    this.#queryUnits += queryUnits;
  }

  #turn(now: number): void {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#counts.clear();
      this.#twins.clear();
      this.#queryUnits = 0;
    }
  }

  /** The twin of the path, and the one at the other end of a relationship. */
  #twinsOf(request: ServiceRequest): string[] {
    const [, source = "", collection, id = ""] = request.path;
    if (collection !== "relationships") {
      return [source];
    }
    const known = this.#instance.relationships.get(relationshipKey(source, id))?.targetId;
    const target = known ?? targetIn(request);
    return target === undefined || target === source ? [source] : [source, target];
  }
}

function targetIn(request: ServiceRequest): string | undefined {
  if (request.method !== "PUT") {
    return undefined;
  }
  try {
    const body = request.json();
    return isObject(body) && typeof body["$targetId"] === "string" ? body["$targetId"] : undefined;
  } catch {
    // The operation will say what is wrong with it.
    return undefined;
  }
}

/** Undefined: telemetry, which has no documented rate. */
function kindOf({ method, path }: ServiceRequest): Counted | undefined {
  switch (path[0]) {
    case "models":
      return "models";
    case "eventroutes":
      return "eventRoutes";
    case "query":
      return "queries";
    default:
      return path.at(-1) === "telemetry" ? undefined : kindOfTwinRequest(method);
  }
}

function kindOfTwinRequest(method: string): Counted {
  return method === "GET" ? "reads" : method === "PATCH" ? "patches" : "createsAndDeletes";
}
