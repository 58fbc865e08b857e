/**
 * The instance as queries see it: at once, or some seconds late, as Azure's query index is behind its twins.
 *
 * While there is a lag, a second Instance, with copies of the records, follows the first one by what was committed. Without a
 * lag there is none, and queries read the instance itself.
 */
import { type Changes, Instance } from "../Instance.ts";
import type { RelationshipRecord, TwinRecord } from "../records.ts";
import type { ModelRecord } from "../types.ts";

type Table = "models" | "twins" | "relationships";
interface Step {
  due: number;
  /** Key → the record, undefined when it was deleted. */
  models: Map<string, ModelRecord | undefined>;
  twins: Map<string, TwinRecord | undefined>;
  relationships: Map<string, RelationshipRecord | undefined>;
}

export class LaggingView {
  readonly #instance: Instance;
  readonly #now: () => number;
  #lag = 0;
  #view: Instance | undefined;
  #steps: Step[] = [];

  /** `now` is monotonic, in ms. */
  constructor(instance: Instance, now: () => number) {
    this.#instance = instance;
    this.#now = now;
  }

  /** ms; 0: none. What is on its way keeps its time. */
  set lag(ms: number) {
    this.#lag = ms;
    if (ms === 0) {
      this.#view = undefined;
      this.#steps = [];
    } else {
      this.#view ??= copyOf(this.#instance);
    }
  }

  get instance(): Instance {
    if (this.#view === undefined) {
      return this.#instance;
    }
    const now = this.#now();
    while (this.#steps[0] !== undefined && this.#steps[0].due <= now) {
      apply(this.#view, this.#steps[0]);
      this.#steps.shift();
    }
    return this.#view;
  }

  /** What is being committed. */
  follow(changes: Changes): void {
    if (this.#view === undefined) {
      return;
    }
    const pick = <T>(table: Table, record: (key: string) => T | undefined) =>
      new Map(Array.from(changes[table], (key): [string, T | undefined] => [key, record(key)]));
    const { models, twins, relationships } = this.#instance;
    this.#steps.push({
      due: this.#now() + this.#lag,
      models: pick("models", (key) => models.get(key)),
      twins: pick("twins", (key) => twins.get(key)?.copy()),
      relationships: pick("relationships", (key) => relationships.get(key)?.copy()),
    });
  }

  /** The instance was loaded anew. */
  reset(): void {
    if (this.#view !== undefined) {
      this.#view = copyOf(this.#instance);
      this.#steps = [];
    }
  }
}

function copyOf(instance: Instance): Instance {
  const copy = new Instance();
  copy.load({
    models: [...instance.models.values()],
    twins: Array.from(instance.twins.values(), (twin) => twin.copy()),
    relationships: Array.from(instance.relationships.values(), (relationship) => relationship.copy()),
    routes: [],
  });
  return copy;
}

function apply(view: Instance, { models, twins, relationships }: Step): void {
  const added = [...models.values()].filter((model) => model !== undefined);
  if (added.length > 0) {
    view.putModels(added, undefined);
  }
  for (const [id, model] of models) {
    if (model === undefined) {
      view.deleteModel(id);
    }
  }
  for (const [id, twin] of twins) {
    const before = view.twins.get(id);
    if (twin !== undefined) {
      view.putTwin(twin);
    } else if (before !== undefined) {
      view.deleteTwin(before);
    }
  }
  for (const [key, relationship] of relationships) {
    const before = view.relationships.get(key);
    if (relationship !== undefined) {
      view.putRelationship(relationship);
    } else if (before !== undefined) {
      view.deleteRelationship(before);
    }
  }
  view.takeChanges();
}
