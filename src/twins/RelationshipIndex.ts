/**
 * The relationships of the mirror, found from both ends. Part of TwinMirror, which tells of what changes here.
 */
import type { Relationship, TwinId } from "./types.ts";

export class RelationshipIndex {
  readonly #outgoing = new Map<TwinId, Map<string, Relationship>>();
  readonly #incoming = new Map<TwinId, Map<string, Relationship>>();

  outgoing(id: TwinId): Iterable<Relationship> {
    return this.#outgoing.get(id)?.values() ?? [];
  }

  incoming(id: TwinId): Iterable<Relationship> {
    return this.#incoming.get(id)?.values() ?? [];
  }

  get(sourceId: TwinId, id: string): Relationship | undefined {
    return this.#outgoing.get(sourceId)?.get(id);
  }

  set(r: Relationship): void {
    inner(this.#outgoing, r.sourceId).set(r.id, r);
    inner(this.#incoming, r.targetId).set(`${r.sourceId}/${r.id}`, r);
  }

  delete(r: Relationship): void {
    drop(this.#outgoing, r.sourceId, r.id);
    drop(this.#incoming, r.targetId, `${r.sourceId}/${r.id}`);
  }
}

function inner<T>(map: Map<TwinId, Map<string, T>>, key: TwinId): Map<string, T> {
  let found = map.get(key);
  if (!found) {
    found = new Map();
    map.set(key, found);
  }
  return found;
}

function drop<T>(map: Map<TwinId, Map<string, T>>, key: TwinId, innerKey: string): void {
  const found = map.get(key);
  found?.delete(innerKey);
  if (found?.size === 0) {
    map.delete(key);
  }
}
