/**
 * One model file for device, game and cloud: makes of full DTDL Interfaces the documents that Azure Digital Twins takes.
 * Called before models are sent to the service; never changes what it is given, and what the service takes stays as it is.
 */
import { flatten } from "./literals.ts";

type Json = Readonly<Record<string, unknown>>;

const CLASS = /^dtmi:dtdl:class:(\w+);[23]$/;
const MEMBER = /^dtmi:dtdl:property:(\w+);[23]$/;
const LANGUAGE = "dtmi:dtdl:context";

/**
 * One Interface document without Commands, and with the ids in place of Interfaces that stand inline (`extends` and
 * component schemas): a copy, or `model` itself if there is nothing to change. `interfacesForAzure` gives those inline
 * Interfaces as documents of their own.
 */
export function forAzure(model: object): object {
  return mapMembers(withIds(model as Json), (term, value) =>
    term === "contents" ? mapSet(value, (content) => (isA(content, "Command") ? undefined : content)) : value,
  );
}

/** Every Interface of `documents`, inline ones included, each as Azure takes it: at the top level, with its context. */
export function interfacesForAzure(documents: readonly unknown[]): object[] {
  return separateInterfaces(documents).map(forAzure);
}

/**
 * Every Interface of `documents` as a document of its own, whole, with the context that is in force for it and with the
 * ids in place of those that stand inline.
 */
export function separateInterfaces(documents: readonly unknown[]): object[] {
  const found: object[] = [];
  const seen = new Set<Json>();
  const waiting: { model: unknown; outer: unknown }[] = flatten(documents).map((model) => ({
    model,
    outer: undefined,
  }));
  for (const { model, outer } of waiting) {
    if (!isObject(model) || seen.has(model)) {
      continue;
    }
    seen.add(model);
    const context = overlaid(outer, model["@context"]);
    const whole = withIds(model);
    found.push(context === model["@context"] ? whole : { ...whole, "@context": context });
    for (const inline of inlineInterfaces(model)) {
      waiting.push({ model: inline, outer: context });
    }
  }
  return found;
}

function inlineInterfaces(model: Json): unknown[] {
  const schemas = membersOf(model, "contents").flatMap((content) =>
    isObject(content) ? membersOf(content, "schema") : [],
  );
  return [...membersOf(model, "extends"), ...schemas].filter((candidate) => isA(candidate, "Interface"));
}

/** "Context" of the specification: what an element says overlays what stands around it, specifier by specifier. */
function overlaid(outer: unknown, own: unknown): unknown {
  if (outer === undefined || own === undefined) {
    return own ?? outer;
  }
  const inner = flatten(own);
  const said = new Set(inner.map(baseOf));
  const kept = flatten(outer).filter((specifier) => !said.has(baseOf(specifier)));
  if (kept.length === 0) {
    return own;
  }
  const all = [...kept, ...inner];
  return [...all.filter((s) => baseOf(s) === LANGUAGE), ...all.filter((s) => baseOf(s) !== LANGUAGE)];
}

function baseOf(specifier: unknown): unknown {
  return typeof specifier === "string" ? specifier.split(";", 1)[0] : specifier;
}

function withIds(model: Json): Json {
  return mapMembers(model, (term, value) => {
    if (term === "contents") {
      return mapSet(value, withSchemaId);
    }
    return term === "extends" ? mapSet(value, idOf) : value;
  });
}

function withSchemaId(content: unknown): unknown {
  return isObject(content)
    ? mapMembers(content, (term, value) => (term === "schema" ? mapSet(value, idOf) : value))
    : content;
}

function idOf(value: unknown): unknown {
  return isA(value, "Interface") && typeof value["@id"] === "string" ? value["@id"] : value;
}

/** The same object when no member changes. */
function mapMembers(object: Json, change: (term: string, value: unknown) => unknown): Json {
  const entries = Object.entries(object).map(([key, value]) => [key, change(termOf(key), value)] as const);
  return entries.some(([key, value]) => value !== object[key]) ? Object.fromEntries(entries) : object;
}

/** A single value or a set, whatever its nesting; the same one when nothing changes. What becomes undefined is left out. */
function mapSet(value: unknown, change: (item: unknown) => unknown): unknown {
  const items = flatten(value);
  const changed = items.map(change);
  if (changed.every((item, i) => item === items[i])) {
    return value;
  }
  const left = changed.filter((item) => item !== undefined);
  return Array.isArray(value) || left.length !== 1 ? left : left[0];
}

/** The items of a member, by its term or its DTMI. */
function membersOf(object: Json, term: string): unknown[] {
  return Object.entries(object).flatMap(([key, value]) => (termOf(key) === term ? flatten(value) : []));
}

function termOf(key: string): string {
  return MEMBER.exec(key)?.[1] ?? key;
}

function isA(value: unknown, type: "Interface" | "Command"): value is Json {
  return isObject(value) && flatten(value["@type"]).some((word) => classOf(word) === type);
}

function classOf(word: unknown): unknown {
  return typeof word === "string" ? (CLASS.exec(word)?.[1] ?? word) : undefined;
}

function isObject(value: unknown): value is Json {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
