/**
 * What a query gives, as placements to add: asked of the twin service, without those that stand in the space already.
 * Called by WorldEditor.
 */
import { TwinError } from "../errors.ts";
import type { Transform } from "../protocol/names.ts";
import type { PlacementIndex, SpaceIndex } from "../services.ts";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import type { TwinId, TwinProvider } from "../twins/types.ts";
import type { SpaceLayout } from "./SpaceLayout.ts";
import { type SpawnLayout, spotAround, spotInPlan, spotOf, twinIdsIn } from "./spawnLayout.ts";

export interface SpawnRequest {
  query: string;
  layout?: SpawnLayout;
  at?: { x?: number; y?: number; z?: number };
  spacing?: number;
  position?: string;
  visual?: string;
}

export type SpawnItem = { twinId: TwinId; visual: string } & Partial<Transform>;

export interface Spawn {
  items: SpawnItem[];
  /** Twins of the query that stand in the space already. */
  skipped: number;
}

/** Of one spawn: what a room is meant for. */
const MOST = 10_000;
const SPACING = 2;

export interface SpawnSource {
  provider: TwinProvider;
  mirror: TwinMirror;
  placements: Pick<PlacementIndex, "isLayout">;
}

/** Twins that the query gives and that one could place: not those in which the layout itself is kept. */
export async function twinsOf(query: string, { provider, mirror, placements }: SpawnSource): Promise<TwinId[]> {
  const found = new Set<TwinId>();
  for await (const row of provider.query(query)) {
    const ids = twinIdsIn(row);
    if (ids.length === 0) {
      const how = "Ask for whole twins, as in SELECT T FROM DIGITALTWINS T WHERE …";
      throw new TwinError(
        "INVALID_VALUE",
        `The query gives rows without a twin's $dtId, so there is nothing to place. ${how}`,
      );
    }
    for (const id of ids) {
      found.add(id);
    }
    if (found.size > MOST) {
      throw new TwinError("INVALID_VALUE", `The query gives more than ${MOST} twins; make it narrower.`);
    }
  }
  const isTwin = (id: TwinId) => {
    const twin = mirror.get(id);
    return twin !== undefined && !placements.isLayout(twin.modelId);
  };
  return [...found].filter(isTwin).sort();
}

export function planSpawn(
  twinIds: readonly TwinId[],
  request: SpawnRequest,
  { layout, mirror, spaces }: { layout: SpaceLayout; mirror: TwinMirror; spaces: SpaceIndex },
): Spawn {
  const { layout: kind = "auto", at = {}, spacing = SPACING, position, visual = "" } = request;
  const fresh = twinIds.filter((id) => !layout.has(id));
  const plan = { layout: kind, at: { x: 0, y: 0, z: 0, ...at }, spacing };
  const around = new Map<TwinId, number>();
  let planned = 0;
  const own = (id: TwinId) =>
    position === undefined ? undefined : spotOf(mirror.get(id)?.values.get(`/${position}`)?.value);
  const nearContainer = (id: TwinId) => {
    const container = kind === "auto" ? spaces.container(id) : undefined;
    const centre = container === undefined ? undefined : layout.spotOf(container);
    if (container === undefined || centre === undefined) {
      return undefined;
    }
    const i = around.get(container) ?? 0;
    around.set(container, i + 1);
    return spotAround(i, centre, spacing);
  };
  const items = fresh.map((twinId) => {
    const spot = own(twinId) ?? nearContainer(twinId) ?? spotInPlan(planned++, fresh.length, plan);
    return { twinId, visual, ...spot };
  });
  return { items, skipped: twinIds.length - fresh.length };
}
