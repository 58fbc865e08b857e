/**
 * A game room that was there before the twins: players run through an arena and touch beacons. The pumps of a real hall
 * are its beacons now, live, and a running pump scores more the faster it turns.
 *
 * What the twins need is in three places: `world` in the state, the plugin line, and `services` (see main.ts). In a
 * project of your own import from "colyseus-digital-twins".
 */
import { type AuthContext, type Client, definePlugins, Room } from "@colyseus/core";
import { Schema, schema, t } from "@colyseus/schema";
import { checkSpace, digitalTwins, type TwinServices, World } from "../../src/index.ts";

const Score = schema({ name: t.string().default(""), points: t.uint32().default(0) }, "Score");

export const ArenaState = schema(
  {
    round: t.uint16().default(1),
    scores: t.map(Score),
    /** The hall with its twins: `state.world.twins`. The plugin fills it. */
    world: t.ref(World).optional(),
  },
  "ArenaState",
);

/** A room class over these services: Colyseus makes rooms without arguments. */
export function arenaRoom(services: TwinServices): typeof Room {
  class ArenaRoom extends Room<{ state: InstanceType<typeof ArenaState> }> {
    override state = new ArenaState();
    override plugins = definePlugins(digitalTwins({ services, field: "world", inbound: { maxBytes: 512 * 1024 } }));
    override messages = {
      touch: (client: Client, twinId: string) => this.#touch(client, twinId),
      "next-round": () => {
        this.state.round++;
        for (const score of this.state.scores.values()) {
          score.points = 0;
        }
      },
    };

    /** One arena per space, and none for spaces that do not exist. The players' names show in the world, too. */
    static override async onAuth(_token: string, options: { name?: string; space?: string }, context: AuthContext) {
      checkSpace(services, options, context);
      return { name: options.name };
    }

    override onJoin(client: Client, options: { name?: string } = {}): void {
      this.state.scores.set(client.sessionId, new Score({ name: String(options.name ?? "somebody").slice(0, 40) }));
    }

    /** Whoever loses the connection may come back as himself for 30 s; his score and his avatar wait for him. */
    override async onDrop(client: Client): Promise<void> {
      await this.allowReconnection(client, 30).catch(() => undefined); // given up: onLeave follows
    }

    override onLeave(client: Client): void {
      this.state.scores.delete(client.sessionId);
    }

    /** The value that is synchronized is the value that the game plays with. */
    #touch(client: Client, twinId: string): number {
      const twin: unknown = this.plugins.twinSync.world.twins.get(twinId);
      const score = this.state.scores.get(client.sessionId);
      if (!(twin instanceof Schema) || !score) {
        return 0;
      }
      const { speed } = twin as { speed?: number };
      const points = 1 + Math.round(speed ?? 0);
      score.points += points;
      return points;
    }
  }
  return ArenaRoom as unknown as typeof Room;
}
