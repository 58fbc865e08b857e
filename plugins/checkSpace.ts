/**
 * Which space somebody asks for when he joins. For a room's static onAuth, so before matchmaking: else anybody could have
 * rooms made for spaces that do not exist.
 */
import { ServerError } from "@colyseus/core";
import type { TwinServices } from "../src/services.ts";

/** Colyseus answers matchmaking over HTTP and takes these as the status. */
const BAD_REQUEST = 400;
const NOT_FOUND = 404;
const LONGEST_ID = 128;

/**
 * Names the first space in `options` where none is asked for, so that both meet in one room.
 * @throws ServerError 404 where there is no such twin; 400 where the options, any JSON, are no object
 */
export function checkSpace(
  { spaces, link, mirror }: Pick<TwinServices, "spaces" | "link" | "mirror">,
  options: { space?: unknown },
): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new ServerError(BAD_REQUEST, "The join options have to be an object.");
  }
  options.space ??= spaces.first();
  const { space } = options;
  const isKnown = link.loaded ? isId(space) && mirror.get(space) !== undefined : space === undefined || isId(space);
  if (!isKnown) {
    const name = isId(space) ? `'${space}'` : "of that name";
    throw new ServerError(NOT_FOUND, `There is no space ${name}; GET /api/v1/spaces lists them.`);
  }
}

/** While twins are being loaded nobody knows which ids there are. */
function isId(space: unknown): space is string {
  return typeof space === "string" && space.length <= LONGEST_ID;
}
