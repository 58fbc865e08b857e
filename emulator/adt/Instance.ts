/**
 * The whole content of one twin service in memory, with its indexes, and what has changed since the last commit.
 *
 * Operations read and write it synchronously, so each request sees a consistent state; GroupCommit saves what `takeChanges`
 * hands out. Records are replaced, never changed; one that is no longer in here may be read until the next `takeChanges`.
 */
import type { ModelGraph } from "../../src/dtdl/types.ts";
import { Ends, relationshipKey } from "./Ends.ts";
import { type CompiledRoute, compileRoute } from "./events/compileRoute.ts";
import { dependenciesOf, graphOf } from "./modelGraph.ts";
import { PropertyIndexes } from "./query/PropertyIndexes.ts";
import type { RelationshipRecord, TwinRecord } from "./records.ts";
import { Shelves } from "./Shelves.ts";
import type { EventRoute, ModelRecord, NotificationMessage } from "./types.ts";

/** Keys touched since the last commit; what is no longer in the instance was deleted. */
export interface Changes {
  models: Set<string>;
  twins: Set<string>;
  relationships: Set<string>;
  routes: Set<string>;
  notifications: { hub: string; message: NotificationMessage }[];
}

export interface Content {
  models: ModelRecord[];
  twins: TwinRecord[];
  relationships: RelationshipRecord[];
  routes: EventRoute[];
}

function noChanges(): Changes {
  return { models: new Set(), twins: new Set(), relationships: new Set(), routes: new Set(), notifications: [] };
}

export function isEmpty({ models, twins, relationships, routes, notifications }: Changes): boolean {
  return models.size + twins.size + relationships.size + routes.size + notifications.length === 0;
}

export class Instance {
  readonly models = new Map<string, ModelRecord>();
  readonly twins = new Map<string, TwinRecord>();
  readonly twinsByModel = new Map<string, Map<string, TwinRecord>>();
  /** By `relationshipKey`. */
  readonly relationships = new Map<string, RelationshipRecord>();
  readonly outgoing = new Ends();
  readonly incoming = new Ends();
  /** By the values of properties that queries ask for. */
  readonly twinIndexes = new PropertyIndexes(this.twins);
  readonly relationshipIndexes = new PropertyIndexes(this.relationships);
  readonly routes = new Map<string, CompiledRoute>();
  /** Absent after a deletion, until somebody needs it: a graph is immutable, and parsing it is dear. */
  #graph: ModelGraph | undefined;
  /** Model id → models that cannot be without it. */
  #dependants: Map<string, Set<string>> | undefined;
  #shelves = this.#newShelves();
  #lastOrdinal = 0;
  /** Names of relationships and ids of models: few, in many records. */
  readonly #names = new Map<string, string>();
  #changes = noChanges();

  /** Replaces everything by what the file holds; forgets uncommitted changes. */
  load(content: Content): void {
    const maps = [this.models, this.twins, this.twinsByModel, this.relationships, this.outgoing, this.incoming];
    for (const map of [...maps, this.routes]) {
      map.clear();
    }
    this.twinIndexes.clear();
    this.relationshipIndexes.clear();
    // Records that somebody still has stay on the old ones.
    this.#shelves = this.#newShelves();
    this.putModels(content.models, undefined);
    content.twins.forEach((twin) => {
      this.putTwin(twin);
    });
    content.relationships.forEach((relationship) => {
      this.putRelationship(relationship);
    });
    content.routes.forEach((route) => {
      this.putRoute(route);
    });
    const records = [...content.models, ...content.twins, ...content.relationships, ...content.routes];
    this.#lastOrdinal = records.reduce((last, record) => Math.max(last, record.ordinal), 0);
    this.#changes = noChanges();
  }

  /** What is there now; writes that follow do not change it, until `release` is called. */
  content(): Content & { release: () => void } {
    return {
      release: this.#shelves.hold(),
      models: [...this.models.values()],
      twins: [...this.twins.values()],
      relationships: [...this.relationships.values()],
      routes: [...this.routes.values()],
    };
  }

  /** The models, resolved. */
  get graph(): ModelGraph {
    this.#graph ??= graphOf(this.models.values());
    return this.#graph;
  }

  get isEmpty(): boolean {
    return this.models.size === 0 && this.twins.size === 0 && this.routes.size === 0;
  }

  /** The one string of this text that records share. */
  intern(name: string): string {
    const known = this.#names.get(name);
    if (known === undefined) {
      this.#names.set(name, name);
    }
    return known ?? name;
  }

  #newShelves(): Shelves {
    const { twins, relationships } = this;
    return new Shelves(function* () {
      yield* twins.values();
      yield* relationships.values();
    });
  }

  nextOrdinal(): number {
    this.#lastOrdinal += 1;
    return this.#lastOrdinal;
  }

  takeChanges(): Changes {
    this.#shelves.tidy();
    const changes = this.#changes;
    this.#changes = noChanges();
    return changes;
  }

  get isDirty(): boolean {
    return !isEmpty(this.#changes);
  }

  /** `graph` is what the models are together with those that are there; undefined: to be found out. */
  putModels(models: readonly ModelRecord[], graph: ModelGraph | undefined): void {
    this.#graph = graph;
    this.#dependants = undefined;
    for (const model of models) {
      this.models.set(model.id, model);
      this.#changes.models.add(model.id);
    }
  }

  deleteModel(id: string): void {
    this.models.delete(id);
    this.#graph = undefined;
    this.#dependants?.forEach((dependants) => {
      dependants.delete(id);
    });
    this.#changes.models.add(id);
  }

  /** Marks a model as decommissioned or not: its meaning stays. */
  replaceModel(model: ModelRecord): void {
    this.models.set(model.id, model);
    this.#changes.models.add(model.id);
  }

  /** The models that extend this one or have it as a component. */
  dependantsOf(id: string): string[] {
    this.#dependants ??= dependantsIn(this.graph);
    return [...(this.#dependants.get(id) ?? [])];
  }

  putTwin(twin: TwinRecord): void {
    const before = this.twins.get(twin.id);
    if (before !== undefined && before.modelId !== twin.modelId) {
      removeFrom(this.twinsByModel, before.modelId, before.id);
    }
    this.twins.set(twin.id, twin);
    this.twinIndexes.changed(twin.id, before, twin);
    addTo(this.twinsByModel, twin.modelId, twin.id, twin);
    this.#shelves.put(twin, before);
    this.#changes.twins.add(twin.id);
  }

  deleteTwin(twin: TwinRecord): void {
    const before = this.twins.get(twin.id);
    this.twinIndexes.changed(twin.id, before, undefined);
    this.twins.delete(twin.id);
    removeFrom(this.twinsByModel, twin.modelId, twin.id);
    before?.retire();
    this.#changes.twins.add(twin.id);
  }

  putRelationship(relationship: RelationshipRecord): void {
    const key = relationshipKey(relationship.sourceId, relationship.id);
    const before = this.relationships.get(key);
    if (before !== undefined && before.targetId !== relationship.targetId) {
      this.incoming.delete(before.targetId, before);
    }
    this.relationships.set(key, relationship);
    this.relationshipIndexes.changed(key, before, relationship);
    this.outgoing.put(relationship.sourceId, relationship);
    this.incoming.put(relationship.targetId, relationship);
    this.#shelves.put(relationship, before);
    this.#changes.relationships.add(key);
  }

  deleteRelationship(relationship: RelationshipRecord): void {
    const key = relationshipKey(relationship.sourceId, relationship.id);
    const before = this.relationships.get(key);
    this.relationshipIndexes.changed(key, before, undefined);
    this.relationships.delete(key);
    this.outgoing.delete(relationship.sourceId, relationship);
    this.incoming.delete(relationship.targetId, relationship);
    before?.retire();
    this.#changes.relationships.add(key);
  }

  /** EventRouteFilterInvalid when the filter cannot be read. */
  putRoute(route: EventRoute): void {
    this.routes.set(route.id, compileRoute(route));
    this.#changes.routes.add(route.id);
  }

  deleteRoute(id: string): void {
    this.routes.delete(id);
    this.#changes.routes.add(id);
  }

  /** To be published once the writes of the same request are on disk. */
  notify(hub: string, message: NotificationMessage): void {
    this.#changes.notifications.push({ hub, message });
  }
}

function addTo<T>(index: Map<string, Map<string, T>>, key: string, id: string, record: T): void {
  const records = index.get(key);
  if (records === undefined) {
    index.set(key, new Map([[id, record]]));
  } else {
    records.set(id, record);
  }
}

function removeFrom<T>(index: Map<string, Map<string, T>>, key: string, id: string): void {
  const records = index.get(key);
  records?.delete(id);
  if (records?.size === 0) {
    index.delete(key);
  }
}

function dependantsIn(graph: ModelGraph): Map<string, Set<string>> {
  const dependants = new Map<string, Set<string>>();
  for (const model of graph.interfaces.values()) {
    for (const id of dependenciesOf(model)) {
      dependants.set(id, (dependants.get(id) ?? new Set()).add(model.id));
    }
  }
  return dependants;
}
