/**
 * Shows who is in the room and where: `world.players`, by session id. A player who lost his connection stays until the room
 * gives up waiting for him (the ready-made room waits 30 s).
 *
 * `avatar.move` is meant for `room.send`: at most 20 a second are shown. What comes faster is dropped but for the last, so
 * that who stops is where he stopped. In large rooms it also decides which twins the player sees (sync/NearViews).
 */
import { type Client, type Room, RoomPlugin } from "@colyseus/core";
import type { z } from "zod";
import type { Transform } from "../src/protocol/names.ts";
import * as payloads from "../src/protocol/payloads.ts";
import { Player } from "../src/schema/entities.ts";
import { AXES, transformed } from "../src/world/placementValue.ts";
import { actorOf, assertMay } from "./actor.ts";
import { assertBehind, syncOf } from "./besideSync.ts";
import { cameBack } from "./cameBack.ts";
import { ofOneRoom } from "./oneRoom.ts";
import { type Handlers, request } from "./request.ts";
import type { TwinSyncPlugin } from "./TwinSyncPlugin.ts";

export interface PresencePluginOptions {
  sync: TwinSyncPlugin;
}

/** Distinguishable on light and dark, also for colour-blind people (Okabe and Ito). */
const COLOURS = ["#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#999999"];
/** From one move that is shown to the next, ms. */
const MOVE_MS = 50;
const TURN = ["qx", "qy", "qz", "qw"] as const;

type Move = z.output<typeof payloads.avatarMove>;
interface Moves {
  /** When the last one was shown. */
  shownAt: number;
  /** Of what came since, the last of each member. */
  next: Move;
  timer: NodeJS.Timeout | undefined;
}

export class PresencePlugin extends RoomPlugin<Room> {
  override readonly pluginName = "presence" as const;
  readonly #sync: TwinSyncPlugin;
  readonly #moves = new WeakMap<Player, Moves>();
  #joined = 0;

  constructor(options: PresencePluginOptions) {
    super();
    ofOneRoom(this);
    this.#sync = syncOf("PresencePlugin", options);
  }

  override messages: Handlers<"avatar.move"> = {
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
    const { players } = this.#sync.world;
    if (players.has(client.sessionId)) {
      return; // the game calls its onJoin again
    }
    const { name, role } = actorOf(client);
    const colour = COLOURS[this.#joined++ % COLOURS.length] ?? "";
    players.set(client.sessionId, new Player({ name, role, colour }));
    this.#sync.touch();
  }

  protected override onLeave(client: Client): void {
    if (cameBack(client)) {
      return;
    }
    const player = this.#sync.world.players.get(client.sessionId);
    clearTimeout(player && this.#moves.get(player)?.timer);
    this.#sync.world.players.delete(client.sessionId);
    this.#sync.touch();
  }

  #move(client: Client, move: Move): Record<string, never> {
    assertMay(this.#sync.services, client, "read");
    const player = this.#sync.world.players.get(client.sessionId);
    if (player) {
      const moves = this.#moves.get(player) ?? { shownAt: Number.NEGATIVE_INFINITY, next: {}, timer: undefined };
      this.#moves.set(player, moves);
      moves.next = { ...moves.next, ...move, ...turnOf(move, { ...placeOf(player), ...moves.next }) };
      const wait = moves.shownAt + MOVE_MS - performance.now();
      if (wait <= 0) {
        this.#show(client, player, moves);
      } else {
        moves.timer ??= setTimeout(() => this.#show(client, player, moves), wait).unref();
      }
    }
    return {};
  }

  #show(client: Client, player: Player, moves: Moves): void {
    clearTimeout(moves.timer);
    player.assign(moves.next);
    Object.assign(moves, { shownAt: performance.now(), next: {}, timer: undefined });
    this.#sync.moved(client, player);
    this.#sync.selected(client, player.selected);
    this.#sync.touch();
  }
}

/** Made a unit quaternion from what the move says of it; nothing where it says nothing. INVALID_VALUE when it is none. */
function turnOf(move: Move, from: Transform): Partial<Transform> {
  if (TURN.every((axis) => move[axis] === undefined)) {
    return {};
  }
  const { qx, qy, qz, qw } = transformed(from, move);
  return { qx, qy, qz, qw };
}

function placeOf(player: Player): Transform {
  return Object.fromEntries(AXES.map((axis) => [axis, player[axis]])) as unknown as Transform;
}
