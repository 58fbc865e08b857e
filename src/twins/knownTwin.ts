/**
 * A twin that somebody names, or why there is none. While twins are being loaded nobody can say that one does not exist:
 * NOT_FOUND is final, and whoever asked before the restart would give the twin up. Asked by control, rooms and REST.
 */
import { TwinError } from "../errors.ts";
import type { MirrorTwin } from "./MirrorTwin.ts";
import type { TwinId } from "./types.ts";

/** src/twins/CloudLink.ts */
export interface Loading {
  readonly loaded: boolean;
}

export interface Known {
  mirror: { get(id: TwinId): MirrorTwin | undefined };
  link: Loading;
}

const AGAIN_MS = 1000;

/** @throws UNAVAILABLE while twins are being loaded */
export function assertLoaded({ loaded }: Loading): void {
  if (!loaded) {
    throw stillLoading();
  }
}

/** @throws NOT_FOUND, or UNAVAILABLE while it may still come */
export function knownTwin({ mirror, link }: Known, id: TwinId): MirrorTwin {
  const twin = mirror.get(id);
  if (!twin) {
    throw noSuch(link, `There is no twin '${id}'.`);
  }
  return twin;
}

/** The error for whatever is known only once the twins are; `text` is what is said then. */
export function noSuch({ loaded }: Loading, text: string): TwinError {
  return loaded ? new TwinError("NOT_FOUND", text) : stillLoading();
}

function stillLoading(): TwinError {
  const text = "The twins are still being loaded; try again in a moment.";
  return new TwinError("UNAVAILABLE", text, { retryAfterMs: AGAIN_MS });
}
