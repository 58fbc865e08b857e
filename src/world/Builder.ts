/** Who builds, and what he may not touch because somebody else has hold of it. */
import type { Actor } from "../auth/AccessPolicy.ts";
import { TwinError } from "../errors.ts";

/** Who builds, and how it is known that somebody else drags something right now. */
export interface Builder {
  actor: Actor;
  /** Name of another one who holds it. */
  holderOf?: (placementId: string) => string | undefined;
}

/** CONFLICT with the name of the one who drags one of them. `path`: of the ids, `*` for the number of one. */
export function checkHeld({ holderOf }: Builder, ids: readonly string[], path = "/placements/*"): void {
  for (const [i, id] of ids.entries()) {
    const holder = holderOf?.(id);
    if (holder !== undefined) {
      const details = [{ path: path.replace("*", String(i)), expected: "held by nobody", found: holder }];
      throw new TwinError("CONFLICT", `${holder} is moving this right now.`, { details });
    }
  }
}
