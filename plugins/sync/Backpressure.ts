/**
 * Keeps a client that reads slowly from filling the server's memory, and from hurting others (invariant 9). A client with
 * too much in its socket gets no patches; when that has drained, it gets one full state and patches again, which its SDK
 * reconciles; one that stays slow is closed with a code of its own. Works at `client.raw`, below everything that sends.
 */
import { type Client, ClientState, Protocol } from "@colyseus/core";
import type { Traffic } from "../../src/services.ts";
import type { OpenClient } from "./internals.ts";
import { Line } from "./Line.ts";
import { type PartsTaken, PreparedFrames, wholeOf } from "./PreparedFrames.ts";

export interface BackpressureOptions {
  /** Bytes in a client's socket above which it gets no patches. Default 1 MiB. */
  maxBufferedBytes?: number;
  /** ms that a client may stay above, or not acknowledge its join; then it is closed. Default 20 s. */
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
  /** To these it is attached; undefined: they get all in the usual way. */
  readonly #lines = new WeakMap<Client, Line | undefined>();
  /** As the room's clients were when they got the last patch. */
  readonly #inOrder: (Line | undefined)[] = [];
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
    if (this.#lines.has(client) || typeof client.ref?.bufferedAmount !== "number") {
      return;
    }
    const usual = client.raw.bind(client);
    const line = Line.of(client);
    this.#lines.set(client, line);
    const { ref } = client; // kept: Colyseus' client is a dictionary, in which each look is a search
    const raw: Client["raw"] = (data, options, callback) => {
      if (!this.#mayPass(client, ref.bufferedAmount, data)) {
        return;
      }
      this.#count(data, 1);
      if (!line || options || callback || !this.#frames.send(line, data as Uint8Array)) {
        usual(line ? wholeOf(data as Uint8Array) : data, options, callback);
      }
    };
    client.raw = raw;
    line && watchRaw(client, line);
  }

  /** undefined: not at all. */
  partsFor(client: Client): PartsTaken | undefined {
    const line = this.#lines.get(client);
    return line && (line.takesPacked ? "packed" : "plain");
  }

  /**
   * One patch to all of a room's clients that have joined, but one; answers whether somebody was to get it. All are looked
   * at before the first write: then the waits for memory overlap, which a system call in between would end.
   */
  sendAll(clients: readonly Client[], patch: Uint8Array, except: Client | undefined): boolean {
    const lines = this.#inOrder;
    lines.length = clients.length;
    let [sent, next] = [false, 0];
    for (let i = 0; i < clients.length; i++) {
      const client = clients[i] as Client; // an iterator would be garbage for each of them
      let line = lines[i];
      if (line?.client !== client) {
        line = this.#lines.get(client);
        lines[i] = line;
      }
      const isDue = client !== except && (line ? line.isJoined : client.state === ClientState.JOINED);
      const isNext = isDue && line !== undefined && this.#isQuick(line);
      if (line) {
        line.isNext = isNext;
      }
      sent ||= isDue;
      next += Number(isNext);
      if (isDue && !isNext) {
        client.raw(patch);
      }
    }
    if (next > 0) {
      this.#count(patch, next);
      this.#frames.sendNext(lines, patch);
    }
    return sent;
  }

  /** A patch may be written on it at once, and nobody else wants to see it. */
  #isQuick(line: Line): boolean {
    return line.isClear && !line.isTapped && !(this.#slowSince.size > 0 && this.#slowSince.has(line.client));
  }

  /** As after a time of slowness: no patch, then one full state. */
  resend(client: Client): void {
    this.#slowSince.set(client as OpenClient, performance.now());
  }

  forget(client: Client): void {
    this.#slowSince.delete(client as OpenClient);
    this.#inOrder.length = 0;
  }

  /** ms that clients have. */
  get slowForMs(): number {
    return this.#limits.slowForMs;
  }

  /** Right after a patch, when the full state is exactly the state of that patch. `mayResend`: else they wait for a later one. */
  afterPatch(now: number, mayResend: boolean): void {
    for (const [client, since] of this.#slowSince) {
      if (client.ref.readyState !== 1) {
        this.#slowSince.delete(client);
      } else if (client.ref.bufferedAmount <= this.#limits.maxBufferedBytes / 8) {
        if (mayResend) {
          this.#slowSince.delete(client);
          client.raw(this.#fullState(client));
        }
      } else if (now - since > this.#limits.slowForMs) {
        this.#slowSince.delete(client);
        client.leave(TOO_SLOW, "reads too slowly");
      }
    }
  }

  #count({ 0: head = 0, length }: ArrayLike<number>, clients: number): void {
    if (this.#traffic && head % (CODE + 1) === Protocol.ROOM_STATE_PATCH) {
      this.#traffic.patches += clients;
      this.#traffic.patchBytes += clients * length;
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

/** What else is put in the place of `client.raw` later wants to see all that is sent. */
function watchRaw(client: OpenClient, line: Line): void {
  const { raw } = client;
  let now = raw;
  Object.defineProperty(client, "raw", {
    configurable: true,
    enumerable: true,
    get: () => now,
    set: (other: Client["raw"]) => {
      now = other;
      line.isTapped = other !== raw;
    },
  });
}
