/** Which twins the list shows, in which order, and how many there are of each status. */

import type { AppState } from "../app/AppState.ts";
import { useApp } from "../app/useApp.ts";
import type { World } from "../live/World.ts";
import { STATUSES, type Status, statusOf } from "../model/status.ts";

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

interface Entry {
  id: string;
  name: string;
  status: Status;
  text: string;
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
  const entries = world.twinIds.value.flatMap((id) => toEntry(id, world, app) ?? []);
  const words = app.search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = entries.filter(({ text }) => words.every((word) => text.includes(word)));
  const shown = found.filter(({ status }) => app.filter.value === "" || app.filter.value === status);
  return {
    rows: shown.sort((a, b) => collator.compare(a.name, b.name)).map(({ id }) => id),
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
  const model = app.models.value.get(world.modelId(twin))?.label ?? world.modelId(twin);
  return { id, name, status: statusOf(twin), text: `${name} ${id} ${model}`.toLowerCase() };
}

function count(entries: readonly Entry[]): Record<Status, number> {
  const counts = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
  for (const { status } of entries) {
    counts[status]++;
  }
  return counts;
}
