/**
 * A device message → values of its twin, by convention: field = Property or Telemetry of that name, in the component that
 * the message names, or in the one whose name holds an object. Pure; called by DeviceEvents for every message, so what a
 * model allows is looked up once per model.
 */
import { validateValue } from "../dtdl/index.ts";
import type { Interface, ModelGraph, Schema } from "../dtdl/types.ts";
import type { Pointer, TelemetryData } from "../twins/types.ts";

export interface MappedTelemetry {
  /** undefined: the device has no such value any more. */
  values: [Pointer, unknown][];
  /** Pointers that are DTDL Telemetry: shown, never stored. Of the whole model, so it holds others too. */
  transient: ReadonlySet<Pointer>;
  /** Fields that the model does not know. */
  unknown: Pointer[];
  /** Fields whose value the model does not allow. */
  refused: { path: Pointer; reason: string }[];
}

/** The mirror's values of the twin. */
type Held = ReadonlyMap<Pointer, { value: unknown }>;

/** What a device may say of a twin of one model. */
interface Plan {
  fields: ReadonlyMap<string, { path: Pointer; schema: Schema }>;
  components: ReadonlyMap<string, Plan>;
  transient: ReadonlySet<Pointer>;
}

/** Models are immutable, but what a component refers to may come later: a new graph, a new plan. */
const plans = new WeakMap<ModelGraph, Map<Interface, Plan>>();

/** `held`: what the twin has now, which data that is a merge patch changes. */
export function mapTelemetry(graph: ModelGraph, model: Interface, data: TelemetryData, held: Held): MappedTelemetry {
  const plan = planOf(graph, model);
  const out: MappedTelemetry = { values: [], transient: plan.transient, unknown: [], refused: [] };
  const merged = data.merge ? held : undefined;
  if (data.component === undefined) {
    mapInto(out, graph, plan, "", data.values, merged);
  } else {
    mapInto(out, graph, plan.components.get(data.component), `/${data.component}`, data.values, merged);
  }
  return out;
}

function mapInto(
  out: MappedTelemetry,
  graph: ModelGraph,
  plan: Plan | undefined,
  base: Pointer,
  values: Record<string, unknown>,
  merged: Held | undefined,
): void {
  for (const name of Object.keys(values)) {
    const value = values[name];
    const field = plan?.fields.get(name);
    if (field) {
      mapField(
        out,
        graph,
        field,
        merged ? mergePatch(merged.get(field.path)?.value, value) : value,
        merged !== undefined,
      );
      continue;
    }
    const component = plan?.components.get(name);
    if (component && typeof value === "object" && value !== null) {
      mapInto(out, graph, component, `/${name}`, value as Record<string, unknown>, merged);
    } else if (component && value === null && merged) {
      mapInto(out, graph, component, `/${name}`, nothing(component), merged);
    } else {
      out.unknown.push(`${base}/${name}`);
    }
  }
}

function mapField(
  out: MappedTelemetry,
  graph: ModelGraph,
  { path, schema }: { path: Pointer; schema: Schema },
  value: unknown,
  mayBeGone: boolean,
): void {
  const [issue] = mayBeGone && value === undefined ? [] : validateValue(graph, schema, value);
  if (issue) {
    out.refused.push({ path: `${path}${issue.path}`, reason: issue.message });
  } else {
    out.values.push([path, value]);
  }
}

/** A component that the device took away: each of its fields. */
function nothing({ fields }: Plan): Record<string, null> {
  return Object.fromEntries([...fields.keys()].map((name) => [name, null]));
}

/** RFC 7396, but for null in the place of the whole, which gives undefined. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (patch === null) {
    return undefined;
  }
  if (!isPlain(patch)) {
    return patch;
  }
  const merged = new Map(isPlain(target) ? Object.entries(target) : []); // names are the sender's: __proto__ is one like any
  for (const [name, member] of Object.entries(patch)) {
    const value = mergePatch(merged.get(name), member);
    if (value === undefined) {
      merged.delete(name);
    } else {
      merged.set(name, value);
    }
  }
  return Object.fromEntries(merged);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function planOf(graph: ModelGraph, model: Interface): Plan {
  let ofGraph = plans.get(graph);
  if (!ofGraph) {
    ofGraph = new Map();
    plans.set(graph, ofGraph);
  }
  let plan = ofGraph.get(model);
  if (!plan) {
    plan = newPlan(graph, model);
    ofGraph.set(model, plan);
  }
  return plan;
}

function newPlan(graph: ModelGraph, model: Interface, base: Pointer = ""): Plan {
  const fields = new Map<string, { path: Pointer; schema: Schema }>();
  const transient = new Set<Pointer>();
  for (const [name, { schema }] of [...model.telemetries, ...model.properties]) {
    fields.set(name, { path: `${base}/${name}`, schema });
  }
  for (const name of model.telemetries.keys()) {
    transient.add(`${base}/${name}`);
  }
  const components = new Map<string, Plan>();
  for (const [name, { schema }] of base === "" ? model.components : []) {
    const inner = graph.get(schema);
    if (inner) {
      const plan = newPlan(graph, inner, `/${name}`);
      components.set(name, plan);
      for (const path of plan.transient) {
        transient.add(path);
      }
    }
  }
  return { fields, components, transient };
}
