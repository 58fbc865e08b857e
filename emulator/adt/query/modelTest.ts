/**
 * `IS_OF_MODEL([collection,] 'dtmi:…;1' [, exact])`: what it is asked, and which models it accepts.
 *
 * "Query by model" of the how-to: a twin passes when its model, or one that it extends, is the given one in the given or a
 * later version. With `exact` the model has to be the given one.
 */
import type { ModelGraph } from "../../../src/dtdl/types.ts";
import type { Call, Expression, Path } from "./ast.ts";
import type { Pattern } from "./bindQuery.ts";
import { QuerySyntaxError } from "./QuerySyntaxError.ts";

export interface ModelTest {
  slot: number;
  model: string;
  isExact: boolean;
}

/** Throws QuerySyntaxError when the arguments are not of the function's form. */
export function modelTest({ args, at }: Call, pattern: Pattern): ModelTest {
  const [first] = args;
  const collection = first?.kind === "path" ? first : undefined;
  const [model, exact, more] = collection === undefined ? args : args.slice(1);
  if (model?.kind !== "literal" || typeof model.value !== "string" || more !== undefined || !isExactOrNone(exact)) {
    throw new QuerySyntaxError(pattern.text, at, "expecting IS_OF_MODEL([collection,] 'model id' [, exact])");
  }
  return { slot: testedSlot(collection, at, pattern), model: model.value, isExact: exact !== undefined };
}

function isExactOrNone(argument: Expression | undefined): boolean {
  return argument === undefined || (argument.kind === "path" && argument.segments.join(".").toLowerCase() === "exact");
}

function testedSlot(collection: Path | undefined, at: number, pattern: Pattern): number {
  const twins = pattern.slots.flatMap((slot, i) => (slot.kind === "twin" ? [i] : []));
  const [only = 0] = twins;
  const { slot, segments } = collection === undefined ? { slot: only, segments: [] } : pattern.resolve(collection);
  const isAmbiguous = collection === undefined && twins.length > 1;
  if (isAmbiguous || segments.length > 0 || pattern.slots[slot]?.kind !== "twin") {
    const names = twins.flatMap((i) => pattern.slots[i]?.name ?? []);
    const wanted = names.length > 0 ? `one of ${names.join(", ")}` : "a collection of twins";
    throw new QuerySyntaxError(pattern.text, collection?.at ?? at, `IS_OF_MODEL is asked of ${wanted}`);
  }
  return slot;
}

/** Answers are remembered: twins are many, models few. */
export function acceptsModel({ model, isExact }: ModelTest, graph: ModelGraph): (modelId: string) => boolean {
  const wanted = parseDtmi(model);
  const known = new Map<string, boolean>();
  const test = (id: string): boolean => {
    const lineage = [id, ...(graph.get(id)?.ancestors ?? [])];
    return isExact ? id === model : lineage.some((ancestor) => isSameOrLater(parseDtmi(ancestor), wanted));
  };
  return (id) => {
    const answer = known.get(id) ?? test(id);
    known.set(id, answer);
    return answer;
  };
}

interface Dtmi {
  name: string;
  major: number;
  minor: number;
}

/** `dtmi:name;major[.minor]`; DTDL v3 may leave the version out. */
function parseDtmi(id: string): Dtmi {
  const [, name = id, major = "-1", minor = "0"] = /^(.*);(\d+)(?:\.(\d+))?$/s.exec(id) ?? [];
  return { name, major: Number(major), minor: Number(minor) };
}

function isSameOrLater(id: Dtmi, wanted: Dtmi): boolean {
  const isLater = id.major > wanted.major || (id.major === wanted.major && id.minor >= wanted.minor);
  return id.name === wanted.name && isLater;
}
