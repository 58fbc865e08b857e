/** If-Match where the provider's own write cannot be made conditional (PUT): checked just before. Called by PUT routes. */
import { TwinError } from "../../errors.ts";

/** CONFLICT (412) when `current` is not there or has another ETag. `*`: any that exists. */
export function assertMatch(current: { etag?: string } | undefined, ifMatch: string | undefined): void {
  if (ifMatch === undefined) {
    return;
  }
  if (current === undefined) {
    throw new TwinError("CONFLICT", "It does not exist, and If-Match asks for a version of it.");
  }
  if (ifMatch !== "*" && ifMatch !== current.etag) {
    throw new TwinError("CONFLICT", "It has changed since the ETag in If-Match.");
  }
}
