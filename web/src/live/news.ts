/**
 * What a screen reader is told as it happens, as sentences: how operations ended, alarms that were raised, who took or
 * released the selected twin, the link. Pure: two looks at the world are compared. Called by ui/Announcements.tsx.
 */
import type { OperationStatus } from "../../../src/protocol/names.ts";
import { S } from "../strings.ts";
import type { AlarmState, Keyed, LeaseState, OperationState } from "./roomTypes.ts";

export interface Look {
  operations: readonly Keyed<OperationState>[];
  alarms: readonly Keyed<AlarmState>[];
  leases: readonly Keyed<LeaseState>[];
  /** The selected twin; "" for none. */
  selected: string;
  connected: boolean;
  /** Of this connection, and the name of who it is. */
  me: { session: string; name: string };
  nameOf: (twinId: string) => string;
}

const UNFINISHED: readonly OperationStatus[] = ["requested", "queued", "sent", "acknowledged"];
/** More at once would talk over each other: the rest is a number. */
const MOST = 3;

export function news(before: Look, now: Look): string[] {
  if (before.connected !== now.connected) {
    return now.connected ? [S.news.back] : []; // that it is lost is an alert of its own
  }
  return shortened([...outcomes(before, now), ...raised(before, now), ...leases(before, now)]);
}

/** Of one's own operations, and of those on the selected twin. */
function outcomes(before: Look, now: Look): string[] {
  const open = new Set(before.operations.filter(({ status }) => UNFINISHED.includes(status)).map(({ id }) => id));
  const known = new Set(before.operations.map(({ id }) => id));
  return now.operations
    .filter(({ id, status }) => !UNFINISHED.includes(status) && (open.has(id) || !known.has(id)))
    .filter(({ by, twinId }) => by === now.me.name || twinId === now.selected)
    .map(({ twinId, path, status, reason }) =>
      S.news.outcome(now.nameOf(twinId), path.replace(/^\//, ""), S.operation[status], reason),
    );
}

function raised(before: Look, now: Look): string[] {
  const known = new Set(before.alarms.map(({ id }) => id));
  return now.alarms
    .filter(({ id, cleared }) => cleared === 0 && !known.has(id))
    .map(({ twinId, severity, text }) => S.news.alarm(S.alarms.severity[severity], now.nameOf(twinId), text));
}

function leases(before: Look, now: Look): string[] {
  if (now.selected === "" || before.selected !== now.selected) {
    return [];
  }
  const of = ({ leases }: Look) => leases.find(({ id }) => id === now.selected);
  const [was, is] = [of(before), of(now)];
  if (was?.holder === is?.holder || is?.holder === now.me.session || was?.holder === now.me.session) {
    return [];
  }
  const name = now.nameOf(now.selected);
  return [is === undefined ? S.news.released(name) : S.news.taken(is.name, name)];
}

function shortened(sentences: string[]): string[] {
  const rest = sentences.length - MOST;
  return rest > 1 ? [...sentences.slice(0, MOST), S.news.more(rest)] : sentences;
}
