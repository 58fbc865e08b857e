/**
 * Lets clients of a room write to twins, and shows everybody what becomes of it in `world.operations`.
 *
 * Way back: `room.request("twin.patch", …)` → shape (zod) → TwinControl → the provider. The operations shown are those on
 * twins of this room, whoever asked: another room, or REST.
 */
import { type Room, RoomPlugin } from "@colyseus/core";
import * as payloads from "../src/protocol/payloads.ts";
import { Operation } from "../src/schema/entities.ts";
import type { OperationView } from "../src/services.ts";
import { actorOf } from "./actor.ts";
import { request } from "./request.ts";
import type { TwinSyncPlugin } from "./TwinSyncPlugin.ts";

export interface TwinControlPluginOptions {
  sync: TwinSyncPlugin;
}

export class TwinControlPlugin extends RoomPlugin<Room> {
  override readonly pluginName = "twinControl" as const;
  protected override order = { onCreate: "after" as const };
  readonly #sync: TwinSyncPlugin;
  #unsubscribe: (() => void) | undefined;

  constructor(options: TwinControlPluginOptions) {
    super();
    this.#sync = options.sync;
  }

  override messages = {
    "twin.patch": request(
      () => this.#sync.services.log,
      payloads.twinPatch,
      (client, payload) => this.#sync.services.control.patchTwin(actorOf(client), payload),
    ),
    "twin.delete": request(
      () => this.#sync.services.log,
      payloads.twinDelete,
      async (client, payload) => {
        await this.#sync.services.control.deleteTwin(actorOf(client), payload);
        return {};
      },
    ),
  };

  protected override onCreate(): void {
    this.#unsubscribe?.();
    const { control } = this.#sync.services;
    for (const operation of control.operations()) {
      this.#show(operation.id, operation);
    }
    this.#unsubscribe = control.onOperation((id, view) => this.#show(id, view));
  }

  protected override onDispose(): void {
    this.#unsubscribe?.();
  }

  /** Operations are shown to everybody; what only some may see is not told there. */
  #isOpen({ twinId, path }: OperationView): boolean {
    const model = this.#sync.services.mirror.get(twinId)?.modelId;
    return model === undefined || this.#sync.schemas.restrictions.isOpen(model, path);
  }

  #show(id: string, view: OperationView | undefined): void {
    const { operations, twins } = this.#sync.world;
    const shown = operations.get(id);
    if (!view) {
      operations.delete(id);
    } else if (shown) {
      shown.status = view.status;
      shown.reason = view.reason;
      shown.result = view.result;
    } else if (twins.has(view.twinId)) {
      const { id: _, ...members } = view;
      operations.set(id, new Operation({ ...members, ...(this.#isOpen(view) ? {} : { desired: "", path: "" }) }));
    }
    this.#sync.touch();
  }
}
