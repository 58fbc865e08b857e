/**
 * Shows the twins of a space in a room: the mirror's values in synchronized state, and `twin.get` for the rest.
 *
 * Way in: TwinMirror → here → one schema field → state patch → client. Changes are noted by path and read from the mirror
 * just before a patch, so that the last value wins and state stays untouched between patches. The only writer of
 * `world.twins` (invariant 1). Works in any room: `field` names where the game's own state holds the world.
 */
import { type Client, type Room, RoomPlugin } from "@colyseus/core";
import { TwinError } from "../src/errors.ts";
import * as payloads from "../src/protocol/payloads.ts";
import type { TwinSchemas, TwinState, WorldState } from "../src/schema/TwinSchemas.ts";
import type { TwinServices } from "../src/services.ts";
import type { MirrorTwin } from "../src/twins/TwinMirror.ts";
import { twinDocument } from "../src/twins/twinDocument.ts";
import type { Dtmi, Pointer, TwinChange, TwinId } from "../src/twins/types.ts";
import { request } from "./request.ts";
import type { BackpressureOptions } from "./sync/Backpressure.ts";
import { guardHooks } from "./sync/guardHooks.ts";
import { InboundLimits, type InboundOptions } from "./sync/InboundLimits.ts";
import type { OpenRoom } from "./sync/internals.ts";
import { Patches } from "./sync/Patches.ts";

export interface TwinSyncOptions {
  services: TwinServices;
  /** The space to show; else the room's creation option `space`, else the first space. */
  space?: TwinId;
  /** Member of the room's own state, declared as `t.ref(World)`, that holds the world; absent: it is the room's state. */
  field?: string;
  /** When a client that reads slowly gets no patches, and when it is closed. */
  backpressure?: BackpressureOptions;
  /** What a client may send: all messages of the room, the game's own too. false: no limits. */
  inbound?: InboundOptions | false;
}

/** A twin in state, with what is needed to write to it. */
interface Shown {
  readonly twin: TwinState;
  readonly held: MirrorTwin;
  /** Paths that changed since the last patch. */
  readonly dirty: Pointer[];
  isDirty: boolean;
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
  readonly #shown = new Map<TwinId, Shown>();
  #dirty: Shown[] = [];
  /** Twins shown although they are not in the space: placed there by a builder. */
  readonly #guests = new Set<TwinId>();
  readonly #subscriptions: (() => void)[] = [];
  #patches: Patches | undefined;
  #opened = false;
  #disposed = false;

  constructor(options: TwinSyncOptions) {
    super();
    this.services = options.services;
    this.#options = options;
    this.schemas = options.services.schemas.current();
    let held: Room | undefined;
    Object.defineProperty(this, "room", {
      get: () => held,
      set: (room: Room) => {
        held = room;
        guardHooks(room);
      },
    });
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
      throw new Error("The world is there once the room was created: use it in onJoin or later, not in onCreate");
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

  /** To be called after the game or a plugin changed state: the first change after silence is sent at once. */
  touch(): void {
    this.#patches?.touch();
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
    this.#guardRoom();
    this.#subscriptions.push(
      mirror.onChange((change) => this.#onMirrorChange(change)),
      link.onChange(() => this.#onLinkChange()),
    );
    this.#onLinkChange();
  }

  protected override onLeave(client: Client): void {
    this.#patches?.forget(client);
    const { view } = client;
    if (view && !this.room.clients.some((other) => other.view === view)) {
      view.dispose(); // Colyseus forgets it, and the next view with its number would see what it saw
    }
  }

  protected override onDispose(): void {
    this.#disposed = true;
    this.#patches?.close();
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

  /** Once the room has its state: what it takes in and what it sends goes through here from now on. */
  #guardRoom(): void {
    const { backpressure, inbound } = this.#options;
    const room = this.room as unknown as OpenRoom;
    const { log } = this.services;
    this.#patches = new Patches({ room, before: () => this.#flush(), log, backpressure });
    if (inbound !== false) {
      new InboundLimits(inbound).guard(room);
    }
  }

  #onLinkChange(): void {
    const { link } = this.services;
    if (link.loaded && !this.#opened) {
      this.#opened = true;
      this.#open().catch((error) => this.services.log.error({ err: error }, "a space could not be opened"));
    } else if (this.#opened && this.world.status !== "loading") {
      this.#setStatus();
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
    this.#setStatus();
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
        this.#hide(change.twinId);
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
    const shown = this.#shown.get(id);
    if (!shown) {
      return;
    }
    if (!shown.isDirty) {
      shown.isDirty = true;
      if (this.#dirty.push(shown) === 1) {
        this.touch();
      }
    }
    if (path !== undefined && !shown.dirty.includes(path)) {
      shown.dirty.push(path);
    }
  }

  #show(id: TwinId): void {
    const held = this.services.mirror.get(id);
    if (held && !this.#shown.has(id)) {
      const twin = this.schemas.create(held.modelId, this.#indexOf(held.modelId));
      const shown = { twin, held, dirty: [], isDirty: false };
      twin.$name = id;
      this.#write(shown, held.values.keys());
      this.#shown.set(id, shown);
      this.world.twins.set(id, twin);
      this.touch();
    }
  }

  #hide(id: TwinId): void {
    const shown = this.#shown.get(id);
    if (shown) {
      shown.isDirty = false;
      this.#shown.delete(id);
      this.world.twins.delete(id);
      this.touch();
    }
  }

  #hideUnlessWanted(id: TwinId): void {
    if (!this.#isWanted(id)) {
      this.#hide(id);
    }
  }

  #isWanted(id: TwinId): boolean {
    return this.#guests.has(id) || this.services.spaces.members(this.world.space).has(id);
  }

  #flush(): void {
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const shown of dirty) {
      if (shown.isDirty) {
        this.#write(shown, shown.dirty);
        shown.isDirty = false;
        shown.dirty.length = 0;
      }
    }
  }

  #write({ twin, held }: Shown, paths: Iterable<Pointer>): void {
    for (const path of paths) {
      const value = held.values.get(path)?.value;
      this.schemas.write(twin, held.modelId, path, value);
      if (path === "/name") {
        twin.$name = typeof value === "string" ? value : held.id;
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
