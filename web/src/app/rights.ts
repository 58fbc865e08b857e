/**
 * What the page offers to a role. Only a preview, so that controls are not offered in vain: the server decides, and its
 * refusal is shown where it was asked.
 */
import type { Role } from "../../../src/protocol/names.ts";
import { S } from "../strings.ts";

/** Why not, as a sentence; "" when one may. */
export function whyNotPatch(role: Role): string {
  return role === "operator" || role === "admin" ? "" : S.rights.patch(S.roles[role].name);
}

export function whyNotPlace(role: Role): string {
  return role === "builder" || role === "admin" ? "" : S.rights.place(S.roles[role].name);
}
