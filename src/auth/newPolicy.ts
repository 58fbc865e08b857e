/** The policy of a server: by the rules of its file, or by role alone. Called by connect.ts. */
import { type AccessPolicy, RolePolicy } from "./AccessPolicy.ts";
import type { PolicyRules } from "./policyFile.ts";
import { type PolicyFacts, RulePolicy } from "./RulePolicy.ts";

export interface PolicyParts {
  rules: (() => PolicyRules) | undefined;
  facts: PolicyFacts;
  /** Refuses every write with this sentence. */
  readOnly?: string | undefined;
}

export function newPolicy({ rules, facts, readOnly }: PolicyParts): AccessPolicy {
  return rules === undefined ? new RolePolicy({ readOnly }) : new RulePolicy({ rules, facts, readOnly });
}
