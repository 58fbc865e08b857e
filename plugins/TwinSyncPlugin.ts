/**
 * Shows the twins of a space in a room: the mirror's values in synchronized state, and `twin.get` for the rest.
 *
 * Way in: TwinMirror → here → sync/ShownTwins → one schema field → sync/Patches → client. Which twins: sync/Scope. Works in
 * any room: `field` names where the game's own state holds the world.
 */
import { type Client, type Room, RoomPlugin } from "@colyseus/core";
import type { StateView } from "@colyseus/schema";
import { checked } from "../src/checkedOptions.ts";
import * as payloads from "../src/protocol/payloads.ts";
import type { TwinAnswer } from "../src/protocol/requests.ts";
import type { WorldState } from "../src/schema/states.ts";
import type { TwinSchemas } from "../src/schema/TwinSchemas.ts";
import type { TwinServices } from "../src/services.ts";
import type { TwinId } from "../src/twins/types.ts";
import { assertMay, rolesOfClient } from "./actor.ts";
import { cameBack } from "./cameBack.ts";
import { ofOneRoom } from "./oneRoom.ts";
import { type Handlers, request } from "./request.ts";
import { attachWorld, watchWorld } from "./sync/attachWorld.ts";
import type { BackpressureOptions } from "./sync/Backpressure.ts";
import { isElsewhere, SPACE_ELSEWHERE } from "./sync/elsewhere.ts";
import type { Spot } from "./sync/Floor.ts";
import { givenId, givenIds } from "./sync/givenIds.ts";
import { guardHooks } from "./sync/guardHooks.ts";
import { InboundLimits, type InboundOptions } from "./sync/InboundLimits.ts";
import { Interest } from "./sync/Interest.ts";
import type { OpenRoom } from "./sync/internals.ts";
import { type Host, Members } from "./sync/Members.ts";
import type { InterestOptions } from "./sync/NearViews.ts";
import { askedSpace, syncOptions } from "./sync/options.ts";
import { Patches } from "./sync/Patches.ts";
import { readTwin } from "./sync/readTwin.ts";
import { type ScopeOptions, scopeOf } from "./sync/Scope.ts";
import { ShownTwins } from "./sync/ShownTwins.ts";
import { ValueLane } from "./sync/ValueLane.ts";

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

export class TwinSyncPlugin extends RoomPlugin<Room> {
  override readonly pluginName = "twinSync" as const;
  /** After the room's own onCreate, so that a state that is set there exists. */
  protected override order = { onCreate: "after" as const, onJoin: "after" as const };
  readonly services: TwinServices;
  readonly #options: TwinSyncOptions;
  /** Of the moment at which the room's own state is made too, so that both know the same classes. */
  readonly schemas: TwinSchemas;
  #world: WorldState | undefined;
  readonly #subscriptions: (() => void)[] = [];
  readonly #shownListeners = new Set<(id: TwinId, isShown: boolean) => void>();
  #patches: Patches | undefined;
  #shown: ShownTwins | undefined;
  #members: Members | undefined;
  #interest: Interest | undefined;
  #watchWorld = () => {};
  #opened = false;
  /** Shows the space that comes first: which one that is may be known only when the twins are loaded. */
  #isFirst = false;
  /** Was created before they were. */
  #isEarly = false;
  /** ms of performance.now() */
  #filledAt = Number.POSITIVE_INFINITY;
  /** Works that must be done before the space is live. */
  #openings = 0;

  /** @throws which option is wrong; then the room is not created */
  constructor(options: TwinSyncOptions) {
    super();
    this.#options = checked("TwinSyncPlugin (digitalTwins)", syncOptions, options) as TwinSyncOptions;
    this.services = this.#options.services;
    this.schemas = this.services.schemas.current();
    ofOneRoom(this, (room) => guardHooks(room, this.services.log));
  }

  override messages: Handlers<"twin.get" | "twin.watch"> = {
    "twin.get": request(
      () => this.services.log,
      payloads.twinGet,
      (client, { twinId, history }) => this.#read(client, twinId, history),
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
    return this.#created().world;
  }

  #created(): { world: WorldState; members: Members } {
    const [world, members] = [this.#world, this.#members];
    if (!world || !members) {
      throw new Error(
        'The world is there once the room was created: use it in onJoin or later, not in onCreate (a plugin listed behind TwinSyncPlugin may, with `order = { onCreate: "after" }`)',
      );
    }
    return { world, members };
  }

  /** Shows this twin or these too, whether or not the space contains them. `host`: TwinBuildingPlugin says "layout". */
  include(ids: TwinId | Iterable<TwinId>, host: Host = "game"): void {
    this.#created().members.include(givenIds("include", ids), host);
  }

  /** A client's avatar went there. Metres; what is not finite is ignored. */
  moved(client: Client, spot: Spot): void {
    this.#interest?.moved(client, spot);
  }

  /** A client has selected that twin: in a large room it is shown wherever it is. "": nothing. */
  selected(client: Client, id: TwinId): void {
    this.#interest?.selected(client, givenId("selected", id, true));
  }

  /** A twin stands there; undefined: nowhere. Decides who sees it in a large room. What is not finite is ignored. */
  placed(id: TwinId, spot: Spot | undefined): void {
    this.#interest?.placed(givenId("placed", id), spot);
  }

  /** Ends `include` for it or these; members of the space stay, and what the other host includes. */
  exclude(ids: TwinId | Iterable<TwinId>, host: Host = "game"): void {
    this.#created().members.exclude(givenIds("exclude", ids), host);
  }

  /** Called when the room begins to show a twin, and just before it ends. Returns the unsubscriber. */
  onShown(listener: (id: TwinId, isShown: boolean) => void): () => void {
    this.#shownListeners.add(listener);
    return () => this.#shownListeners.delete(listener);
  }

  /** To be called when a client's roles changed: what it may see of its twins follows. */
  rightsChanged(client: Client): void {
    this.#interest?.rightsChanged(client);
    this.#patches?.resend(client); // a view that others have told its content already
    this.touch();
  }

  /** The space is not live before this is done, or has failed: for plugins that fill their own part of the world. */
  async liveAfter(work: Promise<unknown>): Promise<void> {
    this.#openings += 1;
    try {
      await work;
    } catch (error) {
      this.services.log.error({ err: error, space: this.world.space }, "a part of the space could not be shown");
    }
    this.#openings -= 1;
    if (this.#filledAt !== Number.POSITIVE_INFINITY) {
      this.#filledAt = performance.now();
    }
  }

  /** To be called after the game or a plugin changed state: the first change after silence is sent at once. */
  touch(): void {
    this.#patches?.touch();
  }

  /** The same for what people wait for: it is sent within 20 ms, though the room is busy. */
  touchAwaited(): void {
    this.#patches?.touchAwaited();
  }

  protected override onCreate(options?: { space?: TwinId }): void {
    const { spaces, link, mirror } = this.services;
    const first = spaces.first() ?? "";
    const space = this.#space ?? (this.#isScoped ? "" : (askedSpace(options) ?? first));
    this.#isFirst = this.#space === undefined && !this.#isScoped && (space === first || space === "");
    this.#isEarly = !link.loaded;
    const { interest: asked, field } = this.#options;
    const tagOf = (client: Client) => this.schemas.restrictions.rightOf(rolesOfClient(client));
    const changed = (view: StateView) => this.#patches?.viewChanged(view);
    const { services } = this;
    const interest = new Interest({ asked, foreign: field !== undefined, services, tagOf, changed }, space);
    this.#interest = interest;
    const { viewed } = interest;
    const lane = new ValueLane(viewed, this.schemas.base.$seen);
    this.#world = viewed ? new this.schemas.ViewedWorld() : new this.schemas.World();
    this.#world.space = space;
    this.#world.statusSince = Date.now();
    const { schemas } = this;
    const shown = new ShownTwins({
      world: this.#world,
      schemas,
      mirror,
      lane,
      viewed,
      changed: () => this.touch(),
      added: (id, twin) => {
        interest.views?.added(id, twin);
        this.#tellShown(id, true);
      },
      removing: (id, twin) => {
        interest.views?.removing(id, twin);
        this.#tellShown(id, false);
      },
    });
    const members = new Members(shown, this.services.log);
    this.#shown = shown;
    this.#members = members;
    if (field !== undefined && schemas !== this.services.schemas.current()) {
      throw new Error("the models changed while the room was being created; it has to be created again");
    }
    attachWorld(this.room, this.#world, field);
    this.#watchWorld = watchWorld(this.room, field, this.services.log);
    interest.start(this.#world);
    this.#guardRoom(lane);
    this.#subscriptions.push(
      mirror.onGraphChange((change) => members.onGraphChange(change)),
      this.services.models.onChange(() => members.onModelsChange()),
      link.onChange(() => this.#onLinkChange()),
    );
    this.#onLinkChange();
  }

  /** After the room's own, which may give the client a view. */
  protected override onJoin(client: Client): void {
    this.#interest?.join(client);
  }

  protected override onLeave(client: Client): void {
    if (cameBack(client)) {
      return;
    }
    this.#patches?.forget(client);
    if (!this.#interest?.leave(client) && !this.room.clients.some((other) => other.view === client.view)) {
      client.view?.dispose(); // the game's own; Colyseus forgets it
    }
  }

  protected override onDispose(): void {
    this.services.traffic.rooms.delete(this.room);
    this.#patches?.close();
    this.#members?.close();
    this.#interest?.views?.close();
    for (const unsubscribe of this.#subscriptions) {
      unsubscribe();
    }
  }

  #tellShown(id: TwinId, isShown: boolean): void {
    for (const listener of this.#shownListeners) {
      try {
        listener(id, isShown);
      } catch (error) {
        this.services.log.error({ err: error, twin: id, room: this.room.roomId }, "an onShown listener failed");
      }
    }
  }

  /** Once the room has its state: what it takes in and what it sends goes through here from now on. */
  #guardRoom(lane: ValueLane): void {
    const { backpressure, inbound } = this.#options;
    const room = this.room as unknown as OpenRoom;
    const { log } = this.services;
    this.#patches = new Patches({
      room,
      before: () => this.#beforePatch(),
      after: () => this.#patched(),
      beforeFullState: (client) => this.#interest?.beforeFullState(client),
      lane,
      log,
      backpressure,
      traffic: this.services.traffic,
    });
    this.services.traffic.rooms.add(this.room);
    if (inbound !== false) {
      new InboundLimits(inbound).guard(room);
    }
  }

  #patched(): void {
    this.#interest?.views?.patched();
    this.#shown?.patched();
  }

  #onLinkChange(): void {
    const { link } = this.services;
    if (link.loaded && !this.#opened) {
      this.#opened = true;
      this.#open().catch((error) => this.services.log.error({ err: error }, "a space could not be opened"));
    }
  }

  /** The twins are loaded. */
  async #open(): Promise<void> {
    const { world } = this;
    const { spaces } = this.services;
    const first = spaces.first() ?? "";
    if (this.#isFirst && world.space !== first && !(await this.#becomes(first))) {
      return;
    }
    this.#setName();
    const scope = scopeOf(this.#options.scope ?? { space: world.space }, this.services);
    await this.#members?.open(scope);
    const near = this.#interest?.open(this.world, scope.members(), this.room.clients);
    if (near) {
      this.#patches?.showNear(near, this.world);
      for (const client of world.total > 0 ? this.room.clients : []) {
        this.#patches?.resend(client); // it knows twins that it is not to be shown any more
      }
    }
    if (await this.#members?.fill()) {
      this.#filledAt = performance.now();
    }
  }

  /** The first space is another one than it seemed while twins were loading. False: it has a room, and this one ends. */
  async #becomes(space: TwinId): Promise<boolean> {
    this.world.space = space;
    await this.room.setMatchmaking({ space }); // who comes later and names it is to come here
    if (!(this.#isEarly && (await isElsewhere(this.room, space)))) {
      return true;
    }
    this.services.log.info({ space, room: this.room.roomId }, "the space has another room: players are sent there");
    await this.room.disconnect(SPACE_ELSEWHERE);
    return false;
  }

  /** `seconds`: how far back the history goes that is asked for. */
  #read(client: Client, twinId: TwinId, seconds?: number): TwinAnswer {
    assertMay(this.services, client, "read", { twinId });
    return readTwin(this.services, this.schemas.restrictions, rolesOfClient(client), { twinId, seconds });
  }

  #watch(client: Client, ids: readonly TwinId[]): { watching: number } {
    assertMay(this.services, client, "read");
    if (this.#interest?.watch(client, ids)) {
      this.touch();
    }
    return { watching: ids.length };
  }

  #setName(): void {
    const { space } = this.world;
    const twin = this.services.mirror.get(space);
    const isOpen = twin !== undefined && this.schemas.restrictions.isOpen(twin.modelId, "/name");
    const name = isOpen ? twin.values.get("/name")?.value : undefined;
    this.world.name = this.#options.name ?? (typeof name === "string" ? name : space);
  }

  /**
   * The status changes with a patch: whoever sees "live" has seen the twins, and a link that flickers between two is no
   * news. The first time not before an interval has passed, so that all who came together hold the twins by then.
   */
  #beforePatch(): void {
    this.#watchWorld();
    if (this.#openings === 0 && performance.now() - this.#filledAt >= (this.room.patchRate ?? 0)) {
      this.#setStatus();
      this.#setName();
    }
    this.#interest?.settle();
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
}
