/**
 * What `room.request` takes and answers, by message. The plugins' handlers are of these types, so the SDK infers both of a
 * room's class; a client that does not have the class finds them here: `Payload<"twin.patch">`, `Reply<"twin.patch">`.
 */
import type { z } from "zod";
import type { ErrorCode, ErrorDetail } from "../errors.ts";
import type { TwinDocument } from "../twins/twinDocument.ts";
import type { OperationStatus } from "./names.ts";
import type * as payloads from "./payloads.ts";

export type { TwinDocument };

/** By JSON Pointer of each value, e.g. `/motor/current`. */
export interface TwinAnswer {
  twin: TwinDocument;
  /** Of each value: source time, and when it came in, ms since epoch. */
  times: Record<string, { source: number; received: number }>;
  /** Where it was asked for: of each value, source time and number, oldest first. */
  history?: Record<string, [number, number][]>;
}

/** Answers one check of `permissions.check`. `reason` is a sentence; beside `allowed` it says that a second step is needed. */
export interface Permission {
  allowed: boolean;
  code?: ErrorCode;
  reason?: string;
}

/** The `reason` of the error with which `room.request` rejects. */
export interface Refusal {
  code: ErrorCode;
  message: string;
  details?: ErrorDetail[];
}

export interface AskedOperation {
  /** Of `world.operations`, which tells what becomes of it. */
  operationId: string;
  status: OperationStatus;
}

type Nothing = Record<string, never>;

/** Message → payload, reply. */
export interface Requests {
  "twin.get": { in: z.input<typeof payloads.twinGet>; out: TwinAnswer };
  "twin.watch": { in: z.input<typeof payloads.twinWatch>; out: { watching: number } };
  "twin.patch": { in: z.input<typeof payloads.twinPatch>; out: AskedOperation & { etag?: string } };
  "twin.command": { in: z.input<typeof payloads.twinCommand>; out: AskedOperation };
  "twin.create": {
    in: z.input<typeof payloads.twinCreate>;
    /** Without `placementId` although a place was asked for: it was made and could not be placed. */
    out: { twinId: string; etag: string; placementId?: string };
  };
  "twin.delete": { in: z.input<typeof payloads.twinDelete>; out: Nothing };
  "operation.cancel": { in: z.input<typeof payloads.operationCancel>; out: { status: OperationStatus } };
  /** `until`: ms since epoch. */
  "lease.acquire": { in: z.input<typeof payloads.leaseAcquire>; out: { until: number } };
  "lease.release": { in: z.input<typeof payloads.leaseRelease>; out: Nothing };
  "lease.transfer": { in: z.input<typeof payloads.leaseTransfer>; out: Nothing };
  "alarm.acknowledge": { in: z.input<typeof payloads.alarmAcknowledge>; out: Nothing };
  "alarm.shelve": { in: z.input<typeof payloads.alarmShelve>; out: Nothing };
  /** In the order of the checks. */
  "permissions.check": { in: z.input<typeof payloads.permissionsCheck>; out: Permission[] };
  /** `skipped`: of a query's twins, those that stand in the space already. */
  "placement.add": {
    in: z.input<typeof payloads.placementAdd>;
    out: { placementIds: string[]; skipped?: number };
  };
  "placement.move": { in: z.input<typeof payloads.placementMove>; out: Nothing };
  "placement.remove": { in: z.input<typeof payloads.placementRemove>; out: Nothing };
  "placement.arrange": { in: z.input<typeof payloads.placementArrange>; out: { placementIds: string[] } };
  /** In words. */
  "placement.undo": { in: z.input<typeof payloads.placementUndo>; out: { undone: string } };
  "placement.redo": { in: z.input<typeof payloads.placementUndo>; out: { redone: string } };
  "visual.set": { in: z.input<typeof payloads.visualSet>; out: Nothing };
  "avatar.move": { in: z.input<typeof payloads.avatarMove>; out: Nothing };
  /** `expiresAt`: ms since epoch. */
  "auth.renew": { in: z.input<typeof payloads.authRenew>; out: { role: string; expiresAt: number } };
}
export type Payload<M extends keyof Requests> = Requests[M]["in"];
export type Reply<M extends keyof Requests> = Requests[M]["out"];
