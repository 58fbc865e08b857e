/**
 * Shows who is in the room and where: `world.players`, by session id. A player who lost his connection stays until the room
 * gives up waiting for him (the ready-made room waits 30 s).
 *
 * `avatar.move` is meant for `room.send`: lossy, at most 20 a second, the excess is dropped. In large rooms it also decides
 * which twins the player sees (sync/NearViews).
 */
import { type Client, type Room, RoomPlugin } from "@colyseus/core";
import type { z } from "zod";
import * as payloads from "../src/protocol/payloads.ts";
import { Player } from "../src/schema/entities.ts";
import { actorOf, assertMay } from "./actor.ts";
import { assertBehind, syncOf } from "./besideSync.ts";
import { request } from "./request.ts";
import type { TwinSyncPlugin } from "./TwinSyncPlugin.ts";

export interface PresencePluginOptions {
  sync: TwinSyncPlugin;
}

/** Distinguishable on light and dark, also for colour-blind people (Okabe and Ito). */
const COLOURS = ["#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#999999"];
const MOVES_PER_SECOND = 20;

export class PresencePlugin extends RoomPlugin<Room> {
  override readonly pluginName = "presence" as const;
  readonly #sync: TwinSyncPlugin;
  readonly #moves = new WeakMap<Client, { second: number; count: number }>();
  #joined = 0;

  constructor(options: PresencePluginOptions) {
    super();
    this.#sync = syncOf("PresencePlugin", options);
  }

  override messages = {
    "avatar.move": request(
      () => this.#sync.services.log,
      payloads.avatarMove,
      (client, payload) => this.#move(client, payload),
    ),
  };

  protected override onCreate(): void {
    assertBehind(this.#sync, this, this.room.plugins);
  }

  protected override onJoin(client: Client): void {
    const { name, role } = actorOf(client);
    const colour = COLOURS[this.#joined++ % COLOURS.length] ?? "";
    this.#sync.world.players.set(client.sessionId, new Player({ name, role, colour }));
    this.#sync.touch();
  }

  protected override onLeave(client: Client): void {
    this.#sync.world.players.delete(client.sessionId);
    this.#sync.touch();
  }

  #move(client: Client, { selected, ...transform }: z.output<typeof payloads.avatarMove>): object {
    assertMay(this.#sync.services, client, "read");
    const player = this.#sync.world.players.get(client.sessionId);
    if (player && this.#mayMove(client)) {
      player.assign({ ...transform, ...(selected === undefined ? {} : { selected }) });
      this.#sync.moved(client, player);
      this.#sync.selected(client, player.selected);
      this.#sync.touch();
    }
    return {};
  }

  #mayMove(client: Client): boolean {
    const second = Math.floor(performance.now() / 1000);
    const moves = this.#moves.get(client);
    const count = moves?.second === second ? moves.count + 1 : 1;
    this.#moves.set(client, { second, count });
    return count <= MOVES_PER_SECOND;
  }
}
