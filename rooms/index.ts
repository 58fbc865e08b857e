/** Ready-made rooms. */
export { spaceRoom } from "./SpaceRoom.ts";
