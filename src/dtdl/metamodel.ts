/**
 * DTDL's own description: which classes there are, which members each has, and their limits, for version 2 and 3.
 * Pure data that the reader (`readElements.ts`) walks along; a rule that fits in this table is not code anywhere else.
 */

export type Version = 2 | 3;

export type ClassName =
  | "Interface"
  | "Telemetry"
  | "Property"
  | "Command"
  | "Relationship"
  | "Component"
  | "Array"
  | "Enum"
  | "Map"
  | "Object"
  | "Field"
  | "MapKey"
  | "MapValue"
  | "EnumValue"
  | "CommandPayload"
  | "CommandRequest"
  | "CommandResponse"
  | "Primitive";

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
}
/** A string or an integer, as the Enum's valueSchema says. */
export interface LiteralRule {
  type: "literal";
  required: boolean;
}
/** A DTMI that need not be defined. */
export interface ReferenceRule {
  type: "reference";
}
/** An element in place, or the DTMI of one that stands elsewhere. */
export interface ElementRule {
  type: "element";
  classes: readonly ClassName[];
  many?: boolean;
  required?: boolean;
  maxCount?: number;
  minCount?: number;
  /** The class of an element without `@type`. */
  implied?: ClassName;
  /** Names in this set have to be unique. */
  unique?: boolean;
  /** Only an element in place, no DTMI, for lack of an `@id` that could be told from a name. */
  schema?: boolean;
}
/** Known, checked elsewhere or free. */
export interface AnyRule {
  type: "any";
}
export type Rule =
  | StringRule
  | LocalizedRule
  | BooleanRule
  | IntegerRule
  | LiteralRule
  | ReferenceRule
  | ElementRule
  | AnyRule;

export type ClassRules = Readonly<Record<string, Rule>>;

const NAME = /^[A-Za-z](?:[A-Za-z0-9_]*[A-Za-z0-9])?$/;
const INT32_MAX = 2 ** 31 - 1;
const COMPLEX: readonly ClassName[] = ["Array", "Enum", "Map", "Object"];
const SCHEMA: readonly ClassName[] = ["Primitive", ...COMPLEX];

/** Limits that are not those of one member. */
export const LIMITS = {
  2: { idLength: 2048, interfaceIdLength: 128, extendsDepth: 10, schemaDepth: 5, contents: 300, extendsTotal: 1024 },
  3: {
    idLength: 2048,
    interfaceIdLength: 128,
    extendsDepth: 10,
    schemaDepth: 5,
    contents: 100_000,
    extendsTotal: 1024,
  },
} as const;

function rules(version: Version): Readonly<Record<ClassName, ClassRules>> {
  const common: ClassRules = {
    comment: { type: "string", maxLength: 512 },
    description: { type: "localized", maxLength: 512 },
    displayName: { type: "localized", maxLength: version === 2 ? 64 : 512 },
  };
  const name: StringRule = { type: "string", maxLength: version === 2 ? 64 : 512, pattern: NAME, required: true };
  const schema: ElementRule = { type: "element", classes: SCHEMA, required: true, schema: true };
  const valued: ClassRules = { ...common, name, schema };
  const quantity: ClassRules = { unit: { type: "any" } };
  const set = (classes: readonly ClassName[], more: Partial<ElementRule> = {}): ElementRule => ({
    type: "element",
    classes,
    many: true,
    ...more,
  });
  const payload = (implied: ClassName): ElementRule => ({ type: "element", classes: [implied], implied });
  const nullable: ClassRules = version === 3 ? { nullable: { type: "boolean" } } : {};
  return {
    Interface: {
      ...common,
      contents: set(["Telemetry", "Property", "Command", "Relationship", "Component"], {
        unique: true,
        maxCount: version === 2 ? 300 : 100_000,
      }),
      extends: set(["Interface"], { maxCount: version === 2 ? 2 : 1024 }),
      schemas: set(COMPLEX),
    },
    Telemetry: { ...valued, ...quantity },
    Property: { ...valued, ...quantity, writable: { type: "boolean" } },
    Command: {
      ...common,
      name,
      request: payload(version === 2 ? "CommandPayload" : "CommandRequest"),
      response: payload(version === 2 ? "CommandPayload" : "CommandResponse"),
      ...(version === 2 ? { commandType: { type: "any" } as const } : {}),
    },
    Relationship: {
      ...common,
      name,
      target: { type: "reference" },
      minMultiplicity: { type: "integer", min: 0, max: version === 2 ? 0 : INT32_MAX },
      maxMultiplicity: { type: "integer", min: 1, max: version === 2 ? 500 : INT32_MAX },
      properties: set(["Property"], { unique: true, maxCount: version === 2 ? 300 : 100_000 }),
      writable: { type: "boolean" },
    },
    Component: { ...common, name, schema: { type: "element", classes: ["Interface"], required: true } },
    Array: { ...common, elementSchema: schema },
    Enum: {
      ...common,
      valueSchema: schema,
      enumValues: set(["EnumValue"], { unique: true, required: true, maxCount: 100, implied: "EnumValue" }),
    },
    Map: {
      ...common,
      mapKey: { type: "element", classes: ["MapKey"], implied: "MapKey", required: true },
      mapValue: { type: "element", classes: ["MapValue"], implied: "MapValue", required: true },
    },
    Object: {
      ...common,
      fields: set(["Field"], { unique: true, required: version === 2, maxCount: 30, implied: "Field" }),
    },
    Field: { ...valued, ...quantity },
    MapKey: valued,
    MapValue: { ...valued, ...quantity },
    EnumValue: { ...common, name, enumValue: { type: "literal", required: true } },
    CommandPayload: { ...valued, ...quantity },
    CommandRequest: { ...valued, ...quantity, ...nullable },
    CommandResponse: { ...valued, ...quantity, ...nullable },
    Primitive: common,
  };
}

export const METAMODEL: Readonly<Record<Version, Readonly<Record<ClassName, ClassRules>>>> = {
  2: rules(2),
  3: rules(3),
};

export const PRIMITIVES = [
  "boolean",
  "date",
  "dateTime",
  "double",
  "duration",
  "float",
  "integer",
  "long",
  "string",
  "time",
] as const;
export const GEOSPATIAL = ["point", "multiPoint", "lineString", "multiLineString", "polygon", "multiPolygon"] as const;

/** Classes of contents, of which a semantic type may sit beside. */
export const CLASS_NAMES: ReadonlySet<string> = new Set<ClassName>([
  "Interface",
  "Telemetry",
  "Property",
  "Command",
  "Relationship",
  "Component",
  ...COMPLEX,
  "Field",
  "MapKey",
  "MapValue",
  "EnumValue",
  "CommandPayload",
  "CommandRequest",
  "CommandResponse",
]);
