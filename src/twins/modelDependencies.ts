/**
 * What a DTDL document needs before it can be stored (parents and component schemas), and an order that respects it.
 *
 * Reads raw documents and knows no more of DTDL than this, so that providers can chunk uploads and guard deletions
 * without a parser; the models themselves are judged by src/dtdl or by the service.
 */
import type { Dtmi } from "./types.ts";

/** Ids that must be stored before or together with this model. Relationship targets need not be. */
export function modelDependencies(model: object): Dtmi[] {
  const components = list(Reflect.get(model, "contents")).filter(isComponent);
  const schemas = components.map((component) => Reflect.get(component, "schema"));
  const ids = [...list(Reflect.get(model, "extends")), ...schemas].map((id) => (isObject(id) ? modelId(id) : id));
  return [...new Set(ids.filter((id): id is Dtmi => typeof id === "string" && id !== ""))];
}

/** `@id` of a DTDL document; "" where it has none. */
export function modelId(model: object): Dtmi {
  const id: unknown = Reflect.get(model, "@id");
  return typeof id === "string" ? id : "";
}

/** The same models, each after those of them that it depends on. Cycles are left for the service to refuse. */
export function inDependencyOrder(models: readonly object[]): object[] {
  const byId = new Map(models.map((model) => [modelId(model), model]));
  const placed = new Set<object>();
  const visit = (model: object): void => {
    if (placed.has(model)) {
      return;
    }
    visiting.add(model);
    for (const id of modelDependencies(model)) {
      const needed = byId.get(id);
      if (needed !== undefined && !visiting.has(needed)) {
        visit(needed);
      }
    }
    placed.add(model);
  };
  const visiting = new Set<object>();
  models.forEach(visit);
  return [...placed];
}

/** JSON-LD writes a list of one without brackets, too. */
function list(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isComponent(content: unknown): content is object {
  return isObject(content) && list(Reflect.get(content, "@type")).includes("Component");
}
