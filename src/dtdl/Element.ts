/**
 * One object of a DTDL document after reading: its class, and its members by the language's names, references still by id.
 * The middle form between JSON and `Interface`; only the stages of parseModels see it.
 */
import type { ClassName, Version } from "./metamodel.ts";
import type { Dtmi, GeospatialKind, PrimitiveKind } from "./types.ts";

/** An element in place, or the id of one elsewhere. */
export type Ref = Element | Dtmi;

/** Members that passed their rule. A member with a fault is absent. */
export interface Members {
  comment?: string;
  description?: string;
  displayName?: string;
  name?: string;
  schema?: Ref;
  writable?: boolean;
  nullable?: boolean;
  unit?: string;
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
}

export interface Element {
  cls: ClassName;
  version: Version;
  id: Dtmi | undefined;
  /** For `Primitive`: which. */
  primitive: PrimitiveKind | GeospatialKind | undefined;
  /** Types beside the class: semantic types and partners' words. */
  cotypes: readonly string[];
  /** Id of the interface that it stands in, for issues. */
  owner: Dtmi;
  /** JSON Pointer inside that interface's document. */
  path: string;
  members: Members;
  source: object;
}
