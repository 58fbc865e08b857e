/**
 * Rights by rules of a policy file (docs/sign-in.md): by role, action, twin, model, space and path. A rule that denies wins
 * over all that allow; what no rule allows is refused, but for reading.
 *
 * Rules are sorted by role and action when they are read, and tested cheapest condition first: a check has to cost less
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
import type { PolicyRule, PolicyRules } from "./policyFile.ts";

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

/** Pattern → does it fit? `*` stands for any number of characters. */
type Fits = (text: string) => boolean;
interface Compiled {
  why: string | undefined;
  twins: Fits | undefined;
  models: readonly string[] | undefined;
  spaces: readonly string[] | undefined;
  paths: Fits | undefined;
}
/** By `role action`. */
type Index = ReadonlyMap<string, { deny: readonly Compiled[]; allow: readonly Compiled[] }>;

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
    for (const role of roles) {
      const denying = index.get(`${role} ${action}`)?.deny.find((rule) => this.#holds(rule, on, true));
      if (denying) {
        return { allowed: false, reason: denying.why ?? `A rule does not let ${role}s ${action} this.` };
      }
    }
    for (const role of roles) {
      if (index.get(`${role} ${action}`)?.allow.some((rule) => this.#holds(rule, on, false))) {
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

  /** `unknown`: what a condition comes to when nobody can tell. */
  #holds(rule: Compiled, on: ActionTarget, unknown: boolean): boolean {
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
  const index = new Map<string, { deny: Compiled[]; allow: Compiled[] }>();
  for (const rule of rules) {
    const compiled = compile(rule);
    const also = rule.effect === "deny" ? rule.actions.flatMap((action) => ALSO_DENIES[action] ?? []) : [];
    for (const key of keys(rule.roles, new Set([...rule.actions, ...also]))) {
      const there = index.get(key) ?? { deny: [], allow: [] };
      there[rule.effect].push(compiled);
      index.set(key, there);
    }
  }
  return index;
}

function keys(roles: readonly Role[], actions: ReadonlySet<Action>): string[] {
  return roles.flatMap((role) => [...actions].map((action) => `${role} ${action}`));
}

function compile({ why, twins, models, spaces, paths }: PolicyRule): Compiled {
  return { why, models, spaces, twins: twins && pattern(twins), paths: paths && pathPattern(paths) };
}

/** One expression for all of them; names without a star by a set. */
function pattern(patterns: readonly string[]): Fits {
  const exact = new Set(patterns.filter((p) => !p.includes("*")));
  const starred = patterns.filter((p) => p.includes("*")).map(expression);
  const any = starred.length === 0 ? undefined : new RegExp(`^(?:${starred.join("|")})$`, "s");
  return (text) => exact.has(text) || any?.test(text) === true;
}

/** A path stands for what is below it too: `/motor` for `/motor/limit`. */
function pathPattern(paths: readonly string[]): Fits {
  const fits = pattern(paths);
  return (path) => {
    for (let at = path; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) {
      if (fits(at)) {
        return true;
      }
    }
    return false;
  };
}

function expression(text: string): string {
  return text
    .split(/\*+/)
    .map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, "\\$&"))
    .join(".*");
}
