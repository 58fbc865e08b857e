/**
 * Shows who is in the room: `world.players`, by session id. A player who lost his connection stays until the room gives
 * up waiting for him (the ready-made room waits 30 s).
 */
import { type Client, type Room, RoomPlugin } from "@colyseus/core";
import { Player } from "../src/schema/entities.ts";
import { actorOf } from "./actor.ts";
import type { TwinSyncPlugin } from "./TwinSyncPlugin.ts";

export interface PresencePluginOptions {
  sync: TwinSyncPlugin;
}

/** Distinguishable on light and dark, also for colour-blind people (Okabe and Ito). */
const COLOURS = ["#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#999999"];

export class PresencePlugin extends RoomPlugin<Room> {
  override readonly pluginName = "presence" as const;
  readonly #sync: TwinSyncPlugin;
  #joined = 0;

  constructor(options: PresencePluginOptions) {
    super();
    this.#sync = options.sync;
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
}
