/**
 * Lets builders place twins in the room's space and arrange them. Drags are room state, seen at once; what settles goes to
 * `services.editor`, which keeps it in the twin service (ADR 0002) and each builder's steps for undo. Every room of the
 * space sees placements become pending, saved, failed.
 */

import { type Client, type Room, RoomPlugin } from "@colyseus/core";
import type { z } from "zod";
import type { Actor } from "../src/auth/AccessPolicy.ts";
import * as payloads from "../src/protocol/payloads.ts";
import type { Reply } from "../src/protocol/requests.ts";
import { Placement } from "../src/schema/entities.ts";
import type { PlacementView } from "../src/services.ts";
import { inTurns } from "../src/twins/inTurns.ts";
import type { SpaceLayout } from "../src/world/SpaceLayout.ts";
import type { Written } from "../src/world/Steps.ts";
import type { Builder } from "../src/world/WorldEditor.ts";
import { actorOf } from "./actor.ts";
import { assertBehind, syncOf } from "./besideSync.ts";
import { Holds } from "./building/Holds.ts";
import { Losers } from "./building/Losers.ts";
import { showVisuals } from "./building/showVisuals.ts";
import { cameBack } from "./cameBack.ts";
import { ofOneRoom } from "./oneRoom.ts";
import { type Handlers, type RequestHandler, request } from "./request.ts";
import type { TwinSyncPlugin } from "./TwinSyncPlugin.ts";

export interface TwinBuildingPluginOptions {
  sync: TwinSyncPlugin;
}

type MoveItem = z.output<typeof payloads.placementMove>["items"][number];

/** How often broken-off drags are looked for. */
const SWEEP_MS = 1000;

export class TwinBuildingPlugin extends RoomPlugin<Room> {
  override readonly pluginName = "twinBuilding" as const;
  protected override order = { onCreate: "after" as const };
  readonly #sync: TwinSyncPlugin;
  readonly #subscriptions: (() => void)[] = [];
  readonly #holds = new Holds();
  readonly #losers = new Losers({ clients: () => this.room.clients, holds: this.#holds });
  #layout: SpaceLayout | undefined;
  #disposed = false;

  constructor(options: TwinBuildingPluginOptions) {
    super();
    ofOneRoom(this);
    this.#sync = syncOf("TwinBuildingPlugin", options);
  }

  override messages: Handlers<
    | "placement.add"
    | "placement.move"
    | "placement.remove"
    | "placement.arrange"
    | "placement.undo"
    | "placement.redo"
    | "visual.set"
    | "twin.create"
  > = {
    "placement.add": this.#on(payloads.placementAdd, (client, payload) => this.#add(client, payload)),
    "placement.move": this.#on(payloads.placementMove, (client, payload) => this.#move(client, payload)),
    "placement.remove": this.#on(payloads.placementRemove, (client, { placementIds }) => {
      this.#editor.remove(this.#builder(client), this.#space, placementIds);
      return {};
    }),
    "placement.arrange": this.#on(payloads.placementArrange, (client, payload) => this.#arrange(client, payload)),
    "placement.undo": this.#on(payloads.placementUndo, (client) => ({
      undone: this.#editor.undo(this.#builder(client), this.#space),
    })),
    "placement.redo": this.#on(payloads.placementUndo, (client) => ({
      redone: this.#editor.redo(this.#builder(client), this.#space),
    })),
    "visual.set": this.#on(payloads.visualSet, (client, { modelId, template }) => {
      this.#editor.setVisual(this.#builder(client), modelId, template ?? undefined);
      return {};
    }),
    "twin.create": this.#on(payloads.twinCreate, (client, payload) => this.#create(client, payload)),
  };

  #on<T extends z.ZodType, Out>(
    schema: T,
    run: Parameters<typeof request<T, Out>>[2],
  ): RequestHandler<z.input<T>, Out> {
    return request(() => this.#sync.services.log, schema, run);
  }

  get #editor() {
    return this.#sync.services.editor;
  }

  get #space(): string {
    return this.#sync.world.space;
  }

  protected override onCreate(): void {
    assertBehind(this.#sync, this, this.room.plugins);
    const sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
    this.#subscriptions.push(() => clearInterval(sweeper));
    const { link } = this.#sync.services;
    if (link.loaded) {
      this.#open();
      return;
    }
    const stop = link.onChange(() => {
      if (link.loaded) {
        stop();
        this.#open();
      }
    });
    this.#subscriptions.push(stop);
  }

  protected override onDispose(): void {
    this.#disposed = true;
    for (const unsubscribe of this.#subscriptions) {
      unsubscribe();
    }
  }

  protected override onLeave(client: Client): void {
    if (cameBack(client)) {
      return;
    }
    this.#sweep((sessionId) => sessionId !== client.sessionId);
  }

  #open(): void {
    const clientsOf = (actor: Actor) => this.#losers.clientsOf(actor);
    this.#subscriptions.push(showVisuals({ visuals: this.#editor.visuals, sync: this.#sync, clientsOf }));
    if (this.#space === "") {
      return;
    }
    this.#subscriptions.push(this.#editor.onWrite(this.#space, (written) => this.#onWrite(written)));
    void this.#sync.liveAfter(this.#fill());
  }

  /** What changes meanwhile is shown as it is then. */
  async #fill(): Promise<void> {
    const { layout, release } = await this.#editor.holdLayout(this.#space);
    if (this.#disposed) {
      release();
      return;
    }
    this.#layout = layout;
    this.#subscriptions.push(
      release,
      layout.onChange((id, view, foreign) => this.#onChange(id, view, foreign)),
    );
    const ids = Array.from(layout.list(), (view) => view.id);
    const show = (id: string) => {
      const view = layout.get(id);
      view && this.#show(id, view);
    };
    await inTurns(ids, show, () => this.#disposed);
  }

  #onChange(id: string, view: PlacementView | undefined, foreign: boolean): void {
    if (foreign) {
      const { twinId = "", by = "" } = view ?? this.#sync.world.placements.get(id) ?? {};
      this.#losers.tell({ placementId: id, twinId, by: view ? by : "", removed: !view });
    }
    this.#show(id, view);
  }

  #show(id: string, view: PlacementView | undefined): void {
    this.#sync.touch();
    const { placements } = this.#sync.world;
    const shown = placements.get(id);
    if (!view) {
      placements.delete(id);
      this.#holds.release(id);
      this.#withdraw(shown?.twinId);
      return;
    }
    const { id: _, ...members } = view;
    if (shown && shown.twinId !== view.twinId) {
      this.#withdraw(shown.twinId); // another tool gave its place to another twin
    }
    this.#stand(view.twinId);
    if (view.status === "unsaved") {
      this.#sync.exclude([view.twinId], "layout");
    } else {
      this.#sync.include([view.twinId], "layout");
    }
    if (!shown) {
      placements.set(id, new Placement(members));
      return;
    }
    // Whoever drags it goes on seeing it where he holds it; the rest of the change shows.
    const { status, reason, visual, by } = members;
    shown.assign(this.#holds.has(id) ? { status, reason, visual, by } : members);
  }

  /** One of its placements is gone: it stays as long as there is another, or the space contains it. */
  #withdraw(twinId: string | undefined): void {
    if (twinId !== undefined) {
      this.#stand(twinId);
      if (!this.#layout?.has(twinId)) {
        this.#sync.exclude([twinId], "layout");
      }
    }
  }

  /** Where it is near to whom: where somebody holds it, else where the layout shows it; of several places the first. */
  #stand(twinId: string): void {
    const view = this.#layout?.spotOf(twinId);
    const held = view && this.#holds.get(view.id)?.place;
    this.#sync.placed(twinId, view && { x: held?.x ?? view.x, z: held?.z ?? view.z });
  }

  #onWrite(written: Written): void {
    this.#losers.onWrite(written);
    for (const { id } of written.changes) {
      if (this.#holds.get(id)?.sessionId === written.actor.id) {
        this.#holds.release(id); // whatever he does with it, he has let go
        this.#sync.world.placements.get(id)?.assign({ heldBy: "" });
      }
    }
  }

  #builder(client: Client): Builder {
    const { sessionId } = client;
    return { actor: actorOf(client), holderOf: (id) => this.#holds.holderOf(id, sessionId) };
  }

  async #add(client: Client, payload: z.output<typeof payloads.placementAdd>): Promise<Reply<"placement.add">> {
    const builder = this.#builder(client);
    if ("query" in payload) {
      return this.#editor.spawn(builder, this.#space, payload);
    }
    return { placementIds: this.#editor.add(builder, this.#space, payload.items) };
  }

  #move(client: Client, { items, settle }: z.output<typeof payloads.placementMove>): Reply<"placement.move"> {
    const builder = this.#builder(client);
    if (!settle) {
      const ids = items.map(({ placementId }) => placementId);
      const views = this.#editor.grab(builder, this.#space, ids);
      const dragged = items.map((item, i) =>
        this.#holds.turned(item, client.sessionId, { from: views[i], path: `/items/${i}` }),
      );
      for (const item of dragged) {
        this.#drag(client, builder.actor.name, item);
      }
      return {};
    }
    const { sessionId } = client;
    const held = items.filter(({ placementId }) => this.#holds.placeOf(placementId, sessionId) !== undefined);
    try {
      this.#editor.move(builder, this.#space, this.#holds.settled(items, sessionId));
    } finally {
      for (const { placementId } of held) {
        this.#release(placementId); // refused or not, he has let go
      }
    }
    return {};
  }

  #drag({ sessionId }: Client, name: string, { placementId, ...transform }: MoveItem): void {
    this.#sync.touch();
    this.#holds.grab(placementId, { sessionId, name, at: performance.now(), place: transform });
    const shown = this.#sync.world.placements.get(placementId);
    if (shown) {
      shown.assign({ ...transform, heldBy: name });
      this.#stand(shown.twinId);
    }
  }

  #arrange(
    client: Client,
    { placementIds, ...how }: z.output<typeof payloads.placementArrange>,
  ): Reply<"placement.arrange"> {
    const builder = this.#builder(client);
    if (how.do === "duplicate") {
      return { placementIds: this.#editor.duplicate(builder, this.#space, placementIds, how) };
    }
    this.#editor.arrange(builder, this.#space, placementIds, how);
    return { placementIds };
  }

  /** Lets go of what nobody drags any more: it goes back to where it was saved. */
  #sweep(stays: (sessionId: string) => boolean = () => true): void {
    const now = performance.now();
    const isHere = (sessionId: string) => stays(sessionId) && this.room.clients.getById(sessionId) !== undefined;
    for (const id of this.#holds.stale(now, isHere)) {
      this.#release(id);
    }
    this.#losers.sweep();
  }

  /** Shows it where the layout has it. */
  #release(id: string): void {
    this.#holds.release(id);
    this.#sync.touch();
    const view = this.#layout?.get(id);
    if (view) {
      const { id: _, ...members } = view;
      this.#sync.world.placements.get(id)?.assign({ ...members, heldBy: "" });
      this.#stand(view.twinId);
    }
  }

  /** When the twin is made and cannot be placed, the reply has no placementId: the twin is there. */
  async #create(
    client: Client,
    { place, ...twin }: z.output<typeof payloads.twinCreate>,
  ): Promise<Reply<"twin.create">> {
    const builder = this.#builder(client);
    const { control, log } = this.#sync.services;
    if (place !== undefined) {
      this.#editor.checkPlace(builder, this.#space, twin.twinId ?? "the new twin", place);
    }
    const made = await control.createTwin(builder.actor, twin);
    if (place === undefined) {
      return made;
    }
    try {
      const [placementId] = this.#editor.place(builder, this.#space, [{ twinId: made.twinId, ...place }]);
      return { ...made, ...(placementId === undefined ? {} : { placementId }) };
    } catch (error) {
      log.warn({ err: error, twinId: made.twinId }, "a twin was created and could not be placed");
      return made;
    }
  }
}
