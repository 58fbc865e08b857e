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

/** Sets in JSON-LD have no nesting: `[["a"]]` is `["a"]`. A single value is a set of one. */
export function flatten(value: unknown, depth = 0): unknown[] {
  if (!Array.isArray(value)) {
    return [value];
  }
  if (depth > MAX_NESTING || !value.some((item) => Array.isArray(item))) {
    return value;
  }
  return value.flatMap((item) => flatten(item, depth + 1));
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
  const types = raw["@type"] === undefined ? [] : flatten(raw["@type"]);
  const fits = types.every((type) => type === `xsd:${kind}` || type === XSD + kind);
  return fits && types.length <= 1 ? raw["@value"] : undefined;
}

export type LocalizedResult = { texts: Localized } | { fault: "type" | "language" | "length" };

/** By language; a plain string is English. */
export function readLocalized(raw: unknown, maxLength: number, version: Version): LocalizedResult {
  const texts =
    typeof raw === "string" ? { en: raw } : Array.isArray(raw) ? fromArray(flatten(raw), version) : fromMap(raw);
  if (typeof texts === "string") {
    return { fault: texts };
  }
  for (const language of Object.keys(texts)) {
    if (!LANGUAGE.test(language)) {
      return { fault: "language" };
    }
    if ((texts[language] ?? "").length > maxLength) {
      return { fault: "length" };
    }
  }
  return { texts };
}

function fromMap(raw: unknown): Record<string, string> | "type" {
  if (raw === null || typeof raw !== "object") {
    return "type";
  }
  const texts: Record<string, string> = {};
  for (const [language, text] of Object.entries(raw)) {
    if (typeof text !== "string") {
      return "type";
    }
    Object.defineProperty(texts, language, { value: text, enumerable: true });
  }
  return texts;
}

function fromArray(raw: readonly unknown[], version: Version): Record<string, string> | "type" | "language" {
  const texts: Record<string, string> = {};
  for (const item of raw) {
    const tagged = typeof item === "string" ? { language: "en", text: item } : taggedValue(item, version);
    if (tagged === undefined) {
      return "type";
    }
    if (Object.hasOwn(texts, tagged.language)) {
      return "language";
    }
    Object.defineProperty(texts, tagged.language, { value: tagged.text, enumerable: true });
  }
  return texts;
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
