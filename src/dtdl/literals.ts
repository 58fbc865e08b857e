/**
 * "Representational literals" and "localizable strings": the forms in which DTDL, being JSON-LD, lets a plain value be
 * written. Called by ElementReader; all return undefined for what is not allowed.
 */
import type { Version } from "./metamodel.ts";
import type { Localized } from "./types.ts";

const LANGUAGE = /^[a-z]{2,4}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?$/;
const NEVER = new Set(["@id", "@context", "@graph"]);
const XSD = "http://www.w3.org/2001/XMLSchema#";
const MAX_NESTING = 16;

/** Visits of nested sets in one flattening. Arrays that hold themselves several times over would make it 10^16 otherwise. */
const MAX_NESTED_SETS = 100_000;

/**
 * Sets in JSON-LD have no nesting: `[["a"]]` is `["a"]`. A single value is a set of one. What is nested beyond all sense
 * stays an array, which no member may be.
 */
export function flatten(value: unknown): unknown[] {
  return Array.isArray(value) ? flattened(value, 0, { left: MAX_NESTED_SETS }) : [value];
}

function flattened(set: unknown[], depth: number, visits: { left: number }): unknown[] {
  if (depth > MAX_NESTING || !set.some((item) => Array.isArray(item))) {
    return set;
  }
  return set.flatMap((item) => {
    if (!Array.isArray(item)) {
      return [item];
    }
    return visits.left-- > 0 ? flattened(item, depth + 1, visits) : [item];
  });
}

type Kind = "string" | "integer" | "boolean";

const HOLDS: Record<Kind, (value: unknown) => boolean> = {
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  integer: (value) => typeof value === "number" && Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31,
};

/** The literal's own value, or undefined. `raw` is a single value, not an array. */
export function readLiteral(raw: unknown, kind: Kind, version: Version): string | number | boolean | undefined {
  const value = raw !== null && typeof raw === "object" ? typedValue(raw, kind, version) : raw;
  return HOLDS[kind](value) ? (value as string | number | boolean) : undefined;
}

function typedValue(object: object, kind: Kind, version: Version): unknown {
  const raw = object as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(raw)) {
    const allowed = key === "@value" || key === "@type" || (version === 2 && key.startsWith("@") && !NEVER.has(key));
    if (!allowed) {
      return undefined;
    }
  }
  const [type, another] = raw["@type"] === undefined ? [`xsd:${kind}`] : flatten(raw["@type"]);
  const fits = type === `xsd:${kind}` || type === XSD + kind;
  return fits && another === undefined ? raw["@value"] : undefined;
}

export type LocalizedResult = { texts: Localized } | { fault: "type" | "language" | "length" };

/** By language; a plain string is English. */
export function readLocalized(raw: unknown, maxLength: number, version: Version): LocalizedResult {
  if (typeof raw === "string") {
    return raw.length > maxLength ? { fault: "length" } : { texts: { en: raw } };
  }
  if (raw === null || typeof raw !== "object") {
    return { fault: "type" };
  }
  const texts: Record<string, string> = {};
  const fault = Array.isArray(raw)
    ? addTagged(texts, flatten(raw), maxLength, version)
    : addAll(texts, raw as Readonly<Record<string, unknown>>, maxLength);
  return fault === undefined ? { texts } : { fault };
}

type TextFault = "type" | "language" | "length";

function addAll(
  texts: Record<string, string>,
  raw: Readonly<Record<string, unknown>>,
  maxLength: number,
): TextFault | undefined {
  for (const language of Object.keys(raw)) {
    const fault = addText(texts, language, raw[language], maxLength);
    if (fault !== undefined) {
      return fault;
    }
  }
  return undefined;
}

function addTagged(
  texts: Record<string, string>,
  raw: readonly unknown[],
  maxLength: number,
  version: Version,
): TextFault | undefined {
  for (const item of raw) {
    const tagged = typeof item === "string" ? { language: "en", text: item } : taggedValue(item, version);
    const fault = tagged === undefined ? "type" : addText(texts, tagged.language, tagged.text, maxLength);
    if (fault !== undefined) {
      return fault;
    }
  }
  return undefined;
}

/** No language code is a member of Object's prototype, so that plain assignment is safe. */
function addText(
  texts: Record<string, string>,
  language: string,
  text: unknown,
  maxLength: number,
): TextFault | undefined {
  if (typeof text !== "string") {
    return "type";
  }
  if (!(language === "en" || LANGUAGE.test(language)) || texts[language] !== undefined) {
    return "language";
  }
  if (text.length > maxLength) {
    return "length";
  }
  texts[language] = text;
  return undefined;
}

function taggedValue(item: unknown, version: Version): { language: string; text: string } | undefined {
  if (item === null || typeof item !== "object" || Array.isArray(item)) {
    return undefined;
  }
  const raw = item as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(raw)) {
    const known = key === "@value" || key === "@language";
    if (!(known || (version === 2 && key.startsWith("@") && !NEVER.has(key)))) {
      return undefined;
    }
  }
  const { "@value": text, "@language": language = "en" } = raw;
  return typeof text === "string" && typeof language === "string" ? { language, text } : undefined;
}
