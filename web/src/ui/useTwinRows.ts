/** Which twins the list shows, in which order, and how many there are of each status. */

import type { AppState } from "../app/AppState.ts";
import { useApp } from "../app/useApp.ts";
import type { TwinState } from "../live/roomTypes.ts";
import type { World } from "../live/World.ts";
import { matches, parseSearch } from "../model/searchTwins.ts";
import { STATUSES, type Status, shownStatus } from "../model/status.ts";
import type { TwinModel } from "../model/TwinModel.ts";

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Alarms first; all else by name. */
const URGENCY: Record<Status, number> = { alarm: 0, warning: 1, live: 2, stale: 2, offline: 2, never: 2 };

interface Entry {
  id: string;
  name: string;
  status: Status;
  text: string;
  twin: TwinState;
  model: TwinModel | undefined;
}

export interface TwinRows {
  rows: readonly string[];
  counts: Record<Status, number>;
  total: number;
}

/** Names and links change seldom: read anew only when one of them did. */
export function useTwinRows(world: World): TwinRows {
  const app = useApp();
  world.facts.value;
  const search = parseSearch(app.search.value);
  if (search.comparisons.length > 0) {
    world.beat.value; // what is compared changes with every value
  }
  const entries = world.twinIds.value.flatMap((id) => toEntry(id, world, app) ?? []);
  const { value: marked } = app.found;
  const found = entries.filter(
    ({ id, text, twin, model }) => (marked === undefined || marked.has(id)) && matches(search, text, twin, model),
  );
  const shown = found.filter(({ status }) => app.filter.value === "" || app.filter.value === status);
  return {
    rows: shown
      .sort((a, b) => URGENCY[a.status] - URGENCY[b.status] || collator.compare(a.name, b.name))
      .map(({ id }) => id),
    counts: count(found),
    total: entries.length,
  };
}

function toEntry(id: string, world: World, app: AppState): Entry | undefined {
  const twin = world.twin(id);
  if (twin === undefined) {
    return undefined;
  }
  const name = twin.$name || id;
  const model = app.models.value.get(world.modelId(twin));
  const text = `${name} ${id} ${model?.label ?? world.modelId(twin)}`.toLowerCase();
  return { id, name, status: shownStatus(twin, world.severities.value.get(id)), text, twin, model };
}

function count(entries: readonly Entry[]): Record<Status, number> {
  const counts = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
  for (const { status } of entries) {
    counts[status]++;
  }
  return counts;
}
