/** Checks the names of startTwins' parts: a misspelt `restricted` would show everybody what is for some roles only. */
import { z } from "zod";
import { checked, members } from "./checkedOptions.ts";
import { ROLES } from "./protocol/names.ts";
import type { RuntimeParts } from "./runtime.ts";

/** Its type is TypeScript's matter. */
const part = z.unknown().optional();
const id = z.string("a text").min(1, "a text");
const restriction = members({
  model: id,
  property: id,
  roles: z.array(z.enum(ROLES, `one of ${ROLES.join(", ")}`), "an array of roles"),
});

const parts = members({
  provider: part,
  sources: part,
  devices: part,
  controlRules: part,
  records: part,
  deadLetters: part,
  readLetter: part,
  modelCache: part,
  edits: part,
  policy: part,
  signIn: part,
  log: part,
  clock: part,
  demo: part,
  writeThrough: part,
  writeThroughRate: part,
  writesPerSecond: part,
  rules: part,
  contains: part,
  partOf: part,
  firstSpace: part,
  comparison: part,
  restricted: z.array(restriction, "an array of { model, property, roles }").optional(),
} satisfies Record<keyof RuntimeParts, z.ZodType>);

/** @throws which part is unknown, or which restriction is none */
export function checkedParts(given: RuntimeParts): RuntimeParts {
  checked("startTwins", parts, given);
  return given;
}
