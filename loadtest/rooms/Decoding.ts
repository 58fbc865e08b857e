/**
 * A client of a room on a plain socket that can stop reading; the SDK's cannot. It keeps what it gets and decodes it when
 * it is asked, so that it costs its process the same whether it reads or not.
 */
import { type Decoder, decode, Reflection, type Schema } from "@colyseus/schema";
import WebSocket from "ws";

const JOIN_ROOM = 10;
const ROOM_STATE = 14;
const ROOM_STATE_PATCH = 15;

interface Seen extends Schema {
  twins: Map<string, Readonly<Record<string, unknown>>>;
}

export class Decoding {
  readonly #socket: WebSocket;
  #decoder: Decoder<Seen> | undefined;
  #states = 0;
  #frames: Buffer[] = [];

  constructor(url: string) {
    this.#socket = new WebSocket(url, { perMessageDeflate: false });
    this.#socket.binaryType = "nodebuffer";
    this.#socket.on("error", () => undefined);
    this.#socket.on("message", (data: Buffer) => this.#read(data));
  }

  get isClosed(): boolean {
    return this.#socket.readyState !== WebSocket.OPEN;
  }

  get hasState(): boolean {
    return this.#frames.some((frame) => codeOf(frame) === ROOM_STATE);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.close();
  }

  /** What it knows once it has decoded all that it has. */
  get state(): Seen | undefined {
    for (const frame of this.#frames.splice(0)) {
      this.#decode(frame);
    }
    return this.#decoder?.state;
  }

  #read(data: Buffer): void {
    if (codeOf(data) === JOIN_ROOM) {
      this.#socket.send(Buffer.from([JOIN_ROOM]));
    }
    this.#frames.push(data);
  }

  #decode(data: Buffer): void {
    const code = codeOf(data);
    if (code === JOIN_ROOM) {
      const token = data[1] ?? 0;
      const it = { offset: 3 + token + (data[2 + token] ?? 0) };
      const length = decode.number(data, it);
      this.#decoder = Reflection.decode<Seen>(data.subarray(it.offset, it.offset + length));
    } else if (code === ROOM_STATE) {
      const again = this.#states++ > 0;
      again ? this.#decoder?.decodeResync(data, { offset: 1 }) : this.#decoder?.decode(data, { offset: 1 });
    } else if (code === ROOM_STATE_PATCH) {
      this.#decoder?.decode(data, { offset: 1 });
    }
  }
}

function codeOf(frame: Buffer): number {
  return (frame[0] ?? 0) & 31;
}

/** Where the socket of a seat in the room of the hall is. */
export async function seat(port: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/matchmake/joinOrCreate/space`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"space":"hall"}',
  });
  const { processId, roomId, sessionId } = (await answer.json()) as Record<string, string>;
  return `ws://127.0.0.1:${port}/${processId}/${roomId}?sessionId=${sessionId}`;
}
