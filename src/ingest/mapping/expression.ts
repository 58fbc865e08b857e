/**
 * JSONata expressions of a mapping file: compiled at the start, evaluated for every message that their rule matches, with an
 * end to each evaluation. Used by ruleFile.ts, which tells what is wrong with one, and MessageRules.
 *
 * The evaluator (jsonata 2.2) looks at the clock, the depth and the length of sequences between two steps. What one step may
 * do without end is refused at the start: regular expressions, and functions whose cost their input does not bound.
 */
import jsonata from "jsonata";

/** A value, or why there is none. `value` undefined: the expression gives nothing for this message. */
export type Evaluated = { value: unknown } | { refused: string };
export type Evaluate = (body: unknown, bindings: Record<string, unknown>) => Promise<Evaluated>;

const LIMITS = { timeout: 250, stack: 200, sequence: 10_000 };
/** Of a result as JSON. Azure takes a twin of 32 KB. */
const MAX_RESULT = 32 * 1024;
/** An expression that took too long is not tried again for so long, ms: the next message would wait as well. */
const REST_MS = 60_000;
const TIMED_OUT = "D1012";
const REFUSED = new Map([
  ["eval", "it runs text of a message as an expression"],
  ["distinct", "its time grows with the square of its input"],
  ["pad", "it takes any amount of memory"],
]);

/** A string: what is wrong with it. */
export function compileExpression(text: string, now: () => number = Date.now): Evaluate | string {
  let expression: jsonata.Expression;
  try {
    expression = jsonata(text, LIMITS);
  } catch (error) {
    return `is no JSONata expression: ${messageOf(error)}`;
  }
  return faultOf(expression.ast()) ?? evaluator(expression, now);
}

function evaluator(expression: jsonata.Expression, now: () => number): Evaluate {
  let restsUntil = 0;
  return async (body, bindings) => {
    if (now() < restsUntil) {
      return { refused: "the expression took too long lately and is not evaluated for a minute" };
    }
    try {
      return plain(await expression.evaluate(body, bindings));
    } catch (error) {
      restsUntil = codeOf(error) === TIMED_OUT ? now() + REST_MS : restsUntil;
      return { refused: `the expression failed: ${messageOf(error)}` };
    }
  };
}

/** Of JSONata's own arrays and objects, what JSON holds. */
function plain(result: unknown): Evaluated {
  if (typeof result !== "object" || result === null) {
    return typeof result === "string" && result.length > MAX_RESULT ? tooLong : { value: result };
  }
  const json: string | undefined = JSON.stringify(result);
  return json !== undefined && json.length > MAX_RESULT ? tooLong : { value: json && JSON.parse(json) };
}

const tooLong = { refused: `the expression's result is longer than ${MAX_RESULT} characters` };

/** The first construct that is refused, wherever it stands. */
function faultOf(node: unknown, seen = new Set<unknown>()): string | undefined {
  if (typeof node !== "object" || node === null || seen.has(node)) {
    return undefined;
  }
  seen.add(node);
  const { type, value } = node as { type?: unknown; value?: unknown };
  const why = type === "variable" ? REFUSED.get(String(value)) : undefined;
  if (why !== undefined) {
    return `$${value} is not taken here: ${why}`;
  }
  if (type === "regex") {
    return "regular expressions are not taken here: some take for ever; use $contains, $substringBefore, $split with text";
  }
  return Object.values(node)
    .map((part) => faultOf(part, seen))
    .find((fault) => fault !== undefined);
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}

/** JSONata throws objects, not only errors. */
function messageOf(error: unknown): string {
  const told =
    typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error);
  const at =
    typeof error === "object" && error !== null && "position" in error ? ` (at ${String(error.position)})` : "";
  return `${told}${at}`;
}
