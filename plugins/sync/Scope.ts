/**
 * Which twins a room shows: a space, the answer to a query, or a list; and how that changes. TwinSyncPlugin asks it when
 * the twins are loaded, and follows what it tells from then on.
 */
import type { TwinServices } from "../../src/services.ts";
import type { TwinId } from "../../src/twins/types.ts";
import { QueryScope } from "./QueryScope.ts";

export type ScopeOptions =
  /** A twin and what it contains, at any depth. */
  | { space: TwinId }
  /** A query of the provider that gives twins, e.g. `SELECT T FROM digitaltwins T WHERE T.temperature > 80`. */
  | { query: string /** How often it is asked again while anything changes, ms. Default 10 s. */; everyMs?: number }
  | { twins: readonly TwinId[] };

export interface Scope {
  /** Ids of the twins in it now. */
  members(): ReadonlySet<TwinId>;
  /** Called once, before anything is shown: `members` are known then. `changed` is called after some came or went. */
  start(changed: (change: { added: readonly TwinId[]; removed: readonly TwinId[] }) => void): Promise<void>;
  close(): void;
}

export function scopeOf(options: ScopeOptions, services: TwinServices): Scope {
  if ("query" in options) {
    return new QueryScope({ ...options, services });
  }
  return "twins" in options ? listScope(options.twins) : spaceScope(options.space, services);
}

function spaceScope(space: TwinId, { spaces }: TwinServices): Scope {
  let stop = () => {};
  let isClosed = false;
  return {
    members: () => spaces.members(space),
    async start(changed) {
      await spaces.collect(space);
      if (!isClosed) {
        stop = spaces.onChange(space, changed);
      }
    },
    close() {
      isClosed = true;
      stop();
    },
  };
}

/** Twins of the list that do not exist yet are shown when they do. */
function listScope(twins: readonly TwinId[]): Scope {
  const members = new Set(twins);
  return { members: () => members, start: async () => {}, close: () => {} };
}
