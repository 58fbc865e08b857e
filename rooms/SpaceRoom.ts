/**
 * The ready-made room: one metaverse space with its live twins. Thin: it decides who joins which space, the plugins do the
 * rest. One room per space, by `filterBy(["space"])`; its name is `space` (protocol/names.ts).
 */
import { type AuthContext, type Client, CloseCode, definePlugins, Room, ServerError } from "@colyseus/core";
import { actorOf, signedIn } from "../plugins/actor.ts";
import { checkSpace } from "../plugins/checkSpace.ts";
import { digitalTwins } from "../plugins/digitalTwins.ts";
import { assertServices } from "../plugins/sync/options.ts";
import { TwinError } from "../src/errors.ts";
import type { TwinServices } from "../src/services.ts";

const RECONNECT_MS = 30_000;
/**
 * 1,000 placements with names of the greatest length and all their numbers are 400 KB. Transports let more in than this,
 * so that what is too large is refused with a reason; only what is beyond their bound ends the connection.
 */
export const MAX_MESSAGE_BYTES = 512 * 1024;

/**
 * The room class for these services: Colyseus makes rooms without arguments, so the class closes over them.
 *
 * @throws where `services` are not what connect gives
 */
export function spaceRoom(services: TwinServices): typeof Room {
  assertServices("spaceRoom", services);
  return class SpaceRoom extends Room {
    override patchRate = 50;
    override plugins = definePlugins(digitalTwins({ services, inbound: { maxBytes: MAX_MESSAGE_BYTES } }));
    /** A misspelt message must not cost anyone his connection: Colyseus kicks for unknown types where this is missing. */
    override messages = {
      _: (client: Client, type: string) => {
        services.log.debug({ type, client: client.sessionId }, "unknown message ignored");
      },
    };

    /** Before matchmaking. */
    static override async onAuth(token: string, options: Record<string, unknown>, context: AuthContext) {
      const auth = await authenticated(services, token, options);
      checkSpace(services, options, context);
      return auth;
    }

    /** The server ends: clients are to come back, to whoever serves then. Colyseus' own code would tell them to stay away. */
    override onBeforeShutdown(): void {
      this.disconnect(CloseCode.MAY_TRY_RECONNECT).catch((error) => {
        services.log.warn({ err: error, room: this.roomId }, "a room could not be closed");
      });
    }

    override async onDrop(client: Client): Promise<void> {
      if (actorOf(client).roles?.length === 0) {
        return; // his sign-in has run out: he joins anew
      }
      // Not by Colyseus' own timer: it stays when the room is gone, and would keep the process for that long.
      const reconnection = this.allowReconnection(client, "manual");
      const patience = setTimeout(() => reconnection.reject(false), RECONNECT_MS).unref();
      await reconnection.catch(() => undefined); // given up: onLeave follows
      clearTimeout(patience);
    }
  } as unknown as typeof Room;
}

/** Colyseus sends a ServerError's code and text to who wanted to join. */
async function authenticated(services: TwinServices, token: string, options: Record<string, unknown>) {
  try {
    return await signedIn(services, token, options);
  } catch (error) {
    throw error instanceof TwinError ? new ServerError(error.status, error.message) : error;
  }
}
