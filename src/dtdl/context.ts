/**
 * `@context`: which version of the language and which extensions are in force for an element and what stands in it.
 * "Context" of the DTDL specification v2 and v3. Called by ElementReader for each element that has the member.
 */
import { isDtmi } from "./dtmi.ts";
import { type Extension, findExtension } from "./extensions.ts";
import type { IssueList, Place } from "./IssueList.ts";
import type { Version } from "./metamodel.ts";

export interface Context {
  version: Version;
  /** By the specifier without its version. */
  extensions: ReadonlyMap<string, Extension>;
  /** An extension is in force that is not known here: what it may have defined is ignored. */
  open: boolean;
}

const DTDL = "dtmi:dtdl:context;";
const IOT_CENTRAL = "dtmi:iotcentral:context;2";
const LIMITS = /^dtmi:dtdl:limits:onvif;1(?:\.\d+)?$/;
const CLAUSE = "DTDL v3, Context";
const EXPECTED = '"dtmi:dtdl:context;2" or "dtmi:dtdl:context;3" first, extensions after it';
const NO_EXTENSIONS: ReadonlyMap<string, Extension> = new Map();
/** What most documents say. */
const PLAIN: ReadonlyMap<unknown, Context> = new Map([
  [`${DTDL}2`, { version: 2, extensions: NO_EXTENSIONS, open: false }],
  [`${DTDL}3`, { version: 3, extensions: NO_EXTENSIONS, open: false }],
]);

/**
 * The context in force: `outer` overlaid with the member's value. undefined after a fault, which is in `issues`.
 * `tolerant`: v3 may name extensions that are not known here.
 */
export function readContext(
  value: unknown,
  outer: Context | undefined,
  at: Place,
  issues: IssueList,
  tolerant: boolean,
): Context | undefined {
  if (value === undefined && outer !== undefined) {
    return outer;
  }
  const specifiers: unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  const plain = outer === undefined && specifiers.length === 1 ? PLAIN.get(specifiers[0]) : undefined;
  if (plain !== undefined) {
    return plain;
  }
  const made = combine(specifiers, outer, tolerant);
  if ("code" in made) {
    issues.add({ ...made, at, expected: EXPECTED, clause: CLAUSE });
    return undefined;
  }
  return made;
}

function combine(
  specifiers: readonly unknown[],
  outer: Context | undefined,
  tolerant: boolean,
): Context | ContextFault {
  if (!specifiers.every((specifier) => typeof specifier === "string")) {
    const message = "A context is the DTMI of a language or extension; local contexts are not allowed.";
    return { code: "context.type", message, found: specifiers.find((specifier) => typeof specifier !== "string") };
  }
  const version = versionOf(specifiers.findLast(isLanguage)) ?? outer?.version;
  const unknown = specifiers.find((specifier) => !isLanguage(specifier) && findExtension(specifier) === undefined);
  const wrong =
    contextFault(specifiers, version === 3 && !tolerant ? unknown : undefined) ?? minorFault(specifiers, version);
  if (wrong !== undefined) {
    return wrong;
  }
  if (version === undefined) {
    const message = "The model does not say in which version of DTDL it is written.";
    return { code: "context.missing", message, found: specifiers.length === 0 ? undefined : specifiers.join(", ") };
  }
  const open = (tolerant || version === 2) && (unknown !== undefined || outer?.open === true);
  return { version, extensions: overlay(specifiers, outer?.extensions ?? NO_EXTENSIONS), open };
}

interface ContextFault {
  code: string;
  message: string;
  found: unknown;
}

function contextFault(specifiers: readonly string[], unknown: string | undefined): ContextFault | undefined {
  for (const specifier of specifiers) {
    const wrong = specifierFault(specifier);
    if (wrong !== undefined) {
      return { ...wrong, found: specifier };
    }
  }
  // IoT Central's may come before the language's, and nothing else.
  const start = specifiers.findIndex((specifier) => specifier !== IOT_CENTRAL);
  const extension = specifiers.findIndex((specifier, at) => at > start && !isLanguage(specifier));
  const ordered = start < 0 || isLanguage(specifiers[start] ?? "") || !specifiers.some(isLanguage);
  if (!ordered || (extension >= 0 && specifiers.findLastIndex(isLanguage) > extension)) {
    const message = "The language's context comes before those of extensions.";
    return { code: "context.order", message, found: specifiers.join(", ") };
  }
  if (unknown !== undefined) {
    const message = `The extension ${unknown} is not known here, which v3 does not allow.`;
    return { code: "context.extension", message, found: unknown };
  }
  return undefined;
}

/** In v2 a DTMI has a whole-number version, that of an extension too. */
function minorFault(specifiers: readonly string[], version: Version | undefined): ContextFault | undefined {
  const found = version === 2 ? specifiers.find((specifier) => !isDtmi(specifier, 2)) : undefined;
  const message = "In DTDL v2 an extension's version is a whole number.";
  return found === undefined ? undefined : { code: "context.minor", message, found };
}

function isLanguage(specifier: string): boolean {
  return specifier.startsWith(DTDL);
}

function overlay(specifiers: readonly string[], outer: ReadonlyMap<string, Extension>): ReadonlyMap<string, Extension> {
  let extensions: Map<string, Extension> | undefined;
  for (const specifier of specifiers) {
    const extension = findExtension(specifier);
    if (extension !== undefined) {
      extensions ??= new Map(outer);
      extensions.set(extension.base, extension);
    }
  }
  return extensions ?? outer;
}

function versionOf(language: string | undefined): Version | undefined {
  return language === undefined ? undefined : language.startsWith(`${DTDL}2`) ? 2 : 3;
}

function specifierFault(specifier: string): { code: string; message: string } | undefined {
  if (!isDtmi(specifier, 3) || !specifier.includes(";")) {
    return { code: "context.dtmi", message: "A context specifier is a DTMI with a version." };
  }
  if (LIMITS.test(specifier)) {
    return { code: "context.limits", message: "Limits are of DTDL v4, which Azure Digital Twins does not take." };
  }
  if (!specifier.startsWith(DTDL)) {
    return undefined;
  }
  const version = specifier.slice(DTDL.length);
  if (/^4(\.|$)/.test(version)) {
    return { code: "context.v4", message: "This is DTDL v4, which Azure Digital Twins does not take." };
  }
  return version === "2" || /^3(\.\d+)?$/.test(version)
    ? undefined
    : { code: "context.version", message: `There is no DTDL version ${version} here.` };
}
