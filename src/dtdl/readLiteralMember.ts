/**
 * A member whose value is no element: text, number, boolean, unit, reference by id. Its rule, the value, and what of it is
 * kept; a `MemberFault` where the rule is broken. Called by MemberReader.
 */
import type { Context } from "./context.ts";
import { isDtmi } from "./dtmi.ts";
import { isTermOf } from "./extensions.ts";
import { isDuration } from "./formats.ts";
import { readLiteral, readLocalized } from "./literals.ts";
import {
  type ElementRule,
  ID_LENGTH,
  type IntegerRule,
  type LocalizedRule,
  type Rule,
  type StringRule,
  type UnitRule,
  type WordRule,
} from "./metamodel.ts";
import { RESERVED } from "./vocabulary.ts";

/** Why a value was refused. */
export class MemberFault {
  readonly code: string;
  readonly message: string;
  readonly expected: string;

  constructor(code: string, message: string, expected: string) {
    this.code = code;
    this.message = message;
    this.expected = expected;
  }
}

/** Where a limit is not of the language, only against hostile input. */
const UNBOUNDED = 65_535;

/** `raw` is a single value, no array; except for texts, whose arrays have a meaning. */
export function readLiteralMember(
  term: string,
  rule: Exclude<Rule, ElementRule>,
  raw: unknown,
  context: Context,
): unknown {
  const { version } = context;
  switch (rule.type) {
    case "string":
      return readString(term, rule, raw, context);
    case "localized":
      return readTexts(term, rule, raw, context);
    case "integer":
      return readInteger(term, rule, raw, context);
    case "boolean":
      return (
        readLiteral(raw, "boolean", version) ?? new MemberFault("member.type", `${term} is a boolean.`, "true or false")
      );
    case "literal":
      return (
        readLiteral(raw, "integer", version) ??
        readLiteral(raw, "string", version) ??
        new MemberFault(`${term}.type`, `${term} is a string or an integer.`, "a string or an integer of 32 bits")
      );
    case "duration":
      return readDuration(term, raw, context);
    case "reference":
      return readReference(term, raw, context);
    case "word":
      return readWord(term, rule, raw);
    case "unit":
      return readUnit(rule, raw);
    default:
      return readIdentifier(term, raw, context);
  }
}

function readString(term: string, { maxLength, pattern }: StringRule, raw: unknown, { version }: Context): unknown {
  const text = readLiteral(raw, "string", version);
  if (typeof text === "string" && text.length <= maxLength && (pattern === undefined || pattern.test(text))) {
    return text;
  }
  const letters =
    term === "name" ? " of letters, digits and _, first a letter, last no _" : " of the allowed characters";
  const bound = maxLength < UNBOUNDED ? `, at most ${maxLength} characters` : "";
  const expected = `a string${pattern === undefined ? "" : letters}${bound}`;
  if (typeof text !== "string") {
    return new MemberFault(`${term}.type`, `${term} is a string.`, expected);
  }
  return text.length > maxLength
    ? new MemberFault(`${term}.length`, `This ${term} is too long: ${text.length} characters.`, expected)
    : new MemberFault(`${term}.pattern`, `This ${term} has characters that are not allowed.`, expected);
}

function readInteger(term: string, { min, max }: IntegerRule, raw: unknown, { version }: Context): unknown {
  const value = readLiteral(raw, "integer", version);
  if (typeof value === "number" && value >= min && value <= max) {
    return value;
  }
  const expected = min === max ? String(min) : `an integer from ${min} to ${max}`;
  return typeof value === "number"
    ? new MemberFault(`${term}.range`, `${term} is out of range.`, expected)
    : new MemberFault(`${term}.type`, `${term} is an integer.`, expected);
}

function readTexts(term: string, { maxLength }: LocalizedRule, raw: unknown, { version }: Context): unknown {
  const result = readLocalized(raw, maxLength, version);
  if ("texts" in result) {
    return result.texts;
  }
  const messages = {
    type: `${term} is a text, or a text by language.`,
    language: `${term} has a language code that is none, or twice the same.`,
    length: `This ${term} is too long.`,
  };
  const expected = `a string of at most ${maxLength} characters, or one by language such as {"en":"…"}`;
  return new MemberFault(`${term}.${result.fault}`, messages[result.fault], expected);
}

function readReference(term: string, raw: unknown, { version }: Context): unknown {
  const sound = typeof raw === "string" && raw.length <= ID_LENGTH && isDtmi(raw, version);
  const expected = `a DTMI of at most ${ID_LENGTH} characters`;
  return sound || (typeof raw === "string" && RESERVED[version].has(raw))
    ? raw
    : new MemberFault(`${term}.dtmi`, `${term} is the id of an Interface.`, expected);
}

function readDuration(term: string, raw: unknown, { version }: Context): unknown {
  const text = readLiteral(raw, "string", version);
  return typeof text === "string" && isDuration(text)
    ? text
    : new MemberFault(`${term}.type`, `${term} is a duration.`, "a duration such as PT15S (ISO 8601)");
}

function readWord(term: string, { words, prefix, suffix }: WordRule, raw: unknown): unknown {
  const word = words.find((candidate) => raw === candidate || raw === `${prefix}${candidate}${suffix}`);
  return word ?? new MemberFault(`${term}.value`, `There is no such ${term}.`, words.join(" or "));
}

function readUnit({ units, unitType, prefix, suffix }: UnitRule, raw: unknown): unknown {
  if (typeof raw === "string") {
    const isUnitDtmi = raw.startsWith(prefix) && raw.endsWith(suffix);
    const unit = isUnitDtmi ? raw.slice(prefix.length, raw.length - suffix.length) : raw;
    if (units.has(unit)) {
      return unit;
    }
  }
  return new MemberFault("unit.value", `This is no ${unitType}.`, [...units].join(", "));
}

/** Name of a member: its term, or a URI, of which the last part is taken. */
function readIdentifier(term: string, raw: unknown, { version, extensions }: Context): unknown {
  if (typeof raw === "string") {
    const known = RESERVED[version].has(raw) || [...extensions.values()].some((extension) => isTermOf(extension, raw));
    if (known || (raw.includes(":") && (!raw.startsWith("dtmi:") || isDtmi(raw, version)))) {
      return raw.slice(raw.lastIndexOf(":") + 1);
    }
  }
  return new MemberFault(`${term}.value`, `${term} names no known member.`, "a term or DTMI");
}
