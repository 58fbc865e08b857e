/**
 * Shows the twins of a space in a room: the mirror's values in synchronized state, and `twin.get` for the rest.
 *
 * Way in: TwinMirror → here → sync/ShownTwins → one schema field → sync/Patches → client. Which twins: sync/Scope. Works in
 * any room: `field` names where the game's own state holds the world.
 */
import { type Client, type Room, RoomPlugin } from "@colyseus/core";
import { TwinError } from "../src/errors.ts";
import * as payloads from "../src/protocol/payloads.ts";
import type { TwinSchemas, WorldState } from "../src/schema/TwinSchemas.ts";
import type { TwinServices } from "../src/services.ts";
import { twinDocument } from "../src/twins/twinDocument.ts";
import type { Pointer, Twin, TwinChange, TwinId } from "../src/twins/types.ts";
import { actorOf } from "./actor.ts";
import { request } from "./request.ts";
import type { BackpressureOptions } from "./sync/Backpressure.ts";
import { guardHooks } from "./sync/guardHooks.ts";
import { InboundLimits, type InboundOptions } from "./sync/InboundLimits.ts";
import type { OpenRoom } from "./sync/internals.ts";
import { type InterestOptions, NearViews, type Spot } from "./sync/NearViews.ts";
import { Patches } from "./sync/Patches.ts";
import { type Scope, type ScopeOptions, scopeOf } from "./sync/Scope.ts";
import { SharedViews, type Views } from "./sync/SharedViews.ts";
import { ShownTwins } from "./sync/ShownTwins.ts";

export interface TwinSyncOptions {
  services: TwinServices;
  /** The space to show; else the room's creation option `space`, else the first space. */
  space?: TwinId;
  /** Instead of a space: the twins that a query gives, or a list. */
  scope?: ScopeOptions;
  /** The world's name in a room that shows no space. */
  name?: string;
  /** Member of the room's own state, declared as `t.ref(World)`, that holds the world; absent: it is the room's state. */
  field?: string;
  /**
   * Large rooms show each client what concerns it. false: never. Rooms with a state of their own: only if it is given, and
   * then the field is declared as `t.ref(ViewedWorld)`.
   */
  interest?: InterestOptions | false;
  /** When a client that reads slowly gets no patches, and when it is closed. */
  backpressure?: BackpressureOptions;
  /** What a client may send: all messages of the room, the game's own too. false: no limits. */
  inbound?: InboundOptions | false;
}

/** Twins in a room above which each client is shown a part. */
const DEFAULT_THRESHOLD = 10_000;
/** Twins added to state per turn of the event loop while a space opens. */
const CHUNK = 200;

export class TwinSyncPlugin extends RoomPlugin<Room> {
  override readonly pluginName = "twinSync" as const;
  /** After the room's own onCreate, so that a state that is set there exists. */
  protected override order = { onCreate: "after" as const, onJoin: "after" as const };
  readonly services: TwinServices;
  readonly #options: TwinSyncOptions;
  /** Of the moment at which the room's own state is made too, so that both know the same classes. */
  readonly schemas: TwinSchemas;
  #world: WorldState | undefined;
  /** Twins shown although they are not in the space: placed there by a builder. */
  readonly #guests = new Set<TwinId>();
  readonly #spots = new Map<TwinId, Spot>();
  readonly #subscriptions: (() => void)[] = [];
  readonly #shownListeners = new Set<(id: TwinId, isShown: boolean) => void>();
  #patches: Patches | undefined;
  #shown: ShownTwins | undefined;
  #scope: Scope | undefined;
  #views: Views | undefined;
  /** Clients get twins by their views. */
  #viewed = false;
  #opened = false;
  /** ms of performance.now() */
  #filledAt = Number.POSITIVE_INFINITY;
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
      (client, { twinId, history }) => this.#get(client, twinId, history),
    ),
    "twin.watch": request(
      () => this.services.log,
      payloads.twinWatch,
      (client, { twinIds }) => this.#watch(client, twinIds),
    ),
  };

  /** Shows a query or a list, and so no space. */
  get #isScoped(): boolean {
    const { scope } = this.#options;
    return scope !== undefined && !("space" in scope);
  }

  get #space(): TwinId | undefined {
    const { scope, space } = this.#options;
    return scope !== undefined && "space" in scope ? scope.space : space;
  }

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
        this.#shown?.show(id);
      }
    }
  }

  /** A client's avatar went there. */
  moved(client: Client, spot: Spot): void {
    if (this.#views instanceof NearViews) {
      this.#views.moved(client, spot);
    }
  }

  /** A twin stands there; undefined: nowhere. Decides who sees it in a large room. */
  placed(id: TwinId, spot: Spot | undefined): void {
    if (spot) {
      this.#spots.set(id, { x: spot.x, z: spot.z });
    } else {
      this.#spots.delete(id);
    }
    if (this.#views instanceof NearViews) {
      this.#views.placed(id);
    }
  }

  /** Ends `include` for these; members of the space stay. */
  exclude(ids: Iterable<TwinId>): void {
    for (const id of ids) {
      this.#guests.delete(id);
      this.#hideUnlessWanted(id);
    }
  }

  /** Called when the room begins to show a twin, and just before it ends. Returns the unsubscriber. */
  onShown(listener: (id: TwinId, isShown: boolean) => void): () => void {
    this.#shownListeners.add(listener);
    return () => this.#shownListeners.delete(listener);
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
    const asked = this.#isScoped ? "" : (options?.space ?? spaces.list()[0]?.id ?? "");
    const space = this.#space ?? asked;
    this.#viewed = this.#needsViews(space);
    this.#world = this.#viewed ? new this.schemas.ViewedWorld() : new this.schemas.World();
    this.#world.space = space;
    this.#world.statusSince = Date.now();
    const { schemas } = this;
    this.#shown = new ShownTwins({
      world: this.#world,
      schemas,
      mirror,
      viewed: this.#viewed,
      changed: () => this.touch(),
      added: (id, twin) => {
        this.#views?.added(id, twin);
        this.#tellShown(id, true);
      },
      removing: (id, twin) => {
        this.#views?.removing(id, twin);
        this.#tellShown(id, false);
      },
    });
    this.#attachState(this.#world);
    this.#views = new SharedViews(this.#world, (client) => this.#rightOf(client), this.#viewed);
    this.#guardRoom();
    this.#subscriptions.push(
      mirror.onChange((change) => this.#onMirrorChange(change)),
      link.onChange(() => this.#onLinkChange()),
    );
    this.#onLinkChange();
  }

  /** After the room's own, which may give the client a view. */
  protected override onJoin(client: Client): void {
    this.#views?.join(client);
  }

  protected override onLeave(client: Client): void {
    this.#patches?.forget(client);
    if (!this.#views?.leave(client) && !this.room.clients.some((other) => other.view === client.view)) {
      client.view?.dispose(); // the game's own; Colyseus forgets it
    }
  }

  protected override onDispose(): void {
    this.#disposed = true;
    this.#patches?.close();
    for (const unsubscribe of this.#subscriptions) {
      unsubscribe();
    }
  }

  #tellShown(id: TwinId, isShown: boolean): void {
    for (const listener of this.#shownListeners) {
      listener(id, isShown);
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
    this.#patches = new Patches({
      room,
      before: () => this.#beforePatch(),
      after: () => this.#patched(),
      log,
      backpressure,
    });
    if (inbound !== false) {
      new InboundLimits(inbound).guard(room);
    }
  }

  #patched(): void {
    this.#views?.patched();
    this.#shown?.patched();
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
    if (world.space === "" && !this.#isScoped) {
      world.space = spaces.list()[0]?.id ?? "";
      await this.room.setMatchmaking({ space: world.space }); // who comes later and names it is to come here
    }
    this.#setName();
    const scope = scopeOf(this.#options.scope ?? { space: world.space }, this.services);
    this.#scope = scope;
    this.#subscriptions.push(() => scope.close());
    await scope.start(({ added, removed }) => {
      for (const id of added) {
        this.#shown?.show(id);
      }
      for (const id of removed) {
        this.#hideUnlessWanted(id);
      }
    });
    this.#openViews(scope);
    let n = 0;
    for (const id of [...scope.members(), ...this.#guests]) {
      if (this.#isWanted(id)) {
        this.#shown?.show(id); // it may have left while others were added
      }
      if (++n % CHUNK === 0) {
        await new Promise((resolve) => setImmediate(resolve));
        if (this.#disposed) {
          return;
        }
      }
    }
    this.#filledAt = performance.now();
  }

  /** While twins are not loaded nobody knows how many there will be. */
  #needsViews(space: TwinId): boolean {
    const { interest, field } = this.#options;
    if (interest === false || (field !== undefined && interest === undefined)) {
      return false;
    }
    const { link, spaces } = this.services;
    return interest !== undefined || !link.loaded || this.#isLarge(spaces.members(space), space);
  }

  /** Unless it is asked for, only where most twins have a place: in a world without a layout nothing would be near. */
  #isLarge(members: ReadonlySet<TwinId>, space: TwinId): boolean {
    const interest = this.#options.interest || undefined;
    if (members.size <= (interest?.threshold ?? DEFAULT_THRESHOLD)) {
      return false;
    }
    const placed = new Set([...this.services.placements.list(space)].map(({ twinId }) => twinId));
    return interest !== undefined || placed.size > members.size / 2;
  }

  #openViews(scope: Scope): void {
    const { world } = this;
    const { interest } = this.#options;
    if (!this.#viewed || !this.#isLarge(scope.members(), world.space)) {
      return;
    }
    const near = new NearViews({
      ...interest,
      world,
      tagOf: (client) => this.#rightOf(client),
      spotOf: (id) => this.#spots.get(id),
    });
    for (const client of this.room.clients) {
      this.#views?.leave(client); // who came while twins were loading
      delete client.view;
      near.join(client);
    }
    this.#views = near;
    this.#patches?.showNear(near, world);
  }

  #rightOf(client: Client): number {
    return this.schemas.restrictions.rightOf(actorOf(client).role);
  }

  #watch(client: Client, ids: readonly TwinId[]): { watching: number } {
    if (this.#views instanceof NearViews) {
      this.#views.watch(client, ids);
      this.touch();
    }
    return { watching: ids.length };
  }

  #setName(): void {
    const { space } = this.world;
    const name = this.services.mirror.get(space)?.values.get("/name")?.value;
    this.world.name = this.#options.name ?? (typeof name === "string" ? name : space);
  }

  /**
   * The status changes with a patch: whoever sees "live" has seen the twins, and a link that flickers between two is no
   * news. The first time not before an interval has passed, so that all who came together hold the twins by then.
   */
  #beforePatch(): void {
    if (performance.now() - this.#filledAt >= (this.room.patchRate ?? 0)) {
      this.#setStatus();
    }
    this.#shown?.flush();
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
        this.#shown?.note(change.twinId, change.path);
        if (change.path === "/name" && change.twinId === this.world.space) {
          this.#setName();
        }
        break;
      case "link":
        this.#shown?.note(change.twinId);
        break;
      case "twin.removed":
        this.#shown?.hide(change.twinId);
        break;
      case "twin.added":
        if (this.#opened && this.#isWanted(change.twinId)) {
          this.#shown?.show(change.twinId);
        }
        break;
      case "relationship.added":
      case "relationship.removed":
        break; // the space index tells what these change
      default:
        change satisfies never;
    }
  }

  #hideUnlessWanted(id: TwinId): void {
    if (!this.#isWanted(id)) {
      this.#shown?.hide(id);
    }
  }

  #isWanted(id: TwinId): boolean {
    return this.#guests.has(id) || this.#scope?.members().has(id) === true;
  }

  /** `seconds`: how far back the history goes that is asked for. */
  #get(client: Client, id: TwinId, seconds?: number): TwinAnswer {
    const { mirror, models } = this.services;
    const { restrictions } = this.schemas;
    const { role } = actorOf(client);
    const held = mirror.get(id);
    const twin = mirror.toTwin(id);
    if (!held || !twin) {
      throw new TwinError("NOT_FOUND", `There is no twin '${id}'.`);
    }
    const components = models.graph.get(held.modelId)?.components;
    const mayRead = (path: Pointer) => restrictions.allows(role, held.modelId, path);
    const times: Record<Pointer, { source: number; received: number }> = {};
    for (const [path, { value, source, received }] of held.values) {
      if (value !== undefined && mayRead(path)) {
        times[path] = { source, received };
      }
    }
    const document = twinDocument(without(twin, mayRead), (name) => components?.has(name) ?? false);
    return {
      twin: document,
      times,
      ...(seconds === undefined ? {} : { history: this.#history(id, seconds, mayRead) }),
    };
  }

  #history(id: TwinId, seconds: number, mayRead: (path: Pointer) => boolean): NonNullable<TwinAnswer["history"]> {
    const all = this.services.history.of(id, Date.now() - seconds * 1000);
    return Object.fromEntries([...all].filter(([path]) => mayRead(path)));
  }
}

/** Reply to `twin.get`. */
interface TwinAnswer {
  twin: object;
  times: Record<Pointer, { source: number; received: number }>;
  history?: Record<Pointer, [number, number][]>;
}

/** The twin without the values that the reader may not see. */
function without(twin: Twin, mayRead: (path: Pointer) => boolean): Twin {
  const hidden = Object.keys(twin.times).filter((path) => !mayRead(path));
  if (hidden.length === 0) {
    return twin;
  }
  const copy = structuredClone(twin);
  for (const path of hidden) {
    const [, first = "", second] = path.split("/");
    delete copy.times[path];
    if (second === undefined) {
      delete copy.properties[first];
    } else {
      delete (copy.properties[first] as Record<string, unknown>)[second];
    }
  }
  return copy;
}
