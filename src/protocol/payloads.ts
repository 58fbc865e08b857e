/**
 * What clients may send: one zod schema per message, applied inside the handler (Colyseus' own `validate()` kicks a
 * client for a typo). REST reuses the parts. Unknown members are refused, so that a misspelt option is not ignored.
 */
import { z } from "zod";
import { visual, visualTemplate } from "./visualSchemas.ts";

const pointer = z.string().regex(/^\//, "a JSON Pointer, beginning with /").max(1024);
export const twinId = z.string().min(1).max(128);
const finite = z.number().min(-1e6).max(1e6);

export const jsonPatchOp = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("add"), path: pointer, value: z.unknown() }),
  z.strictObject({ op: z.literal("replace"), path: pointer, value: z.unknown() }),
  z.strictObject({ op: z.literal("remove"), path: pointer }),
]);
export const jsonPatch = z.array(jsonPatchOp).min(1).max(100);

const coordinate = finite.exactOptional();
const transform = z.strictObject({
  x: coordinate,
  y: coordinate,
  z: coordinate,
  qx: coordinate,
  qy: coordinate,
  qz: coordinate,
  qw: coordinate,
  s: z.number().positive().max(1000).exactOptional(),
});

export const twinGet = z.strictObject({ twinId, history: z.number().positive().max(86_400).exactOptional() });
export const twinWatch = z.strictObject({ twinIds: z.array(twinId).max(100) });
export const avatarMove = transform.extend({ selected: z.string().max(128).exactOptional() });
export const twinPatch = z.strictObject({
  twinId,
  patch: jsonPatch,
  ifMatch: z.string().max(256).exactOptional(),
  operationId: z.string().min(1).max(128).exactOptional(),
});
export const twinCreate = z.strictObject({
  modelId: z
    .string()
    .regex(/^dtmi:/, "a model's id, which begins with dtmi:")
    .max(2048),
  twinId: twinId.exactOptional(),
  properties: z.record(z.string(), z.unknown()).exactOptional(),
  place: transform.exactOptional(),
});
export const twinDelete = z.strictObject({ twinId, ifMatch: z.string().max(256).exactOptional() });

const name = z.string().min(1).max(128);
const operationId = z.string().min(1).max(128);
export const twinCommand = z.strictObject({
  twinId,
  component: name.exactOptional(),
  command: name,
  request: z.unknown().optional(),
  operationId: operationId.exactOptional(),
  /** How long it may wait for the device and its answer. */
  timeoutMs: z.number().int().min(1000).max(86_400_000).exactOptional(),
});
export const operationCancel = z.strictObject({ operationId });
export const leaseAcquire = z.strictObject({ twinId, seconds: z.number().min(1).max(3600).exactOptional() });
export const leaseRelease = z.strictObject({ twinId });
export const leaseTransfer = z.strictObject({ twinId, to: name });
const alarmId = z.string().min(1).max(300);
export const alarmAcknowledge = z.strictObject({ alarmId, comment: z.string().max(400).exactOptional() });
export const alarmShelve = z.strictObject({
  alarmId,
  seconds: z
    .number()
    .min(0)
    .max(7 * 86_400),
});
export const permissionsCheck = z.strictObject({
  checks: z
    .array(
      z.strictObject({
        do: z.enum(["patch", "command", "place", "create", "delete"]),
        twinId,
        path: z.string().max(1024).exactOptional(),
      }),
    )
    .min(1)
    .max(200),
});

const placementId = z.string().min(1).max(128);
const placementIds = z.array(placementId).min(1).max(1000);

export const placementAdd = z.union([
  z.strictObject({
    items: z
      .array(transform.extend({ twinId, visual: visual.exactOptional() }))
      .min(1)
      .max(1000),
  }),
  z.strictObject({
    query: z.string().min(1).max(8000),
    layout: z.enum(["grid", "line", "auto"]).exactOptional(),
    /** Centre of the grid, beginning of the line. */
    at: z.strictObject({ x: coordinate, y: coordinate, z: coordinate }).exactOptional(),
    spacing: z.number().positive().max(1000).exactOptional(),
    /** Property of the twins that says where they are: an Object with x, z and perhaps y, metres. */
    position: z.string().min(1).max(512).exactOptional(),
    visual: visual.exactOptional(),
  }),
]);
export const placementMove = z.strictObject({
  items: z
    .array(transform.extend({ placementId: z.string().max(128) }))
    .min(1)
    .max(1000),
  settle: z.boolean(),
});
export const placementRemove = z.strictObject({ placementIds });
const axis = z.enum(["x", "y", "z"]);
const about = z.enum(["each", "group"]).default("group");
export const placementArrange = z.discriminatedUnion("do", [
  z.strictObject({
    do: z.literal("align"),
    placementIds,
    axis,
    to: z.enum(["min", "centre", "max"]).default("centre"),
  }),
  z.strictObject({ do: z.literal("distribute"), placementIds, axis }),
  z.strictObject({
    do: z.literal("snap"),
    placementIds,
    grid: z.number().min(0.01).max(1000),
    degrees: z.number().min(0.1).max(180).exactOptional(),
  }),
  z.strictObject({ do: z.literal("rotate"), placementIds, degrees: z.number().min(-360).max(360), about }),
  z.strictObject({ do: z.literal("scale"), placementIds, factor: z.number().min(0.001).max(1000), about }),
  z.strictObject({
    do: z.literal("duplicate"),
    placementIds,
    dx: finite.default(1),
    dy: finite.default(0),
    dz: finite.default(0),
  }),
]);
export const authRenew = z.strictObject({ token: z.string().min(1).max(16_384) });

export const placementUndo = z.strictObject({});
/** null: the model has no template any more. */
export const visualSet = z.strictObject({
  modelId: z
    .string()
    .regex(/^dtmi:/, "a model's id, which begins with dtmi:")
    .max(2048),
  template: visualTemplate.nullable(),
});
