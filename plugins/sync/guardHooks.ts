/**
 * Runs the hooks of a room's plugins: each once, around the room's own, where the plugin asks for it. Left to itself,
 * Colyseus 0.18 runs them once for each class of the room's chain that had a room before, not at all in the first room of a
 * class that declares `onUncaughtException` or where the room's hook is a property, and none after the first that throws,
 * also of those by which things end.
 */
import {
  OnAuthException,
  OnCreateException,
  OnDisposeException,
  OnJoinException,
  OnLeaveException,
  type Room,
  type RoomException,
} from "@colyseus/core";
import type { Log } from "../../src/twins/types.ts";
import { guardMessages } from "./guardMessages.ts";
import { fillIn, pluginsOf } from "./internals.ts";

type Hook = (...args: unknown[]) => unknown;
type Hooks = Record<string, Hook | undefined>;

interface HookKind {
  exception(cause: Error, args: unknown[]): RoomException;
  /** Its first argument is whom it is about. */
  isOfClient?: true;
  /** Runs whatever the others do, since what it does not end would stay; by itself after the room's own. */
  isEnd?: true;
  /** Where the class declares `onUncaughtException`, nobody else is told of its error. */
  isLast?: true;
}

const HOOKS: Readonly<Record<string, HookKind>> = {
  onCreate: { exception: (e, [options]) => new OnCreateException(e, e.message, options) },
  onAuth: {
    exception: (e, [client, options]) => new OnAuthException(e, e.message, client as never, options),
    isOfClient: true,
  },
  onJoin: {
    exception: (e, [client, options, auth]) => new OnJoinException(e, e.message, client as never, options, auth),
    isOfClient: true,
  },
  onLeave: {
    exception: (e, [client, code]) => new OnLeaveException(e, e.message, client as never, code as never),
    isOfClient: true,
    isEnd: true,
  },
  onDispose: { exception: (e) => new OnDisposeException(e, e.message), isEnd: true, isLast: true },
};

const refused = new WeakSet<Room>();

/** When plugins are being attached to the room, and none of its hooks was called yet. */
export function guardHooks(room: Room, log: Log): void {
  if (refused.has(room)) {
    return;
  }
  const own = room as unknown as Hooks;
  const { onCreate } = own;
  // Only then are those plugins there, too, that others depend on.
  own["onCreate"] = (...args) => {
    own["onCreate"] = onCreate;
    fillIn(room, Object.fromEntries(Object.keys(HOOKS).map((name) => [name, () => undefined])));
    for (const [name, kind] of Object.entries(HOOKS)) {
      takeOver(room, name, kind, log);
    }
    guardMessages(room);
    return own["onCreate"]?.(...args);
  };
}

/** The room is not created. Not by a throw here and now: Colyseus would leave the half-made room with its timers. */
export function refuseRoom(room: Room, reason: string): void {
  if (refused.has(room)) {
    return;
  }
  refused.add(room);
  room.onCreate = () => {
    throw new Error(reason);
  };
  room.onDispose = () => undefined; // the plugins may be another room's
}

function takeOver(room: Room, name: string, kind: HookKind, log: Log): void {
  const own = room as unknown as Hooks;
  const turns = { before: [] as Hook[], after: [] as Hook[] };
  /** Of whom the room's own hook is running, by which Colyseus calls the plugins'. */
  const running = new Set<unknown>();
  const about = (args: unknown[]) => (kind.isOfClient ? args[0] : room);
  for (const plugin of pluginsOf(room) as unknown as (Hooks & { order?: Record<string, "before" | "after"> })[]) {
    const hook = plugin[name]?.bind(plugin);
    if (hook) {
      plugin[name] = (...args) => (running.has(about(args)) ? undefined : hook(...args));
      turns[plugin.order?.[name] ?? (kind.isEnd ? "after" : "before")].push(hook);
    }
  }
  if (turns.before.length + turns.after.length === 0) {
    return;
  }
  const rooms = own[name]?.bind(room);
  const game: Hook = async (...args) => {
    running.add(about(args));
    try {
      return await rooms?.(...args);
    } finally {
      running.delete(about(args));
    }
  };
  own[name] = inTurn(room, { name, kind, game, hooks: [...turns.before, game, ...turns.after] }, log);
}

interface Turns {
  name: string;
  kind: HookKind;
  game: Hook;
  /** The room's own among them. */
  hooks: readonly Hook[];
}
interface Failure {
  error: unknown;
  hook: Hook;
}

/** Answers what the room's own hook does. The first error is the hook's. */
function inTurn(room: Room, turns: Turns, log: Log): Hook {
  const { kind, game, hooks } = turns;
  return async (...args) => {
    const failures: Failure[] = [];
    let result: unknown;
    for (const hook of hooks) {
      try {
        const answer = await hook(...args);
        result = hook === game ? answer : result;
      } catch (error) {
        failures.push({ error, hook });
        if (!kind.isEnd) {
          break;
        }
      }
    }
    tell(room, turns, failures, args, log);
    return result;
  };
}

/** @throws the first, unless the room's class takes it upon itself */
function tell(room: Room, { name, kind, game }: Turns, failures: readonly Failure[], args: unknown[], log: Log): void {
  const [first, ...others] = failures;
  for (const { error: err } of others) {
    log.error({ err, room: room.roomId }, `a plugin's ${name} failed, beside another hook`);
  }
  if (first === undefined) {
    return;
  }
  if (room.onUncaughtException && first.hook !== game) {
    room.onUncaughtException(kind.exception(first.error as Error, args), name as never); // the game's Colyseus tells
    if (kind.isLast) {
      return;
    }
  }
  throw first.error;
}
