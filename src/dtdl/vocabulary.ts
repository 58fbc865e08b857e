/**
 * The words of the language beside its metamodel: standard schemas and reserved strings, by term and by DTMI.
 */
import type { Element } from "./Element.ts";
import type { Version } from "./metamodel.ts";
import { QUANTITIES_V2 } from "./quantities.ts";
import type { GeospatialKind, PrimitiveKind } from "./types.ts";

export const PRIMITIVES: readonly PrimitiveKind[] = [
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
];
export const GEOSPATIAL: readonly GeospatialKind[] = [
  "point",
  "multiPoint",
  "lineString",
  "multiLineString",
  "polygon",
  "multiPolygon",
];
export const NUMERIC: readonly PrimitiveKind[] = ["double", "float", "integer", "long"];

const CORE =
  "Array asynchronous Boolean Command CommandPayload commandType CommandType comment ComplexSchema Component Content contents Date DateTime description displayName Double Duration elementSchema Entity Enum enumValue EnumValue enumValues exponent extends Field fields Float Integer Interface languageMajorVersion Long Map mapKey MapKey mapValue MapValue maxMultiplicity minMultiplicity name NamedEntity NumericSchema Object PrimitiveSchema properties Property Relationship request response schema Schema SchemaField schemas SemanticType SemanticUnit String symbol synchronous target Telemetry TemporalSchema Time Unit UnitAttribute valueSchema writable";
const ONLY_V2 =
  "baseUnit bottomUnit prefix topUnit unit BinaryPrefix BinaryUnit DecimalPrefix DecimalUnit QuantitativeType RatioUnit atto centi deci deka exa exbi femto gibi giga hecto kibi kilo mebi mega micro milli nano pebi peta pico tebi tera yobi yocto yotta zebi zepto zetta";
const ONLY_V3 =
  "AdjunctType Alias aliasFor CommandRequest CommandResponse DtdlExtension LatentType metamodel model NamedLatentType";

function reserved(version: Version): ReadonlySet<string> {
  const words = new Set([...CORE.split(" "), ...PRIMITIVES, ...GEOSPATIAL]);
  if (version === 3) {
    return new Set([...words, ...ONLY_V3.split(" ")]);
  }
  const { types, units } = QUANTITIES_V2;
  return new Set([
    ...words,
    ...ONLY_V2.split(" "),
    ...types.keys(),
    ...units.keys(),
    ...[...units.values()].flatMap((u) => [...u]),
  ]);
}

/** Terms with a meaning of their own ("Reserved strings"): never a partner's type. */
export const RESERVED: Readonly<Record<Version, ReadonlySet<string>>> = { 2: reserved(2), 3: reserved(3) };

/** Classes of v3 that cannot be a partner's type in v2 either. */
export const CLASSES_OF_V3: ReadonlySet<string> = new Set([
  "CommandRequest",
  "CommandResponse",
  "LatentType",
  "NamedLatentType",
]);

const OF_BOTH: ReadonlySet<string> = new Set(CORE.split(" "));
const CLASS_ID = /^dtmi:(dtdl|standard):class:(\w+);([234])$/;

/** Whether a DTMI is that of a class or semantic type of the language, of whatever version. */
export function isClassId(id: string): boolean {
  const [, owner, term = "", version] = CLASS_ID.exec(id) ?? [];
  if (owner === "standard") {
    return version === "2" && RESERVED[2].has(term) && !OF_BOTH.has(term);
  }
  return OF_BOTH.has(term) || (version !== "2" && (RESERVED[3].has(term) || CLASSES_OF_V3.has(term)));
}

function standardSchemas(): Map<string, Element> {
  const schemas = new Map<string, Element>();
  for (const primitive of [...PRIMITIVES, ...GEOSPATIAL]) {
    const geospatial = (GEOSPATIAL as readonly string[]).includes(primitive);
    const prefix = geospatial ? "dtmi:standard:schema:geospatial:" : "dtmi:dtdl:instance:Schema:";
    for (const version of [2, 3] as const) {
      const element = standardSchema("Primitive", `${prefix}${primitive};${version}`);
      element.primitive = primitive;
      // Of a geospatial schema the version counts; the primitives of both versions are the same.
      element.version = geospatial ? version : 2;
      schemas.set(`${prefix}${primitive};${version}`, element);
      schemas.set(`${version} ${primitive}`, element);
    }
  }
  return schemas;
}

/** An element that the language or an extension defines: in no document. */
export function standardSchema(cls: Element["cls"], id: string): Element {
  return {
    cls,
    version: 2,
    id,
    primitive: undefined,
    types: [],
    cotypes: [],
    partition: undefined,
    owner: "",
    path: "",
    members: {},
    source: {},
  };
}

const STANDARD = standardSchemas();

/** The standard schema of a term or DTMI, of which there is one element each. */
export function findStandardSchema(word: string, version: Version): Element | undefined {
  return STANDARD.get(word) ?? STANDARD.get(`${version} ${word}`);
}
