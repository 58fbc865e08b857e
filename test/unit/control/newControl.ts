import type { AccessPolicy, Actor } from "../../../src/auth/AccessPolicy.ts";
import { RolePolicy } from "../../../src/auth/AccessPolicy.ts";
import { Audit } from "../../../src/control/Audit.ts";
import { Leases } from "../../../src/control/Leases.ts";
import { parseControlFile } from "../../../src/control/rules/controlFile.ts";
import { TwinControl } from "../../../src/control/TwinControl.ts";
import type { ErrorCode } from "../../../src/errors.ts";
import { TwinError } from "../../../src/errors.ts";
import type { Role } from "../../../src/protocol/names.ts";
import type { OperationView } from "../../../src/services.ts";
import { Store } from "../../../src/store/Store.ts";
import { ModelCatalog } from "../../../src/twins/ModelCatalog.ts";
import { TwinMirror } from "../../../src/twins/TwinMirror.ts";
import type { DeviceGateway, JsonPatchOp, TwinEvent } from "../../../src/twins/types.ts";
import { newGatedProvider } from "../../support/GatedProvider.ts";
import { MODELS } from "../../support/hall.ts";
import { silentLog } from "../../support/silentLog.ts";

export const actor = (role: Role): Actor => ({ id: role, name: `a ${role}`, role });
export const set = (path: string, value: unknown): JsonPatchOp => ({ op: "replace", path, value });

/** Control over the hall, with a clock that stands still; notifications are kept for the test to show. */
export interface NewControlOptions {
  readOnly?: string;
  devices?: DeviceGateway;
  /** Of the control file. */
  rules?: object;
  store?: Store;
}

export async function newControl(options: NewControlOptions = {}) {
  const provider = await newGatedProvider();
  const models = new ModelCatalog({ log: silentLog });
  models.add(MODELS.map((model) => ({ id: model["@id"], model })));
  const mirror = new TwinMirror(() => models.graph);
  for await (const twin of provider.listTwins()) {
    mirror.upsertTwin({ ...twin, times: {} }, 0); // by the clock of the test
  }
  let now = 1_000_000;
  let ids = 0;
  const roles = new RolePolicy(options.readOnly === undefined ? {} : { readOnly: options.readOnly });
  let revoked: string | undefined;
  const policy: AccessPolicy = {
    check: (who, action) => (revoked === undefined ? roles.check(who, action) : { allowed: false, reason: revoked }),
  };
  const clock = () => now;
  const store = options.store ?? Store.open();
  const audit = new Audit({ store: store.audit, policy, clock, log: silentLog });
  const leases = new Leases({ mirror, link: { loaded: true }, policy, audit, clock });
  const control = new TwinControl({
    provider,
    devices: options.devices,
    mirror,
    link: { loaded: true },
    models,
    policy,
    leases,
    audit,
    rules: parseControlFile(JSON.stringify(options.rules ?? {}), "test"),
    memory: store.operations,
    log: silentLog,
    clock,
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
  return {
    control,
    provider,
    mirror,
    models,
    leases,
    audit,
    store,
    history,
    events,
    only,
    clock,
    wait: (ms: number) => (now += ms),
    /** From now on nobody may do anything. */
    revoke: (reason: string) => {
      revoked = reason;
    },
  };
}

/** For assert.rejects: a TwinError with that code, and those paths among its details. */
export const refusal =
  (code: ErrorCode, ...paths: string[]) =>
  (error: unknown): boolean =>
    error instanceof TwinError && error.code === code && paths.every((p) => error.details.some((d) => d.path === p));
