/**
 * Rights by rules of a policy file (docs/sign-in.md): by role, action, twin, model, space and path. A rule that denies wins
 * over all that allow; what no rule allows is refused, but for reading.
 *
 * Rules are sorted by role and action when they are read, and found by their conditions (RuleList): a check has to cost less
 * than 2 µs at 200 rules (`npm run bench -- policy`).
 */
import type { Role } from "../protocol/names.ts";
import {
  type AccessPolicy,
  type Action,
  type ActionTarget,
  type Actor,
  ALLOWED,
  type Decision,
  EXPIRED,
  READING,
  RolePolicy,
  rolesOf,
} from "./AccessPolicy.ts";
import { pathPattern, pattern } from "./patterns.ts";
import type { PolicyRule, PolicyRules } from "./policyFile.ts";
import { type Condition, type Known, RuleList } from "./RuleList.ts";

/** What is known of twins and models beside what the caller says. */
export interface PolicyFacts {
  /** undefined: there is no such twin. */
  modelOf(twinId: string): string | undefined;
  /** True for the model itself and for those that extend it, at any depth. */
  isA(modelId: string, ancestor: string): boolean;
  /** True for the space's own twin too. */
  isIn(twinId: string, space: string): boolean;
}

export interface RulePolicyOptions {
  /** Asked at every check, so that a file that is read again counts at once. */
  rules: () => PolicyRules;
  facts: PolicyFacts;
  readOnly?: string | undefined;
}

/** By `role action`. */
type Index = ReadonlyMap<string, { deny: RuleList; allow: RuleList }>;

export class RulePolicy implements AccessPolicy {
  readonly #o: RulePolicyOptions;
  readonly #byRole = new RolePolicy();
  #indexed: { rules: PolicyRules; index: Index } | undefined;

  constructor(options: RulePolicyOptions) {
    this.#o = options;
  }

  check(actor: Actor, action: Action, on: ActionTarget = {}): Decision {
    const { readOnly } = this.#o;
    if (readOnly !== undefined && !READING.has(action)) {
      return { allowed: false, reason: readOnly };
    }
    const roles = rolesOf(actor);
    if (roles.length === 0) {
      return EXPIRED;
    }
    if (action === "read") {
      return ALLOWED;
    }
    const rules = this.#o.rules();
    const index = this.#indexOf(rules);
    const known = this.#knownOf(on);
    for (const role of roles) {
      const denying = index.get(`${role} ${action}`)?.deny.first(on, known, (rule) => this.#holds(rule, on, true));
      if (denying) {
        return { allowed: false, reason: denying.why ?? `A rule does not let ${role}s ${action} this.` };
      }
    }
    for (const role of roles) {
      if (index.get(`${role} ${action}`)?.allow.first(on, known, (rule) => this.#holds(rule, on, false))) {
        return ALLOWED;
      }
    }
    return rules.roles
      ? this.#byRole.check(actor, action)
      : { allowed: false, reason: `No rule lets you ${action} this as ${roles.join(" and ")}.` };
  }

  #indexOf(rules: PolicyRules): Index {
    if (this.#indexed?.rules !== rules) {
      this.#indexed = { rules, index: indexed(rules.rules) };
    }
    return this.#indexed.index;
  }

  /** Of a target whose twin is named. */
  #knownOf(on: ActionTarget): Known {
    const { facts } = this.#o;
    const { twinId = "", space: told } = on;
    let modelId: string | undefined;
    return {
      isOfModel: (model) => {
        modelId ??= facts.modelOf(twinId) ?? on.modelId ?? "";
        return modelId !== "" ? facts.isA(modelId, model) : true;
      },
      isInSpace: (space) => (told === undefined ? facts.isIn(twinId, space) : told === space),
    };
  }

  /** `unknown`: what a condition comes to when nobody can tell. */
  #holds(rule: Condition, on: ActionTarget, unknown: boolean): boolean {
    return (
      (rule.twins === undefined || (on.twinId === undefined ? unknown : rule.twins(on.twinId))) &&
      (rule.paths === undefined || (on.path === undefined ? unknown : rule.paths(on.path))) &&
      (rule.models === undefined || this.#isOf(rule.models, on, unknown)) &&
      (rule.spaces === undefined || this.#isIn(rule.spaces, on, unknown))
    );
  }

  /** Where the twin exists its own model counts, whatever the caller says. */
  #isOf(models: readonly string[], { twinId, modelId: told }: ActionTarget, unknown: boolean): boolean {
    const modelId = (twinId === undefined ? undefined : this.#o.facts.modelOf(twinId)) ?? told;
    return modelId === undefined ? unknown : models.some((model) => this.#o.facts.isA(modelId, model));
  }

  #isIn(spaces: readonly string[], { twinId, space }: ActionTarget, unknown: boolean): boolean {
    if (space !== undefined) {
      return spaces.includes(space);
    }
    return twinId === undefined ? unknown : spaces.some((id) => this.#o.facts.isIn(twinId, id));
  }
}

/**
 * Who may "manage" writes properties too, so a rule that denies "patch" denies that as well: where the path is left out
 * (a whole twin is replaced), all of it.
 */
const ALSO_DENIES: Partial<Record<Action, readonly Action[]>> = { patch: ["manage"] };

function indexed(rules: readonly PolicyRule[]): Index {
  const index = new Map<string, { deny: RuleList; allow: RuleList }>();
  for (const [order, rule] of rules.entries()) {
    const compiled = compile(rule);
    const also = rule.effect === "deny" ? rule.actions.flatMap((action) => ALSO_DENIES[action] ?? []) : [];
    for (const key of keys(rule.roles, new Set([...rule.actions, ...also]))) {
      const there = index.get(key) ?? { deny: new RuleList(), allow: new RuleList() };
      there[rule.effect].add(order, rule, compiled);
      index.set(key, there);
    }
  }
  return index;
}

function keys(roles: readonly Role[], actions: ReadonlySet<Action>): string[] {
  return roles.flatMap((role) => [...actions].map((action) => `${role} ${action}`));
}

function compile({ why, twins, models, spaces, paths }: PolicyRule): Condition {
  return { why, models, spaces, twins: twins && pattern(twins), paths: paths && pathPattern(paths) };
}
