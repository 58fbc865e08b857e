/**
 * DTDL's own description: which classes there are, which members each has, and their limits, for version 2 and 3.
 * Pure data that the reader (ElementReader.ts) walks along; a rule that fits in this table is not code anywhere else.
 */

export type Version = 2 | 3;

export const CLASS_NAMES = [
  "Interface",
  "Telemetry",
  "Property",
  "Command",
  "Relationship",
  "Component",
  "Array",
  "Enum",
  "Map",
  "Object",
  "Field",
  "MapKey",
  "MapValue",
  "EnumValue",
  "CommandPayload",
  "CommandRequest",
  "CommandResponse",
] as const;

/** `Primitive`: the standard schemas, which stand in no document. */
export type ClassName = (typeof CLASS_NAMES)[number] | "Primitive";

export interface StringRule {
  type: "string";
  maxLength: number;
  pattern?: RegExp;
  required?: boolean;
}
export interface LocalizedRule {
  type: "localized";
  maxLength: number;
}
export interface BooleanRule {
  type: "boolean";
}
export interface IntegerRule {
  type: "integer";
  min: number;
  max: number;
  required?: boolean;
}
/** A string or an integer, as the Enum's valueSchema says. */
export interface LiteralRule {
  type: "literal";
  required: boolean;
}
/** A DTMI that need not be defined, or a term that stands for one. */
export interface ReferenceRule {
  type: "reference";
}
/** ISO 8601. */
export interface DurationRule {
  type: "duration";
  required: boolean;
}
/** One of a few words, or their DTMI. */
export interface WordRule {
  type: "word";
  words: readonly string[];
  prefix: string;
  suffix: string;
}
/** A unit of a unit type, by term or DTMI. */
export interface UnitRule {
  type: "unit";
  required: boolean;
  unitType: string;
  units: ReadonlySet<string>;
  prefix: string;
  suffix: string;
}
/** Name of a member, by term or DTMI. */
export interface IdentifierRule {
  type: "identifier";
  required: boolean;
}
/** An element in place, or the DTMI of one that stands elsewhere. */
export interface ElementRule {
  type: "element";
  classes: readonly ClassName[];
  required?: boolean;
  /** A set; else exactly one. */
  many?: boolean;
  minCount?: number;
  maxCount?: number;
  /** The class of an element without `@type`. */
  implied?: ClassName;
  /** Of the standard schemas only these. */
  only?: readonly string[];
  /** v3: an element of v2 may stand here too. */
  older?: boolean;
  /** The element needs an `@id`. */
  identified?: boolean;
}
export type Rule =
  | StringRule
  | LocalizedRule
  | BooleanRule
  | IntegerRule
  | LiteralRule
  | ReferenceRule
  | DurationRule
  | WordRule
  | UnitRule
  | IdentifierRule
  | ElementRule;

export type ClassRules = Readonly<Record<string, Rule>>;

const NAME = /^[A-Za-z](?:[A-Za-z0-9_]*[A-Za-z0-9])?$/;
const INT32_MAX = 2 ** 31 - 1;
const COMPLEX: readonly ClassName[] = ["Array", "Enum", "Map", "Object"];
const SCHEMA: readonly ClassName[] = ["Primitive", ...COMPLEX];
const CONTENTS: readonly ClassName[] = ["Telemetry", "Property", "Command", "Relationship", "Component"];

/** Limits that are not those of one member; the same in both versions where they exist. */
export const ID_LENGTH = 2048;
export const INTERFACE_ID_LENGTH = 128;
export const EXTENDS_DEPTH = 10;
export const SCHEMA_DEPTH = 5;
/** Far beyond both: where walks over references stop, lest a long chain exhausts the stack. */
export const TOO_DEEP = 100;
/** Depth or size of what leads into a cycle: sums and maxima with it stay so, and no limit is exceeded by it. */
export const ENDLESS = Number.NaN;
/** v2: contents of an Interface, those it inherits included. */
export const CONTENTS_V2 = 300;
/** v3: all values below `extends` of an Interface, and below its contents. */
export const EXTENDS_V3 = 1024;
export const VALUES_V3 = 100_000;
/** v3: the JSON text of one Interface, 1 MiB. */
export const INTERFACE_SIZE_V3 = 1024 * 1024;

interface Shared {
  v2: boolean;
  common: ClassRules;
  named: ClassRules;
  /** With a name and a schema. */
  valued: ClassRules;
  schema: ElementRule;
}

function shared(version: Version): Shared {
  const v2 = version === 2;
  const common: ClassRules = {
    comment: { type: "string", maxLength: 512 },
    description: { type: "localized", maxLength: 512 },
    displayName: { type: "localized", maxLength: v2 ? 64 : 512 },
  };
  const schema: ElementRule = { type: "element", classes: SCHEMA, required: true, older: true };
  const name: StringRule = { type: "string", maxLength: v2 ? 64 : 512, pattern: NAME, required: true };
  const named: ClassRules = { ...common, name };
  return { v2, common, named, valued: { ...named, schema }, schema };
}

function one(cls: ClassName, required: boolean): ElementRule {
  return { type: "element", classes: [cls], implied: cls, required };
}

/** Members of a set of which v2 wants at least one; without `@type` they are of the only class there is. */
function parts(cls: ClassName, v2: boolean, maxCount: number): ElementRule {
  const bounds = v2 ? { required: true, minCount: 1, maxCount } : {};
  return { type: "element", many: true, classes: [cls], implied: cls, ...bounds };
}

function primitives(only: readonly string[]): ElementRule {
  return { type: "element", classes: ["Primitive"], only, required: true, older: true };
}

function contentRules({ v2, common, named, valued }: Shared): Partial<Record<ClassName, ClassRules>> {
  const payload = one(v2 ? "CommandPayload" : "CommandRequest", false);
  return {
    Interface: {
      ...common,
      contents: { type: "element", many: true, classes: CONTENTS, older: true },
      extends: { type: "element", many: true, classes: ["Interface"], older: true, ...(v2 ? { maxCount: 2 } : {}) },
      schemas: { type: "element", many: true, classes: COMPLEX, identified: true },
    },
    Telemetry: valued,
    Property: { ...valued, writable: { type: "boolean" } },
    Command: {
      ...named,
      request: payload,
      response: v2 ? payload : one("CommandResponse", false),
      commandType: {
        type: "word",
        words: ["asynchronous", "synchronous"],
        prefix: "dtmi:dtdl:instance:CommandType:",
        suffix: v2 ? ";2" : ";3",
      },
    },
    Relationship: {
      ...named,
      target: { type: "reference" },
      minMultiplicity: { type: "integer", min: 0, max: 0 },
      maxMultiplicity: { type: "integer", min: 1, max: v2 ? 500 : INT32_MAX },
      properties: { type: "element", many: true, classes: ["Property"], older: true, ...(v2 ? { maxCount: 300 } : {}) },
      writable: { type: "boolean" },
    },
    Component: { ...named, schema: { type: "element", classes: ["Interface"], required: true, older: true } },
  };
}

function schemaRules({ v2, common, named, valued, schema }: Shared): Partial<Record<ClassName, ClassRules>> {
  return {
    Array: { ...common, elementSchema: schema },
    Enum: { ...common, valueSchema: primitives(["integer", "string"]), enumValues: parts("EnumValue", v2, 100) },
    Map: { ...common, mapKey: one("MapKey", true), mapValue: one("MapValue", true) },
    Object: { ...common, fields: parts("Field", v2, 30) },
    Field: valued,
    MapKey: { ...named, schema: primitives(["string"]) },
    MapValue: valued,
    EnumValue: { ...named, enumValue: { type: "literal", required: true } },
    ...(v2 ? { CommandPayload: valued } : { CommandRequest: valued, CommandResponse: valued }),
  };
}

function rules(version: Version): Readonly<Record<ClassName, ClassRules>> {
  const parts = shared(version);
  const made = { ...contentRules(parts), ...schemaRules(parts) };
  const all = [...CLASS_NAMES, "Primitive"].map((cls) => [cls, made[cls as ClassName] ?? {}] as const);
  return Object.fromEntries(all) as Record<ClassName, ClassRules>;
}

export const METAMODEL: Readonly<Record<Version, Readonly<Record<ClassName, ClassRules>>>> = {
  2: rules(2),
  3: rules(3),
};

const CLASSES = new Set<string>(CLASS_NAMES);

/** The class that a word of `@type` names, by term or DTMI; undefined when it names none that can be instantiated. */
export function classOf(word: string, version: Version): ClassName | undefined {
  const prefix = "dtmi:dtdl:class:";
  const suffix = `;${version}`;
  const term = word.startsWith(prefix) && word.endsWith(suffix) ? word.slice(prefix.length, -suffix.length) : word;
  if (!CLASSES.has(term)) {
    return undefined;
  }
  const absent = version === 2 ? term === "CommandRequest" || term === "CommandResponse" : term === "CommandPayload";
  return absent ? undefined : (term as ClassName);
}
