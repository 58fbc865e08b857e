/**
 * What a set of DTDL models is once parsed and resolved. Immutable; made by `parseModels`, read by everything that needs
 * to know what a twin may hold: schema classes, validation of writes, forms, commands, the embedded twin service.
 */

export type Dtmi = string;

export type PrimitiveKind =
  | "boolean"
  | "date"
  | "dateTime"
  | "double"
  | "duration"
  | "float"
  | "integer"
  | "long"
  | "string"
  | "time";

export type GeospatialKind = "point" | "multiPoint" | "lineString" | "multiLineString" | "polygon" | "multiPolygon";

/** Text by language code, e.g. `en`, `de-CH`. */
export type Localized = Readonly<Record<string, string>>;
/** Display name and description in all their languages; there only when one has more than one text. */
export interface LocalizedTexts {
  displayName?: Localized;
  description?: Localized;
}

export interface EnumValue {
  name: string;
  value: string | number;
  displayName?: string;
  description?: string;
}
export interface Field {
  name: string;
  schema: Schema;
  displayName?: string;
  description?: string;
  semanticTypes?: readonly string[];
  unit?: string;
  /** Of an Object: values have to have it (Requirement extension). */
  required?: boolean;
}
export type Schema =
  | { kind: PrimitiveKind }
  | { kind: GeospatialKind }
  | { kind: "Enum"; id?: Dtmi; valueSchema: "integer" | "string"; values: readonly EnumValue[] }
  | { kind: "Object"; id?: Dtmi; fields: readonly Field[] }
  | { kind: "Map"; id?: Dtmi; key: { name: string }; value: { name: string; schema: Schema } }
  | { kind: "Array"; id?: Dtmi; element: Schema };

interface Content {
  name: string;
  /** The content's own `@id`. */
  id?: Dtmi;
  /** The interface that declares it; another than the one it was looked up in when it is inherited. */
  definedIn: Dtmi;
  displayName?: string;
  description?: string;
  comment?: string;
  localized?: LocalizedTexts;
}
export interface Property extends Content {
  kind: "Property";
  schema: Schema;
  writable: boolean;
  /** Co-types beside "Property", e.g. "Temperature". */
  semanticTypes: readonly string[];
  /** As in the model, e.g. "degreeCelsius". */
  unit?: string;
}
export interface Telemetry extends Content {
  kind: "Telemetry";
  schema: Schema;
  semanticTypes: readonly string[];
  unit?: string;
}
export interface CommandPayload extends Field {
  /** DTDL v4 only; always false here. */
  nullable: boolean;
}
export interface Command extends Content {
  kind: "Command";
  request?: CommandPayload;
  response?: CommandPayload;
}
export interface Relationship extends Content {
  kind: "Relationship";
  /** Absent: any interface. */
  target?: Dtmi;
  minMultiplicity?: number;
  maxMultiplicity?: number;
  writable: boolean;
  properties: ReadonlyMap<string, Property>;
}
export interface Component extends Content {
  kind: "Component";
  schema: Dtmi;
}

/** One interface with its inherited contents flattened in. */
export interface Interface {
  id: Dtmi;
  dtdlVersion: 2 | 3;
  displayName?: string;
  description?: string;
  comment?: string;
  localized?: LocalizedTexts;
  /** Direct parents. */
  extends: readonly Dtmi[];
  /** All ancestors, itself not included. */
  ancestors: ReadonlySet<Dtmi>;
  properties: ReadonlyMap<string, Property>;
  telemetries: ReadonlyMap<string, Telemetry>;
  commands: ReadonlyMap<string, Command>;
  relationships: ReadonlyMap<string, Relationship>;
  components: ReadonlyMap<string, Component>;
  /** The document it came from, as given. */
  source: object;
}

export interface ModelGraph {
  readonly interfaces: ReadonlyMap<Dtmi, Interface>;
  get(id: Dtmi): Interface | undefined;
  /** True when `id` is `ancestor` or extends it, at any depth. */
  isA(id: Dtmi, ancestor: Dtmi): boolean;
}

/** One thing wrong with a model. */
export interface DtdlIssue {
  /** Stable, e.g. "name.pattern", "extends.cycle". */
  code: string;
  /** The interface's id, or "" where it could not be told. */
  interface: Dtmi;
  /** JSON Pointer inside that interface's document. */
  path: string;
  message: string;
  found: string;
  expected: string;
  /** Clause of the DTDL specification. */
  clause: string;
}

/** One thing wrong with a value, a twin, a relationship or a patch. */
export interface ValueIssue {
  /** Stable, e.g. "type", "range", "unknown", "required". */
  code: string;
  /** JSON Pointer into the value, twin or, for patches, the twin after it (`/temperature`). */
  path: string;
  message: string;
  found: string;
  expected: string;
  /** Patches: the writable flag of the property that the operation touches. */
  writable?: boolean;
}

export interface ParseOptions {
  /** "azure": what Azure Digital Twins refuses on top of the language is refused too. Default "dtdl". */
  dialect?: "dtdl" | "azure";
  /**
   * v3 models that name an extension which is not known here are incomplete, and the language leaves it to the reader to
   * take them. "ignore": taken, and what the extension may have added is not checked. Default "refuse".
   */
  unknownExtensions?: "refuse" | "ignore";
  /** Models that are known already: `extends`, components and `isA` may refer to them; they are part of the result. */
  known?: ModelGraph;
}
