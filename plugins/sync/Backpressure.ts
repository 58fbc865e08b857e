/**
 * Keeps a client that reads slowly from filling the server's memory, and from hurting others (invariant 9). A client with
 * too much in its socket gets no patches; when that has drained, it gets one full state and patches again, which its SDK
 * reconciles; one that stays slow is closed with a code of its own. Works at `client.raw`, below everything that sends.
 */
import { type Client, Protocol } from "@colyseus/core";
import type { Traffic } from "../../src/services.ts";
import type { OpenClient } from "./internals.ts";
import { type PartsTaken, PreparedFrames, wholeOf } from "./PreparedFrames.ts";
import { compressionOf } from "./packing.ts";

export interface BackpressureOptions {
  /** Bytes in a client's socket above which it gets no patches. Default 1 MiB. */
  maxBufferedBytes?: number;
  /** ms that a client may stay above; then it is closed. Default 20 s. */
  slowForMs?: number;
  /** Bytes that nothing may pass: the connection is cut. Default 32 MiB. */
  maxBytes?: number;
}

/** Close code for who reads too slowly. The SDK takes this one as "try again": it reconnects by itself. */
export const TOO_SLOW = 4010;
/** Of the code in a frame's first byte; the bits above are flags. */
const CODE = 0x1f;

export class Backpressure {
  readonly #fullState: (client: Client) => Uint8Array;
  readonly #limits: Required<BackpressureOptions>;
  /** To these it is attached; and how they take messages in parts. */
  readonly #attached = new WeakMap<Client, PartsTaken | undefined>();
  readonly #slowSince = new Map<OpenClient, number>();
  readonly #frames = new PreparedFrames();
  readonly #traffic: Traffic | undefined;

  constructor(fullState: (client: Client) => Uint8Array, options: BackpressureOptions = {}, traffic?: Traffic) {
    this.#fullState = fullState;
    this.#traffic = traffic;
    this.#limits = { maxBufferedBytes: 1 << 20, slowForMs: 20_000, maxBytes: 32 << 20, ...options };
  }

  /** Clients that get no patches now. */
  get slow(): number {
    return this.#slowSince.size;
  }

  /** Every connection is a new client object; calling it again for the same does nothing. */
  attach(client: OpenClient): void {
    if (this.#attached.has(client) || typeof client.ref?.bufferedAmount !== "number") {
      return;
    }
    const plain = client.raw.bind(client);
    const send = this.#frames.sender(client);
    this.#attached.set(client, send && (compressionOf(client) === "once" ? "packed" : "plain"));
    const { ref } = client; // kept: Colyseus' client is a dictionary, in which each look is a search
    client.raw = (data, options, callback) => {
      if (!this.#mayPass(client, ref.bufferedAmount, data)) {
        return;
      }
      this.#count(data);
      if (!send || options || callback || !send(data as Uint8Array)) {
        plain(send ? wholeOf(data as Uint8Array) : data, options, callback);
      }
    };
  }

  /** undefined: not at all. */
  partsFor(client: Client): PartsTaken | undefined {
    return this.#attached.get(client);
  }

  /** As after a time of slowness: no patch, then one full state. */
  resend(client: Client): void {
    this.#slowSince.set(client as OpenClient, performance.now());
  }

  forget(client: Client): void {
    this.#slowSince.delete(client as OpenClient);
  }

  /** Right after a patch, when the full state is exactly the state of that patch. */
  afterPatch(now: number): void {
    for (const [client, since] of this.#slowSince) {
      if (client.ref.readyState !== 1) {
        this.#slowSince.delete(client);
      } else if (client.ref.bufferedAmount <= this.#limits.maxBufferedBytes / 8) {
        this.#slowSince.delete(client);
        client.raw(this.#fullState(client));
      } else if (now - since > this.#limits.slowForMs) {
        this.#slowSince.delete(client);
        client.leave(TOO_SLOW, "reads too slowly");
      }
    }
  }

  #count({ 0: head = 0, length }: ArrayLike<number>): void {
    if (this.#traffic && head % (CODE + 1) === Protocol.ROOM_STATE_PATCH) {
      this.#traffic.patches++;
      this.#traffic.patchBytes += length;
    }
  }

  #mayPass(client: OpenClient, bufferedAmount: number, data: ArrayLike<number>): boolean {
    if ((data[0] ?? 0) % (CODE + 1) !== Protocol.ROOM_STATE_PATCH) {
      return bufferedAmount <= this.#limits.maxBytes || this.#cut(client);
    }
    if (bufferedAmount > this.#limits.maxBufferedBytes && !this.#slowSince.has(client)) {
      this.#slowSince.set(client, performance.now());
    }
    return this.#slowSince.size === 0 || !this.#slowSince.has(client);
  }

  #cut(client: OpenClient): false {
    client.ref.terminate();
    return false;
  }
}
