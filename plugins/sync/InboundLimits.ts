/**
 * Bounds what one client may ask of a room, by message type and in bytes, before more of it is decoded than its type.
 * What is too much is answered with a typed rejection (`RATE_LIMITED`, `INVALID_PAYLOAD`); who goes on regardless is closed.
 * Frames that are no messages (pings, inputs) are counted as well, and dropped, since nobody waits for an answer.
 *
 * Sits in front of the room's own message handling, so it holds for all messages of the room. Colyseus' own limit
 * (`maxMessagesPerSecond`) counts all types together and disconnects without a word.
 */
import { type Client, ClientState, getMessageBytes, Protocol, ResponseStatus } from "@colyseus/core";
import { decode } from "@colyseus/schema";
import { type ErrorCode, TwinError } from "../../src/errors.ts";
import { Bucket } from "./Bucket.ts";
import type { OpenClient, OpenRoom } from "./internals.ts";

export interface InboundOptions {
  /** Messages of one type that a client may send per second, on average; twice as many at once. Default 200. */
  perSecond?: number;
  /** The same for single types, e.g. `{ "twin.patch": 10 }`. */
  perSecondOf?: Readonly<Record<string, number>>;
  /** Bytes of all that a client may send per second, on average; twice as many at once. Default 1 MiB. */
  bytesPerSecond?: number;
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
/** Names of messages are the client's words: so many, of so many bytes, are counted by themselves, all others together. */
const MAX_TYPES = 100;
const MAX_TYPE_LENGTH = 128;
const OTHERS = "\u0000";
/** Heads of texts: up to 31 bytes with the length in these bits, up to 255 with the length behind; longer ones have others. */
const SHORT = 0x1f;
const STR_8 = 0xd9;
/** Frames of each kind that is no message, per second, where `perSecond` is less: games send inputs at their frame rate. */
const MIN_FRAMES = 200;
/**
 * Frames that are handled before a client acknowledges its join. The SDK acknowledges first of all, but for what an app
 * sends in `onReconnect`; what is sent to the client waits in memory until then.
 */
const MAX_EARLY = 32;
/** What each value of a message counts as, bytes, when it is refused: to look at it, and to tell what is wrong, takes longest. */
const VALUE_BYTES = 128;

/** What is counted of one connection. */
interface Account {
  /** Of messages by type, of other frames by their code. */
  readonly kinds: Map<string | number, Bucket>;
  readonly bytes: Bucket;
  readonly refusals: Bucket;
  early: number;
}
const accounts = new WeakMap<Client, Account>();

/** A handler refused a message of so many values: they are taken from what its client may send. */
export function chargeRefused(client: Client, values: number): void {
  accounts.get(client)?.bytes.charge(values * VALUE_BYTES);
}

interface Kind {
  key: string | number;
  rate: number;
  requestId?: number;
}

export class InboundLimits {
  readonly #limits: Required<InboundOptions>;

  constructor(options: InboundOptions = {}) {
    this.#limits = {
      ...{ perSecond: 200, perSecondOf: {}, bytesPerSecond: 1 << 20 },
      ...{ maxBytes: Number.POSITIVE_INFINITY, patience: 500 },
      ...options,
    };
  }

  guard(room: OpenRoom): void {
    const handle = room._onMessage.bind(room);
    room._onMessage = (client, frame) => {
      if (this.#admits(client, frame, performance.now())) {
        handle(client, frame);
      }
    };
  }

  #admits(client: OpenClient, frame: Buffer | undefined, now: number): boolean {
    const code = (frame?.[0] ?? 0) & CODE;
    const isJoining = client.state === ClientState.JOINING;
    if (code === Protocol.LEAVE_ROOM || (isJoining && code === Protocol.JOIN_ROOM)) {
      return true;
    }
    const account = this.#accountOf(client, now);
    if (isJoining && ++account.early > MAX_EARLY) {
      this.#refuse(client, account, undefined, error("RATE_LIMITED", "Acknowledge the join first."), now);
      return false;
    }
    const kind = this.#kindOf(code, frame);
    const refusal = this.#fault(account, kind, frame?.byteLength ?? 0, now);
    if (refusal) {
      this.#refuse(client, account, kind.requestId, refusal, now);
    }
    return refusal === undefined;
  }

  #accountOf(client: OpenClient, now: number): Account {
    let account = accounts.get(client);
    if (!account) {
      const { bytesPerSecond, patience } = this.#limits;
      const refusals = new Bucket(patience, now, patience);
      account = { kinds: new Map(), bytes: new Bucket(bytesPerSecond, now), refusals, early: 0 };
      accounts.set(client, account);
    }
    return account;
  }

  #kindOf(code: number, frame: Buffer | undefined): Kind {
    const { perSecond, perSecondOf } = this.#limits;
    const asks = code === Protocol.ROOM_REQUEST;
    if (!frame || (!asks && code !== Protocol.ROOM_DATA && code !== Protocol.ROOM_DATA_BYTES)) {
      return { key: code, rate: Math.max(perSecond, MIN_FRAMES) };
    }
    const it = { offset: 1 };
    const requestId = asks ? decode.number(frame, it) : undefined;
    const key = typeOf(frame, it);
    const rate = Object.hasOwn(perSecondOf, key) ? (perSecondOf[key] ?? perSecond) : perSecond;
    return { key, rate, ...(requestId === undefined ? {} : { requestId }) };
  }

  #fault({ kinds, bytes }: Account, { key, rate }: Kind, size: number, now: number): TwinError | undefined {
    const { maxBytes, bytesPerSecond } = this.#limits;
    if (size > maxBytes) {
      return error("INVALID_PAYLOAD", `This message has ${size} bytes; ${maxBytes} are allowed.`);
    }
    if (!bucketOf(kinds, key, rate, now).take(1, now)) {
      return error("RATE_LIMITED", `At most ${rate} messages of this type a second; try again shortly.`);
    }
    return bytes.take(size, now)
      ? undefined
      : error("RATE_LIMITED", `At most ${bytesPerSecond} bytes of messages a second; try again shortly.`);
  }

  #refuse(client: OpenClient, account: Account, requestId: number | undefined, reason: TwinError, now: number): void {
    if (!account.refusals.take(1, now)) {
      client.ref.removeAllListeners("message");
      client.leave(TOO_MANY_MESSAGES, `too many messages: ${reason.message}`.slice(0, MAX_REASON));
    } else if (requestId !== undefined) {
      client.raw(getMessageBytes[Protocol.ROOM_RESPONSE](requestId, ResponseStatus.REJECTED, reason.toJSON()));
    }
  }
}

/** A message's type, as far as it is read: a text can be as long as the frame. */
function typeOf(frame: Buffer, it: { offset: number }): string {
  if (!decode.stringCheck(frame, it)) {
    return String(decode.number(frame, it));
  }
  const begin = it.offset;
  const head = frame[begin] ?? 0;
  const length = head < STR_8 ? head & SHORT : head === STR_8 ? frame[begin + 1] : undefined;
  return length === undefined || length > MAX_TYPE_LENGTH ? OTHERS : decode.string(frame, it);
}

function bucketOf(kinds: Account["kinds"], key: string | number, rate: number, now: number): Bucket {
  const isOwn = typeof key === "number" || kinds.has(key) || kinds.size < MAX_TYPES;
  const known = isOwn ? key : OTHERS;
  let bucket = kinds.get(known);
  if (!bucket) {
    bucket = new Bucket(rate, now);
    kinds.set(known, bucket);
  }
  return bucket;
}

function error(code: ErrorCode, message: string): TwinError {
  return new TwinError(code, message);
}
