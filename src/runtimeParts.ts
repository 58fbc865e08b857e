/** Checks the names of startTwins' parts: a misspelt `restricted` would show everybody what is for some roles only. */
import { z } from "zod";
import { checked, members } from "./checkedOptions.ts";
import { ROLES } from "./protocol/names.ts";
import type { RuntimeParts } from "./runtime.ts";

const any = z.unknown().optional();
const id = z.string("a text").min(1, "a text");
const restriction = members({
  model: id,
  property: id,
  roles: z.array(z.enum(ROLES, `one of ${ROLES.join(", ")}`), "an array of roles"),
});

const parts = members({
  provider: any,
  sources: any,
  devices: any,
  controlRules: any,
  records: any,
  deadLetters: any,
  readLetter: any,
  modelCache: any,
  edits: any,
  policy: any,
  signIn: any,
  log: any,
  clock: any,
  demo: any,
  writeThrough: any,
  writeThroughRate: any,
  writesPerSecond: any,
  rules: any,
  contains: any,
  partOf: any,
  firstSpace: any,
  comparison: any,
  restricted: z.array(restriction, "an array of { model, property, roles }").optional(),
} satisfies Record<keyof RuntimeParts, z.ZodType>);

/** @throws which part is unknown, or which restriction is none */
export function checkedParts(given: RuntimeParts): RuntimeParts {
  checked("startTwins", parts, given);
  return given;
}
