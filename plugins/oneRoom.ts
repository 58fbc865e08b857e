/** Where a plugin's room is set: what a plugin of ours holds is that of one room, and a second one is refused. */
import type { Room, RoomPlugin } from "@colyseus/core";
import { refuseRoom } from "./sync/guardHooks.ts";

/** In the plugin's constructor. `attached`: called with its room, before any hook runs. */
export function ofOneRoom(plugin: RoomPlugin, attached: (room: Room) => void = () => undefined): void {
  let held: Room | undefined;
  Object.defineProperty(plugin, "room", {
    get: () => held,
    set: (room: Room) => {
      if (held !== undefined && held !== room) {
        const { name } = plugin.constructor;
        refuseRoom(
          room,
          `this ${name} is another room's: make the plugins inside the class, as a property, so that each room has its own: plugins = definePlugins(…)`,
        );
        return;
      }
      held = room;
      attached(room);
    },
  });
}
