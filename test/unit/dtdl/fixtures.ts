// Models that the tests of DTDL start from.
import { readFileSync } from "node:fs";
import { asV3, closureOf, type Json } from "./mutants.ts";

const FOLDER = new URL("../../fixtures/dtdl/", import.meta.url);
export const ONTOLOGIES = ["RealEstateCore", "energygrid", "smartcities"] as const;

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));
}

export function ontology(name: (typeof ONTOLOGIES)[number]): Json[] {
  return readJson(`ontologies/${name}.json`) as Json[];
}

/** Something of everything that both versions have: three interfaces of v2. */
export function rich(): Json[] {
  return readJson("rich.json") as Json[];
}

/** Everything of v3's extensions. */
export function extended(): Json[] {
  return readJson("extensions.json") as Json[];
}

/** The two interfaces of the IoT Plug and Play samples, with a stand-in for the one that they refer to. */
export function thermostats(): Json[] {
  const deviceInformation = {
    "@context": "dtmi:dtdl:context;2",
    "@id": "dtmi:azure:DeviceManagement:DeviceInformation;1",
    "@type": "Interface",
  };
  return [readJson("temperaturecontroller-1.json") as Json, readJson("thermostat-1.json") as Json, deviceInformation];
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
  const often = Math.ceil(found.length / 6);
  for (let i = 0; i < often; i++) {
    found.push(rich(), thermostats(), thermostats().slice(1, 2));
  }
  const both = [...found, ...found.map(asV3)];
  for (let i = 0; i < often; i++) {
    both.push(extended());
  }
  return both;
}
