/**
 * Typed requests to the room, and what becomes of a refusal. Every write of the page goes through `ask`; the caller gets
 * the reply or a `Refusal` to show beside the control. Requests are never queued while the link is down.
 */
import type { Room } from "@colyseus/sdk";
import type { OperationStatus, Transform } from "../../../src/protocol/names.ts";
import type { VisualTemplate } from "../../../src/protocol/visuals.ts";
import type { WorldState } from "../live/roomTypes.ts";
import { S } from "../strings.ts";

/** A room whose state is ours; its message types are checked by `Requests` below. */
export type SpaceRoom = Room<unknown, WorldState>;

export interface PatchOp {
  op: "add" | "replace" | "remove";
  path: string;
  value?: unknown;
}

/** Request name → payload and reply, as far as the page uses them. */
export interface Requests {
  "twin.get": {
    /** `history`: seconds. */
    in: { twinId: string; history?: number };
    out: {
      twin: Record<string, unknown>;
      times: Record<string, { source: number; received: number }>;
      history?: Record<string, [number, number][]>;
    };
  };
  "twin.patch": {
    in: { twinId: string; patch: PatchOp[] };
    out: { operationId: string; status: OperationStatus; etag?: string };
  };
  "twin.command": {
    in: { twinId: string; component?: string; command: string; request?: unknown };
    out: { operationId: string; status: OperationStatus };
  };
  "operation.cancel": { in: { operationId: string }; out: { status: OperationStatus } };
  "lease.acquire": { in: { twinId: string; seconds?: number }; out: { until: number } };
  "lease.release": { in: { twinId: string }; out: object };
  "lease.transfer": { in: { twinId: string; to: string }; out: object };
  "alarm.acknowledge": { in: { alarmId: string; comment?: string }; out: object };
  "permissions.check": { in: { checks: PermissionCheck[] }; out: Permission[] };
  "placement.add": {
    in:
      | { items: ({ twinId: string; visual?: string } & Partial<Transform>)[] }
      | { query: string; layout?: "grid" | "line" | "auto"; at?: { x: number; y: number; z: number } };
    out: { placementIds: string[] };
  };
  "placement.arrange": { in: { placementIds: string[] } & Arrangement; out: { placementIds: string[] } };
  "placement.undo": { in: object; out: { undone: string } };
  "placement.redo": { in: object; out: { redone: string } };
  "auth.renew": { in: { token: string }; out: { role: string; expiresAt: number } };
  "visual.set": { in: { modelId: string; template: VisualTemplate | null }; out: object };
  "twin.create": {
    in: { modelId: string; twinId?: string; properties?: Record<string, unknown>; place?: Partial<Transform> };
    out: { twinId: string; placementId?: string };
  };
  "placement.move": {
    in: { items: ({ placementId: string } & Partial<Transform>)[]; settle: boolean };
    out: object;
  };
  "placement.remove": { in: { placementIds: string[] }; out: object };
}

export type Arrangement =
  | { do: "align"; axis: "x" | "z"; to?: "min" | "centre" | "max" }
  | { do: "distribute"; axis: "x" | "z" }
  | { do: "snap"; grid: number; degrees?: number }
  | { do: "rotate"; degrees: number }
  | { do: "scale"; factor: number }
  | { do: "duplicate"; dx?: number; dz?: number };

export interface PermissionCheck {
  do: "patch" | "command";
  twinId: string;
  /** A pointer, or a command's `name` or `component/name`. */
  path: string;
}
/** `reason` beside `allowed` says that a second step is needed. */
export interface Permission {
  allowed: boolean;
  code?: string;
  reason?: string;
}

export interface RefusalDetail {
  path: string;
  expected: string;
  found: string;
}

/** Why the server did not do it. `code` is one of the protocol's, or "" when no answer came. */
export interface Refusal {
  code: string;
  message: string;
  details: readonly RefusalDetail[];
}

export type Answer<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

/** Asks and waits for the answer. Never throws. */
export async function ask<K extends keyof Requests>(
  room: SpaceRoom,
  type: K,
  payload: Requests[K]["in"],
): Promise<Answer<Requests[K]["out"]>> {
  try {
    const request = room.request as (type: string, payload: unknown) => Promise<unknown>;
    return { ok: true, value: (await request.call(room, type, payload)) as Requests[K]["out"] };
  } catch (error) {
    return { ok: false, refusal: toRefusal(error) };
  }
}

/** The first of two steps was taken: the same request again, soon, does it. */
export function isArmed({ code, details }: Refusal): boolean {
  return code === "INTERLOCKED" && details.some(({ found }) => found === "armed");
}

/** The SDK rejects with `reason` (the room refused), or with a plain error (no link, no answer, a fault). */
export function toRefusal(error: unknown): Refusal {
  const reason = isRecord(error) && isRecord(error["reason"]) ? error["reason"] : error;
  if (!isRecord(reason)) {
    return { code: "", message: S.errors.unknown, details: [] };
  }
  const code = typeof reason["code"] === "string" ? reason["code"] : "";
  const message = typeof reason["message"] === "string" ? reason["message"] : S.errors.unknown;
  const details = Array.isArray(reason["details"]) ? (reason["details"] as RefusalDetail[]) : [];
  return { code, message, details };
}

/** A refusal in one sentence. */
export function refusalText(refusal: Refusal): string {
  return refusal.code === "" ? refusal.message : `${refusal.message} (${refusal.code})`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
