/**
 * The plugin line of a room: `plugins = definePlugins(digitalTwins({ services }))`. Bundles what a metaverse space needs;
 * a room that wants less takes the plugins one by one, TwinSyncPlugin first.
 */
import { PresencePlugin } from "./PresencePlugin.ts";
import { SignInPlugin } from "./SignInPlugin.ts";
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
    new SignInPlugin({ sync }),
  ] as const;
}
