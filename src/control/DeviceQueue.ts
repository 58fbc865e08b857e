/**
 * What waits for devices that are offline: dispatched in the order of the requests once the device is back.
 *
 * PropertyWrites and Commands put operations here; TwinControl tells of devices that connect, and asks the hub about the
 * others now and then, since not every hub routes its connection events.
 */
import type { DeviceGateway, Log, TwinId } from "../twins/types.ts";

export type Dispatch = () => Promise<void>;

/** A device that does not answer holds up no longer what stands behind; by then it has got it, or never will. */
const MAX_HOLD_MS = 5000;

/** Why it waits, for people. */
export const AWAY = "The device is offline; it is sent when the device is back.";

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

  /**
   * `dispatch` does not reject; it does nothing for an operation that ended meanwhile. It resolves when the next may go, and
   * puts the operation back by calling this again: then it keeps its place.
   */
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

  /** Why something cannot go out at once, for people; undefined: it can. Nothing overtakes what waits already. */
  reasonToWait(twinId: TwinId, isOffline: boolean): string | undefined {
    if (isOffline) {
      return AWAY;
    }
    return this.#waiting.has(twinId) ? "It is sent after what was asked of the device before." : undefined;
  }

  /** One after the other, each once the one before is answered; ends when one is put back: the device is away again. */
  async connected(twinId: TwinId): Promise<void> {
    if (this.#running.has(twinId)) {
      return;
    }
    this.#running.add(twinId);
    try {
      for (let next = this.#first(twinId); next; next = this.#first(twinId)) {
        const [id, dispatch] = next;
        await atMost(MAX_HOLD_MS, dispatch());
        const left = this.#waiting.get(twinId)?.get(id);
        if (left !== undefined && left !== dispatch) {
          return;
        }
        this.remove(twinId, id);
      }
    } finally {
      this.#running.delete(twinId);
    }
  }

  #first(twinId: TwinId): [string, Dispatch] | undefined {
    return this.#waiting.get(twinId)?.entries().next().value;
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

async function atMost(ms: number, work: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
