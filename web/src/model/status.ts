/** A twin's status as colour, shape and word; the colours are CSS classes and the scene's palette under the same name. */
import { LINK_NAMES } from "../../../src/protocol/names.ts";
import type { TwinState } from "../live/roomTypes.ts";
import { S } from "../strings.ts";

export const STATUSES = ["alarm", "warning", "live", "stale", "offline", "never"] as const;
export type Status = (typeof STATUSES)[number];

export const STATUS_SHAPES: Record<Status, string> = {
  alarm: "■",
  warning: "▲",
  live: "●",
  stale: "◌",
  offline: "✕",
  never: "–",
};

/** By the protocol's order of links. */
const BY_LINK: readonly Status[] = LINK_NAMES.map((name) => (name === "never seen" ? "never" : name));

export function statusOf(twin: TwinState): Status {
  return BY_LINK[twin.$link] ?? "never";
}

/** An alarm says more than the link does. */
export function shownStatus(twin: TwinState, severity: "info" | "warning" | "critical" | undefined): Status {
  if (severity === "critical" || severity === "warning") {
    return severity === "critical" ? "alarm" : "warning";
  }
  return statusOf(twin);
}

export function statusWord(status: Status): string {
  return S.status[status];
}
