/**
 * First step of a value into the page: listens to the raw changes of the state decoder and notes what became dirty, by
 * name, without touching the values. A raw hook costs a twentieth of a listener per field. Used by `World` alone.
 */

/** What the decoder reports per field (schema's DataChange, as far as it is used). */
interface RawChange {
  ref: object;
  field?: number | string;
  dynamicIndex?: number | string;
  value: unknown;
}
interface Hookable {
  triggerChanges?: (changes: RawChange[]) => void;
}

const COLLECTIONS = ["twins", "placements", "players", "operations", "leases", "alarms", "visuals"] as const;
type Collection = (typeof COLLECTIONS)[number];

/** What changed since the last drain. */
export interface Dirt {
  /** Status, name or the list of models. */
  root: boolean;
  /** Collections whose entries came, went or (all but twins) changed. */
  collections: Set<Collection>;
  /** Twins with a changed value. */
  twins: Set<string>;
  /** A twin's name or link changed. */
  facts: boolean;
}

/** Where a decoded object hangs in the state tree. */
type Owner = { at: "root" } | { at: "collection"; of: Collection } | { at: "item"; of: Collection; id: string };

export class ChangeWatch {
  readonly #owners = new WeakMap<object, Owner>();
  readonly #onDirt: () => void;
  #dirt: Dirt = cleanDirt();

  constructor(options: { onDirt: () => void }) {
    this.#onDirt = options.onDirt;
  }

  /** Chains itself into the decoder behind a hook that is there already. */
  attach(decoder: Hookable, state: object): void {
    this.#owners.set(state, { at: "root" });
    const previous = decoder.triggerChanges;
    decoder.triggerChanges = (changes) => {
      previous?.call(decoder, changes);
      for (const change of changes) {
        this.#note(change);
      }
      this.#onDirt();
    };
  }

  /** Everything is dirty: for the state that was there before `attach`. */
  adopt(state: Readonly<Record<string, unknown>>): void {
    for (const name of COLLECTIONS) {
      this.#note({ ref: state, field: name, value: state[name] });
    }
  }

  /** What became dirty since the last call. */
  drain(): Dirt {
    const dirt = this.#dirt;
    this.#dirt = cleanDirt();
    return dirt;
  }

  #note(change: RawChange): void {
    const owner = this.#owners.get(change.ref);
    if (owner === undefined) {
      return; // A child whose parent has just been noted as a whole, or a collection that the page does not show.
    }
    switch (owner.at) {
      case "root":
        this.#noteRoot(change);
        break;
      case "collection":
        this.#noteEntry(owner.of, change);
        break;
      case "item":
        this.#noteField(owner, change);
        break;
    }
  }

  #noteRoot({ field, value }: RawChange): void {
    const name = COLLECTIONS.find((collection) => collection === field);
    if (name === undefined) {
      this.#dirt.root = true;
      if (isObject(value)) {
        this.#owners.set(value, { at: "root" });
      }
      return;
    }
    this.#dirt.collections.add(name);
    if (isObject(value)) {
      this.#owners.set(value, { at: "collection", of: name });
      for (const [id, item] of value as unknown as Iterable<[string, unknown]>) {
        this.#noteEntry(name, { ref: value, field: id, value: item });
      }
    }
  }

  #noteEntry(of: Collection, { dynamicIndex, field, value }: RawChange): void {
    this.#dirt.collections.add(of);
    if (!isObject(value)) {
      return;
    }
    const owner: Owner = { at: "item", of, id: String(dynamicIndex ?? field) };
    this.#owners.set(value, owner);
    if (of === "twins") {
      this.#dirt.twins.add(owner.id);
      for (const part of Object.values(value)) {
        this.#ownPart(part, owner);
      }
    }
  }

  #noteField(owner: Owner & { at: "item" }, { field, value }: RawChange): void {
    if (owner.of !== "twins") {
      this.#dirt.collections.add(owner.of);
      return;
    }
    this.#dirt.twins.add(owner.id);
    this.#ownPart(value, owner);
    if (field === "$link" || field === "$name") {
      this.#dirt.facts = true;
    }
  }

  /** A component is a part of its twin: its changes are the twin's. */
  #ownPart(part: unknown, owner: Owner): void {
    if (isObject(part)) {
      this.#owners.set(part, owner);
    }
  }
}

function cleanDirt(): Dirt {
  return { root: false, collections: new Set(), twins: new Set(), facts: false };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
