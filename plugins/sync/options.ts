/**
 * What the options of the plugins may be. Checked when a plugin is made, so that a room with a wrong one is not created and
 * the error names it. Unknown names are refused, so that a misspelt option is not ignored; a value of undefined counts as
 * not given.
 */
import { z } from "zod";
import type { TwinServices } from "../../src/services.ts";

const ID = "an id, a text of 1 to 128 characters";
/** setTimeout takes more for 1 ms. */
const MAX_TIMEOUT_MS = 2_147_483_647;

const isId = (value: unknown) => typeof value === "string" && value.length > 0 && value.length <= 128;
const id = z.custom<string>(isId, ID);
/** NaN fits nothing, so that it never switches a limit off. */
const number = (expected: string, fits: (value: number) => boolean) =>
  z.custom<number>((value) => typeof value === "number" && fits(value), expected);
const atLeast = (least: number, what: string) => number(`${what}, ${least} or more`, (value) => value >= least);
/** In less than half a second's worth of messages there is not one, so nothing would be let in. */
const rate = number(
  "a number of messages a second, 0.5 or more, or 0 for none",
  (value) => (value === 0 || value >= 0.5) && value !== Number.POSITIVE_INFINITY,
);

/** An object with some of these members and no others; those that are undefined are left out. */
export function members<T extends z.ZodRawShape>(shape: T) {
  const names = Object.keys(shape).join(", ");
  const error = ({ code }: { code?: string }) =>
    `${code === "unrecognized_keys" ? "" : "an object with "}some of ${names}`;
  return z.strictObject(shape, { error }).transform(withoutUndefined);
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}

/** z.union would not tell what is wrong with the object. */
function orFalse(schema: z.ZodType) {
  const either = z.unknown().transform((value, context) => {
    const parsed = value === false ? undefined : schema.safeParse(value);
    context.issues.push(...((parsed?.error?.issues ?? []) as typeof context.issues));
    return parsed ? parsed.data : value;
  });
  return either.optional();
}

const scope = members({
  space: id.optional(),
  query: z.custom<string>((value) => typeof value === "string" && value.trim() !== "", "a query").optional(),
  everyMs: number(`ms, above 0`, (value) => value > 0 && value <= MAX_TIMEOUT_MS).optional(),
  twins: z.array(id, "an array of twins' ids").optional(),
})
  .refine(
    ({ space, query, twins }) => [space, query, twins].filter((one) => one !== undefined).length === 1,
    "one of { space }, { query, everyMs? } and { twins }",
  )
  .refine(({ query, everyMs }) => everyMs === undefined || query !== undefined, {
    error: "none where no query is asked",
    path: ["everyMs"],
  });

export const syncOptions = members({
  services: z.custom<TwinServices>(
    (value) => typeof (value as TwinServices | undefined)?.schemas?.current === "function",
    "what connect gives: const { services } = await connect(loadConfig(process.env))",
  ),
  space: id.optional(),
  scope: scope.optional(),
  name: z.string("a text").optional(),
  field: z
    .custom<string>((value) => typeof value === "string" && value !== "", "the name of a member of the room's state")
    .optional(),
  interest: orFalse(
    members({
      threshold: number("a number of twins", (value) => !Number.isNaN(value)).optional(),
      cellSize: number("metres, 0.1 or more", (value) => value >= 0.1 && Number.isFinite(value)).optional(),
      reach: number(
        "a whole number of cells from 0 to 100",
        (value) => Number.isInteger(value) && value >= 0 && value <= 100,
      ).optional(),
      budget: atLeast(0, "a number of twins").optional(),
      perSecond: atLeast(1, "a number of twins a second").optional(),
    }),
  ),
  backpressure: members({
    maxBufferedBytes: atLeast(0, "a number of bytes").optional(),
    slowForMs: atLeast(0, "ms").optional(),
    maxBytes: atLeast(0, "a number of bytes").optional(),
  }).optional(),
  inbound: orFalse(
    members({
      perSecond: rate.optional(),
      perSecondOf: z
        .record(z.string(), rate.optional(), "an object with a number for each type of message")
        .transform(withoutUndefined)
        .optional(),
      bytesPerSecond: atLeast(1, "a number of bytes a second").optional(),
      maxBytes: atLeast(0, "a number of bytes").optional(),
      patience: atLeast(0, "a number of refusals a second").optional(),
    }),
  ),
}).refine((options) => options.space === undefined || options.scope === undefined, {
  error: "either 'space' or 'scope', not both",
  path: ["scope"],
});

/** @throws what is wrong, as sentences */
export function checked<T extends z.ZodType>(plugin: string, schema: T, options: unknown): z.output<T> {
  const parsed = schema.safeParse(options);
  if (parsed.success) {
    return parsed.data;
  }
  throw new Error(`${plugin}: ${parsed.error.issues.map((issue) => sentence(issue, options)).join("; ")}`);
}

function sentence(issue: z.core.$ZodIssue, options: unknown): string {
  const nameOf = (path: readonly PropertyKey[]) => path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    const names = issue.keys.map((key) => `'${nameOf([...issue.path, key])}'`).join(", ");
    return `there is no option ${names}: expected ${issue.message}`;
  }
  const found = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)[key], options);
  const what = issue.path.length === 0 ? "the argument" : `option '${nameOf(issue.path)}'`;
  return `${what} is ${described(found)}: expected ${issue.message}`;
}

/** Never the content of an object: `services` is one. */
export function described(value: unknown): string {
  if (value === undefined) {
    return "missing";
  }
  if (typeof value === "string") {
    return JSON.stringify(value.slice(0, 60));
  }
  if (Array.isArray(value)) {
    return "an array";
  }
  if (typeof value === "object" && value !== null) {
    return "an object";
  }
  return typeof value === "function" ? "a function" : String(value);
}

/** The space that whoever creates the room asks for. */
export function askedSpace(options: { space?: unknown } | undefined): string | undefined {
  const space = options?.space ?? undefined;
  if (space !== undefined && space !== "" && !isId(space)) {
    throw new Error(`the room's creation option 'space' is ${described(space)}: expected ${ID}`);
  }
  return space as string | undefined;
}
