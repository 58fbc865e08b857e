/** The interfaces of RealEstateCore in an order in which each follows what it needs; undefined where they are not at hand. */
import { readFileSync } from "node:fs";
import { sharedData } from "../../test/support/sharedData.ts";

type Model = Record<string, unknown>;

export function readOntology(): Model[] | undefined {
  const file = sharedData("ontologies/RealEstateCore.DTDLv2.jsonld");
  return file === undefined ? undefined : inOrder(JSON.parse(readFileSync(file, "utf8")) as Model[]);
}

function inOrder(models: readonly Model[]): Model[] {
  const byId = new Map(models.map((model) => [String(model["@id"]), model]));
  const ordered = new Set<Model>();
  const visit = (model: Model) => {
    needsOf(model).forEach((id) => {
      const needed = byId.get(id);
      if (needed !== undefined && needed !== model && !ordered.has(needed)) {
        visit(needed);
      }
    });
    ordered.add(model);
  };
  models.forEach(visit);
  return [...ordered];
}

/** Parents and component schemas. */
function needsOf(model: Model): string[] {
  const contents = [model["contents"] ?? []].flat() as Model[];
  const components = contents.filter((content) => [content["@type"]].flat().includes("Component"));
  const named = [model["extends"] ?? [], components.map((component) => component["schema"])].flat(2);
  return named.map((one) => (typeof one === "string" ? one : String((one as Model)["@id"])));
}
