/**
 * Rules of one role, action and effect, found by the first condition that each has: a name by a map, patterns by one
 * expression that says whether any of them fits. Most rules are never looked at. Used by RulePolicy.
 */
import type { ActionTarget } from "./AccessPolicy.ts";
import { expressionOf, upwards } from "./patterns.ts";
import type { PolicyRule } from "./policyFile.ts";

export interface Condition {
  twins: ((id: string) => boolean) | undefined;
  paths: ((path: string) => boolean) | undefined;
  models: readonly string[] | undefined;
  spaces: readonly string[] | undefined;
  why: string | undefined;
}

interface Listed {
  /** In the file: the first that holds gives the reason. */
  order: number;
  condition: Condition;
}

/** All of one model, or of one space: each is asked for in turn, which a list makes cheaper than a map. */
interface Named {
  name: string;
  rules: Listed[];
}

/** What is known of the target; asked only where rules depend on it. */
export interface Known {
  isOfModel(model: string): boolean;
  isInSpace(space: string): boolean;
}

/** Names lead to their rules; rules with a star are looked at where any star fits. */
class ByName {
  readonly #exact = new Map<string, Listed[]>();
  readonly #starred: Listed[] = [];
  #expressions: string[] = [];
  #any: RegExp | undefined;

  add(names: readonly string[], rule: Listed): void {
    const stars = names.filter((name) => name.includes("*"));
    for (const name of names.filter((name) => !name.includes("*"))) {
      append(this.#exact, name, rule);
    }
    if (stars.length > 0) {
      this.#starred.push(rule);
      this.#expressions.push(...stars.map(expressionOf));
      this.#any = undefined;
    }
  }

  collect(name: string, into: (readonly Listed[])[]): void {
    const exact = this.#exact.get(name);
    if (exact !== undefined) {
      into.push(exact);
    }
    if (this.#starred.length > 0) {
      this.#any ??= new RegExp(`^(?:${this.#expressions.join("|")})$`, "s");
      if (this.#any.test(name)) {
        into.push(this.#starred);
      }
    }
  }
}

export class RuleList {
  readonly #all: Listed[] = [];
  readonly #twins = new ByName();
  readonly #paths = new ByName();
  readonly #models: Named[] = [];
  readonly #spaces: Named[] = [];
  readonly #others: Listed[] = [];

  add(order: number, { twins, paths, models, spaces }: PolicyRule, condition: Condition): void {
    const rule = { order, condition };
    this.#all.push(rule);
    if (twins !== undefined) {
      this.#twins.add(twins, rule);
    } else if (paths !== undefined) {
      this.#paths.add(paths, rule);
    } else if (models !== undefined) {
      models.forEach((model) => void addTo(this.#models, model, rule));
    } else if (spaces !== undefined) {
      spaces.forEach((space) => void addTo(this.#spaces, space, rule));
    } else {
      this.#others.push(rule);
    }
  }

  /** The first in the file that holds. */
  first(on: ActionTarget, known: Known, holds: (condition: Condition) => boolean): Condition | undefined {
    let found: Listed | undefined;
    for (const rules of this.#candidates(on, known)) {
      for (const rule of rules) {
        if ((found === undefined || rule.order < found.order) && holds(rule.condition)) {
          found = rule;
        }
      }
    }
    return found?.condition;
  }

  #candidates(on: ActionTarget, known: Known): (readonly Listed[])[] {
    if (on.twinId === undefined || on.path === undefined) {
      return [this.#all]; // what nobody can tell may hold or not: each rule decides by itself
    }
    const found: (readonly Listed[])[] = [this.#others];
    this.#twins.collect(on.twinId, found);
    for (const at of upwards(on.path)) {
      this.#paths.collect(at, found);
    }
    for (const { name, rules } of this.#models) {
      if (known.isOfModel(name)) {
        found.push(rules);
      }
    }
    for (const { name, rules } of this.#spaces) {
      if (known.isInSpace(name)) {
        found.push(rules);
      }
    }
    return found;
  }
}

function append(map: Map<string, Listed[]>, key: string, rule: Listed): void {
  const there = map.get(key);
  if (there === undefined) {
    map.set(key, [rule]);
  } else {
    there.push(rule);
  }
}

function addTo(list: Named[], name: string, rule: Listed): void {
  const there = list.find((named) => named.name === name);
  if (there === undefined) {
    list.push({ name, rules: [rule] });
  } else {
    there.rules.push(rule);
  }
}
