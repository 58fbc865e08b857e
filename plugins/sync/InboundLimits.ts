/**
 * Bounds what one client may ask of a room, by message type, before anything of it is decoded. What is too much is
 * answered with a typed rejection (`RATE_LIMITED`, `INVALID_PAYLOAD`); who goes on regardless is closed.
 *
 * Sits in front of the room's own message handling, so it holds for all messages of the room. Colyseus' own limit
 * (`maxMessagesPerSecond`) counts all types together and disconnects without a word.
 */
import { getMessageBytes, Protocol, ResponseStatus } from "@colyseus/core";
import { decode } from "@colyseus/schema";
import { type ErrorCode, TwinError } from "../../src/errors.ts";
import type { OpenClient, OpenRoom } from "./internals.ts";

export interface InboundOptions {
  /** Messages of one type that a client may send per second, on average; twice as many at once. Default 200. */
  perSecond?: number;
  /** The same for single types, e.g. `{ "twin.patch": 10 }`. */
  perSecondOf?: Readonly<Record<string, number>>;
  /** Largest message, bytes. Default: what the transport lets in. */
  maxBytes?: number;
  /** Refusals per second after which a client is closed. Default 500. */
  patience?: number;
}

/** Close code for who goes on sending although refused. */
export const TOO_MANY_MESSAGES = 4029;
const CODE = 0x1f;
/** RFC 6455, 5.5: of a close frame, in ASCII. */
const MAX_REASON = 123;
/** Longest name of a message that is counted by itself; types are the client's words, so their number is bounded too. */
const MAX_TYPES = 100;
const OTHERS = "\u0000";

interface Bucket {
  tokens: number;
  at: number;
}

export class InboundLimits {
  readonly #limits: Required<InboundOptions>;
  readonly #buckets = new WeakMap<OpenClient, Map<string, Bucket>>();
  readonly #refusals = new WeakMap<OpenClient, Bucket>();

  constructor(options: InboundOptions = {}) {
    this.#limits = { perSecond: 200, perSecondOf: {}, maxBytes: Number.POSITIVE_INFINITY, patience: 500, ...options };
  }

  guard(room: OpenRoom): void {
    const handle = room._onMessage.bind(room);
    room._onMessage = (client, frame) => {
      if (this.#admits(client, frame, performance.now())) {
        handle(client, frame);
      }
    };
  }

  #admits(client: OpenClient, frame: Buffer, now: number): boolean {
    const code = (frame?.[0] ?? 0) & CODE;
    const asks = code === Protocol.ROOM_REQUEST;
    if (!asks && code !== Protocol.ROOM_DATA && code !== Protocol.ROOM_DATA_BYTES) {
      return true;
    }
    const it = { offset: 1 };
    const requestId = asks ? decode.number(frame, it) : undefined;
    const type = String(decode.stringCheck(frame, it) ? decode.string(frame, it) : decode.number(frame, it));
    const refusal = this.#fault(client, type, frame.byteLength, now);
    if (refusal) {
      this.#refuse(client, requestId, refusal, now);
    }
    return refusal === undefined;
  }

  #fault(client: OpenClient, type: string, bytes: number, now: number): TwinError | undefined {
    const { maxBytes, perSecond, perSecondOf } = this.#limits;
    if (bytes > maxBytes) {
      return error("INVALID_PAYLOAD", `This message has ${bytes} bytes; ${maxBytes} are allowed.`);
    }
    const rate = Object.hasOwn(perSecondOf, type) ? (perSecondOf[type] ?? perSecond) : perSecond;
    return take(this.#bucket(client, type, rate), rate, now)
      ? undefined
      : error("RATE_LIMITED", `At most ${rate} messages of this type a second; try again shortly.`);
  }

  #bucket(client: OpenClient, type: string, rate: number): Bucket {
    const buckets = this.#buckets.get(client) ?? new Map<string, Bucket>();
    this.#buckets.set(client, buckets);
    const key = buckets.has(type) || buckets.size < MAX_TYPES ? type : OTHERS;
    const bucket = buckets.get(key) ?? { tokens: 2 * rate, at: 0 };
    buckets.set(key, bucket);
    return bucket;
  }

  #refuse(client: OpenClient, requestId: number | undefined, reason: TwinError, now: number): void {
    const { patience } = this.#limits;
    const refusals = this.#refusals.get(client) ?? { tokens: patience, at: now };
    this.#refusals.set(client, refusals);
    if (!take(refusals, patience, now)) {
      client.ref.removeAllListeners("message");
      client.leave(TOO_MANY_MESSAGES, `too many messages: ${reason.message}`.slice(0, MAX_REASON));
    } else if (requestId !== undefined) {
      client.raw(getMessageBytes[Protocol.ROOM_RESPONSE](requestId, ResponseStatus.REJECTED, reason.toJSON()));
    }
  }
}

/** A bucket that holds two seconds' worth. */
function take(bucket: Bucket, rate: number, now: number): boolean {
  bucket.tokens = Math.min(2 * rate, bucket.tokens + ((now - bucket.at) / 1000) * rate);
  bucket.at = now;
  if (bucket.tokens < 1) {
    return false;
  }
  bucket.tokens--;
  return true;
}

function error(code: ErrorCode, message: string): TwinError {
  return new TwinError(code, message);
}
