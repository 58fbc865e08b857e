/**
 * The control file (docs/control.md) as it is written: interlocks, hazardous acts, effects of commands, alarms. Its shape, and
 * every fault of it at once; `checkRules` holds it against the models once they are known.
 *
 * Read by connect.ts when CONTROL_FILE is set, and for the demo. What the rules do is Guard's, Commands' and Alarms' matter.
 */
import { z } from "zod";
import { ROLES } from "../../protocol/names.ts";

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const pointer = z.string().regex(/^\/[^/]+(\/[^/]+)?$/, "expected a Property such as /level, or /motor/current");
const model = z.string().startsWith("dtmi:", "expected the id of a model, dtmi:…");
const name = z.string().min(1).max(100);
const sentence = z.string().min(1).max(400);
const seconds = z.number().min(0).max(86_400);

const tests = {
  equals: scalar.optional(),
  not: scalar.optional(),
  above: z.number().optional(),
  below: z.number().optional(),
  atLeast: z.number().optional(),
  atMost: z.number().optional(),
};
const TESTS = Object.keys(tests);
/** All that are given have to hold. */
const test = z.strictObject(tests).refine(hasTest, `expected one of ${TESTS.join(", ")}`);

const condition = z
  .strictObject({
    ...tests,
    path: pointer,
    /** Related twins, all of which have to fulfil it, and of which there has to be one; absent: the twin itself. */
    of: z
      .strictObject({ outgoing: name.optional(), incoming: name.optional(), model: model.optional() })
      .refine((of) => (of.outgoing === undefined) !== (of.incoming === undefined), "expected outgoing or incoming")
      .optional(),
    /** Seconds: an older value fails. */
    within: seconds.default(60),
  })
  .refine(hasTest, `expected one of ${TESTS.join(", ")}`);

const act = z
  .string()
  .regex(/^(patch \/[^/]+(\/[^/]+)?|command [^/]+(\/[^/]+)?)$/, 'expected "patch /property" or "command name"');
const acts = z.array(act).min(1);

const interlock = z.strictObject({
  name,
  model,
  guards: acts,
  /** Only requests for such values; absent: every request. */
  asking: test.optional(),
  requires: z.array(condition).min(1),
  /** Roles that it does not bind. */
  exceptRoles: z.array(z.enum(ROLES)).default([]),
  reason: sentence,
});
const hazard = z.strictObject({ model, guards: acts, reason: sentence });
const effect = z.strictObject({
  model,
  command: name,
  becomes: condition.refine((c) => c.of === undefined, "without of"),
});
const alarm = z
  .strictObject({
    name,
    model,
    severity: z.enum(["info", "warning", "critical"]),
    /** `{value}` and `{name}` are put in. */
    text: sentence,
    path: pointer.optional(),
    above: z.number().optional(),
    below: z.number().optional(),
    equals: scalar.optional(),
    /** Seconds without a word from the device. */
    noData: seconds.min(1).optional(),
    /** How far back the value has to go before a threshold alarm clears. */
    hysteresis: z.number().min(0).default(0),
    /** Seconds for which it has to be so before it is raised. */
    delay: seconds.default(0),
  })
  .refine(
    (a) => KINDS.filter((kind) => a[kind] !== undefined).length === 1,
    "expected one of above, below, equals, noData",
  )
  .refine((a) => a.noData !== undefined || a.path !== undefined, "expected a path");
const KINDS = ["above", "below", "equals", "noData"] as const;

const file = z
  .strictObject({
    interlocks: z.array(interlock).default([]),
    hazardous: z.array(hazard).default([]),
    effects: z.array(effect).default([]),
    alarms: z.array(alarm).default([]),
  })
  .superRefine(({ interlocks, alarms }, context) => {
    for (const [section, rules] of Object.entries({ interlocks, alarms })) {
      const names = new Set<string>();
      for (const [index, rule] of rules.entries()) {
        if (names.has(rule.name)) {
          context.addIssue({
            code: "custom",
            path: [section, index, "name"],
            message: `"${rule.name}" is there twice`,
          });
        }
        names.add(rule.name);
      }
    }
  });

export type ControlRules = z.output<typeof file>;
export type Test = z.output<typeof test>;
export type Condition = z.output<typeof condition>;
export type Interlock = ControlRules["interlocks"][number];
export type Hazard = ControlRules["hazardous"][number];
export type Effect = ControlRules["effects"][number];
export type AlarmRule = ControlRules["alarms"][number];

/** Every fault of the file, a line each. */
export class ControlFileError extends Error {
  override readonly name = "ControlFileError";
  readonly problems: readonly string[];

  constructor(where: string, problems: readonly string[]) {
    super(`The control file ${where} is not usable:\n${problems.map((p) => `  ${p}`).join("\n")}`);
    this.problems = problems;
  }
}

/** @throws ControlFileError */
export function parseControlFile(text: string, where: string): ControlRules {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ControlFileError(where, [`it is not JSON: ${error instanceof Error ? error.message : String(error)}`]);
  }
  const parsed = file.safeParse(json);
  if (!parsed.success) {
    throw new ControlFileError(
      where,
      parsed.error.issues.map(({ path, message }) => `${path.map(String).join(".") || "the file"}: ${message}`),
    );
  }
  return parsed.data;
}

export const NO_RULES: ControlRules = parseControlFile("{}", "(none)");

function hasTest(value: Partial<Record<string, unknown>>): boolean {
  return TESTS.some((key) => value[key] !== undefined);
}
