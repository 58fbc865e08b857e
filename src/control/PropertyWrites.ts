/**
 * Property writes as operations: checked, then sent to the twin's device if it reports the property about itself, else to the
 * provider. What comes of it is observed by WriteObserver.
 *
 * Way back: TwinControl → here → DeviceGateway or TwinProvider.
 */
import type { AccessPolicy, Actor } from "../auth/AccessPolicy.ts";
import { resolvePath } from "../dtdl/index.ts";
import { TwinError, toTwinError } from "../errors.ts";
import type { Control, OperationView } from "../services.ts";
import type { ModelCatalog } from "../twins/ModelCatalog.ts";
import { propertyPointer } from "../twins/readPatch.ts";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import type { DeviceGateway, Dtmi, JsonPatchOp, Log, Pointer, TwinId, TwinProvider } from "../twins/types.ts";
import type { DeviceQueue } from "./DeviceQueue.ts";
import type { Act, Guard } from "./Guard.ts";
import { checkPatch, checkWritable } from "./modelChecks.ts";
import type { OperationLog } from "./OperationLog.ts";
import { touchedBy } from "./touched.ts";
import { type Wish, type WriteObserver, wishesIn } from "./WriteObserver.ts";

export interface PropertyWritesOptions {
  provider: TwinProvider;
  devices: DeviceGateway | undefined;
  queue: DeviceQueue;
  mirror: TwinMirror;
  models: ModelCatalog;
  policy: AccessPolicy;
  guard: Guard;
  operations: OperationLog;
  observer: WriteObserver;
  log: Log;
}

export type PatchRequest = Parameters<Control["patchTwin"]>[1];
type Reply = Awaited<ReturnType<Control["patchTwin"]>>;
interface Write {
  actor: Actor;
  request: PatchRequest;
  modelId: Dtmi;
  operation: OperationView;
  act: Act;
}

export class PropertyWrites {
  readonly #o: PropertyWritesOptions;
  constructor(options: PropertyWritesOptions) {
    this.#o = options;
  }

  /** @throws what the requester is told, and then there is no operation */
  check(actor: Actor, request: PatchRequest, modelId: Dtmi): Act {
    const { models, guard } = this.#o;
    const { twinId, patch } = request;
    const manages = this.#allow(actor, request);
    checkPatch(models.graph, modelId, patch);
    if (!manages) {
      checkWritable(models.graph, modelId, patch);
    }
    const act: Act = { do: "patch", twinId, modelId, on: patch.flatMap((op) => touchedBy(models.graph, modelId, op)) };
    guard.onRequest(actor, act);
    return act;
  }

  /**
   * Who may do more than operate ("manage") writes any property, as Azure allows; others only `writable` ones.
   * @throws FORBIDDEN
   */
  #allow(actor: Actor, { twinId, patch }: PatchRequest): boolean {
    const manages = this.#o.policy.check(actor, "manage", { twinId }).allowed;
    for (const { path } of manages ? [] : patch) {
      this.#o.guard.allow(actor, "patch", { twinId, path });
    }
    return manages;
  }

  /** Just before it goes out: rights and the world may have changed since. @throws FORBIDDEN, LEASED, INTERLOCKED */
  #beforeDispatch({ actor, request, act }: Write): void {
    this.#allow(actor, request);
    this.#o.guard.beforeDispatch(actor, act);
  }

  /** Resolves when the provider or the hub has taken it. `operation` is in the log. */
  async run(write: Write): Promise<Reply> {
    const { operation, request } = write;
    try {
      const wishes = await this.#wishesOf(write);
      this.#beforeDispatch(write);
      if (this.#o.operations.get(operation.id)?.status !== "requested") {
        return this.#reply(operation); // cancelled meanwhile
      }
      return wishes ? await this.#toDevice(write, wishes) : await this.#toProvider(write);
    } catch (error) {
      throw this.#refused(operation, request, error);
    }
  }

  #reply({ id }: OperationView, etag?: string): Reply {
    const status = this.#o.operations.get(id)?.status ?? "sent";
    return { operationId: id, status, ...(etag === undefined ? {} : { etag }) };
  }

  async #toProvider({ operation, request, modelId }: Write): Promise<Reply> {
    const trace = this.#o.observer.expectNotification(operation.id);
    const { etag } = await this.#o.provider.patchTwin(request.twinId, this.#forProvider(request, modelId), {
      ...(request.ifMatch === undefined ? {} : { ifMatch: request.ifMatch }),
      traceparent: `00-${trace}-${trace.slice(0, 16)}-01`,
    });
    this.#o.operations.advance(operation.id, "sent");
    return this.#reply(operation, etag);
  }

  async #toDevice(write: Write, wishes: readonly Wish[]): Promise<Reply> {
    const { operation, request } = write;
    if (request.ifMatch !== undefined) {
      await this.#assertMatch(request.twinId, request.ifMatch);
    }
    const isOffline = (await this.#o.devices?.find(request.twinId))?.isConnected === false;
    const reason = this.#o.queue.reasonToWait(request.twinId, isOffline);
    if (reason !== undefined) {
      this.#enqueue(write, wishes, reason);
    } else if (this.#o.operations.isUnfinished(operation.id)) {
      await this.#wish(operation, wishes);
    }
    return this.#reply(operation);
  }

  #enqueue(write: Write, wishes: readonly Wish[], reason: string): void {
    const { operation } = write;
    this.#o.guard.assertMayWait(write.act);
    if (!this.#o.operations.advance(operation.id, "queued", { reason })) {
      return; // superseded meanwhile
    }
    this.#supersede(operation, this.#olderThan(operation, wishes));
    this.#o.queue.add(operation.twinId, operation.id, async () => {
      if (this.#o.operations.get(operation.id)?.status !== "queued") {
        return;
      }
      try {
        this.#beforeDispatch(write);
        this.#o.operations.advance(operation.id, "requested");
        await this.#wish(operation, wishes);
      } catch (error) {
        this.#refused(operation, write.request, error);
      }
    });
  }

  /** Before the hub is asked, so that a report which is faster than the hub's answer counts. */
  async #wish(operation: OperationView, wishes: readonly Wish[]): Promise<void> {
    const { id, twinId } = operation;
    const older = this.#olderThan(operation, wishes);
    this.#o.observer.expectReport({ id, twinId }, wishes);
    await this.#o.devices?.setDesired(twinId, wishes);
    this.#o.operations.advance(id, "sent");
    this.#supersede(operation, older);
  }

  /** Unfinished wishes for the same property of the same device. */
  #olderThan({ id, twinId }: OperationView, wishes: readonly Wish[]): OperationView[] {
    const paths = new Set(wishes.map(({ path }) => path));
    const all = this.#o.operations.unfinished();
    const before = all.slice(
      0,
      all.findIndex((o) => o.id === id),
    );
    return before.filter(
      (o) => o.twinId === twinId && o.kind === "patch" && wishesIn(o).some((w) => paths.has(w.path)),
    );
  }

  /** A device hears the newest wish only: an older one for the same property will never be reported. */
  #supersede(by: OperationView, older: readonly OperationView[]): void {
    for (const { id } of older) {
      this.#o.operations.advance(id, "superseded", { reason: `${by.by} asked for something newer.` });
    }
  }

  /** undefined: for the provider. */
  async #wishesOf({ request, modelId, operation }: Write): Promise<readonly Wish[] | undefined> {
    const device = await this.#o.devices?.find(request.twinId);
    if (!device) {
      return undefined;
    }
    const { graph } = this.#o.models;
    const reaches = ({ path }: JsonPatchOp) =>
      device.reports.has(pointerOf(path, modelId, graph)) || [...device.reports].some((r) => r.startsWith(`${path}/`));
    const obeyed = request.patch.filter(reaches);
    if (obeyed.length === 0) {
      return undefined;
    }
    const misfit =
      request.patch.find((op) => !obeyed.includes(op)) ??
      obeyed.find((op) => op.op === "remove" || !device.reports.has(op.path));
    if (misfit) {
      const details = [
        { path: misfit.path, expected: "whole values of properties that the device takes", found: misfit.op },
      ];
      throw new TwinError(
        "UNSUPPORTED",
        `${obeyed.map((op) => op.path).join(", ")} goes to the device, ${misfit.path} cannot go with it; ask for it by itself.`,
        { details },
      );
    }
    return wishesIn(operation);
  }

  async #assertMatch(twinId: TwinId, ifMatch: string): Promise<void> {
    const etag = (await this.#o.provider.getTwin(twinId))?.etag;
    if (ifMatch !== "*" && ifMatch !== etag) {
      throw new TwinError("CONFLICT", `${twinId} has changed since the etag that was given.`);
    }
  }

  /**
   * `replace` of a property that was never set is refused by Azure; what the client means is `add`, which replaces too.
   * Not below a property: there `add` inserts into arrays.
   */
  #forProvider(request: PatchRequest, modelId: Dtmi): JsonPatchOp[] {
    const model = this.#o.models.graph.get(modelId);
    return request.patch.map((op) =>
      op.op === "replace" && model && propertyPointer(model, op.path) === op.path ? { ...op, op: "add" } : op,
    );
  }

  /** Without an answer it is not known whether the write was taken: what is observed or the time limit ends it. */
  #refused(operation: OperationView, { twinId }: PatchRequest, error: unknown): TwinError {
    const e = toTwinError(error);
    if (e.code === "UNAVAILABLE" && this.#o.observer.isExpected(operation.id)) {
      this.#o.log.warn({ err: e.cause ?? e, twinId }, "no answer to a write");
    } else {
      const status = e.code === "UNAVAILABLE" ? "failed" : "rejected";
      this.#o.operations.advance(operation.id, status, { reason: e.message });
    }
    return e;
  }
}

function pointerOf(path: Pointer, modelId: Dtmi, graph: ModelCatalog["graph"]): Pointer {
  return resolvePath(graph, modelId, path)?.pointerOfProperty ?? path;
}
