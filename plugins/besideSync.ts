/** What the plugins that need a TwinSyncPlugin have in common: the option `sync`, and their place behind it. */
import type { RoomPlugin } from "@colyseus/core";
import { z } from "zod";
import { checked, members } from "../src/checkedOptions.ts";
import { TwinSyncPlugin } from "./TwinSyncPlugin.ts";

const sync = z.custom<TwinSyncPlugin>(
  (value) => value instanceof TwinSyncPlugin,
  "the room's TwinSyncPlugin: const sync = new TwinSyncPlugin({ services })",
);
const graceMs = z.custom<number>((ms) => typeof ms === "number" && ms >= 0 && Number.isFinite(ms), "ms, 0 or more");
const syncOnly = members({ sync });
const signIn = members({ sync, graceMs: graceMs.optional() });

/** @throws what is wrong with them */
export function syncOf(plugin: string, options: unknown): TwinSyncPlugin {
  return checked(plugin, syncOnly, options).sync;
}

/** @throws what is wrong with them */
export function signInOptions(options: unknown): { sync: TwinSyncPlugin; graceMs?: number | undefined } {
  return checked("SignInPlugin", signIn, options);
}

/**
 * While the room is being created; `plugins`: the room's, which only a stub of a test lacks.
 *
 * @throws unless `sync` is one of them and listed before
 */
export function assertBehind(sync: TwinSyncPlugin, plugin: RoomPlugin, plugins: object | undefined): void {
  const listed: unknown[] = Object.values(plugins ?? { sync, plugin });
  const at = listed.indexOf(sync);
  if (at < 0 || at > listed.indexOf(plugin)) {
    const { name } = plugin.constructor;
    const how = at < 0 ? "is not among the room's plugins" : "is listed behind it";
    throw new Error(
      `the TwinSyncPlugin of ${name} ${how}; it comes first: definePlugins([sync, new ${name}({ sync }), …])`,
    );
  }
}
