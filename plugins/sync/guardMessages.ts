/**
 * Refuses a game's `onMessage` with the name of a message of our plugins: Colyseus 0.18 keeps both handlers, answers a
 * request by the first and gives what is sent to both, so that who means to forbid something would forbid nothing.
 */
import type { Room } from "@colyseus/core";
import { isRequest } from "../request.ts";
import { handlersOf, pluginsOf } from "./internals.ts";

/** When the plugins' messages are the room's, before its onCreate. @throws where one was registered before */
export function guardMessages(room: Room): void {
  const owners = new Map<string, string>();
  for (const plugin of pluginsOf(room)) {
    for (const [name, handler] of Object.entries(plugin["messages"] ?? {})) {
      if (isRequest(handler)) {
        owners.set(name, plugin.constructor.name);
      }
    }
  }
  const refuse = (name: string) => {
    throw new Error(
      `${room.constructor.name || "the room"}: onMessage("${name}") does not replace the handler that ${owners.get(name)} has for this message: put yours into the room's \`messages\`, which does: messages = { "${name}": (client, payload) => … }`,
    );
  };
  for (const name of owners.keys()) {
    if (handlersOf(room, name) > 1) {
      refuse(name);
    }
  }
  const onMessage = room.onMessage.bind(room) as (...args: unknown[]) => () => void;
  room.onMessage = (type: string | number, ...handler: unknown[]) => {
    if (owners.has(String(type))) {
      refuse(String(type));
    }
    return onMessage(type, ...handler);
  };
}
