/**
 * A device message → values of its twin, by convention: device id = twin id, field = Property or Telemetry of that name,
 * `dt-subject` = component. Pure; called by EventPump for every message.
 */
import { validateValue } from "../dtdl/index.ts";
import type { Interface, ModelGraph, Property, Telemetry } from "../dtdl/types.ts";
import type { Pointer, TelemetryData } from "../twins/types.ts";

export interface MappedTelemetry {
  values: [Pointer, unknown][];
  /** Those of `values` that are DTDL Telemetry: shown, never stored. */
  transient: Set<Pointer>;
  /** Fields that the model does not know. */
  unknown: string[];
  /** Fields whose value the model does not allow. */
  refused: { path: Pointer; reason: string }[];
}

export function mapTelemetry(graph: ModelGraph, model: Interface, data: TelemetryData): MappedTelemetry {
  const out: MappedTelemetry = { values: [], transient: new Set(), unknown: [], refused: [] };
  if (data.component !== undefined) {
    mapInto(out, graph, componentOf(graph, model, data.component), `/${data.component}`, data.values);
    return out;
  }
  const own: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(data.values)) {
    if (model.components.has(name) && typeof value === "object" && value !== null) {
      mapInto(out, graph, componentOf(graph, model, name), `/${name}`, value as Record<string, unknown>);
    } else {
      own[name] = value;
    }
  }
  mapInto(out, graph, model, "", own);
  return out;
}

function componentOf(graph: ModelGraph, model: Interface, name: string): Interface | undefined {
  const component = model.components.get(name);
  return component && graph.get(component.schema);
}

function mapInto(
  out: MappedTelemetry,
  graph: ModelGraph,
  model: Interface | undefined,
  base: Pointer,
  values: Record<string, unknown>,
): void {
  for (const [name, value] of Object.entries(values)) {
    const content: Property | Telemetry | undefined = model?.properties.get(name) ?? model?.telemetries.get(name);
    const path = `${base}/${name}`;
    if (!content) {
      out.unknown.push(path);
      continue;
    }
    const [issue] = validateValue(graph, content.schema, value);
    if (issue) {
      out.refused.push({ path: `${path}${issue.path}`, reason: issue.message });
      continue;
    }
    out.values.push([path, value]);
    if (content.kind === "Telemetry") {
      out.transient.add(path);
    }
  }
}
