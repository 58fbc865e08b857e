/** A DTDL Command by its path, `name` or `component/name`, as models declare it. */
import type { Command, Dtmi, ModelGraph } from "../dtdl/types.ts";

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
