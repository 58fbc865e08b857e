/**
 * Co-types: types beside an element's class that add members and constraints. Those of v2 itself (semantic types), of the
 * feature extensions of v3, and of the partner extension of IoT Central. The reader finds them by the context in force.
 */
import type { Element } from "./Element.ts";
import type { ClassName, Rule, Version } from "./metamodel.ts";
import { QUANTITIES_EXTENSION, QUANTITIES_V2, type Quantities } from "./quantities.ts";
import type { Dtmi } from "./types.ts";
import { findStandardSchema, GEOSPATIAL, NUMERIC, standardSchema } from "./vocabulary.ts";

/** What a co-type asks of the element's `schema`. */
export interface SchemaNeed {
  /** For people. */
  expected: string;
  holds(schema: Element): boolean;
}

export interface CoType {
  term: string;
  id: Dtmi;
  /** The version of DTDL that it may be used in; v4 is known only to be refused. */
  version: Version | 4;
  classes: readonly ClassName[];
  /** Members that it adds, by term. */
  members: Readonly<Record<string, Rule>>;
  /** DTMI of a member is this and the term. */
  memberPrefix: string;
  memberSuffix: string;
  schema?: SchemaNeed;
  /** Another co-type that has to stand beside it. */
  beside?: Dtmi;
  /** Semantic types: only one of them can stand on an element. */
  unitType?: string;
  abstract?: boolean;
}

/** What a context specifier brings. */
export interface Extension {
  /** The specifier without its version. */
  base: string;
  types: ReadonlyMap<string, CoType>;
  schemas: ReadonlyMap<string, Element>;
}

const NO_SCHEMAS: ReadonlyMap<string, Element> = new Map();
const TYPES_BY_ID = new Map<Dtmi, CoType>();
const SCHEMAS_BY_ID = new Map<Dtmi, Element>();
const EXTENSIONS = new Map<string, Extension>();

const VALUED_V3: readonly ClassName[] = [
  "CommandRequest",
  "CommandResponse",
  "Field",
  "MapValue",
  "Property",
  "Telemetry",
];
const NUMERIC_SCHEMA: SchemaNeed = {
  expected: "a numeric schema: double, float, integer or long",
  holds: (schema) => (NUMERIC as readonly unknown[]).includes(schema.primitive),
};

function cotype(
  id: Dtmi,
  term: string,
  version: Version | 4,
  classes: readonly ClassName[],
  more: Partial<CoType> = {},
): CoType {
  const made: CoType = { term, id, version, classes, members: {}, memberPrefix: `${id}:`, memberSuffix: "", ...more };
  TYPES_BY_ID.set(id, made);
  return made;
}

function byTerm(types: readonly CoType[]): ReadonlyMap<string, CoType> {
  return new Map(types.map((type) => [type.term, type]));
}

function define(specifier: string, types: readonly CoType[], schemas: ReadonlyMap<string, Element> = NO_SCHEMAS): void {
  const base = specifier.slice(0, specifier.indexOf(";"));
  EXTENSIONS.set(specifier, { base, types: byTerm(types), schemas });
}

function semanticTypes(
  { types, units }: Quantities,
  version: Version | 4,
  classes: readonly ClassName[],
  prefix: string,
  suffix: string,
): CoType[] {
  const memberPrefix = version === 2 ? "dtmi:dtdl:property:" : `${prefix}property:`;
  const made = [...types].map(([term, unitType]) =>
    cotype(`${prefix}class:${term}${suffix}`, term, version, classes, {
      members: {
        unit: {
          type: "unit",
          required: true,
          unitType,
          units: units.get(unitType) ?? new Set(),
          prefix: `${prefix}unit:`,
          suffix,
        },
      },
      memberPrefix,
      memberSuffix: suffix,
      schema: NUMERIC_SCHEMA,
      unitType,
    }),
  );
  const parent = `${prefix}class:QuantitativeType${suffix}`;
  return [...made, cotype(parent, "QuantitativeType", version, classes, { abstract: true })];
}

/** Semantic types of v2, in force in every v2 context. */
export const SEMANTIC_TYPES_V2 = byTerm(
  semanticTypes(QUANTITIES_V2, 2, ["Property", "Telemetry"], "dtmi:standard:", ";2"),
);

function unitEnums({ units }: Quantities, prefix: string): ReadonlyMap<string, Element> {
  const made = new Map<string, Element>();
  for (const [unitType, names] of units) {
    const element = standardSchema("Enum", `${prefix}enum:${unitType}`);
    element.version = 3;
    const values = [...names].map((name) => {
      const value = standardSchema("EnumValue", `${prefix}unit:${name}`);
      value.members = { name, enumValue: name };
      return value;
    });
    element.members = { valueSchema: findStandardSchema("string", 2) ?? "string", enumValues: values };
    made.set(unitType, keep(element));
  }
  return made;
}

function keep(schema: Element): Element {
  SCHEMAS_BY_ID.set(schema.id ?? "", schema);
  return schema;
}

function objectOfDoubles(id: Dtmi, names: readonly string[]): Element {
  const element = standardSchema("Object", id);
  const fields = names.map((name) => {
    const field = standardSchema("Field", `${id}:${name}`);
    field.members = { name, schema: findStandardSchema("double", 2) ?? "double" };
    return field;
  });
  element.members = { fields };
  return keep(element);
}

const QUANTITATIVE = "dtmi:dtdl:extension:quantitativeTypes:v1:";
define(
  "dtmi:dtdl:extension:quantitativeTypes;1",
  semanticTypes(QUANTITIES_EXTENSION, 3, VALUED_V3, QUANTITATIVE, ""),
  unitEnums(QUANTITIES_EXTENSION, QUANTITATIVE),
);
// Of v4: in v2 and v3 its types are known, and wrong.
define(
  "dtmi:dtdl:extension:quantitativeTypes;2",
  semanticTypes(QUANTITIES_EXTENSION, 4, VALUED_V3, "dtmi:dtdl:extension:quantitativeTypes:v2:", ""),
);

for (const v of [1, 2]) {
  const id = (extension: string, term: string): Dtmi => `dtmi:dtdl:extension:${extension}:v${v}:${term}`;
  const content: readonly ClassName[] = ["Property", "Telemetry"];
  const annotation = id("annotation", "ValueAnnotation");
  define(`dtmi:dtdl:extension:historization;${v}`, [
    cotype(id("historization", "Historized"), "Historized", 3, content),
  ]);
  define(`dtmi:dtdl:extension:annotation;${v}`, [
    cotype(annotation, "ValueAnnotation", 3, content, {
      members: { annotates: { type: "string", maxLength: Number.MAX_SAFE_INTEGER, required: true } },
    }),
  ]);
  define(`dtmi:dtdl:extension:overriding;${v}`, [
    cotype(id("overriding", "Override"), "Override", 3, ["Property"], {
      members: { overrides: { type: "identifier", required: true } },
      beside: annotation,
    }),
  ]);
  define(
    `dtmi:dtdl:extension:mqtt;${v}`,
    mqtt(v, (term) => id("mqtt", term)),
  );
}
define("dtmi:dtdl:extension:requirement;1", [
  cotype("dtmi:dtdl:extension:requirement:v1:Required", "Required", 3, ["Field"]),
]);

function mqtt(v: number, id: (term: string) => Dtmi): CoType[] {
  const label = String.raw`(?:[!$-*,\-.0-z|~]+|\{(?:[A-Za-z]+:)?[A-Za-z]+\})`;
  const topic: Rule = { type: "string", maxLength: 65_535, pattern: new RegExp(`^(?!\\$)${label}(?:/${label})*$`) };
  const group: Rule = { type: "string", maxLength: 65_535, pattern: /^[!$-*,\-.0-z|~]+$/ };
  const format: Rule = { type: "string", maxLength: 65_535, required: true };
  const groups: Record<string, Rule> = v === 1 ? {} : { cmdServiceGroupId: group, telemServiceGroupId: group };
  const types = [
    cotype(id("Mqtt"), "Mqtt", 3, ["Interface"], {
      members: { telemetryTopic: topic, commandTopic: topic, payloadFormat: format, ...groups },
    }),
    cotype(id("Idempotent"), "Idempotent", 3, ["Command"]),
    cotype(id("Cacheable"), "Cacheable", 3, ["Command"], {
      members: { ttl: { type: "duration", required: true } },
      beside: id("Idempotent"),
    }),
    cotype(id("Indexed"), "Indexed", 3, ["EnumValue", "Field", "Telemetry"], {
      members: { index: { type: "integer", min: 1, max: 2 ** 31 - 1, required: true } },
    }),
  ];
  // A geospatial schema is an Object too.
  const isObject = (schema: Element): boolean =>
    schema.cls === "Object" || (GEOSPATIAL as readonly unknown[]).includes(schema.primitive);
  const needs: SchemaNeed = { expected: "an Object", holds: isObject };
  const transparent = { schema: needs };
  return v === 1
    ? types
    : [...types, cotype(id("Transparent"), "Transparent", 3, ["CommandRequest", "CommandResponse"], transparent)];
}

const GEOPOINT = objectOfDoubles("dtmi:iotcentral:schema:geopoint;2", ["lat", "lon", "alt"]);
const VECTOR = objectOfDoubles("dtmi:iotcentral:schema:vector;2", ["x", "y", "z"]);

function iotCentral(term: string, schema: SchemaNeed, unitType?: string): CoType {
  const units = unitType === undefined ? undefined : QUANTITIES_V2.units.get(unitType);
  const rule: Record<string, Rule> =
    unitType === undefined || units === undefined
      ? {}
      : { unit: { type: "unit", required: false, unitType, units, prefix: "dtmi:standard:unit:", suffix: ";2" } };
  return cotype(`dtmi:iotcentral:class:${term};2`, term, 2, ["Property", "Telemetry"], {
    schema,
    members: rule,
    memberPrefix: "dtmi:dtdl:property:",
    memberSuffix: ";2",
  });
}

const VECTOR_SCHEMA: SchemaNeed = { expected: "the schema vector", holds: (schema) => schema === VECTOR };
define("dtmi:iotcentral:context;2", [
  iotCentral("State", { expected: "an Enum", holds: (schema) => schema.cls === "Enum" }),
  iotCentral("Event", {
    expected: "double, float, integer, long or string",
    holds: (schema) => ([...NUMERIC, "string"] as readonly unknown[]).includes(schema.primitive),
  }),
  iotCentral("Location", {
    expected: "a geospatial schema or geopoint",
    holds: (schema) => schema === GEOPOINT || (GEOSPATIAL as readonly unknown[]).includes(schema.primitive),
  }),
  iotCentral("VelocityVector", VECTOR_SCHEMA, "VelocityUnit"),
  iotCentral("AccelerationVector", VECTOR_SCHEMA, "AccelerationUnit"),
], new Map([
  ["geopoint", GEOPOINT],
  ["vector", VECTOR],
]));

/** By context specifier; a minor version is taken as its major one. undefined: not an extension that is known here. */
export function findExtension(specifier: string): Extension | undefined {
  return EXTENSIONS.get(specifier) ?? EXTENSIONS.get(specifier.replace(/(;\d+)\.\d+$/, "$1"));
}

/** Whether a word means something in a context with this extension: a type, a member, a schema or a unit. */
export function isTermOf({ types, schemas }: Extension, word: string): boolean {
  if (types.has(word) || schemas.has(word)) {
    return true;
  }
  for (const { members } of types.values()) {
    if (Object.hasOwn(members, word)) {
      return true;
    }
    const unit = members["unit"];
    if (unit?.type === "unit" && unit.units.has(word)) {
      return true;
    }
  }
  return false;
}

export function findCoTypeById(id: Dtmi): CoType | undefined {
  return TYPES_BY_ID.get(id);
}

/** A schema of an extension, by its DTMI. */
export function findExtensionSchema(id: Dtmi): Element | undefined {
  return SCHEMAS_BY_ID.get(id);
}
