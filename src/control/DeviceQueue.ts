/**
 * What waits for devices that are offline: dispatched in the order of the requests once the device is back.
 *
 * PropertyWrites and Commands put operations here; TwinControl tells of devices that connect, and asks the hub about the
 * others now and then, since not every hub routes its connection events.
 */
import type { DeviceGateway, Log, TwinId } from "../twins/types.ts";

export type Dispatch = () => Promise<void>;

export interface DeviceQueueOptions {
  devices: DeviceGateway | undefined;
  log: Log;
}

export class DeviceQueue {
  readonly #o: DeviceQueueOptions;
  readonly #waiting = new Map<TwinId, Map<string, Dispatch>>();
  readonly #running = new Set<TwinId>();

  constructor(options: DeviceQueueOptions) {
    this.#o = options;
  }

  /** `dispatch` does not reject; it does nothing for an operation that ended meanwhile. */
  add(twinId: TwinId, operationId: string, dispatch: Dispatch): void {
    const waiting = this.#waiting.get(twinId) ?? new Map<string, Dispatch>();
    waiting.set(operationId, dispatch);
    this.#waiting.set(twinId, waiting);
  }

  remove(twinId: TwinId, operationId: string): void {
    const waiting = this.#waiting.get(twinId);
    if (waiting?.delete(operationId) && waiting.size === 0) {
      this.#waiting.delete(twinId);
    }
  }

  /** One after the other; what is put back meanwhile waits for the next time. */
  async connected(twinId: TwinId): Promise<void> {
    if (this.#running.has(twinId)) {
      return;
    }
    this.#running.add(twinId);
    try {
      for (const [id, dispatch] of [...(this.#waiting.get(twinId) ?? [])]) {
        this.remove(twinId, id);
        await dispatch();
      }
    } finally {
      this.#running.delete(twinId);
    }
  }

  /** Asks the hub for those that are waited for. Does nothing while it is still asking: a slow hub is not asked more. */
  async ask(): Promise<void> {
    if (this.#asking) {
      return;
    }
    this.#asking = true;
    for (const twinId of [...this.#waiting.keys()]) {
      try {
        if ((await this.#o.devices?.find(twinId, { fresh: true }))?.isConnected) {
          await this.connected(twinId);
        }
      } catch (error) {
        this.#o.log.debug({ err: error, twinId }, "the hub does not say whether a device is back");
      }
    }
    this.#asking = false;
  }
  #asking = false;
}
