/**
 * Shows the twins of a space in a room: the mirror's values in synchronized state, and `twin.get` for the rest.
 *
 * Way in: TwinMirror → here → one schema field → state patch → client. Changes are noted by path and read from the mirror
 * just before a patch, so that the last value wins and state stays untouched between patches. The only writer of
 * `world.twins` (invariant 1). Works in any room: `field` names where the game's own state holds the world.
 */
import { type Room, RoomPlugin } from "@colyseus/core";
import { TwinError } from "../src/errors.ts";
import * as payloads from "../src/protocol/payloads.ts";
import type { TwinSchemas, TwinState, WorldState } from "../src/schema/TwinSchemas.ts";
import type { TwinServices } from "../src/services.ts";
import { twinDocument } from "../src/twins/twinDocument.ts";
import type { Dtmi, Pointer, TwinChange, TwinId } from "../src/twins/types.ts";
import { request } from "./request.ts";

export interface TwinSyncOptions {
  services: TwinServices;
  /** The space to show; else the room's creation option `space`, else the first space. */
  space?: TwinId;
  /** Member of the room's own state, declared as `t.ref(World)`, that holds the world; absent: it is the room's state. */
  field?: string;
}

/** Twins added to state per turn of the event loop while a space opens. */
const CHUNK = 200;

export class TwinSyncPlugin extends RoomPlugin<Room> {
  override readonly pluginName = "twinSync" as const;
  /** After the room's own onCreate, so that a state that is set there exists. */
  protected override order = { onCreate: "after" as const };
  readonly services: TwinServices;
  readonly #options: TwinSyncOptions;
  /** Of the moment at which the room's own state is made too, so that both know the same classes. */
  readonly schemas: TwinSchemas;
  #world: WorldState | undefined;
  readonly #modelIndex = new Map<Dtmi, number>();
  readonly #dirty = new Map<TwinId, Set<Pointer>>();
  /** Twins shown although they are not in the space: placed there by a builder. */
  readonly #guests = new Set<TwinId>();
  readonly #subscriptions: (() => void)[] = [];
  #opened = false;
  #filled = false;
  #disposed = false;

  constructor(options: TwinSyncOptions) {
    super();
    this.services = options.services;
    this.#options = options;
    this.schemas = options.services.schemas.current();
  }

  override messages = {
    "twin.get": request(
      () => this.services.log,
      payloads.twinGet,
      (_client, { twinId }) => this.#get(twinId),
    ),
  };

  /** The world in this room's state. Available once the room's onCreate has run. */
  get world(): WorldState {
    if (!this.#world) {
      throw new Error(
        "The world is there once the room was created: use it in onJoin or later, not in onCreate. If the room declares " +
          "onUncaughtException: Colyseus 0.18 then runs no plugin hooks for the first room of its class",
      );
    }
    return this.#world;
  }

  /** Shows these twins too, whether or not the space contains them. */
  include(ids: Iterable<TwinId>): void {
    for (const id of ids) {
      this.#guests.add(id);
      if (this.#opened) {
        this.#show(id);
      }
    }
  }

  /** Ends `include` for these; members of the space stay. */
  exclude(ids: Iterable<TwinId>): void {
    for (const id of ids) {
      this.#guests.delete(id);
      this.#hideUnlessWanted(id);
    }
  }

  protected override onCreate(options?: { space?: TwinId }): void {
    if (this.#world) {
      return; // Colyseus runs hooks twice where a subclass of a room declares `plugins` again
    }
    const { spaces, link, mirror } = this.services;
    this.#world = new this.schemas.World();
    this.#world.space = this.#options.space ?? options?.space ?? spaces.list()[0]?.id ?? "";
    this.#world.statusSince = Date.now();
    for (const id of this.schemas.models) {
      this.#modelIndex.set(id, this.#modelIndex.size);
      this.#world.models.push(id);
    }
    this.#attachState(this.#world);
    this.#hookPatch();
    this.#subscriptions.push(
      mirror.onChange((change) => this.#onMirrorChange(change)),
      link.onChange(() => this.#onLinkChange()),
    );
    this.#onLinkChange();
  }

  protected override onDispose(): void {
    this.#disposed = true;
    for (const unsubscribe of this.#subscriptions) {
      unsubscribe();
    }
  }

  #attachState(world: WorldState): void {
    const { field } = this.#options;
    if (field === undefined) {
      this.room.state = world;
      return;
    }
    const state = this.room.state as Record<string, unknown> | undefined;
    if (!state) {
      throw new Error(`the room has no state to hold '${field}': set it as a field or in onCreate`);
    }
    if (this.schemas !== this.services.schemas.current()) {
      throw new Error("the models changed while the room was being created; it has to be created again");
    }
    state[field] = world;
  }

  /** Plugins have no hook of their own for this; a throw here would end the process. */
  #hookPatch(): void {
    const { room } = this;
    const own = room.onBeforePatch?.bind(room);
    room.onBeforePatch = (state) => {
      try {
        this.#flush();
      } catch (error) {
        this.services.log.error({ err: error, room: room.roomId }, "twin values were not written to room state");
      }
      return own?.(state);
    };
  }

  #onLinkChange(): void {
    const { link } = this.services;
    if (link.loaded && !this.#opened) {
      this.#opened = true;
      this.#open().catch((error) => this.services.log.error({ err: error }, "a space could not be opened"));
    }
  }

  /** Fills the room in chunks; between them the event loop is free. */
  async #open(): Promise<void> {
    const { world } = this;
    const { spaces } = this.services;
    if (world.space === "") {
      world.space = spaces.list()[0]?.id ?? "";
      await this.room.setMatchmaking({ space: world.space }); // who comes later and names it is to come here
    }
    this.#setName();
    this.#subscriptions.push(
      spaces.onChange(world.space, ({ added, removed }) => {
        for (const id of added) {
          this.#show(id);
        }
        for (const id of removed) {
          this.#hideUnlessWanted(id);
        }
      }),
    );
    let n = 0;
    for (const id of [...spaces.members(world.space), ...this.#guests]) {
      if (this.#isWanted(id)) {
        this.#show(id); // it may have left while others were added
      }
      if (++n % CHUNK === 0) {
        await new Promise((resolve) => setImmediate(resolve));
        if (this.#disposed) {
          return;
        }
      }
    }
    this.#filled = true;
  }

  #setName(): void {
    const { space } = this.world;
    const name = this.services.mirror.get(space)?.values.get("/name")?.value;
    this.world.name = typeof name === "string" ? name : space;
  }

  #setStatus(): void {
    const { source } = this.services.link;
    const status = source.connected ? "live" : "degraded";
    if (this.world.status !== status) {
      this.world.status = status;
      this.world.statusSince = source.connected ? Date.now() : source.since;
    }
  }

  #onMirrorChange(change: TwinChange): void {
    switch (change.kind) {
      case "value":
        this.#note(change.twinId, change.path);
        if (change.path === "/name" && change.twinId === this.world.space) {
          this.#setName();
        }
        break;
      case "link":
        this.#note(change.twinId);
        break;
      case "twin.removed":
        this.world.twins.delete(change.twinId);
        this.#dirty.delete(change.twinId);
        break;
      case "twin.added":
        if (this.#opened && this.#isWanted(change.twinId)) {
          this.#show(change.twinId);
        }
        break;
      case "relationship.added":
      case "relationship.removed":
        break; // the space index tells what these change
      default:
        change satisfies never;
    }
  }

  #note(id: TwinId, path?: Pointer): void {
    if (!this.world.twins.has(id)) {
      return;
    }
    let paths = this.#dirty.get(id);
    if (!paths) {
      paths = new Set();
      this.#dirty.set(id, paths);
    }
    if (path !== undefined) {
      paths.add(path);
    }
  }

  #show(id: TwinId): void {
    const held = this.services.mirror.get(id);
    if (held && !this.world.twins.has(id)) {
      const twin = this.schemas.create(held.modelId, this.#indexOf(held.modelId));
      twin.$name = id;
      this.#write(id, twin, held.values.keys());
      this.world.twins.set(id, twin);
    }
  }

  #hideUnlessWanted(id: TwinId): void {
    if (!this.#isWanted(id)) {
      this.world.twins.delete(id);
      this.#dirty.delete(id);
    }
  }

  #isWanted(id: TwinId): boolean {
    return this.#guests.has(id) || this.services.spaces.members(this.world.space).has(id);
  }

  /** With the patch: whoever sees "live" has seen the twins, and a link that flickers between two patches is no news. */
  #flush(): void {
    if (this.#filled) {
      this.#setStatus();
    }
    for (const [id, paths] of this.#dirty) {
      const twin = this.world.twins.get(id);
      if (twin) {
        this.#write(id, twin, paths);
      }
    }
    this.#dirty.clear();
  }

  #write(id: TwinId, twin: TwinState, paths: Iterable<Pointer>): void {
    const held = this.services.mirror.get(id);
    if (!held) {
      return;
    }
    for (const path of paths) {
      const value = held.values.get(path)?.value;
      this.schemas.write(twin, held.modelId, path, value);
      if (path === "/name") {
        twin.$name = typeof value === "string" ? value : id;
      }
    }
    twin.$seen = Math.floor(held.seen / 1000);
    twin.$link = held.link;
  }

  /** Models that came after the room opened are added to the list; their twins are generic. */
  #indexOf(modelId: Dtmi): number {
    let index = this.#modelIndex.get(modelId);
    if (index === undefined) {
      index = this.#modelIndex.size;
      this.#modelIndex.set(modelId, index);
      this.world.models.push(modelId);
    }
    return index;
  }

  #get(id: TwinId): { twin: object; times: Record<Pointer, { source: number; received: number }> } {
    const { mirror, models } = this.services;
    const held = mirror.get(id);
    const twin = mirror.toTwin(id);
    if (!held || !twin) {
      throw new TwinError("NOT_FOUND", `There is no twin '${id}'.`);
    }
    const components = models.graph.get(held.modelId)?.components;
    const times: Record<Pointer, { source: number; received: number }> = {};
    for (const [path, { value, source, received }] of held.values) {
      if (value !== undefined) {
        times[path] = { source, received };
      }
    }
    return { twin: twinDocument(twin, (name) => components?.has(name) ?? false), times };
  }
}
