/** DTDL Commands by their path, `name` or `component/name`, as models declare them. */
import type { Command, Dtmi, ModelGraph } from "../dtdl/types.ts";
import { TwinError } from "../errors.ts";

/** Commands in an error. */
const TOLD = 12;

export function findCommand(graph: ModelGraph, modelId: Dtmi, path: string): Command | undefined {
  const [first = "", second, more] = path.split("/");
  const model = graph.get(modelId);
  if (more !== undefined) {
    return undefined;
  }
  if (second === undefined) {
    return model?.commands.get(first);
  }
  const component = model?.components.get(first);
  return component && graph.get(component.schema)?.commands.get(second);
}

/** INVALID_VALUE that tells which the model has. */
export function unknownCommand(graph: ModelGraph, modelId: Dtmi, path: string): TwinError {
  const known = paths(graph, modelId);
  const has = known.length === 0 ? "it has none" : `it has ${known.slice(0, TOLD).join(", ")}`;
  const more = known.length > TOLD ? ", …" : "";
  const details = [{ path: "/command", expected: `a Command of ${modelId}; ${has}${more}`, found: path }];
  return new TwinError("INVALID_VALUE", `${modelId} has no command ${path}; ${has}${more}.`, { details });
}

/** All that `findCommand` finds. */
function paths(graph: ModelGraph, modelId: Dtmi): string[] {
  const model = graph.get(modelId);
  const inComponents = Array.from(model?.components ?? [], ([name, { schema }]) =>
    Array.from(graph.get(schema)?.commands.keys() ?? [], (command) => `${name}/${command}`),
  );
  return [...(model?.commands.keys() ?? []), ...inComponents.flat()];
}
