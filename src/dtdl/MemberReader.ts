/**
 * The value of one member against its rule: literals in all their forms, texts, references, elements in place. What
 * passes is set on the element; what does not is an issue and stays absent. Used by ElementReader.
 */
import { isDtmi } from "./dtmi.ts";
import type { Element, Ref } from "./Element.ts";
import type { ElementReader, Scope } from "./ElementReader.ts";
import { findExtensionSchema, isTermOf } from "./extensions.ts";
import { isDuration } from "./formats.ts";
import type { IssueList } from "./IssueList.ts";
import { flatten, readLiteral, readLocalized } from "./literals.ts";
import type { ElementRule, IntegerRule, LocalizedRule, Rule, StringRule, UnitRule, WordRule } from "./metamodel.ts";
import { escapeSegment } from "./pointer.ts";
import { findStandardSchema, RESERVED } from "./vocabulary.ts";

const REFUSED = Symbol("refused");

export class MemberReader {
  readonly #elements: ElementReader;
  readonly #issues: IssueList;

  constructor(elements: ElementReader, issues: IssueList) {
    this.#elements = elements;
    this.#issues = issues;
  }

  /** Reads the member `term` of `element` from `raw`; `scope.path` is the member's. */
  read(element: Element, term: string, rule: Rule, raw: unknown, scope: Scope): void {
    const clause = `DTDL v${element.version}, ${element.cls}, ${term}`;
    const value = this.#value(term, rule, raw, scope, clause);
    if (value !== REFUSED && value !== undefined) {
      (element.members as Record<string, unknown>)[term] = value;
    }
  }

  #value(term: string, rule: Rule, raw: unknown, scope: Scope, clause: string): unknown {
    if (rule.type === "element") {
      return rule.many === true
        ? this.#set(term, rule, raw, scope, clause)
        : this.#single(term, rule, raw, scope, clause, (item) => this.#ref(term, rule, item, scope, clause));
    }
    if (rule.type === "localized") {
      return this.#localized(term, rule, raw, scope, clause);
    }
    return this.#single(term, rule, raw, scope, clause, (item) => this.#literal(term, rule, item, scope, clause));
  }

  /** One value, or an array of at most one. */
  #single(
    term: string,
    rule: Rule,
    raw: unknown,
    scope: Scope,
    clause: string,
    read: (item: unknown) => unknown,
  ): unknown {
    if (!Array.isArray(raw)) {
      return read(raw);
    }
    const items = flatten(raw);
    if (items.length > 1) {
      return this.#fault("member.count", `${term} has one value.`, raw, "one value", scope, clause);
    }
    if (items.length === 0) {
      const required = "required" in rule && rule.required === true;
      return required ? this.#fault("member.missing", `${term} needs a value.`, raw, term, scope, clause) : undefined;
    }
    return read(items[0]);
  }

  #literal(
    term: string,
    rule: Exclude<Rule, ElementRule | LocalizedRule>,
    raw: unknown,
    scope: Scope,
    clause: string,
  ): unknown {
    const { version } = scope.context;
    switch (rule.type) {
      case "string":
        return this.#string(term, rule, raw, scope, clause);
      case "integer":
        return this.#integer(term, rule, raw, scope, clause);
      case "boolean":
        return (
          readLiteral(raw, "boolean", version) ??
          this.#fault("member.type", `${term} is a boolean.`, raw, "true or false", scope, clause)
        );
      case "literal":
        return (
          readLiteral(raw, "integer", version) ??
          readLiteral(raw, "string", version) ??
          this.#fault("member.type", `${term} is a string or an integer.`, raw, "a string or an integer", scope, clause)
        );
      case "duration": {
        const text = readLiteral(raw, "string", version);
        return typeof text === "string" && isDuration(text)
          ? text
          : this.#fault("member.type", `${term} is a duration.`, raw, "a duration such as PT15S", scope, clause);
      }
      case "reference":
        return this.#reference(term, raw, scope, clause);
      case "word":
        return this.#word(term, rule, raw, scope, clause);
      case "unit":
        return this.#unit(rule, raw, scope, clause);
      case "identifier":
        return this.#identifier(term, raw, scope, clause);
      default:
        return undefined;
    }
  }

  #string(term: string, { maxLength, pattern }: StringRule, raw: unknown, scope: Scope, clause: string): unknown {
    const text = readLiteral(raw, "string", scope.context.version);
    const allowed = term === "name" ? "letters, digits and _, first a letter, last no _" : "the allowed characters";
    const expected = pattern === undefined ? "a string" : `a string of ${allowed}`;
    const bound = maxLength < 65_535 ? `${expected}, at most ${maxLength} characters` : expected;
    if (typeof text !== "string") {
      return this.#fault(`${term}.type`, `${term} is a string.`, raw, bound, scope, clause);
    }
    if (text.length > maxLength) {
      return this.#fault(
        `${term}.length`,
        `This ${term} is too long: ${text.length} characters.`,
        raw,
        bound,
        scope,
        clause,
      );
    }
    return pattern === undefined || pattern.test(text)
      ? text
      : this.#fault(`${term}.pattern`, `This ${term} has characters that are not allowed.`, raw, bound, scope, clause);
  }

  #integer(term: string, { min, max }: IntegerRule, raw: unknown, scope: Scope, clause: string): unknown {
    const value = readLiteral(raw, "integer", scope.context.version);
    const expected = min === max ? String(min) : `an integer from ${min} to ${max}`;
    if (typeof value !== "number") {
      return this.#fault(`${term}.type`, `${term} is an integer.`, raw, expected, scope, clause);
    }
    return value >= min && value <= max
      ? value
      : this.#fault(`${term}.range`, `${term} is out of range.`, raw, expected, scope, clause);
  }

  #localized(term: string, rule: LocalizedRule, raw: unknown, scope: Scope, clause: string): unknown {
    const result = readLocalized(raw, rule.maxLength, scope.context.version);
    if ("texts" in result) {
      return result.texts;
    }
    const messages = {
      type: `${term} is a text, or a text by language.`,
      language: `${term} has a language code that is none, or twice the same.`,
      length: `This ${term} is too long.`,
    };
    const expected = `a string of at most ${rule.maxLength} characters, or one by language such as {"en":"…"}`;
    return this.#fault(`${term}.${result.fault}`, messages[result.fault], raw, expected, scope, clause);
  }

  #reference(term: string, raw: unknown, scope: Scope, clause: string): unknown {
    const { version } = scope.context;
    const fits = typeof raw === "string" && (isDtmi(raw, version) || RESERVED[version].has(raw));
    return fits ? raw : this.#fault(`${term}.dtmi`, `${term} is the id of an Interface.`, raw, "a DTMI", scope, clause);
  }

  #word(term: string, { words, prefix, suffix }: WordRule, raw: unknown, scope: Scope, clause: string): unknown {
    const word = words.find((candidate) => raw === candidate || raw === `${prefix}${candidate}${suffix}`);
    return word ?? this.#fault(`${term}.value`, `There is no such ${term}.`, raw, words.join(" or "), scope, clause);
  }

  #unit({ units, unitType, prefix, suffix }: UnitRule, raw: unknown, scope: Scope, clause: string): unknown {
    if (typeof raw === "string") {
      const isUnitDtmi = raw.startsWith(prefix) && raw.endsWith(suffix);
      const unit = isUnitDtmi ? raw.slice(prefix.length, raw.length - suffix.length) : raw;
      if (units.has(unit)) {
        return unit;
      }
    }
    return this.#fault("unit.value", `This is no ${unitType}.`, raw, [...units].join(", "), scope, clause);
  }

  /** Name of a member: its term, or a URI, of which the last part is taken. */
  #identifier(term: string, raw: unknown, scope: Scope, clause: string): unknown {
    const { version, extensions } = scope.context;
    if (typeof raw === "string") {
      const known = RESERVED[version].has(raw) || [...extensions.values()].some((known) => isTermOf(known, raw));
      if (known || (raw.includes(":") && (!raw.startsWith("dtmi:") || isDtmi(raw, version)))) {
        return raw.slice(raw.lastIndexOf(":") + 1);
      }
    }
    return this.#fault(`${term}.value`, `${term} names no known member.`, raw, "a term or DTMI", scope, clause);
  }

  #set(term: string, rule: ElementRule, raw: unknown, scope: Scope, clause: string): unknown {
    const items = flatten(raw);
    const { minCount = 0, maxCount = Number.POSITIVE_INFINITY } = rule;
    const count = countDistinct(items);
    if (count < minCount || count > maxCount) {
      const expected = count < minCount ? `at least ${minCount}` : `at most ${maxCount}`;
      this.#fault(`${term}.count`, `${term} has ${count} elements.`, count, expected, scope, clause);
      if (count > maxCount) {
        return REFUSED;
      }
    }
    const many = Array.isArray(raw);
    const refs: Ref[] = [];
    const words = new Set<string>();
    for (let i = 0; i < items.length && !this.#issues.full; i++) {
      const item = items[i];
      if (typeof item === "string" && words.size === words.add(item).size) {
        continue;
      }
      const at = many ? { ...scope, path: `${scope.path}/${i}` } : scope;
      const ref = this.#ref(term, rule, item, at, clause);
      if (typeof ref !== "symbol") {
        refs.push(ref);
      }
    }
    return refs;
  }

  #ref(term: string, rule: ElementRule, raw: unknown, scope: Scope, clause: string): Ref | typeof REFUSED {
    if (typeof raw === "string") {
      return this.#refByWord(term, rule, raw, scope, clause);
    }
    if (raw !== null && typeof raw === "object" && !Array.isArray(raw)) {
      return this.#elements.readNested(raw as Readonly<Record<string, unknown>>, rule, scope) ?? REFUSED;
    }
    return this.#fault(
      "member.type",
      `${term} is an element, or the id of one.`,
      raw,
      nameClasses(rule),
      scope,
      clause,
    );
  }

  #refByWord(term: string, rule: ElementRule, word: string, scope: Scope, clause: string): Ref | typeof REFUSED {
    const { version } = scope.context;
    const standard = rule.classes.includes("Primitive") ? this.#standard(word, scope) : undefined;
    if (standard === undefined) {
      const isReference = isDtmi(word, version) && rule.only === undefined;
      return isReference
        ? word
        : this.#fault(
            `${term}.value`,
            `${term} is neither a known word nor an id.`,
            word,
            nameClasses(rule),
            scope,
            clause,
          );
    }
    if (rule.only !== undefined && !rule.only.includes(standard.primitive ?? "")) {
      return this.#fault(`${term}.value`, `This ${term} is not allowed here.`, word, nameClasses(rule), scope, clause);
    }
    return standard.version > version
      ? this.#fault(
          "version.reference",
          "This schema is of a later version of DTDL.",
          word,
          `DTDL v${version}`,
          scope,
          clause,
        )
      : standard;
  }

  #standard(word: string, scope: Scope): Element | undefined {
    const known = findStandardSchema(word, scope.context.version) ?? findExtensionSchema(word);
    if (known !== undefined) {
      return known;
    }
    for (const extension of scope.context.extensions.values()) {
      const schema = extension.schemas.get(word);
      if (schema !== undefined) {
        return schema;
      }
    }
    return undefined;
  }

  #fault(code: string, message: string, found: unknown, expected: string, at: Scope, clause: string): typeof REFUSED {
    this.#issues.add({ code, at, message, found, expected, clause });
    return REFUSED;
  }
}

/** The same id twice is one element of a set. */
function countDistinct(items: readonly unknown[]): number {
  const words = items.filter((item) => typeof item === "string");
  return words.length < 2 ? items.length : items.length - words.length + new Set(words).size;
}

function nameClasses({ classes, only }: ElementRule): string {
  if (only !== undefined) {
    return only.join(" or ");
  }
  return classes.map((cls) => (cls === "Primitive" ? "a standard schema such as double" : cls)).join(", ");
}

/** Pointer of a member of an element. */
export function memberPath(element: Element, term: string): string {
  return `${element.path}/${escapeSegment(term)}`;
}
