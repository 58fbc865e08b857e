/**
 * Makes sure that the hooks of a room's plugins run. Colyseus 0.18 skips them in silence in two cases: for the first room
 * of a class that declares `onUncaughtException` (it binds the room's hooks before it knows of the plugins; cured here),
 * and where the room's hook is a property instead of a method (refused here, with a sentence).
 */
import {
  OnAuthException,
  OnCreateException,
  OnDisposeException,
  OnJoinException,
  OnLeaveException,
  Room,
  type RoomException,
} from "@colyseus/core";
import type { OpenRoomClass } from "./internals.ts";

type Hook = (...args: unknown[]) => unknown;
type MakeException = (cause: Error, args: unknown[]) => RoomException;

const HOOKS = {
  onCreate: (e, [options]) => new OnCreateException(e, e.message, options),
  onAuth: (e, [client, options]) => new OnAuthException(e, e.message, client as never, options),
  onJoin: (e, [client, options, auth]) => new OnJoinException(e, e.message, client as never, options, auth),
  onLeave: (e, [client, code]) => new OnLeaveException(e, e.message, client as never, code as never),
  onDispose: (e) => new OnDisposeException(e, e.message),
} as const satisfies Record<string, MakeException>;

/** Once the plugins' hooks are in the room's prototype, before any of them is called. */
export function guardHooks(room: Room): void {
  const own = room as unknown as Record<string, Hook>;
  const prototype = Object.getPrototypeOf(room) as Record<string, Hook>;
  for (const [name, exception] of Object.entries<MakeException>(HOOKS)) {
    const composed = prototype[name];
    if (!composed || !Object.hasOwn(room, name) || !hasPluginsIn(room, name)) {
      continue;
    }
    if (own[name] !== undefined && !isColyseus(own[name], prototype)) {
      const of = room.constructor.name || "the room";
      refuse(own, `${of}.${name} is a property, which hides that of the room's plugins: make it a method`);
      return;
    }
    own[name] = caught(room, name, composed.bind(room), exception);
  }
}

/** A property hides nothing where no plugin has that hook: a room's own `onAuth`, say. */
function hasPluginsIn(room: Room, name: string): boolean {
  const hooks = (room.constructor as OpenRoomClass).__pluginLayout?.hooks[name];
  return !hooks || hooks.before.length + hooks.after.length > 0;
}

/** Not the room's own: told by its source, since a bound, borrowed or made function has any name, or none. */
function isColyseus(hook: unknown, prototype: object): boolean {
  return "onUncaughtException" in prototype && typeof hook === "function" && sourceOf(hook) === wrapperSource();
}

class Wrapped extends Room {
  override onUncaughtException(): void {}
  override onDispose(): void {}
}

let source: string | undefined;
/** Of the function that Colyseus puts in the place of each hook where the class declares `onUncaughtException`. */
function wrapperSource(): string {
  source ??= sourceOf(new Wrapped().onDispose);
  return source;
}

const sourceOf = (hook: unknown): string => Function.prototype.toString.call(hook);

/** The room is not created. Not by a throw here and now: Colyseus would leave the half-made room with its timers. */
function refuse(own: Record<string, Hook>, reason: string): void {
  own["onCreate"] = () => {
    throw new Error(reason);
  };
}

/** As Colyseus wraps hooks where the room declares `onUncaughtException`. */
function caught(room: Room, name: string, hook: Hook, exception: MakeException): Hook {
  return async (...args) => {
    try {
      return await hook(...args);
    } catch (error) {
      room.onUncaughtException?.(exception(error as Error, args), name as never);
      if (name === "onDispose") {
        return undefined;
      }
      throw error;
    }
  };
}
