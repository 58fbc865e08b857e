/** The players of the rooms benchmark, in a process of their own. Real sockets; they count, and neither unpack nor decode. */
import { setTimeout as delay } from "node:timers/promises";
import { constants, inflateRawSync } from "node:zlib";
import { Callbacks, ColyseusSDK } from "@colyseus/sdk";
import WebSocket from "ws";
import { pumpId } from "./benchTwins.ts";
import { Decoding, seat } from "./Decoding.ts";
import type { ClientsDo, ClientsReport, Truth } from "./messages.ts";

/** Protocol codes of Colyseus. */
const JOIN_ROOM = 10;
const ROOM_STATE = 14;

class Crowd {
  readonly sockets: WebSocket[] = [];
  /** On the wire, as of the last report. */
  counted = 0;
  frames = 0;
  gap = 0;
  delays: number[] = [];
  decoders: Decoding[] = [];
  readonly watchers: { leave(): unknown }[] = [];

  report(ms = 0, compared = { right: 0, closed: 0, wrong: 0 }): ClientsReport {
    const { frames, delays, gap } = this;
    const received = this.sockets.reduce((sum, socket) => sum + bytesRead(socket), 0);
    const bytes = received - this.counted;
    this.counted = received;
    this.frames = 0;
    this.gap = 0;
    this.delays = [];
    const clients = this.sockets.filter((s) => s.readyState === WebSocket.OPEN).length;
    return { ms, gap, clients, bytes, frames, delays, ...compared };
  }
}

/** Have the state. */
const inside = new WeakSet<WebSocket>();
const crowds = new Map<number, Crowd>();

const answer = async (task: ClientsDo) => process.send?.({ said: await perform(task) });
process.on("message", (task: ClientsDo) => void answer(task));
process.on("disconnect", () => process.exit());
process.send?.({ said: "ready" });

async function perform(task: ClientsDo): Promise<ClientsReport> {
  const crowd = crowds.get(task.port) ?? new Crowd();
  crowds.set(task.port, crowd);
  switch (task.do) {
    case "connect": {
      const begun = performance.now();
      await Promise.all(Array.from({ length: task.clients }, () => JOIN[task.kind](task.port, crowd)));
      return crowd.report(performance.now() - begun);
    }
    case "decoders":
      await Promise.all(Array.from({ length: task.clients }, () => decode(task.port, crowd)));
      return crowd.report();
    case "pause":
    case "resume":
      for (const decoder of crowd.decoders) {
        decoder[task.do]();
      }
      return crowd.report();
    case "compare":
      return crowd.report(0, compared(crowd.decoders, task.truth));
    case "watch":
      await WATCH[task.kind](task.port, crowd);
      return crowd.report();
    case "leave":
      for (const socket of crowd.sockets.splice(0)) {
        socket.close();
      }
      for (const decoder of crowd.decoders.splice(0)) {
        decoder.close();
      }
      for (const watcher of crowd.watchers.splice(0)) {
        watcher.leave();
      }
      await delay(200);
      return crowd.report();
    case "report":
      return crowd.report();
    default:
      return task satisfies never;
  }
}

const JOIN = { room: joinRoom, ws: open, io: openIo } as const;

async function open(port: number, crowd: Crowd): Promise<void> {
  const socket = newSocket(`ws://127.0.0.1:${port}`, crowd);
  await new Promise((resolve) => socket.once("open", resolve));
}

/** Engine.IO 4 says "0" at first and is answered with Socket.IO's "40", which is confirmed. */
async function openIo(port: number, crowd: Crowd): Promise<void> {
  const socket = newSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`, crowd);
  await new Promise<void>((resolve) => {
    socket.on("message", (data: Buffer) => {
      const head = data.subarray(0, 2).toString();
      if (head.startsWith("0")) {
        socket.send("40");
      } else if (head === "40") {
        resolve();
      }
    });
  });
}

async function decode(port: number, crowd: Crowd): Promise<void> {
  const decoding = new Decoding(await seat(port));
  crowd.decoders.push(decoding);
  while (!decoding.hasState) {
    await delay(20);
  }
}

function compared(decoders: readonly Decoding[], truth: Truth): { right: number; closed: number; wrong: number } {
  const open = decoders.filter((decoder) => !decoder.isClosed);
  const holds = ({ state }: Decoding) =>
    truth.every((temperature, i) => state?.twins.get(pumpId(i))?.["temperature"] === temperature);
  const right = open.filter(holds).length;
  return { right, closed: decoders.length - open.length, wrong: open.length - right };
}

async function joinRoom(port: number, crowd: Crowd): Promise<void> {
  const socket = newSocket(await seat(port), crowd);
  await new Promise<void>((resolve, reject) => {
    socket.once("close", (code) => reject(new Error(`a client was closed with ${code}`)));
    socket.on("message", (data: Buffer) => {
      const code = (data[0] ?? 0) & 31;
      if (code === JOIN_ROOM) {
        socket.send(Buffer.from([JOIN_ROOM]));
      } else if (code === ROOM_STATE && !inside.has(socket)) {
        inside.add(socket);
        resolve();
      }
    });
  });
}

/** Not in the type: the TCP socket, and what unpacks messages. */
interface OpenSocket {
  _socket?: { bytesRead: number };
  _receiver?: { _extensions: Record<string, { decompress: Unpack }> };
}
type Unpack = (data: Buffer, fin: boolean, done: (error: null, data: Buffer) => void) => void;

function bytesRead(socket: WebSocket): number {
  return (socket as unknown as OpenSocket)._socket?.bytesRead ?? 0;
}

/**
 * Each player has a machine of his own for it; two hundred on this one would take the server's cores. Of what comes before
 * the state, and of it, only the beginning.
 */
function leavePacked(socket: WebSocket): void {
  for (const extension of Object.values((socket as unknown as OpenSocket)._receiver?._extensions ?? {})) {
    extension.decompress = (data, _fin, done) =>
      process.nextTick(done, null, inside.has(socket) ? data : beginningOf(data));
  }
}

function beginningOf(data: Buffer): Buffer {
  return inflateRawSync(data.subarray(0, 1024), { finishFlush: constants.Z_SYNC_FLUSH });
}

function newSocket(url: string, crowd: Crowd): WebSocket {
  // As browsers do, and the SDK in Node.
  const socket = new WebSocket(url, { perMessageDeflate: true });
  socket.binaryType = "nodebuffer";
  let last = 0; // of a patch
  socket.on("error", () => undefined);
  socket.once("open", () => leavePacked(socket));
  socket.on("message", () => {
    const now = performance.now();
    crowd.frames++;
    crowd.gap = last === 0 ? crowd.gap : Math.max(crowd.gap, now - last);
    last = inside.has(socket) ? now : 0;
  });
  crowd.sockets.push(socket);
  return socket;
}

const WATCH = { room: watchRoom, ws: watchSocket } as const;

/** Each message is moments. */
async function watchSocket(port: number, crowd: Crowd): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  crowd.watchers.push({ leave: () => socket.close() });
  socket.on("message", (data: Buffer) => {
    for (let at = 0; at < data.length; at += 8) {
      crowd.delays.push(since(data.readDoubleLE(at)));
    }
  });
  await new Promise((resolve) => socket.once("open", resolve));
}

/** ms; a moment is one of any process of this machine. */
function since(moment: number): number {
  return performance.timeOrigin + performance.now() - moment;
}

async function watchRoom(port: number, crowd: Crowd): Promise<void> {
  const room = await new ColyseusSDK(`http://127.0.0.1:${port}`).joinOrCreate("space", { space: "hall" });
  room.reconnection.enabled = false;
  crowd.watchers.push(room);
  const callbacks = Callbacks.get(room as never) as unknown as {
    onAdd(map: "twins", added: (twin: object) => void): void;
    listen(twin: object, field: "temperature", changed: (value: number) => void, immediate: boolean): void;
  };
  callbacks.onAdd("twins", (twin) => {
    callbacks.listen(
      twin,
      "temperature",
      (value) => {
        if (value > 1e12) {
          crowd.delays.push(since(value));
        }
      },
      false,
    );
  });
  await delay(1000);
}
