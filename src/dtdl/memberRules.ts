/**
 * Which member of a class or co-type a key means, the rule of it, and which members have to be there. Used by
 * ElementReader.
 */
import type { CoType } from "./extensions.ts";
import type { ClassRules, Rule } from "./metamodel.ts";

const REQUIRED = new WeakMap<ClassRules, readonly string[]>();

/** The terms of `rules` that have to be there. */
export function requiredOf(rules: ClassRules): readonly string[] {
  let terms = REQUIRED.get(rules);
  if (terms === undefined) {
    terms = Object.keys(rules).filter((term) => {
      const rule = rules[term];
      return rule !== undefined && "required" in rule && rule.required === true;
    });
    REQUIRED.set(rules, terms);
  }
  return terms;
}

const MEMBER = "dtmi:dtdl:property:";

/** The term of the member that a key means, by its term or by its DTMI in this version; undefined when it means none. */
export function findMember(
  key: string,
  known: ClassRules,
  version: number,
  cotypes: readonly CoType[],
): string | undefined {
  if (Object.hasOwn(known, key)) {
    return key;
  }
  if (key.startsWith(MEMBER) && key.endsWith(`;${version}`)) {
    const term = key.slice(MEMBER.length, key.lastIndexOf(";"));
    if (Object.hasOwn(known, term)) {
      return term;
    }
  }
  for (const { members, memberPrefix, memberSuffix } of cotypes) {
    for (const term of Object.keys(members)) {
      if (key === term || key === `${memberPrefix}${term}${memberSuffix}`) {
        return term;
      }
    }
  }
  return undefined;
}

/** The rule of a member that findMember told. */
export function ruleOf(term: string, known: ClassRules, cotypes: readonly CoType[]): Rule | undefined {
  if (Object.hasOwn(known, term)) {
    return known[term];
  }
  return cotypes.find(({ members }) => Object.hasOwn(members, term))?.members[term];
}
