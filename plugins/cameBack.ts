/** What the plugins' `onLeave` asks first. */
import { type Client, ClientState } from "@colyseus/core";

/**
 * The player is in the room, on another connection: a game that waits for him in its `onLeave` (`allowReconnection`) lets
 * the plugins' `onLeave` run after he came back. Colyseus marks the lost connection before the game goes on, and looks for
 * that mark itself; if he goes again, `onLeave` is called with the new one.
 */
export function cameBack(client: Client): boolean {
  return client.state === ClientState.RECONNECTED;
}
