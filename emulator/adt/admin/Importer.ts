/**
 * Takes NDJSON in the format of Azure's import jobs into the instance, line by line: sections Header, Models, Twins,
 * Relationships, in this order.
 *
 * As with an import job, lines that are wrong are reported and the others are taken; there are no notifications. Models are
 * uploaded together at the end of their section, since they may refer to each other in any order; those that are there
 * already are left alone, twins and relationships replaced.
 */
import { extendGraph } from "../modelGraph.ts";
import { putRelationshipDocument } from "../operations/relationships.ts";
import type { Service } from "../operations/Service.ts";
import { putTwinDocument } from "../operations/twins.ts";
import { ServiceError } from "../ServiceError.ts";
import { isObject, type JsonObject } from "../types.ts";

export interface ImportResult {
  status: "succeeded" | "failed";
  models: number;
  twins: number;
  relationships: number;
  /** The first ones; `failures` counts all. */
  errors: { line: number; code: string; message: string }[];
  failures: number;
}

const SECTIONS = ["Header", "Models", "Twins", "Relationships"] as const;
type Section = (typeof SECTIONS)[number];
const MOST_ERRORS = 100;

export class Importer {
  readonly #service: Service;
  readonly #time: () => string;
  readonly #result: ImportResult = {
    status: "succeeded",
    models: 0,
    twins: 0,
    relationships: 0,
    errors: [],
    failures: 0,
  };
  #line = 0;
  #section: Section | undefined;
  #header: JsonObject = {};
  #models: JsonObject[] = [];

  /** `time` in the service's form. */
  constructor(service: Service, time: () => string) {
    this.#service = service;
    this.#time = time;
  }

  take(text: string): void {
    this.#line += 1;
    if (text.trim() === "") {
      return;
    }
    this.#try(() => this.#takeValue(parse(text)));
  }

  /** To be called once, after the last line. */
  end(): ImportResult {
    this.#endModels();
    this.#try(() => this.#takeHeader());
    return this.#result;
  }

  #try(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof ServiceError)) {
        throw error;
      }
      this.#result.status = "failed";
      this.#result.failures += 1;
      if (this.#result.errors.length < MOST_ERRORS) {
        const message = [error.message, ...error.details].join(" ");
        this.#result.errors.push({ line: this.#line, code: error.code, message });
      }
    }
  }

  #takeValue(value: JsonObject): void {
    if (typeof value["Section"] === "string") {
      this.#begin(value["Section"]);
    } else if (this.#section === "Header") {
      this.#header = value;
    } else if (this.#section === "Models") {
      this.#models.push(value);
    } else if (this.#section === "Twins") {
      putTwinDocument(this.#service, idIn(value, "$dtId"), value, this.#time());
      this.#result.twins += 1;
    } else if (this.#section === "Relationships") {
      const [source, id] = [idIn(value, "$sourceId"), idIn(value, "$relationshipId")];
      putRelationshipDocument(this.#service, source, id, value);
      this.#result.relationships += 1;
    } else {
      throw new ServiceError("ValidationFailed", 'The first line has to be {"Section":"Header"}.');
    }
  }

  #begin(name: string): void {
    const section = SECTIONS.find((one) => one === name);
    const before = this.#section === undefined ? -1 : SECTIONS.indexOf(this.#section);
    if (section === undefined || SECTIONS.indexOf(section) <= before) {
      const expected = SECTIONS.slice(before + 1).join(", ") || "no more";
      throw new ServiceError("ValidationFailed", `Section ${name} cannot stand here; expected ${expected}.`);
    }
    this.#endModels();
    this.#section = section;
  }

  #endModels(): void {
    const { instance } = this.#service;
    const models = this.#models.filter((model) => !instance.models.has(String(model["@id"])));
    this.#models = [];
    if (models.length === 0) {
      return;
    }
    this.#try(() => {
      const graph = extendGraph(instance.graph, models);
      const uploadTime = this.#time();
      const records = models.map((document) => ({
        ordinal: instance.nextOrdinal(),
        id: String(document["@id"]),
        uploadTime,
        decommissioned: false,
        document,
      }));
      instance.putModels(records, graph);
      this.#result.models += records.length;
    });
  }

  /** At the end: a decommissioned model takes no twins. */
  #takeHeader(): void {
    const { instance } = this.#service;
    const { decommissioned = [], eventRoutes = [] } = this.#header;
    for (const id of Array.isArray(decommissioned) ? decommissioned : []) {
      const model = instance.models.get(String(id));
      if (model !== undefined) {
        instance.replaceModel({ ...model, decommissioned: true });
      }
    }
    for (const route of Array.isArray(eventRoutes) ? eventRoutes.filter(isObject) : []) {
      const [id, endpointName, filter] = [idIn(route, "id"), idIn(route, "endpointName"), idIn(route, "filter")];
      const ordinal = instance.routes.get(id)?.ordinal ?? instance.nextOrdinal();
      instance.putRoute({ ordinal, id, endpointName, filter });
    }
  }
}

function parse(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ServiceError("ValidationFailed", `The line is not JSON: ${(error as Error).message}`);
  }
  if (!isObject(value)) {
    throw new ServiceError("ValidationFailed", "The line is no JSON object.");
  }
  return value;
}

function idIn(value: JsonObject, name: string): string {
  const id = value[name];
  if (typeof id !== "string") {
    throw new ServiceError("ValidationFailed", `The line has no ${name}.`);
  }
  return id;
}
