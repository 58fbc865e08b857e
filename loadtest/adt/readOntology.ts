/**
 * The interfaces of RealEstateCore in an order in which each follows what it needs. Read from beside the project, where
 * ONTOLOGIES says or in ../shared/data/ontologies; undefined where there is none.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

type Model = Record<string, unknown>;

const FOLDERS = [process.env["ONTOLOGIES"], "../shared/data/ontologies", "../../shared/data/ontologies"];
const FILE = "RealEstateCore.DTDLv2.jsonld";

export function readOntology(): Model[] | undefined {
  const folder = FOLDERS.find((one) => one !== undefined && existsSync(join(one, FILE)));
  return folder === undefined ? undefined : inOrder(JSON.parse(readFileSync(join(folder, FILE), "utf8")) as Model[]);
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
