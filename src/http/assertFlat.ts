/** Keeps bodies that are nested thousands deep away from code that walks values recursively. Called for every body. */
import { TwinError } from "../errors.ts";

/** DTDL allows 8 levels of schemas; a model document spends about three levels of JSON on each. */
const DEEPEST = 64;

/** INVALID_PAYLOAD when objects and arrays are nested deeper than that. */
export function assertFlat(body: unknown): void {
  let level: unknown[] = [body];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) {
      throw new TwinError("INVALID_PAYLOAD", `The body is nested deeper than ${DEEPEST} levels.`);
    }
    level = level.flatMap((value) => (typeof value === "object" && value !== null ? Object.values(value) : []));
  }
}
