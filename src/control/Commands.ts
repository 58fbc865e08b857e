/**
 * DTDL Commands as operations: request and response checked against the model, run as direct methods of the twin's device.
 *
 * Way back: TwinControl → here → DeviceGateway. A command is sent once: what is not surely undelivered is never sent again.
 * It ends "acknowledged" when the device answered; where the control file names its effect, "verified" once that is observed.
 */
import type { Actor } from "../auth/AccessPolicy.ts";
import { validateValue } from "../dtdl/index.ts";
import type { Command } from "../dtdl/types.ts";
import { TwinError, toTwinError } from "../errors.ts";
import type { Control, OperationView } from "../services.ts";
import type { ModelCatalog } from "../twins/ModelCatalog.ts";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import type { Clock, DeviceGateway, Dtmi, Log, TwinEvent, TwinId } from "../twins/types.ts";
import type { MirrorValue } from "../twins/valueTime.ts";
import { AWAY, type DeviceQueue } from "./DeviceQueue.ts";
import { findCommand, unknownCommand } from "./findCommand.ts";
import type { Act, Guard } from "./Guard.ts";
import type { OperationLog } from "./OperationLog.ts";
import { faultOf, isA } from "./rules/conditions.ts";
import type { ControlRules, Effect } from "./rules/controlFile.ts";

export interface CommandsOptions {
  devices: DeviceGateway | undefined;
  queue: DeviceQueue;
  mirror: TwinMirror;
  models: ModelCatalog;
  guard: Guard;
  rules: ControlRules;
  operations: OperationLog;
  log: Log;
  clock: Clock;
}

export type CommandRequest = Parameters<Control["command"]>[1];
interface Run {
  actor: Actor;
  request: CommandRequest;
  modelId: Dtmi;
  operation: OperationView;
  act: Act;
}

/** IoT Hub waits 5 to 300 s for a device. */
const MIN_ANSWER_MS = 5000;
const MAX_ANSWER_MS = 300_000;

export class Commands {
  readonly #o: CommandsOptions;
  /** Twin → operation id → what is to be observed, and from when on. */
  readonly #effects = new Map<TwinId, Map<string, { effect: Effect; sentAt: number }>>();

  constructor(options: CommandsOptions) {
    this.#o = options;
  }

  /** @throws what the requester is told, and then there is no operation */
  check(actor: Actor, request: CommandRequest, modelId: Dtmi): Act {
    const { guard } = this.#o;
    const { twinId } = request;
    const path = commandPath(request);
    guard.allow(actor, "command", { twinId, path });
    if (request.command.includes("/")) {
      throw unknownCommand(this.#o.models.graph, modelId, path); // it would pass for a component's, of which the device hears nothing
    }
    const command = this.assertKnown(modelId, path);
    this.#checkRequest(command, path, request.request);
    const act: Act = { do: "command", twinId, modelId, on: [{ path, value: request.request }] };
    guard.onRequest(actor, act);
    return act;
  }

  /** @throws INVALID_VALUE when the model has none of that path */
  assertKnown(modelId: Dtmi, path: string): Command {
    const command = findCommand(this.#o.models.graph, modelId, path);
    if (!command) {
      throw unknownCommand(this.#o.models.graph, modelId, path);
    }
    return command;
  }

  /** @throws UNSUPPORTED when the twin has no device to run it */
  async assertDevice(twinId: TwinId): Promise<void> {
    if (!this.#o.devices) {
      throw new TwinError("UNSUPPORTED", "This server is connected to no IoT Hub, so it runs no commands.");
    }
    if (!(await this.#o.devices.find(twinId))) {
      throw new TwinError("UNSUPPORTED", `${twinId} has no device at the IoT Hub that could run a command.`);
    }
  }

  /** Resolves when it went out or is queued; never rejects. `operation` is in the log. */
  async run(run: Run): Promise<void> {
    const { operation } = run;
    const device = await this.#o.devices?.find(operation.twinId).catch(() => undefined);
    const reason = this.#o.queue.reasonToWait(operation.twinId, device?.isConnected === false);
    if (reason === undefined) {
      void this.#dispatch(run);
    } else {
      this.#enqueue(run, reason);
    }
  }

  /** Ends commands whose effect this event shows. */
  observe(event: TwinEvent): void {
    const waiting = this.#effects.get(event.subject);
    if (!waiting) {
      return;
    }
    for (const id of waiting.keys()) {
      this.#verify(id);
    }
  }

  /** Has its effect been observed since it was asked for? For commands that an earlier process left. */
  isSo(o: OperationView): boolean {
    const effect = o.status === "acknowledged" ? this.#effectOf(o) : undefined;
    return effect !== undefined && this.#isSeen(o.twinId, effect, (held) => held.source >= o.at);
  }

  #verify(id: string): void {
    const o = this.#o.operations.get(id);
    const { effect, sentAt } = this.#effects.get(o?.twinId ?? "")?.get(id) ?? {};
    if (
      o?.status === "acknowledged" &&
      effect &&
      this.#isSeen(o.twinId, effect, (held) => held.received >= Number(sentAt))
    ) {
      this.#o.operations.advance(id, "verified");
    }
  }

  #isSeen(twinId: TwinId, { becomes }: Effect, isSince: (held: MirrorValue) => boolean): boolean {
    const { mirror, models, clock } = this.#o;
    const held = mirror.get(twinId)?.values.get(becomes.path);
    const world = { mirror, graph: models.graph, now: clock(), tells: () => false };
    return held !== undefined && isSince(held) && faultOf(becomes, twinId, world) === undefined;
  }

  /** Ends an overdue command, saying what is known. */
  end(o: OperationView): void {
    const { operations } = this.#o;
    const seconds = Math.round((o.until - o.at) / 1000);
    if (o.status === "queued") {
      operations.advance(o.id, "expired", { reason: `The device was offline for ${seconds} s; nothing was sent.` });
    } else if (o.status === "acknowledged") {
      const path = this.#effectOf(o)?.becomes.path ?? "its effect";
      operations.advance(o.id, "failed", { reason: `The device said that it did it, but ${path} does not show it.` });
    } else {
      operations.advance(o.id, "timed-out", { reason: noAnswer(seconds) });
    }
  }

  forget({ id, twinId }: Pick<OperationView, "id" | "twinId">): void {
    const waiting = this.#effects.get(twinId);
    if (waiting?.delete(id) && waiting.size === 0) {
      this.#effects.delete(twinId);
    }
  }

  #enqueue(run: Run, reason: string): void {
    const { id, twinId } = run.operation;
    try {
      this.#o.guard.assertMayWait(run.act);
    } catch (error) {
      this.#o.operations.advance(id, "rejected", { reason: toTwinError(error).message });
      return;
    }
    if (this.#o.operations.advance(id, "queued", { reason })) {
      this.#o.queue.add(twinId, id, () => this.#dispatch(run));
    }
  }

  /** On its way when this returns; resolves when it is answered. */
  async #dispatch(run: Run): Promise<void> {
    const { operation, actor, act } = run;
    try {
      this.#o.guard.allow(actor, "command", { twinId: operation.twinId, path: operation.path });
      this.#o.guard.beforeDispatch(actor, act);
    } catch (error) {
      this.#o.operations.advance(operation.id, "rejected", { reason: toTwinError(error).message });
      return;
    }
    if (!this.#o.operations.advance(operation.id, "sent")) {
      return; // cancelled or expired meanwhile
    }
    this.#expectEffect(operation, act);
    await this.#invoke(run);
  }

  async #invoke(run: Run): Promise<void> {
    const { operation, request, modelId } = run;
    const { twinId, component, command } = request;
    const left = operation.until - this.#o.clock();
    try {
      const answer = await this.#o.devices?.invoke(twinId, {
        command,
        ...(component === undefined ? {} : { component }),
        ...(request.request === undefined ? {} : { request: request.request }),
        timeoutMs: Math.min(MAX_ANSWER_MS, Math.max(MIN_ANSWER_MS, left)),
      });
      this.#answered(operation, findCommand(this.#o.models.graph, modelId, operation.path), answer);
    } catch (error) {
      this.#unanswered(run, toTwinError(error));
    }
  }

  #answered(
    o: OperationView,
    command: Command | undefined,
    answer: { status: number; response?: unknown } | undefined,
  ) {
    const { operations, models } = this.#o;
    const response = answer?.response;
    const result = response === undefined ? "" : JSON.stringify(response);
    const status = answer?.status ?? 0;
    if (!(status >= 200 && status < 300)) {
      operations.advance(o.id, "failed", { reason: `The device refused it with status ${status}.`, result });
      return;
    }
    const [issue] = command?.response ? validateValue(models.graph, command.response.schema, response) : [];
    if (issue) {
      const reason = `The device did it, but its answer does not fit the model: ${issue.message}`;
      operations.advance(o.id, "failed", { reason, result });
      return;
    }
    const isEnd = this.#effectOf(o) === undefined;
    operations.advance(o.id, "acknowledged", { result, isEnd });
    this.#verify(o.id); // a report may be faster than the answer
  }

  /** Sent again only where it surely did not arrive, and then by the queue. */
  #unanswered(run: Run, e: TwinError): void {
    const { id } = run.operation;
    const { operations } = this.#o;
    if (e.code === "OFFLINE" && this.#o.clock() < run.operation.until) {
      this.#enqueue(run, AWAY);
    } else if (e.code === "OFFLINE") {
      operations.advance(id, "failed", { reason: e.message });
    } else if (e.code !== "UNAVAILABLE") {
      operations.advance(id, "rejected", { reason: e.message });
    } else if (e.status === 504) {
      operations.advance(id, "timed-out", { reason: noAnswer() });
    } else {
      this.#o.log.warn({ err: e.cause ?? e, twinId: run.operation.twinId }, "the hub was lost while a command ran");
      const reason = "The connection was lost; whether the device got it is not known. It is not sent again by itself.";
      operations.advance(id, "failed", { reason });
    }
  }

  #expectEffect(o: OperationView, act: Act): void {
    const effect = this.#effectOf(o, act.modelId);
    if (effect) {
      const waiting = this.#effects.get(o.twinId) ?? new Map<string, { effect: Effect; sentAt: number }>();
      waiting.set(o.id, { effect, sentAt: this.#o.clock() });
      this.#effects.set(o.twinId, waiting);
    }
  }

  #effectOf(o: OperationView, modelId = this.#o.mirror.get(o.twinId)?.modelId): Effect | undefined {
    return this.#o.rules.effects.find((e) => e.command === o.path && isA(this.#o.models.graph, modelId, e.model));
  }

  #checkRequest({ request }: Command, path: string, value: unknown): void {
    const issues =
      request === undefined
        ? value === undefined
          ? []
          : [{ path: "", message: "it takes no request", expected: "no request", found: JSON.stringify(value) }]
        : validateValue(this.#o.models.graph, request.schema, value);
    const [first] = issues;
    if (first) {
      const details = issues.map((i) => ({ path: `/request${i.path}`, expected: i.expected, found: i.found }));
      throw new TwinError("INVALID_VALUE", `The request does not fit the command ${path}: ${first.message}`, {
        details,
      });
    }
  }
}

export function commandPath({ component, command }: Pick<CommandRequest, "component" | "command">): string {
  return component === undefined ? command : `${component}/${command}`;
}

function noAnswer(seconds?: number): string {
  const within = seconds === undefined ? "in time" : `within ${seconds} s`;
  return `The device did not answer ${within}; whether it did it is not known. It is not sent again by itself.`;
}
