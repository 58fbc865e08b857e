/**
 * Lets builders place twins in the room's space and move them. Drags are room state, seen at once; what settles goes to
 * `services.placements`, which keeps it in the twin service (ADR 0002) and tells every room when it is saved.
 */
import { type Client, type Room, RoomPlugin } from "@colyseus/core";
import type { z } from "zod";
import { TwinError } from "../src/errors.ts";
import * as payloads from "../src/protocol/payloads.ts";
import { Placement } from "../src/schema/entities.ts";
import type { PlacementView } from "../src/services.ts";
import { actorOf, assertMay } from "./actor.ts";
import { request } from "./request.ts";
import type { TwinSyncPlugin } from "./TwinSyncPlugin.ts";

export interface TwinBuildingPluginOptions {
  sync: TwinSyncPlugin;
}

type MoveItem = z.output<typeof payloads.placementMove>["items"][number];

export class TwinBuildingPlugin extends RoomPlugin<Room> {
  override readonly pluginName = "twinBuilding" as const;
  protected override order = { onCreate: "after" as const };
  readonly #sync: TwinSyncPlugin;
  readonly #subscriptions: (() => void)[] = [];
  /** Placement id → session that drags it. */
  readonly #held = new Map<string, string>();

  constructor(options: TwinBuildingPluginOptions) {
    super();
    this.#sync = options.sync;
  }

  override messages = {
    "placement.add": request(
      () => this.#sync.services.log,
      payloads.placementAdd,
      (client, payload) => this.#add(client, payload),
    ),
    "placement.move": request(
      () => this.#sync.services.log,
      payloads.placementMove,
      (client, payload) => this.#move(client, payload),
    ),
    "placement.remove": request(
      () => this.#sync.services.log,
      payloads.placementRemove,
      (client, payload) => this.#remove(client, payload),
    ),
    "twin.create": request(
      () => this.#sync.services.log,
      payloads.twinCreate,
      (client, payload) => this.#create(client, payload),
    ),
  };

  protected override onCreate(): void {
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
    for (const unsubscribe of this.#subscriptions) {
      unsubscribe();
    }
  }

  protected override onLeave(client: Client): void {
    for (const [id, holder] of this.#held) {
      if (holder === client.sessionId) {
        this.#letGo(id);
      }
    }
  }

  #open(): void {
    const { placements } = this.#sync.services;
    const { space } = this.#sync.world;
    for (const view of placements.list(space)) {
      this.#show(view.id, view);
    }
    this.#subscriptions.push(placements.onChange(space, (id, view) => this.#show(id, view)));
  }

  #show(id: string, view: PlacementView | undefined): void {
    this.#sync.touch();
    const { placements } = this.#sync.world;
    const shown = placements.get(id);
    if (!view) {
      placements.delete(id);
      this.#held.delete(id);
      this.#excludeUnlessPlaced(shown?.twinId);
      return;
    }
    this.#sync.placed(view.twinId, view);
    const { id: _, ...members } = view;
    if (!shown) {
      placements.set(id, new Placement(members));
      this.#sync.include([view.twinId]);
      return;
    }
    // Whoever drags it goes on seeing it where he holds it; the rest of the change shows.
    const { status, visual, by } = members;
    shown.assign(this.#held.has(id) ? { status, visual, by } : members);
  }

  #excludeUnlessPlaced(twinId: string | undefined): void {
    if (twinId === undefined) {
      return;
    }
    for (const other of this.#sync.world.placements.values()) {
      if (other.twinId === twinId) {
        this.#sync.placed(twinId, other);
        return;
      }
    }
    this.#sync.placed(twinId, undefined);
    this.#sync.exclude([twinId]);
  }

  #allow(client: Client): string {
    if (this.#sync.world.space === "") {
      throw new TwinError("UNSUPPORTED", "This room shows no space, so there is no layout to change.");
    }
    return assertMay(this.#sync.services, client, "place", { space: this.#sync.world.space }).name;
  }

  #add(client: Client, { items }: z.output<typeof payloads.placementAdd>): { placementIds: string[] } {
    const by = this.#allow(client);
    const { mirror, placements } = this.#sync.services;
    const unknown = items.map((item, i) => ({ i, id: item.twinId })).filter(({ id }) => !mirror.get(id));
    if (unknown.length > 0) {
      throw new TwinError("NOT_FOUND", `There is no twin '${unknown[0]?.id}'.`, {
        details: unknown.map(({ i, id }) => ({ path: `/items/${i}/twinId`, expected: "a twin's id", found: id })),
      });
    }
    const added = placements.add(this.#sync.world.space, items, by);
    return { placementIds: added.map((p) => p.id) };
  }

  #move(client: Client, { items, settle }: z.output<typeof payloads.placementMove>): object {
    const by = this.#allow(client);
    const { world, services } = this.#sync;
    for (const [i, { placementId }] of items.entries()) {
      this.#checkFree(client, placementId, `/items/${i}/placementId`);
    }
    if (settle) {
      for (const { placementId } of items) {
        this.#held.delete(placementId);
        world.placements.get(placementId)?.assign({ heldBy: "" });
      }
      services.placements.move(world.space, items, by);
    } else {
      for (const item of items) {
        this.#drag(client, by, item);
      }
    }
    return {};
  }

  #drag(client: Client, by: string, { placementId, ...transform }: MoveItem): void {
    this.#sync.touch();
    this.#held.set(placementId, client.sessionId);
    this.#sync.world.placements.get(placementId)?.assign({ ...transform, heldBy: by });
  }

  /** NOT_FOUND, or LEASED while somebody else drags it. */
  #checkFree(client: Client, placementId: string, path: string): void {
    const shown = this.#sync.world.placements.get(placementId);
    if (!shown) {
      const details = [{ path, expected: "a placement of this space", found: placementId }];
      throw new TwinError("NOT_FOUND", `There is no placement '${placementId}' in this space.`, { details });
    }
    const holder = this.#held.get(placementId);
    if (holder !== undefined && holder !== client.sessionId) {
      throw new TwinError("LEASED", `${shown.heldBy} is moving this right now.`);
    }
  }

  /** A drag that was broken off goes back to where it was saved. */
  #letGo(id: string): void {
    const { world, services } = this.#sync;
    this.#held.delete(id);
    const saved = [...services.placements.list(world.space)].find((p) => p.id === id);
    if (saved) {
      const { id: _, ...members } = saved;
      world.placements.get(id)?.assign({ ...members, heldBy: "" });
    }
  }

  #remove(client: Client, { placementIds }: z.output<typeof payloads.placementRemove>): object {
    const by = this.#allow(client);
    for (const [i, id] of placementIds.entries()) {
      this.#checkFree(client, id, `/placementIds/${i}`);
    }
    this.#sync.services.placements.remove(this.#sync.world.space, placementIds, by);
    return {};
  }

  async #create(
    client: Client,
    { place, ...twin }: z.output<typeof payloads.twinCreate>,
  ): Promise<{ twinId: string; etag: string; placementId?: string }> {
    const { control, placements } = this.#sync.services;
    const by = place === undefined ? "" : this.#allow(client);
    const made = await control.createTwin(actorOf(client), twin);
    if (place === undefined) {
      return made;
    }
    const [placed] = placements.add(this.#sync.world.space, [{ twinId: made.twinId, ...place }], by);
    return { ...made, ...(placed === undefined ? {} : { placementId: placed.id }) };
  }
}
