/**
 * The parts of @colyseus/core and @colyseus/schema that are reached past their declared types, in one place: what a new
 * version has to be checked against. Read in the sources of core 0.18.17, schema 5.0.34 and ws 8.
 */
import type { Client, Room, RoomPlugin } from "@colyseus/core";
import { $changes, type Encoder, type Iterator, type Schema } from "@colyseus/schema";

/*
 * src/schema/lateFields rests on this: values of late fields are read by their getters before they are encoded. `encodeAll`
 * and `view.add` go through forEachLive, which reads `ref[name]`; `encodeView` calls `[$getByIndex]`, which does the same.
 * Only then does encodeSchemaOperation read `ref[$values]`. What is encoded of changes was set in the usual way.
 */

/** Byte of a patch before the number of the object that what follows is about. */
export const SWITCH_TO_STRUCTURE = 255;

/** One node of the state with its changes since the last patch. */
export interface ChangeTree {
  readonly ref: Schema & { readonly [refId: symbol]: number };
  readonly parent?: unknown;
  readonly root?: unknown;
  /** No patch has told of it yet. */
  readonly isNew: boolean;
  readonly isFiltered: boolean;
  /** A bit for each view that shows it. */
  readonly visibleViews?: readonly number[];
  /** Its place in the list of what changed. */
  readonly changesNode?: unknown;
  readonly encDescriptor: EncodeDescriptor;
  _fullSyncGen: number;
  forEachChild(callback: (child: ChangeTree, index: unknown) => void): void;
  forEach(callback: (index: number, operation: number) => void): void;
}
export function treeOf(ref: object): ChangeTree | undefined {
  return (ref as Record<symbol, ChangeTree | undefined>)[$changes];
}
export interface EncodeDescriptor {
  readonly isSchema: boolean;
  readonly hasAnyView: boolean;
  readonly names: readonly string[];
  readonly tags: readonly (number | undefined)[];
  readonly metadata: unknown;
  /** Of fields with a plain value. */
  readonly encoders: readonly (((bytes: Uint8Array, value: unknown, it: Iterator) => void) | undefined)[];
  encoder(
    encoder: unknown,
    bytes: Uint8Array,
    tree: ChangeTree,
    index: number,
    operation: number,
    it: Iterator,
    isEncodeAll: boolean,
    hasView: boolean,
    metadata: unknown,
  ): void;
}
export interface ChangeList {
  next: { readonly changeTree: ChangeTree; next: ChangeList["next"] } | undefined;
}
export type OpenEncoder = Encoder & { _fullSyncGen: number };
/** Changes by hand (`view.add`, `view.remove`) that a view has not been sent yet. */
export interface OpenView {
  readonly changes: Map<number, unknown>;
  isVisible(tree: ChangeTree): boolean;
  /** Fields with that tag. */
  hasTagOnTree(tree: ChangeTree, tag: number): boolean;
  markVisible(tree: ChangeTree): void;
  unmarkVisible(tree: ChangeTree): void;
  removeAllTagsOnTree(tree: ChangeTree): void;
  /** Gives the view its number; else the first add does. */
  _bindRoot(root: unknown): void;
}

/**
 * A compressor of `node:zlib`, and how its own synchronous calls use it (processChunkSync in Node's lib/zlib.js, 20 to 24);
 * they make one for each call and throw it away.
 */
export interface OpenDeflate {
  reset(): void;
  readonly _handle?: {
    writeSync?(
      flush: number,
      input: Uint8Array,
      inputAt: number,
      inputLength: number,
      output: Uint8Array,
      outputAt: number,
      outputLength: number,
    ): void;
  } | null;
  /** Bytes left of the output and of the input after a write. */
  readonly _writeState?: Uint32Array;
}

/** A socket of `node:net`. */
export interface OpenStream {
  readonly writableLength: number;
  readonly encrypted?: boolean;
  readonly _handle?: { readonly fd?: number } | null;
}
export interface Socket {
  readonly bufferedAmount: number;
  readonly readyState: number;
  readonly _extensions?: Readonly<Record<string, { readonly params: Readonly<Record<string, unknown>> }>>;
  readonly _sender?: {
    readonly _state: number;
    readonly _socket?: OpenStream;
    /** Writes the buffers on the socket as they are. */
    sendFrame(buffers: Uint8Array[]): void;
  };
  terminate(): void;
  listenerCount(event: string): number;
}
export type OpenClient = Client & { ref: Socket; _inputBuffer?: { ackSeq: number } };
export type OpenRoom = Omit<Room, "_serializer"> & {
  _serializer: unknown;
  broadcastPatch(): boolean;
  /** To who has just come in, on a first or another connection. */
  sendFullState(client: OpenClient): void;
  _onMessage(client: OpenClient, frame: Buffer): void;
};

type Plugins = Readonly<Record<string, RoomPlugin>>;
interface WithPlugins {
  plugins: Plugins;
  /** Those that Colyseus made since one of these depends on them. */
  _autoPlugins?: Plugins;
}

/** In the order in which Colyseus runs their hooks. All are there when the room's onCreate begins. */
export function pluginsOf(room: Room): RoomPlugin[] {
  const { plugins, _autoPlugins } = room as unknown as WithPlugins;
  return [...Object.values(plugins), ...Object.values(_autoPlugins ?? {})];
}

/** Colyseus runs hooks by keys of plugins that it keeps for the room's class and each that this extends: also of plugins that this room does not list. */
export function fillIn(room: Room, idle: object): void {
  const own = room as unknown as WithPlugins;
  const keys = new Set<string>();
  for (let at = room.constructor; typeof at === "function"; at = Object.getPrototypeOf(at)) {
    const { __pluginLayout } = at as {
      __pluginLayout?: { hooks: Record<string, Record<"before" | "after", string[]>> };
    };
    for (const { before, after } of Object.values(__pluginLayout?.hooks ?? {})) {
      for (const key of [...before, ...after]) {
        keys.add(key);
      }
    }
  }
  const absent = [...keys].filter((key) => !own.plugins[key] && !own._autoPlugins?.[key]);
  if (absent.length > 0) {
    const idles = Object.fromEntries(absent.map((key) => [key, idle]));
    own.plugins = Object.freeze(Object.assign(Object.create(idles), own.plugins));
    own._autoPlugins = Object.freeze(Object.assign(Object.create(idles), own._autoPlugins));
  }
}

/** How many handlers of that message the room has. */
export function handlersOf(room: Room, message: string): number {
  const { onMessageEvents } = room as unknown as { onMessageEvents: { events: Record<string, unknown[]> } };
  return onMessageEvents.events[message]?.length ?? 0;
}

/** Members of a state as its class declares them, by name: the class of a reference, else what schema makes of the type. */
export function declaredFields(state: object): Map<string, unknown> {
  const { [Symbol.metadata]: metadata } = state.constructor as { [Symbol.metadata]?: object | null };
  const fields = new Map<string, unknown>();
  for (const index in metadata ?? {}) {
    const { name, type } = (metadata as Record<string, { name: string; type: unknown }>)[index] ?? {};
    if (name !== undefined) {
      fields.set(name, type);
    }
  }
  return fields;
}

export const NO_CHANGES: ChangeList = { next: undefined };

/** Runs with these changes in the place of all that the encoder has to tell; undefined: with all. */
export function withChanges<T>(encoder: Encoder, changes: ChangeList | undefined, run: () => T): T {
  const root = encoder.root as unknown as { changes: ChangeList };
  const all = root.changes;
  root.changes = changes ?? all;
  try {
    return run();
  } finally {
    root.changes = all;
  }
}
