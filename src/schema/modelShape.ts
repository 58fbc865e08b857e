/** What a model's class is made from. Used by TwinSchemas to tell whether a class is still its model's. */
import { hash } from "node:crypto";
import type { Dtmi } from "../twins/types.ts";
import type { Restrictions } from "./Restrictions.ts";

/** The same for the same names and schemas, in the same order, for the same roles. By the models as they are now. */
export function modelShape(id: Dtmi, restrictions: Restrictions): string {
  const { models } = restrictions;
  const valuesOf = (modelId: Dtmi) => {
    const { properties = [], telemetries = [] } = models.get(modelId) ?? {};
    const contents = [...properties.values(), ...telemetries.values()];
    return contents.map(({ name, schema }) => [name, schema, restrictions.tagOf(modelId, name)]);
  };
  const components = [...(models.get(id)?.components.values() ?? [])];
  const nested = components.map(({ name, schema }) => [name, valuesOf(schema)]);
  return hash("sha256", JSON.stringify([models.get(id) !== undefined, valuesOf(id), nested]), "base64");
}
