/**
 * Every write of a person: from rooms (TwinControlPlugin) and from REST. Puts together what does it: GraphWrites for the
 * graph, PropertyWrites and Commands for operations, Guard for what may stand in the way.
 *
 * Way back: shape was checked by the caller (zod) → here. EventPump shows every event to `observe`; only what is seen there
 * is "verified" (invariant 6). Every operation ends (invariant 5): also those that an earlier process left.
 */
import type { AccessPolicy, Actor } from "../auth/AccessPolicy.ts";
import { TwinError, toTwinError } from "../errors.ts";
import type { AuditDesk, Control, OperationView, Permission, PermissionCheck, ReadRights } from "../services.ts";
import type { Loading } from "../twins/knownTwin.ts";
import type { ModelCatalog } from "../twins/ModelCatalog.ts";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import type { Clock, DeviceGateway, Dtmi, Log, TwinEvent, TwinId, TwinProvider } from "../twins/types.ts";
import { type CommandRequest, Commands, commandPath } from "./Commands.ts";
import { checkPermissions } from "./checkPermissions.ts";
import { DeviceQueue } from "./DeviceQueue.ts";
import { GraphWrites } from "./GraphWrites.ts";
import { type Act, Guard } from "./Guard.ts";
import type { Leases } from "./Leases.ts";
import { OperationLog, type OperationMemory } from "./OperationLog.ts";
import { type PatchRequest, PropertyWrites } from "./PropertyWrites.ts";
import { type ControlRules, NO_RULES } from "./rules/controlFile.ts";
import { valuesBefore, WriteObserver } from "./WriteObserver.ts";

export interface TwinControlOptions {
  provider: TwinProvider;
  /** Absent: no twin has a device, commands are not offered. */
  devices?: DeviceGateway | undefined;
  mirror: TwinMirror;
  link: Loading;
  models: ModelCatalog;
  policy: AccessPolicy;
  leases: Leases;
  audit: Pick<AuditDesk, "record">;
  rules?: ControlRules | undefined;
  /** Absent: everybody may be told everything. */
  told?: ReadRights | undefined;
  memory?: OperationMemory | undefined;
  log: Log;
  clock: Clock;
  /** Makes ids of twins and operations. */
  newId: () => string;
  /** How long a write may take to be observed, ms. */
  verifyTimeoutMs?: number;
}

const VERIFY_MS = 15_000;
const COMMAND_MS = 30_000;
const SWEEP_MS = 250;
/** Queued operations ask for their device this often. */
const ASK_MS = 5000;

type Asked = { operationId: string; status: OperationView["status"] };

export class TwinControl extends GraphWrites implements Control {
  readonly #o: TwinControlOptions;
  readonly #operations: OperationLog;
  readonly #guard: Guard;
  readonly #queue: DeviceQueue;
  readonly #observer: WriteObserver;
  readonly #writes: PropertyWrites;
  readonly #commands: Commands;
  /** Ids of requests that are being checked: nothing of them is in the log yet. */
  readonly #starting = new Map<string, Promise<unknown>>();
  /** Who asked for the unfinished ones, and the value before: for the audit. */
  readonly #asked = new Map<string, { actor: Actor; before: unknown }>();
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(options: TwinControlOptions) {
    const { mirror, models, policy, leases, log, clock, devices, memory, told, rules = NO_RULES } = options;
    const guard = new Guard({ policy, leases, rules, mirror, told, clock, graph: () => models.graph });
    super({ ...options, guard });
    this.#o = options;
    this.#guard = guard;
    this.#operations = new OperationLog({ clock, memory, log });
    const operations = this.#operations;
    this.#queue = new DeviceQueue({ devices, log });
    this.#observer = new WriteObserver({ operations, mirror, clock });
    const parts = { ...options, devices, guard, operations, queue: this.#queue, observer: this.#observer, rules };
    this.#writes = new PropertyWrites(parts);
    this.#commands = new Commands(parts);
    operations.onChange((id, view) => this.#onChange(id, view));
  }

  start(): void {
    this.#timers.push(
      setInterval(() => this.#sweep(), SWEEP_MS),
      setInterval(() => void this.#queue.ask(), ASK_MS),
    );
    for (const timer of this.#timers) {
      timer.unref();
    }
  }

  close(): void {
    for (const timer of this.#timers) {
      clearInterval(timer);
    }
  }

  /** Settles what an earlier process left unfinished. Called once the twins are loaded. */
  recover(): void {
    for (const o of this.#operations.takeOver()) {
      const isSo = o.kind === "patch" ? this.#observer.isSo(o) : this.#commands.isSo(o);
      const unsent = o.status === "queued" || (o.kind === "command" && o.status === "requested");
      const reason = unsent
        ? "The server was restarted before it was sent; ask again."
        : "The server was restarted before the effect was observed; it may still come.";
      this.#operations.advance(o.id, isSo ? "verified" : "failed", {
        reason: isSo ? "Observed after a restart of the server." : reason,
      });
    }
  }

  operation(id: string): OperationView | undefined {
    return this.#operations.get(id);
  }
  operations(): Iterable<OperationView> {
    return this.#operations.values();
  }
  onOperation(listener: (id: string, view: OperationView | undefined) => void): () => void {
    return this.#operations.onChange(listener);
  }

  async patchTwin(actor: Actor, request: PatchRequest): Promise<Asked & { etag?: string }> {
    const [first, ...more] = request.patch;
    const asked = {
      kind: "patch" as const,
      path: more.length === 0 ? (first?.path ?? "") : "",
      desired: JSON.stringify(more.length === 0 ? (first?.value ?? null) : request.patch),
      forMs: this.#o.verifyTimeoutMs ?? VERIFY_MS,
    };
    return this.#once(actor, { ...request, ...asked }, async (operation, modelId) => {
      const act = this.#writes.check(actor, request, modelId);
      return { act, run: () => this.#writes.run({ actor, request, modelId, operation, act }) };
    });
  }

  async command(actor: Actor, request: CommandRequest): Promise<Asked> {
    const desired = JSON.stringify(request.request ?? null);
    const forMs = request.timeoutMs ?? COMMAND_MS;
    const asked = { kind: "command" as const, path: commandPath(request), desired, forMs };
    return this.#once(actor, { ...request, ...asked }, async (operation, modelId) => {
      const act = this.#commands.check(actor, request, modelId);
      await this.#commands.assertDevice(request.twinId);
      const run = async () => {
        await this.#commands.run({ actor, request, modelId, operation, act });
        return { operationId: operation.id, status: this.#statusOf(operation.id) };
      };
      return { act, run };
    });
  }

  cancel(actor: Actor, operationId: string): { status: OperationView["status"] } {
    const { twinId = "", path = "" } = this.#operations.get(operationId) ?? {};
    const note = { actor, action: "cancel", twinId, path, operationId };
    try {
      this.#cancel(actor, operationId);
    } catch (error) {
      const { code, message } = toTwinError(error);
      this.#o.audit.record({ ...note, result: "refused", reason: `${code}: ${message}` });
      throw error;
    }
    this.#o.audit.record(note);
    return { status: "cancelled" };
  }

  #cancel(actor: Actor, operationId: string): void {
    const o = this.#operations.get(operationId);
    if (!o) {
      throw new TwinError("NOT_FOUND", `There is no operation ${operationId}.`);
    }
    this.#guard.allow(actor, o.kind, { twinId: o.twinId });
    const isOut = o.status !== "queued" && !(o.status === "requested" && !this.#observer.isExpected(operationId));
    if (isOut || !this.#operations.advance(operationId, "cancelled", { reason: `${actor.name} cancelled it.` })) {
      throw new TwinError("CONFLICT", `It is ${o.status} and cannot be called back.`, { status: 409 });
    }
  }

  check(actor: Actor, checks: readonly PermissionCheck[]): Promise<Permission[]> {
    const parts = { ...this.#o, guard: this.#guard, commands: this.#commands };
    return checkPermissions(parts, actor, checks);
  }

  leave(actorId: string): void {
    this.#guard.leave(actorId);
    this.#o.leases.leave(actorId);
  }

  /** Called by the pump for every event, after it was applied. */
  observe(event: TwinEvent): void {
    this.#observer.observe(event);
    this.#commands.observe(event);
    if (event.type === "device.connected" || event.type === "device.disconnected") {
      this.#o.devices?.forget?.(event.subject);
    }
    if (event.type === "device.connected") {
      void this.#queue.connected(event.subject);
    }
  }

  #sweep(): void {
    this.#o.leases.sweep();
    this.#operations.sweep((o) => (o.kind === "patch" ? this.#observer.end(o) : this.#commands.end(o)));
  }

  /** One operation for one id: a repetition is told how the first stands. Refusals and results go to the audit. */
  async #once<T extends Asked>(
    actor: Actor,
    request: Pick<OperationView, "kind" | "path" | "desired"> & { twinId: TwinId; operationId?: string; forMs: number },
    prepare: (operation: OperationView, modelId: Dtmi) => Promise<{ act: Act; run: () => Promise<T> }>,
  ): Promise<Asked | T> {
    const operation = this.#newOperation(actor, request);
    const { id, twinId } = operation;
    for (let first = this.#starting.get(id); first; first = this.#starting.get(id)) {
      await first.catch(() => undefined);
    }
    const known = this.#operations.get(id);
    if (known) {
      assertSame(known, operation);
      return { operationId: known.id, status: known.status };
    }
    const preparing = this.modelOf(twinId).then((modelId) => prepare(operation, modelId));
    this.#starting.set(id, preparing);
    try {
      const { run } = await preparing;
      this.#noteRequest(actor, operation);
      this.#operations.add(operation);
      this.#starting.delete(id);
      return await run();
    } catch (error) {
      if (this.#starting.delete(id)) {
        this.#noteRefusal(actor, operation, error);
      }
      throw error;
    }
  }

  #newOperation(
    actor: Actor,
    o: Pick<OperationView, "kind" | "path" | "desired"> & { twinId: TwinId; operationId?: string; forMs: number },
  ): OperationView {
    const at = this.#o.clock();
    const { kind, twinId, path, desired, forMs, operationId: id = this.#o.newId() } = o;
    const fresh = { status: "requested" as const, reason: "", result: "", since: at };
    return { id, kind, twinId, path, desired, ...fresh, by: actor.name, at, until: at + forMs };
  }

  #statusOf(id: string): OperationView["status"] {
    return this.#operations.get(id)?.status ?? "sent";
  }

  #noteRefusal(actor: Actor, o: OperationView, error: unknown): void {
    const { code, message } = toTwinError(error);
    const reason = `${code}: ${message}`;
    this.#o.audit.record({ ...noteOf(actor, o), result: "refused", reason });
  }

  #noteRequest(actor: Actor, o: OperationView): void {
    const before = o.kind === "patch" ? valuesBefore(this.#o.mirror.toTwin(o.twinId)?.properties, o) : undefined;
    this.#asked.set(o.id, { actor, before });
    this.#o.audit.record({ ...noteOf(actor, o), before, result: "requested" });
  }

  #onChange(id: string, view: OperationView | undefined): void {
    if (!view) {
      this.#observer.forget(id);
    } else if (!this.#operations.isUnfinished(id)) {
      this.#queue.remove(view.twinId, id);
      this.#commands.forget(view);
      const { actor = nobody(view), before } = this.#asked.get(id) ?? {};
      this.#asked.delete(id);
      this.#o.audit.record({ ...noteOf(actor, view), before, result: view.status, reason: view.reason });
    }
  }
}

/** Who asked in an earlier process; only the name is kept. */
function nobody({ by }: OperationView): Actor {
  return { id: "", name: by, role: "player" };
}

function noteOf(actor: Actor, { kind: action, twinId, path, desired, id: operationId }: OperationView) {
  return { actor, action, twinId, path, after: JSON.parse(desired) as unknown, operationId };
}

/** The same id for the same request is a repetition; for another it is a mistake that must not go unnoticed. */
function assertSame(known: OperationView, asked: OperationView): void {
  const same = (["kind", "twinId", "path", "desired"] as const).every((member) => known[member] === asked[member]);
  if (!same) {
    throw new TwinError("CONFLICT", `The operationId '${known.id}' belongs to another request.`, { status: 409 });
  }
}
