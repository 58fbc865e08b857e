/** Ids of twins that a game hands to a plugin: one, or several. */

import { described } from "../../src/checkedOptions.ts";
import type { TwinId } from "../../src/twins/types.ts";

const isId = (value: unknown): value is TwinId => typeof value === "string" && value !== "";

/** A text is one id, not several of a character. @throws which is none; `method` is who was given it */
export function givenIds(method: string, given: TwinId | Iterable<TwinId>): TwinId[] {
  const isSeveral = typeof given === "object" && given !== null && Symbol.iterator in given;
  const ids: unknown[] = isSeveral ? [...given] : [given];
  const wrong = ids.findIndex((id) => !isId(id));
  if (wrong >= 0) {
    const where = isSeveral ? `number ${wrong + 1} of the ids is ` : "the id is ";
    throw new TypeError(
      `${method}: ${where}${described(ids[wrong])}: expected the id of a twin, or several, such as ["tank-201"]`,
    );
  }
  return ids as TwinId[];
}

/** @throws where it is none; "" is one where nothing may be meant */
export function givenId(method: string, id: TwinId, mayBeNothing = false): TwinId {
  if (!isId(id) && !(mayBeNothing && id === "")) {
    throw new TypeError(
      `${method}: the id is ${described(id)}: expected the id of a twin${mayBeNothing ? ', or "" for none' : ""}`,
    );
  }
  return id;
}
