/**
 * One member of an element against its rule: a single value or a set, elements in place or by id. What passes is set on
 * the element; what does not is an issue and stays absent. Used by ElementReader.
 */
import { isDtmi } from "./dtmi.ts";
import type { Element, Ref } from "./Element.ts";
import type { ElementReader, Scope } from "./ElementReader.ts";
import { findExtensionSchema } from "./extensions.ts";
import type { IssueList } from "./IssueList.ts";
import { flatten } from "./literals.ts";
import type { ElementRule, Rule } from "./metamodel.ts";
import { MemberFault, readLiteralMember } from "./readLiteralMember.ts";
import { findStandardSchema } from "./vocabulary.ts";

/** A member being read: what is needed should it be at fault, and by the elements in it. */
interface Member {
  element: Element;
  term: string;
  /** As written: the term or its DTMI. */
  key: string;
  scope: Scope;
}

/** Stands for a value whose fault was reported deeper down. */
const REPORTED = new MemberFault("", "", "");

export class MemberReader {
  readonly #elements: ElementReader;
  readonly #issues: IssueList;

  constructor(elements: ElementReader, issues: IssueList) {
    this.#elements = elements;
    this.#issues = issues;
  }

  /** Reads `raw`, the value of `key` in the element that `scope` is of. */
  read(element: Element, term: string, key: string, rule: Rule, raw: unknown, scope: Scope): void {
    const member = { element, term, key, scope };
    const value = this.#value(member, rule, raw);
    if (value instanceof MemberFault) {
      this.#report(member, value, raw, `${scope.path}/${key}`);
    } else if (value !== undefined) {
      (element.members as Record<string, unknown>)[term] = value;
    }
  }

  #value(member: Member, rule: Rule, raw: unknown): unknown {
    if (rule.type === "localized") {
      return readLiteralMember(member.term, rule, raw, member.scope.context);
    }
    if (rule.type === "element" && rule.many === true) {
      return this.#set(member, rule, raw);
    }
    return Array.isArray(raw) ? this.#only(member, rule, raw) : this.#single(member, rule, raw);
  }

  #single(member: Member, rule: Exclude<Rule, { type: "localized" }>, raw: unknown): unknown {
    return rule.type === "element"
      ? this.#ref(member, rule, raw, undefined)
      : readLiteralMember(member.term, rule, raw, member.scope.context);
  }

  /** An array where one value is wanted: of at most one. */
  #only(member: Member, rule: Exclude<Rule, { type: "localized" }>, raw: readonly unknown[]): unknown {
    const items = flatten(raw);
    if (items.length === 1) {
      return this.#single(member, rule, items[0]);
    }
    const { term } = member;
    if (items.length > 1) {
      return new MemberFault("member.count", `${term} has one value.`, "one value");
    }
    const required = "required" in rule && rule.required === true;
    return required ? new MemberFault("member.missing", `${term} needs a value.`, term) : undefined;
  }

  #set(member: Member, rule: ElementRule, raw: unknown): unknown {
    const items = flatten(raw);
    const wrong = countFault(member.term, rule, items);
    if (wrong !== undefined) {
      return wrong;
    }
    const refs: Ref[] = [];
    const words = new Set<string>();
    for (let i = 0; i < items.length && !this.#issues.full; i++) {
      const item = items[i];
      if (typeof item === "string" && words.size === words.add(item).size) {
        continue;
      }
      const index = Array.isArray(raw) ? i : undefined;
      const ref = this.#ref(member, rule, item, index);
      if (!(ref instanceof MemberFault)) {
        refs.push(ref);
      } else if (ref !== REPORTED) {
        this.#report(member, ref, item, pathOf(member, index));
      }
    }
    return refs;
  }

  #ref(member: Member, rule: ElementRule, raw: unknown, index: number | undefined): Ref | MemberFault {
    if (typeof raw === "string") {
      return this.#refByWord(member, rule, raw);
    }
    if (raw !== null && typeof raw === "object" && !Array.isArray(raw)) {
      const nested = raw as Readonly<Record<string, unknown>>;
      return this.#elements.readNested(nested, rule, member.scope, pathOf(member, index)) ?? REPORTED;
    }
    return new MemberFault("member.type", `${member.term} is an element, or the id of one.`, nameClasses(rule));
  }

  #refByWord({ term, scope }: Member, rule: ElementRule, word: string): Ref | MemberFault {
    const { version } = scope.context;
    const standard = rule.classes.includes("Primitive") ? standardSchema(word, scope) : undefined;
    if (standard === undefined) {
      return isDtmi(word, version) && rule.only === undefined
        ? word
        : new MemberFault(`${term}.value`, `${term} is neither a known word nor an id.`, nameClasses(rule));
    }
    if (rule.only !== undefined && !rule.only.includes(standard.primitive ?? "")) {
      return new MemberFault(`${term}.value`, `This ${term} is not allowed here.`, nameClasses(rule));
    }
    return standard.version > version
      ? new MemberFault("version.reference", "This schema is of a later version of DTDL.", `DTDL v${version}`)
      : standard;
  }

  #report(member: Member, fault: MemberFault, found: unknown, path: string): void {
    if (fault !== REPORTED) {
      const { element, term, scope } = member;
      const { code, message, expected } = fault;
      const clause = `DTDL v${element.version}, ${element.cls}, ${term}`;
      this.#issues.add({ code, at: { owner: scope.owner, path }, message, found, expected, clause });
    }
  }
}

function pathOf({ scope, key }: Member, index: number | undefined): string {
  return index === undefined ? `${scope.path}/${key}` : `${scope.path}/${key}/${index}`;
}

function standardSchema(word: string, { context }: Scope): Element | undefined {
  const known = findStandardSchema(word, context.version) ?? findExtensionSchema(word);
  if (known !== undefined || context.extensions.size === 0) {
    return known;
  }
  for (const extension of context.extensions.values()) {
    const schema = extension.schemas.get(word);
    if (schema !== undefined) {
      return schema;
    }
  }
  return undefined;
}

/** The same id twice is one element of a set. */
function countFault(term: string, rule: ElementRule, items: readonly unknown[]): MemberFault | undefined {
  const { minCount = 0, maxCount = Number.POSITIVE_INFINITY } = rule;
  const words = items.filter((item) => typeof item === "string");
  const count = words.length < 2 ? items.length : items.length - words.length + new Set(words).size;
  if (count >= minCount && count <= maxCount) {
    return undefined;
  }
  const expected = count < minCount ? `at least ${minCount}` : `at most ${maxCount}`;
  return new MemberFault(`${term}.count`, `${term} has ${count} elements.`, expected);
}

function nameClasses({ classes, only }: ElementRule): string {
  if (only !== undefined) {
    return only.join(" or ");
  }
  return classes.map((cls) => (cls === "Primitive" ? "a standard schema such as double" : cls)).join(", ");
}

/** Pointer of a member of an element. */
export function memberPath(element: Element, term: string): string {
  return `${element.path}/${term}`;
}
