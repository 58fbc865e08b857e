// Placements over the twin service in memory, and what their tests look at.
import assert from "node:assert/strict";
import type { MemoryTwinEvent, MemoryTwinProvider } from "../../src/providers/memory/MemoryTwinProvider.ts";
import type { PlacementView } from "../../src/services.ts";
import type { Twin, TwinPatchData, TwinProvider } from "../../src/twins/types.ts";
import { LAYER_MODEL } from "../../src/world/models.ts";
import { Placements, type PlacementsOptions } from "../../src/world/Placements.ts";
import { all } from "../contract/twinProvider.ts";
import { eventually } from "./eventually.ts";
import { silentLog } from "./silentLog.ts";

export const FAST = { intervalMs: 1, backoffMs: 1 };
const open: Placements[] = [];
let ids = 0;

export function newPlacements(provider: TwinProvider, options: Partial<PlacementsOptions> = {}): Placements {
  ids += 1;
  const prefix = ids;
  let next = 0;
  const newId = (): string => `${prefix}-${++next}`;
  const made = new Placements({ provider, log: silentLog, clock: Date.now, newId, pace: FAST, doubtMs: 5, ...options });
  open.push(made);
  return made;
}

export async function closeAll(): Promise<void> {
  await Promise.all(open.splice(0).map((placements) => placements.close({ timeoutMs: 500 })));
}

export async function layers(provider: MemoryTwinProvider): Promise<Twin[]> {
  return (await all(provider.listTwins())).filter(({ modelId }) => modelId === LAYER_MODEL);
}

export async function stored(provider: MemoryTwinProvider): Promise<Record<string, unknown>> {
  const maps = (await layers(provider)).map(({ properties }) => properties["placements"]);
  return Object.assign({}, ...maps) as Record<string, unknown>;
}

export async function saved(placements: Placements, space = "hall"): Promise<PlacementView[]> {
  let views: PlacementView[] = [];
  await eventually(() => {
    views = [...placements.list(space)];
    assert.ok(views.length > 0);
    assert.deepEqual([...new Set(views.map(({ status }) => status))], ["saved"]);
  });
  return views;
}

/** The way in, in short: each event of a layer tells what the layer holds at that moment. */
export function follow(provider: MemoryTwinProvider, placements: Placements): void {
  provider.onEvent(({ type, subject }: MemoryTwinEvent) => {
    void provider.getTwin(subject).then((twin) => {
      if (type === "twin.deleted") {
        placements.onMirrorChange({ kind: "twin.removed", twinId: subject });
      } else if (twin !== undefined) {
        const value = twin.properties["placements"];
        const change = { kind: "value", path: "/placements", value, time: 0, receivedAt: 0 } as const;
        placements.onMirrorChange({ twinId: subject, ...change });
      }
    });
  });
}

export function countWrites(provider: MemoryTwinProvider): Record<string, number> {
  const writes: Record<string, number> = { puts: 0, patches: 0, ops: 0 };
  provider.onEvent(({ type, data }) => {
    if (type === "twin.created") {
      writes["puts"] = (writes["puts"] ?? 0) + 1;
    } else if (type === "twin.updated") {
      writes["patches"] = (writes["patches"] ?? 0) + 1;
      writes["ops"] = (writes["ops"] ?? 0) + (data as TwinPatchData).patch.length;
    }
  });
  return writes;
}
