/**
 * The plugin line of a room: `plugins = definePlugins(digitalTwins({ services }))`. Bundles what a metaverse space needs;
 * a room that wants less takes the plugins one by one, TwinSyncPlugin first.
 *
 * Known limit: where a room class declares `onUncaughtException`, Colyseus 0.18 skips the hooks of all plugins for the
 * first room of that class (it binds the room's hooks before it knows of the plugins); that room stays without a world.
 */
import { PresencePlugin } from "./PresencePlugin.ts";
import { TwinBuildingPlugin } from "./TwinBuildingPlugin.ts";
import { TwinControlPlugin } from "./TwinControlPlugin.ts";
import { type TwinSyncOptions, TwinSyncPlugin } from "./TwinSyncPlugin.ts";

export function digitalTwins(options: TwinSyncOptions) {
  const sync = new TwinSyncPlugin(options);
  return [
    sync,
    new TwinControlPlugin({ sync }),
    new TwinBuildingPlugin({ sync }),
    new PresencePlugin({ sync }),
  ] as const;
}
