/**
 * Messages of devices that are no twins yet: the hub of the devices may be faster than the one that tells of a new twin.
 * The last ones are kept for a while, and applied when the twin appears. Their checkpoint does not wait: most such devices
 * never become twins.
 *
 * Owned by DeviceEvents.
 */
import type { Clock, TwinEvent, TwinId } from "../twins/types.ts";
import { withOwnBytes } from "./deadLetter.ts";
import type { MessageTarget } from "./mapping/MessageRules.ts";

export interface Early {
  target: MessageTarget;
  event: TwinEvent;
}

interface Kept {
  messages: Early[];
  bytes: number;
  /** Of the newest. */
  at: number;
}

const KEEP_MS = 60_000;
const MAX_BYTES = 4 * 1024 * 1024;
/** Of one device. */
const MAX_MESSAGES = 16;
/** What a message costs beside its body. */
const OVERHEAD = 1024;

export class EarlyMessages {
  readonly #clock: Clock;
  /** The longest silent first. */
  readonly #byTwin = new Map<TwinId, Kept>();
  #bytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(target: MessageTarget, event: TwinEvent): void {
    const { twinId } = target;
    const kept = this.#byTwin.get(twinId) ?? { messages: [], bytes: 0, at: 0 };
    if (kept.messages.length >= MAX_MESSAGES) {
      this.#count(kept, -sizeOf(kept.messages.shift()?.event));
    }
    kept.messages.push({ target, event: withOwnBytes(event) });
    kept.at = this.#clock();
    this.#count(kept, sizeOf(event));
    this.#byTwin.delete(twinId);
    this.#byTwin.set(twinId, kept);
    for (const [oldest, { bytes, at }] of this.#byTwin) {
      if (this.#bytes <= MAX_BYTES && at > kept.at - KEEP_MS) {
        return;
      }
      this.#byTwin.delete(oldest);
      this.#bytes -= bytes;
    }
  }

  /** In the order in which they came; they are forgotten. */
  take(twinId: TwinId): readonly Early[] {
    const kept = this.#byTwin.get(twinId);
    if (kept === undefined) {
      return [];
    }
    this.#byTwin.delete(twinId);
    this.#bytes -= kept.bytes;
    return kept.at > this.#clock() - KEEP_MS ? kept.messages : [];
  }

  #count(kept: Kept, bytes: number): void {
    kept.bytes += bytes;
    this.#bytes += bytes;
  }
}

function sizeOf(event: TwinEvent | undefined): number {
  return event === undefined ? 0 : OVERHEAD + (event.message?.body.byteLength ?? 0);
}
