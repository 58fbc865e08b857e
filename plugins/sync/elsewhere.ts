/**
 * Two rooms of one space, where there is to be one: who joined while twins were loading and named no space, and who named
 * the one that turned out to be the first. Asked by TwinSyncPlugin when the twins are there.
 */
import { matchMaker, type Room } from "@colyseus/core";
import type { TwinId } from "../../src/twins/types.ts";

/** The close code of a room that gives way to another one of its space: join again. The SDK does not try to reconnect. */
export const SPACE_ELSEWHERE = 4409;

/** Another room of this kind shows the space and lets people in. Never where the game does not say `filterBy(["space"])`. */
export async function isElsewhere({ roomId, roomName }: Room, space: TwinId): Promise<boolean> {
  const filters: readonly unknown[] = matchMaker.getAllHandlers()[roomName]?.filterOptions ?? [];
  if (!filters.includes("space")) {
    return false;
  }
  const open = { name: roomName, space, locked: false, private: false };
  return (await matchMaker.query(open)).some((other) => other.roomId !== roomId);
}
