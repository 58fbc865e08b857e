/**
 * Lets clients of a room write to twins, command them and hold them, and shows everybody what becomes of it: operations,
 * leases and alarms of the twins of this room, whoever caused them (another room, or REST).
 *
 * Way back: `room.request("twin.patch", …)` → shape (zod) → TwinControl → the provider, or the device.
 */
import { type Client, type Room, RoomPlugin } from "@colyseus/core";
import type { z } from "zod";
import { TwinError } from "../src/errors.ts";
import * as payloads from "../src/protocol/payloads.ts";
import { actorOf } from "./actor.ts";
import { assertBehind, syncOf } from "./besideSync.ts";
import { cameBack } from "./cameBack.ts";
import { ShownControl } from "./control/ShownControl.ts";
import { ofOneRoom } from "./oneRoom.ts";
import { type Handlers, type RequestHandler, request } from "./request.ts";
import type { TwinSyncPlugin } from "./TwinSyncPlugin.ts";

export interface TwinControlPluginOptions {
  sync: TwinSyncPlugin;
}

export class TwinControlPlugin extends RoomPlugin<Room> {
  override readonly pluginName = "twinControl" as const;
  protected override order = { onCreate: "after" as const };
  readonly #sync: TwinSyncPlugin;
  #shown: ShownControl | undefined;

  constructor(options: TwinControlPluginOptions) {
    super();
    ofOneRoom(this);
    this.#sync = syncOf("TwinControlPlugin", options);
  }

  override messages: Handlers<
    | "twin.patch"
    | "twin.command"
    | "twin.delete"
    | "operation.cancel"
    | "permissions.check"
    | "lease.acquire"
    | "lease.release"
    | "lease.transfer"
    | "alarm.acknowledge"
    | "alarm.shelve"
  > = {
    "twin.patch": this.#on(payloads.twinPatch, (client, payload) => this.#control.patchTwin(actorOf(client), payload)),
    "twin.command": this.#on(payloads.twinCommand, (client, payload) => {
      const { request: body, ...rest } = payload;
      return this.#control.command(actorOf(client), body === undefined ? rest : { ...rest, request: body });
    }),
    "twin.delete": this.#on(payloads.twinDelete, async (client, payload) => {
      await this.#control.deleteTwin(actorOf(client), payload);
      return {};
    }),
    "operation.cancel": this.#on(payloads.operationCancel, (client, { operationId }) =>
      this.#control.cancel(actorOf(client), operationId),
    ),
    "permissions.check": this.#on(payloads.permissionsCheck, (client, { checks }) =>
      this.#control.check(actorOf(client), checks),
    ),
    "lease.acquire": this.#on(payloads.leaseAcquire, (client, { twinId, seconds }) =>
      this.#sync.services.leases.acquire(actorOf(client), twinId, seconds),
    ),
    "lease.release": this.#on(payloads.leaseRelease, (client, { twinId }) => {
      this.#sync.services.leases.release(actorOf(client), twinId);
      return {};
    }),
    "lease.transfer": this.#on(payloads.leaseTransfer, (client, { twinId, to }) => {
      this.#sync.services.leases.transfer(actorOf(client), twinId, actorOf(this.#clientOf(to)));
      return {};
    }),
    "alarm.acknowledge": this.#on(payloads.alarmAcknowledge, (client, { alarmId, comment }) => {
      this.#sync.services.alarms.acknowledge(actorOf(client), alarmId, comment);
      return {};
    }),
    "alarm.shelve": this.#on(payloads.alarmShelve, (client, { alarmId, seconds }) => {
      this.#sync.services.alarms.shelve(actorOf(client), alarmId, Date.now() + seconds * 1000);
      return {};
    }),
  };

  protected override onCreate(): void {
    assertBehind(this.#sync, this, this.room.plugins);
    this.#shown = new ShownControl(this.#sync);
  }

  /** After the room gave up waiting for him; at once when he left by himself. */
  protected override onLeave(client: Client): void {
    if (cameBack(client)) {
      return;
    }
    this.#control.leave(client.sessionId);
  }

  protected override onDispose(): void {
    this.#shown?.close();
  }

  get #control() {
    return this.#sync.services.control;
  }

  #on<T extends z.ZodType, Out>(
    schema: T,
    run: Parameters<typeof request<T, Out>>[2],
  ): RequestHandler<z.input<T>, Out> {
    return request(() => this.#sync.services.log, schema, run);
  }

  #clientOf(sessionId: string): Client {
    const client = this.room.clients.getById(sessionId);
    if (!client) {
      throw new TwinError("NOT_FOUND", `Nobody in this room has the session '${sessionId}'.`);
    }
    return client;
  }
}
