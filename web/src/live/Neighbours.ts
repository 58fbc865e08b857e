/** What a twin is related to, both ways, read from the server. Used by the graph in the inspector. */
import { fetchRelationships, type Relation } from "../net/api.ts";

export interface Neighbours {
  outgoing: readonly Relation[];
  incoming: readonly Relation[];
}

/** Relationships of a kind together; those of a kind in the order of the other end's id. */
export async function loadNeighbours(twinId: string, signal: AbortSignal): Promise<Neighbours> {
  const [outgoing, incoming] = await Promise.all([
    fetchRelationships(twinId, "relationships", signal),
    fetchRelationships(twinId, "incoming-relationships", signal),
  ]);
  return { outgoing: sorted(outgoing), incoming: sorted(incoming) };
}

function sorted(relations: readonly Relation[]): Relation[] {
  return relations.toSorted(
    (a, b) => a.name.localeCompare(b.name) || a.other.localeCompare(b.other, undefined, { numeric: true }),
  );
}
