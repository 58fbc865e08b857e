/** Shows in a room how twins of each model look, and tells who set a look that could not be kept. Owned by TwinBuildingPlugin. */
import type { Client } from "@colyseus/core";
import type { Actor } from "../../src/auth/AccessPolicy.ts";
import { VISUAL_REFUSED } from "../../src/protocol/names.ts";
import type { VisualTemplate } from "../../src/protocol/visuals.ts";
import type { Visuals } from "../../src/world/Visuals.ts";
import type { TwinSyncPlugin } from "../TwinSyncPlugin.ts";

export interface ShownVisualsOptions {
  visuals: Visuals;
  sync: TwinSyncPlugin;
  clientsOf: (actor: Actor) => Client[];
}

/** Returns what ends it. */
export function showVisuals({ visuals, sync, clientsOf }: ShownVisualsOptions): () => void {
  const show = (modelId: string, template: VisualTemplate | undefined): void => {
    if (template === undefined) {
      sync.world.visuals.delete(modelId);
    } else {
      sync.world.visuals.set(modelId, JSON.stringify(template));
    }
    sync.touch();
  };
  for (const [modelId, template] of visuals.list()) {
    show(modelId, template);
  }
  const stop = visuals.onChange(show);
  const stopRefused = visuals.onRefused(({ actor, modelId, reason }) => {
    for (const client of clientsOf(actor)) {
      client.send(VISUAL_REFUSED, { modelId, reason });
    }
  });
  return () => {
    stop();
    stopRefused();
  };
}
