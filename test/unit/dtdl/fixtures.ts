// Models that the tests of DTDL start from: hand-made ones, and published ones where they are at hand.
import { readFileSync } from "node:fs";
import { sharedData } from "../../support/sharedData.ts";
import { asList, isObject, type Json, typed } from "./mutants/bricks.ts";

const FOLDER = new URL("../../fixtures/dtdl/", import.meta.url);
/** Published ontologies, by their path in the shared data. */
export const ONTOLOGIES = [
  "ontologies/RealEstateCore.DTDLv2.jsonld",
  "ontologies/opendigitaltwins-energygrid.json",
  "ontologies/opendigitaltwins-smartcities.json",
] as const;
/** The IoT Plug and Play samples, in the shared data. */
const THERMOSTATS = ["dtdl/temperaturecontroller-1.json", "dtdl/thermostat-1.json"] as const;

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));
}

function readShared(path: string): unknown {
  const found = sharedData(path);
  return found === undefined ? undefined : JSON.parse(readFileSync(found, "utf8"));
}

/** Empty where the shared data is not at hand. */
export function ontology(path: (typeof ONTOLOGIES)[number]): Json[] {
  return (readShared(path) ?? []) as Json[];
}

/** Something of everything that both versions have: three interfaces of v2. */
export function rich(): Json[] {
  return readJson("rich.json") as Json[];
}

/** Everything of v3's extensions. */
export function extended(): Json[] {
  return readJson("extensions.json") as Json[];
}

/** The two interfaces of the samples, with a stand-in for the one that they refer to; without them only that. */
export function thermostats(): Json[] {
  const deviceInformation = {
    "@context": "dtmi:dtdl:context;2",
    "@id": "dtmi:azure:DeviceManagement:DeviceInformation;1",
    "@type": "Interface",
  };
  return [...THERMOSTATS.flatMap((path) => (readShared(path) ?? []) as Json[]), deviceInformation];
}

/** Small sets of interfaces that belong together, of v2 and of v3, the hand-made ones often enough. */
export function mutationBases(): Json[][] {
  const found: Json[][] = [];
  for (const name of ONTOLOGIES) {
    const all = ontology(name);
    const byId = new Map(all.map((model) => [String(model["@id"]), model]));
    for (const id of byId.keys()) {
      const closure = closureOf(id, byId, 6);
      if (closure !== undefined && JSON.stringify(closure).length < 20_000) {
        found.push(closure);
      }
    }
  }
  const often = Math.max(1, Math.ceil(found.length / 6));
  for (let i = 0; i < often; i++) {
    found.push(rich(), thermostats(), thermostats().slice(1, 2));
  }
  const both = [...found, ...found.map(asV3)];
  for (let i = 0; i < often; i++) {
    both.push(extended());
  }
  return both;
}

/** The same models in DTDL v3, with its extension for semantic types. */
export function asV3(documents: readonly Json[]): Json[] {
  const context = ["dtmi:dtdl:context;3", "dtmi:dtdl:extension:quantitativeTypes;1"];
  return documents.map((document) => ({ ...structuredClone(document), "@context": context }));
}

/** An interface and all that it needs: parents and component schemas. undefined when something is missing or it is large. */
function closureOf(id: string, byId: ReadonlyMap<string, Json>, most: number): Json[] | undefined {
  const closure = new Map<string, Json>();
  const queue = [id];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const found = byId.get(next);
    if (found === undefined || closure.size > most) {
      return undefined;
    }
    if (!closure.has(next)) {
      closure.set(next, found);
      for (const text of [
        ...asList(found["extends"]),
        ...asList(found["contents"])
          .filter(isObject)
          .filter(typed("Component"))
          .map((c) => c["schema"]),
      ]) {
        if (typeof text === "string") {
          queue.push(text);
        }
      }
    }
  }
  return [...closure.values()];
}
