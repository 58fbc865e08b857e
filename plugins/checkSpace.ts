/**
 * Which space somebody asks for when he joins. For a room's static onAuth, so before matchmaking: else anybody could have
 * rooms made for spaces that do not exist, or room after room for one that does.
 */
import { type AuthContext, ServerError } from "@colyseus/core";
import type { SpaceIndex, TwinServices } from "../src/services.ts";

/** Colyseus answers matchmaking over HTTP and takes these as the status. */
const BAD_REQUEST = 400;
const NOT_FOUND = 404;
const METHOD_NOT_ALLOWED = 405;
const LONGEST_ID = 128;
/** Ids in the answer to who asks for a space that there is not. */
const TOLD = 3;

/**
 * Names the first space in `options` where none is asked for, so that both meet in one room.
 *
 * `context`: onAuth's third argument, where a space has one room. `filterBy` is asked by who joins only: `create` makes
 * another room each time, for whoever asks.
 * @throws ServerError 404 where there is no such twin; 400 where the options, any JSON, are no object; 405 for `create`
 */
export function checkSpace(
  { spaces, link, mirror }: Pick<TwinServices, "spaces" | "link" | "mirror">,
  options: { space?: unknown },
  context?: Pick<AuthContext, "req">,
): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new ServerError(BAD_REQUEST, "The join options have to be an object.");
  }
  options.space ??= spaces.first();
  const { space } = options;
  const isKnown = link.loaded ? isId(space) && mirror.get(space) !== undefined : space === undefined || isId(space);
  if (!isKnown) {
    const name = isId(space) ? `'${space}'` : "of that name";
    throw new ServerError(NOT_FOUND, `There is no space ${name}.${someOf(spaces)}`);
  }
  if (methodOf(context) === "create") {
    const text =
      "A space has one room, so none is made by 'create': use 'joinOrCreate', which makes it where there is none.";
    throw new ServerError(METHOD_NOT_ALLOWED, text);
  }
}

/** For who misspelt one. */
function someOf(spaces: SpaceIndex): string {
  const ids = spaces.some(TOLD + 1);
  return ids.length === 0 ? "" : ` There are ${ids.slice(0, TOLD).join(", ")}${ids.length > TOLD ? ", …" : ""}.`;
}

/** Colyseus tells it by the address only: `/matchmake/<method>/<room>`. undefined: the server itself asks. */
function methodOf(context: Pick<AuthContext, "req"> | undefined): string | undefined {
  const { url } = (context?.req ?? {}) as { url?: string };
  if (url === undefined) {
    return undefined;
  }
  const { pathname } = new URL(url, "http://localhost");
  return decodeURIComponent(pathname.split("/").filter(Boolean).at(-2) ?? "");
}

/** While twins are being loaded nobody knows which ids there are. */
function isId(space: unknown): space is string {
  return typeof space === "string" && space.length > 0 && space.length <= LONGEST_ID;
}
