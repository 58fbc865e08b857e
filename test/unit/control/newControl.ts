import type { Actor } from "../../../src/auth/AccessPolicy.ts";
import { RolePolicy } from "../../../src/auth/AccessPolicy.ts";
import { TwinControl } from "../../../src/control/TwinControl.ts";
import type { ErrorCode } from "../../../src/errors.ts";
import { TwinError } from "../../../src/errors.ts";
import type { Role } from "../../../src/protocol/names.ts";
import type { OperationView } from "../../../src/services.ts";
import { ModelCatalog } from "../../../src/twins/ModelCatalog.ts";
import { TwinMirror } from "../../../src/twins/TwinMirror.ts";
import type { JsonPatchOp, TwinEvent } from "../../../src/twins/types.ts";
import { newGatedProvider } from "../../support/GatedProvider.ts";
import { MODELS } from "../../support/hall.ts";
import { silentLog } from "../../support/silentLog.ts";

export const actor = (role: Role): Actor => ({ id: role, name: `a ${role}`, role });
export const set = (path: string, value: unknown): JsonPatchOp => ({ op: "replace", path, value });

/** Control over the hall, with a clock that stands still; notifications are kept for the test to show. */
export async function newControl(options: { readOnly?: string } = {}) {
  const provider = await newGatedProvider();
  const models = new ModelCatalog({ log: silentLog });
  models.add(MODELS.map((model) => ({ id: model["@id"], model })));
  const mirror = new TwinMirror(() => models.graph);
  for await (const twin of provider.listTwins()) {
    mirror.upsertTwin(twin, 0);
  }
  let now = 1_000_000;
  let ids = 0;
  const control = new TwinControl({
    provider,
    mirror,
    models,
    policy: new RolePolicy(options),
    log: silentLog,
    clock: () => now,
    newId: () => `id-${++ids}`,
  });
  const history: string[] = [];
  control.onOperation((_id, view) => history.push(view?.status ?? "forgotten"));
  const events: TwinEvent[] = [];
  provider.onEvent((event) => {
    const position = { partition: "0", sequence: events.length, generation: "1" };
    events.push({ ...event, receivedAt: now, enqueuedAt: now, position });
  });
  const only = (): OperationView | undefined => [...control.operations()][0];
  return { control, provider, mirror, models, history, events, only, wait: (ms: number) => (now += ms) };
}

/** For assert.rejects: a TwinError with that code, and those paths among its details. */
export const refusal =
  (code: ErrorCode, ...paths: string[]) =>
  (error: unknown): boolean =>
    error instanceof TwinError && error.code === code && paths.every((p) => error.details.some((d) => d.path === p));
