/**
 * What a query reads: the indexes of an Instance. All maps of records are in the order of creation, or sorted where they
 * are read.
 */
import type { Instance } from "../Instance.ts";
import type { RelationshipRecord, TwinRecord } from "../records.ts";

export type QuerySource = Pick<
  Instance,
  "twins" | "twinsByModel" | "relationships" | "outgoing" | "incoming" | "graph" | "twinIndexes" | "relationshipIndexes"
>;
export type QueryRecord = TwinRecord | RelationshipRecord;

/** One record per slot of the pattern; undefined until the walk has come there. */
export type Row = readonly (QueryRecord | undefined)[];
