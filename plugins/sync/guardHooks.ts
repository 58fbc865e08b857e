/**
 * Makes sure that the hooks of a room's plugins run. Colyseus 0.18 skips them in silence in three cases: for the first room
 * of a class that declares `onUncaughtException` (it binds the room's hooks before it knows of the plugins; cured here),
 * where the room's hook is a property instead of a method (refused here, with a sentence), and where another hook of the
 * same moment throws before (cured here for the two by which things end, `onLeave` and `onDispose`).
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
import type { Log } from "../../src/twins/types.ts";
import { type PluginHooks, pluginHooks, pluginOf } from "./internals.ts";

type Hook = (...args: unknown[]) => unknown;
type MakeException = (cause: Error, args: unknown[]) => RoomException;

const HOOKS = {
  onCreate: (e, [options]) => new OnCreateException(e, e.message, options),
  onAuth: (e, [client, options]) => new OnAuthException(e, e.message, client as never, options),
  onJoin: (e, [client, options, auth]) => new OnJoinException(e, e.message, client as never, options, auth),
  onLeave: (e, [client, code]) => new OnLeaveException(e, e.message, client as never, code as never),
  onDispose: (e) => new OnDisposeException(e, e.message),
} as const satisfies Record<string, MakeException>;

/** Hooks that run whatever the others do: what they do not end would stay. */
const ENDS: readonly string[] = ["onLeave", "onDispose"];

const refused = new WeakSet<Room>();
/** By the object that Colyseus keeps for the room's class. */
const takenOut = new WeakMap<object, ReadonlyMap<string, PluginHooks>>();

/** Once the plugins' hooks are in the room's prototype, before any of them is called. */
export function guardHooks(room: Room, log: Log): void {
  const own = room as unknown as Record<string, Hook>;
  const prototype = Object.getPrototypeOf(room) as Record<string, Hook>;
  const ends = takeOut(room);
  if (refused.has(room)) {
    return;
  }
  for (const [name, exception] of Object.entries<MakeException>(HOOKS)) {
    const composed = prototype[name];
    const isOwn = Object.hasOwn(room, name);
    if (!composed || !(isOwn || ends.has(name)) || !hasPluginsIn(room, name)) {
      continue;
    }
    if (isOwn && own[name] !== undefined && !isColyseus(own[name], prototype)) {
      const of = room.constructor.name || "the room";
      refuseRoom(room, `${of}.${name} is a property, which hides that of the room's plugins: make it a method`);
      return;
    }
    const end = ends.get(name);
    const hook = end ? surely(room, name, composed.bind(room), end, log) : composed.bind(room);
    own[name] = room.onUncaughtException ? caught(room, name, hook, exception) : hook;
  }
}

/** The room is not created. Not by a throw here and now: Colyseus would leave the half-made room with its timers. */
export function refuseRoom(room: Room, reason: string): void {
  takeOut(room);
  if (!refused.has(room)) {
    refused.add(room);
    room.onCreate = () => {
      throw new Error(reason);
    };
  }
}

/** A property hides nothing where no plugin has that hook: a room's own `onAuth`, say. */
function hasPluginsIn(room: Room, name: string): boolean {
  const hooks = takeOut(room).get(name) ?? pluginHooks(room)?.[name];
  return !hooks || hooks.before.length + hooks.after.length > 0;
}

/** The plugins of these hooks, which Colyseus' own hooks of the class do not call any more: those are the game's alone. */
function takeOut(room: Room): ReadonlyMap<string, PluginHooks> {
  const layout = pluginHooks(room);
  if (!layout) {
    return new Map(); // a stub of a test
  }
  const taken = takenOut.get(layout) ?? new Map(ENDS.map((name) => [name, emptied(layout[name])]));
  takenOut.set(layout, taken);
  return taken;
}

function emptied(hooks: PluginHooks | undefined): PluginHooks {
  return { before: hooks?.before.splice(0) ?? [], after: hooks?.after.splice(0) ?? [] };
}

/** In the order that the plugins ask for; the first error is the hook's. A room that was not created has no plugins. */
function surely(room: Room, name: string, game: Hook, { before, after }: PluginHooks, log: Log): Hook {
  return async (...args) => {
    const errors: unknown[] = [];
    const run = async (hook: () => unknown) => {
      try {
        return await hook();
      } catch (error) {
        errors.push(error);
        return undefined;
      }
    };
    const runAll = async (keys: readonly string[]) => {
      for (const key of refused.has(room) ? [] : keys) {
        await run(() => (pluginOf(room, key) as Record<string, Hook>)[name]?.(...args));
      }
    };
    await runAll(before);
    const result = await run(() => game(...args));
    await runAll(after);
    for (const err of errors.slice(1)) {
      log.error({ err, room: room.roomId }, `a plugin's ${name} failed, beside another hook`);
    }
    if (errors.length > 0) {
      throw errors[0];
    }
    return result;
  };
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
