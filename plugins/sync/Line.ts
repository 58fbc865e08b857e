/**
 * The way to a client on which frames are written as they are, with all that this takes in one object: from Colyseus' client
 * to the socket each step is a wait for memory, for each client and patch. Bytes go on the connection with one system call,
 * past Node's streams: these take an eighth of what a send costs, and leave objects for the collector.
 *
 * Backpressure has one of each client; PreparedFrames makes the frames.
 */
import { writeSync } from "node:fs";
import { ClientState } from "@colyseus/core";
import type { OpenClient, OpenStream, Socket } from "./internals.ts";
import { compressionOf } from "./packing.ts";

type Sender = NonNullable<Socket["_sender"]>;

/** Bytes go the usual way only. */
const NONE = -1;

export class Line {
  readonly client: OpenClient;
  readonly #ref: Socket;
  readonly #sender: Sender;
  readonly #stream: OpenStream | undefined;
  readonly #handle: OpenStream["_handle"];
  /** The system's number of the connection. */
  readonly #fd: number;
  #isJoined = false;
  /** It is written to in this round. */
  isNext = false;
  /** Somebody put something else in the place of `client.raw`, which wants to see what is sent. */
  isTapped = false;
  /** It takes what was packed once for all. */
  readonly takesPacked: boolean;

  private constructor(client: OpenClient, sender: Sender, takesPacked: boolean) {
    this.client = client;
    this.#ref = client.ref;
    this.#sender = sender;
    this.#stream = sender._socket;
    this.#handle = this.#stream?._handle;
    // TLS: what is written is not what goes over the wire. Other streams have no number, or do not tell it.
    this.#fd = this.#stream?.encrypted ? NONE : (this.#handle?.fd ?? NONE);
    this.takesPacked = takesPacked;
  }

  /** undefined: it takes no frames of ours (another transport, compression of its own), which does not change. */
  static of(client: OpenClient): Line | undefined {
    const sender = client.ref._sender;
    const compression = compressionOf(client);
    return typeof sender?.sendFrame === "function" && compression !== "of its own"
      ? new Line(client, sender, compression === "once")
      : undefined;
  }

  /** One that has joined is so until it leaves the room's clients. Remembered: Colyseus' client is a dictionary, slow to read. */
  get isJoined(): boolean {
    this.#isJoined ||= this.client.state === ClientState.JOINED;
    return this.#isJoined;
  }

  /** False: it is closing, or something else is on its way through `ws`. */
  get isOpen(): boolean {
    return this.#sender._state === 0 && this.#ref.readyState === 1;
  }

  /** Nothing waits on it, and bytes can be written past Node's streams: `write` is allowed in this turn of the event loop. */
  get isClear(): boolean {
    const stream = this.#stream;
    return (
      this.#fd >= 0 &&
      this.isOpen &&
      stream?._handle === this.#handle && // closed: the number may be another connection's by now
      stream?.writableLength === 0
    );
  }

  /** A frame in one piece. What the system does not take goes the usual way, which also finds out about errors. */
  write(frame: Uint8Array): void {
    let written = 0;
    try {
      written = writeSync(this.#fd, frame, 0, frame.length); // does not wait: the socket is non-blocking (libuv, uv__stream_open)
    } catch {
      // The system takes none now, or the connection is gone.
    }
    if (written < frame.length) {
      this.#sender.sendFrame([frame.subarray(written)]);
    }
  }

  /** A frame in one or several pieces, on a line that is open. */
  put(pieces: Uint8Array[]): void {
    const [only] = pieces;
    if (only && pieces.length === 1 && this.isClear) {
      this.write(only);
    } else {
      this.#sender.sendFrame(pieces);
    }
  }
}
