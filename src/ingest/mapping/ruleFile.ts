/**
 * The mapping file (docs/mapping.md) as it is written: its shape, and every fault of it at once. What the rules do with a
 * message is MessageRules' matter.
 */
import { z } from "zod";
import { compileExpression } from "./expression.ts";
import { compileReference, compileTemplate, REFERENCE_HELP } from "./reference.ts";

const reference = z.string().refine((text) => compileReference(text) !== undefined, `expected ${REFERENCE_HELP}`);
const template = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    const compiled = compileTemplate(text);
    if (typeof compiled === "string") {
      context.addIssue({ code: "custom", message: compiled });
    }
  });

const expression = z.string().superRefine((text, context) => {
  const compiled = compileExpression(text);
  if (typeof compiled === "string") {
    context.addIssue({ code: "custom", message: compiled });
  }
});

/** Where a value goes: `temperature`, or `motor/current` in a component. */
const NAME = "[A-Za-z](?:\\w*[A-Za-z0-9])?";
const target = z
  .string()
  .regex(new RegExp(`^${NAME}(/${NAME})?$`), "expected a name such as temperature, or motor/current");

const field = z.union([
  target.transform((to) => ({ to })),
  z.strictObject({
    to: target,
    /** value × scale + offset, for numbers and texts that are numbers. */
    scale: z.number().optional(),
    offset: z.number().optional(),
    type: z.enum(["number", "integer", "boolean", "string"]).optional(),
  }),
  z.literal(false), // not taken, and not reported as unknown
]);
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const condition = z.union([
  scalar.transform((value) => [value]),
  z.array(scalar).min(1),
  z.strictObject({ exists: z.boolean() }),
]);

const rule = z.strictObject({
  name: z.string().min(1),
  /** All have to hold; none: every message. */
  match: z.record(reference, condition).default({}),
  twin: template.default("{device}"),
  component: template.optional(),
  /** Where the source time stands: ISO 8601, or seconds or milliseconds since epoch. */
  time: reference.optional(),
  /** Name in the body, with dots for what is nested → where it goes. */
  fields: z.record(z.string().min(1), field).default({}),
  /** Where a value goes → JSONata over the body. */
  values: z.record(target, expression).default({}),
  /** What becomes of members of the body that `fields` does not name. */
  rest: z.enum(["keep", "drop"]).default("keep"),
  /** Whether later rules see the message too. */
  continue: z.boolean().default(false),
});

const file = z.strictObject({
  rules: z.array(rule),
  /** What becomes of messages that no rule matches. */
  otherwise: z.enum(["convention", "drop"]).default("convention"),
});

export type RuleFile = z.output<typeof file>;
export type RuleDefinition = RuleFile["rules"][number];
export type FieldDefinition = RuleDefinition["fields"][string];
export type Condition = RuleDefinition["match"][string];

/** Every fault of the file, a line each: where, and what was expected. */
export class RuleFileError extends Error {
  override readonly name = "RuleFileError";
  readonly problems: readonly string[];

  constructor(where: string, problems: readonly string[]) {
    super(`The mapping file ${where} is not usable:\n${problems.map((p) => `  ${p}`).join("\n")}`);
    this.problems = problems;
  }
}

/** Throws RuleFileError. */
export function parseRuleFile(text: string, where: string): RuleFile {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\ufeff/, "")); // editors of Windows begin with one
  } catch (error) {
    throw new RuleFileError(where, [`it is not JSON: ${error instanceof Error ? error.message : String(error)}`]);
  }
  const parsed = file.safeParse(json);
  const problems = parsed.success ? [] : parsed.error.issues.flatMap((issue) => told(issue, json));
  problems.push(...doubleNames(json));
  if (parsed.success && problems.length === 0) {
    return parsed.data;
  }
  throw new RuleFileError(where, problems);
}

/** Told beside all other faults, so it looks at what may have any shape. */
function doubleNames(json: unknown): string[] {
  const rules = z.object({ rules: z.array(z.unknown()) }).safeParse(json).data?.rules ?? [];
  const names = rules.map((one) => z.object({ name: z.string() }).safeParse(one).data?.name);
  return names.flatMap((name, index) =>
    name !== undefined && names.indexOf(name) < index ? [`rules[${index}].name: "${name}" is there twice`] : [],
  );
}

function told(issue: z.core.$ZodIssue, json: unknown): string[] {
  const at = issue.path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    json,
  );
  const inner = issue.code === "invalid_union" ? issue.errors.flat().map((e) => e.message) : [];
  const message = [...new Set(inner)].join(", or ") || issue.message;
  return [`${pathOf(issue.path)}: ${message}${at === undefined ? "" : ` (found ${JSON.stringify(at).slice(0, 80)})`}`];
}

/** `rules[1].match.body.kind` */
function pathOf(path: readonly PropertyKey[]): string {
  return (
    path.map((key, i) => (typeof key === "number" ? `[${key}]` : `${i > 0 ? "." : ""}${String(key)}`)).join("") ||
    "the file"
  );
}
