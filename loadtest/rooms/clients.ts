/** The players of the rooms benchmark, in a process of their own. Real sockets; they count and do not decode. */
import { setTimeout as delay } from "node:timers/promises";
import { Callbacks, ColyseusSDK } from "@colyseus/sdk";
import WebSocket from "ws";
import type { ClientsDo, ClientsReport } from "./messages.ts";

/** Protocol codes of Colyseus. */
const JOIN_ROOM = 10;
const ROOM_STATE = 14;

class Crowd {
  readonly sockets: WebSocket[] = [];
  bytes = 0;
  frames = 0;
  gap = 0;
  delays: number[] = [];

  report(ms = 0): ClientsReport {
    const { bytes, frames, delays, gap } = this;
    this.bytes = 0;
    this.frames = 0;
    this.gap = 0;
    this.delays = [];
    const clients = this.sockets.filter((s) => s.readyState === WebSocket.OPEN).length;
    return { ms, gap, clients, bytes, frames, delays };
  }
}

const crowds = new Map<number, Crowd>();

process.on("message", (task: ClientsDo) => {
  void perform(task).then((said) => process.send?.({ said }));
});
process.on("disconnect", () => process.exit());
process.send?.({ said: "ready" });

async function perform(task: ClientsDo): Promise<ClientsReport> {
  const crowd = crowds.get(task.port) ?? new Crowd();
  crowds.set(task.port, crowd);
  switch (task.do) {
    case "connect": {
      const begun = performance.now();
      const join = task.room ? joinRoom : open;
      await Promise.all(Array.from({ length: task.clients }, () => join(task.port, crowd)));
      return crowd.report(performance.now() - begun);
    }
    case "pause":
      for (const socket of crowd.sockets.slice(-task.clients)) {
        task.paused ? socket.pause() : socket.resume();
      }
      return crowd.report();
    case "watch":
      await watch(task.port, crowd);
      return crowd.report();
    case "leave":
      for (const socket of crowd.sockets.splice(0)) {
        socket.close();
      }
      await delay(200);
      return crowd.report();
    case "report":
      return crowd.report();
    default:
      return task satisfies never;
  }
}

async function open(port: number, crowd: Crowd): Promise<void> {
  const socket = newSocket(`ws://127.0.0.1:${port}`, crowd);
  await new Promise((resolve) => socket.once("open", resolve));
}

async function joinRoom(port: number, crowd: Crowd): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/matchmake/joinOrCreate/space`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"space":"hall"}',
  });
  const { processId, roomId, sessionId } = (await answer.json()) as Record<string, string>;
  const socket = newSocket(`ws://127.0.0.1:${port}/${processId}/${roomId}?sessionId=${sessionId}`, crowd);
  await new Promise<void>((resolve, reject) => {
    socket.once("close", (code) => reject(new Error(`a client was closed with ${code}`)));
    socket.on("message", (data: Buffer) => {
      const code = (data[0] ?? 0) & 31;
      if (code === JOIN_ROOM) {
        socket.send(Buffer.from([JOIN_ROOM]));
      } else if (code === ROOM_STATE) {
        resolve();
      }
    });
  });
}

function newSocket(url: string, crowd: Crowd): WebSocket {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.binaryType = "nodebuffer";
  let last = 0;
  socket.on("error", () => undefined);
  socket.on("message", (data: Buffer) => {
    const now = performance.now();
    crowd.bytes += data.length;
    crowd.frames++;
    crowd.gap = last === 0 ? crowd.gap : Math.max(crowd.gap, now - last);
    last = now;
  });
  crowd.sockets.push(socket);
  return socket;
}

async function watch(port: number, crowd: Crowd): Promise<void> {
  const room = await new ColyseusSDK(`http://127.0.0.1:${port}`).joinOrCreate("space", { space: "hall" });
  room.reconnection.enabled = false;
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
          crowd.delays.push(performance.timeOrigin + performance.now() - value);
        }
      },
      false,
    );
  });
  await delay(1000);
}
