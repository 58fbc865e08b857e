/**
 * One object of a DTDL document after reading: its class, and its members by the language's names, references still by id.
 * The middle form between JSON and `Interface`; only the stages of parseModels see it.
 */
import type { CoType } from "./extensions.ts";
import type { ClassName, Version } from "./metamodel.ts";
import type { Dtmi, GeospatialKind, Localized, PrimitiveKind } from "./types.ts";

/** An element in place, or the id of one elsewhere. */
export type Ref = Element | Dtmi;

/** Members that passed their rule, the one of co-types included. A member with a fault is absent. */
export interface Members {
  comment?: string;
  description?: Localized;
  displayName?: Localized;
  name?: string;
  schema?: Ref;
  writable?: boolean;
  contents?: Ref[];
  extends?: Ref[];
  schemas?: Ref[];
  fields?: Ref[];
  enumValues?: Ref[];
  properties?: Ref[];
  request?: Ref;
  response?: Ref;
  target?: Dtmi;
  minMultiplicity?: number;
  maxMultiplicity?: number;
  elementSchema?: Ref;
  valueSchema?: Ref;
  mapKey?: Ref;
  mapValue?: Ref;
  enumValue?: string | number;
  /** Of a semantic type: the unit's term. */
  unit?: string;
  /** Of ValueAnnotation: the sibling's name. */
  annotates?: string;
  /** Of Override: the term of the sibling's member. */
  overrides?: string;
  /** Of Indexed. */
  index?: number;
}

export interface Element {
  cls: ClassName;
  version: Version;
  id: Dtmi | undefined;
  /** For `Primitive`: which. */
  primitive: PrimitiveKind | GeospatialKind | undefined;
  /** What stands in `@type` beside the class, as written. */
  types: readonly string[];
  /** Those of `types` that the language or an extension defines. */
  cotypes: readonly CoType[];
  /** The Interface that it stands in; undefined for an Interface. */
  partition: Element | undefined;
  /** Id of that Interface, for issues; "" where it has none. */
  owner: Dtmi;
  /** JSON Pointer inside that Interface's document. */
  path: string;
  members: Members;
  source: object;
}
