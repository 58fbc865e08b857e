/**
 * Does a value fulfil what a rule asks? Conditions over a twin and its related twins fail closed: what is unknown or too old
 * does not fulfil anything. Pure reads of the mirror; used by Guard and Commands.
 */
import { isDeepStrictEqual } from "node:util";
import type { ModelGraph } from "../../dtdl/types.ts";
import type { TwinMirror } from "../../twins/TwinMirror.ts";
import type { Pointer, TwinId } from "../../twins/types.ts";
import type { Condition, Test } from "./controlFile.ts";

export interface World {
  mirror: TwinMirror;
  graph: ModelGraph;
  now: number;
  /** May who reads the words know what stands there? */
  tells: (twinId: TwinId, path: Pointer) => boolean;
}

export function fulfils(value: unknown, test: Test): boolean {
  const n = typeof value === "number" ? value : Number.NaN;
  return (
    (test.equals === undefined || isDeepStrictEqual(value, test.equals)) &&
    (test.not === undefined || (value !== undefined && !isDeepStrictEqual(value, test.not))) &&
    (test.above === undefined || n > test.above) &&
    (test.below === undefined || n < test.below) &&
    (test.atLeast === undefined || n >= test.atLeast) &&
    (test.atMost === undefined || n <= test.atMost)
  );
}

/** What stands against it, in words; undefined: it is fulfilled. */
export function faultOf(condition: Condition, twinId: TwinId, world: World): string | undefined {
  const { path } = condition;
  const subjects = condition.of === undefined ? [twinId] : related(condition.of, twinId, world);
  if (subjects.length === 0) {
    return `there is no twin whose ${path} could be asked`;
  }
  for (const id of subjects) {
    const fault = faultAt(condition, id, world);
    if (fault !== undefined) {
      return `${path} of ${id} ${world.tells(id, path) ? fault : "does not allow it"}`;
    }
  }
  return undefined;
}

function faultAt({ path, ...condition }: Condition, id: TwinId, world: World): string | undefined {
  const held = world.mirror.get(id)?.values.get(path);
  if (held?.value === undefined) {
    return "is not known";
  }
  // The past is trusted, the future is not: it would be fresh until then.
  const age = Math.round((world.now - Math.min(held.source, held.received)) / 1000);
  if (age > condition.within) {
    return `is ${age} s old, more than the ${condition.within} s that are allowed`;
  }
  return fulfils(held.value, condition) ? undefined : `is ${shown(held.value)}`;
}

/** Those of which nobody can tell what they are too: they are asked, and have no answer. */
function related(of: NonNullable<Condition["of"]>, twinId: TwinId, { mirror, graph }: World): TwinId[] {
  const ids =
    of.outgoing === undefined
      ? [...mirror.incoming(twinId)].filter((r) => r.name === of.incoming).map((r) => r.sourceId)
      : [...mirror.outgoing(twinId)].filter((r) => r.name === of.outgoing).map((r) => r.targetId);
  const wanted = of.model;
  const isKnown = (modelId: string | undefined) => modelId !== undefined && graph.get(modelId) !== undefined;
  const modelOf = (id: TwinId) => mirror.get(id)?.modelId;
  return wanted === undefined ? ids : ids.filter((id) => !isKnown(modelOf(id)) || isA(graph, modelOf(id), wanted));
}

export function isA(graph: ModelGraph, modelId: string | undefined, ancestor: string): boolean {
  return modelId !== undefined && (modelId === ancestor || graph.isA(modelId, ancestor));
}

function shown(value: unknown): string {
  return typeof value === "number" ? String(Number(value.toPrecision(4))) : JSON.stringify(value);
}
