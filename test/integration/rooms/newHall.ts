import { setTimeout as delay } from "node:timers/promises";
import { spaceRoom } from "../../../rooms/SpaceRoom.ts";
import { eventually } from "../../support/eventually.ts";
import { type MemoryTwins, type MemoryTwinsOptions, newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newRoomServer, type RoomServer, type SeenRoom } from "../../support/newRoomServer.ts";

export interface Hall extends MemoryTwins {
  server: RoomServer;
  join: RoomServer["join"];
}

/** The ready-made room over the hall of hall.ts; by the name "later" another one, for a room of the same space that opens later. */
export async function newHall(options: MemoryTwinsOptions = {}): Promise<Hall> {
  const twins = await newMemoryTwins(options);
  const server = await newRoomServer({ space: spaceRoom(twins.services), later: spaceRoom(twins.services) });
  return {
    ...twins,
    server,
    join: server.join,
    async close() {
      await server.close();
      await twins.close();
    },
  };
}

/** Waits until the room shows its space. */
export async function live(room: SeenRoom): Promise<SeenRoom> {
  await eventually(() => {
    if (room.state.status !== "live") {
      throw new Error(`the room is ${room.state.status}`);
    }
  });
  return room;
}

/** The value that a client sees; `path` as in state: `temperature`, `motor.current`. */
export function seen(room: SeenRoom, twinId: string, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], room.state.twins.get(twinId));
}

/** For what must not happen: a few patch intervals. */
export const aFewPatches = () => delay(150);
