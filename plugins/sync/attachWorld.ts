/**
 * Puts the world into a room: as its state, or into the member of the game's own state that is declared for it. What does
 * not fit is refused here, while the room is being created; clients would only see nothing.
 */
import type { Room } from "@colyseus/core";
import { ViewedWorld } from "../../src/schema/entities.ts";
import type { WorldState } from "../../src/schema/states.ts";
import type { Log } from "../../src/twins/types.ts";
import { declaredFields } from "./internals.ts";

/** @throws when the room's state does not go with `field` */
export function attachWorld(room: Room, world: WorldState, field: string | undefined): void {
  const state = room.state as Record<string, unknown> | undefined;
  if (field === undefined) {
    if (state) {
      const { name } = state.constructor;
      throw new Error(
        `the room has a state of its own (${name}), whose place the world would take: name the member that is to hold the world with the option 'field'`,
      );
    }
    room.state = world;
    return;
  }
  if (!state) {
    throw new Error(`the room has no state to hold '${field}': set it as a field or in onCreate`);
  }
  assertHolds(state, world, field);
  state[field] = world;
}

/** Once the world is attached: to be called at each patch; tells the log, once, when clients do not get it any more. */
export function watchWorld(room: Room, field: string | undefined, log: Log): () => void {
  const stateOf = () => room.state as Record<string, unknown> | undefined;
  const held = () => (field === undefined ? stateOf() : stateOf()?.[field]);
  const [state, world] = [stateOf(), held()];
  let isTold = false;
  return () => {
    if (!isTold && (stateOf() !== state || held() !== world)) {
      isTold = true;
      const place = field === undefined ? "state" : `state, or its member '${field}',`;
      log.error(
        { room: room.roomId, name: room.roomName },
        `the game set the room's ${place} again, and so lost the world: who is in the room sees it as it was, who joins sees none. Set the state once, before onCreate ends, and change its members from then on`,
      );
    }
  };
}

function assertHolds(state: object, world: WorldState, field: string): void {
  const fields = declaredFields(state);
  const { name } = state.constructor;
  const isViewed = world instanceof ViewedWorld;
  const fit = `t.ref(${isViewed ? "ViewedWorld" : "World"}).optional()`;
  if (!fields.has(field)) {
    const names = [...fields.keys()].join(", ") || "none";
    throw new Error(`option 'field' is '${field}', but ${name} has no such member (${names}): declare it as ${fit}`);
  }
  const type = fields.get(field);
  if (typeof type !== "function" || !(world instanceof type)) {
    const other = isViewed
      ? "declare it so, or leave out the option 'interest'"
      : "declare it so; ViewedWorld goes with the option 'interest'";
    throw new Error(`${name}.${field} cannot hold the world, which is ${fit} here: ${other}`);
  }
}
