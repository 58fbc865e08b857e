/**
 * One server of the rooms benchmark, in a process of its own: `node server.ts <variant> <twins>`. All variants apply the
 * same changes to the same mirror; they differ in how these come to the clients.
 *
 * room: the ready-made room · batch: one JSON message per tick over ws, stringified once · each: a JSON message per change
 * (what samples of SignalR do), stringified once · io: the same with socket.io · floor: ws.send of a ready-made buffer · none: nobody is
 * told. Called by ../rooms.ts, which forks it and speaks to it over IPC.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { Encoder } from "@colyseus/schema";
import { Server as SocketServer } from "socket.io";
import { type WebSocket, WebSocketServer } from "ws";
import { benchTwins, pumpId, tell } from "./benchTwins.ts";
import { type Load, type ServerReport, TRUTH, type Truth } from "./messages.ts";
import { serveHall } from "./serveHall.ts";

type Variant = "none" | "room" | "batch" | "each" | "io" | "floor";
const INTERVAL_MS = 50;

const variant = process.argv[2] as Variant;
const count = Number(process.argv[3]);
const { services } = await benchTwins(count);
const server = await { room: colyseus, io: socketIo, none: plain, batch: plain, each: plain, floor: plain }[variant]();
process.send?.({ said: { port: server.port } });
const answer = async (asked: Load | typeof TRUTH) =>
  process.send?.({ said: asked === TRUTH ? truth() : await perform(asked) });
process.on("message", (asked: Load | typeof TRUTH) => void answer(asked));
process.on("disconnect", () => process.exit());

interface Buffered {
  bufferedAmount: number;
}
interface Running {
  port: number;
  /** Bytes in the sockets of the clients. */
  waiting?: () => number;
  tick(load: Load): void;
}

async function colyseus(): Promise<Running> {
  Encoder.BUFFER_SIZE = 4 << 20;
  const { port, open } = await serveHall(services);
  const { clients } = await open();
  const waiting = () => clients.reduce((sum, { ref }) => sum + (ref as unknown as Buffered).bufferedAmount, 0);
  return { port, tick: () => undefined, waiting };
}

/** As its samples do: an event per change. */
async function socketIo(): Promise<Running> {
  const http = createServer();
  const io = new SocketServer(http, { transports: ["websocket"], perMessageDeflate: false, pingInterval: 1e8 });
  const changed = gathered();
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    port: (http.address() as AddressInfo).port,
    tick: () => {
      for (const change of changed.values()) {
        io.emit("change", change);
      }
      changed.clear();
    },
  };
}

async function plain(): Promise<Running> {
  const sockets = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
  const changed = gathered();
  await new Promise((resolve) => sockets.once("listening", resolve));
  return {
    port: (sockets.address() as AddressInfo).port,
    tick: (load) => {
      for (const message of messages(changed, load)) {
        sendAll(sockets.clients, message);
      }
      changed.clear();
    },
  };
}

/** What changed since it was cleared: the honest peer does not send a value twice either. */
function gathered(): Map<string, Record<string, unknown>> {
  const changed = new Map<string, Record<string, unknown>>();
  services.mirror.onChange((change) => {
    if (change.kind === "value" && variant !== "none" && variant !== "floor" && variant !== "room") {
      const { twinId, path, value, time } = change;
      const seen = changed.get(twinId) ?? { id: twinId };
      seen[path.slice(1)] = value;
      seen["seen"] = Math.floor(time / 1000);
      changed.set(twinId, seen);
    }
  });
  return changed;
}

/** Of changes that nobody was told of yet, ms since epoch. */
const moments: number[] = [];

function messages(changed: Map<string, object>, { stamped, bytes = 0 }: Load): (string | Buffer)[] {
  switch (variant) {
    case "batch":
      return [JSON.stringify([...changed.values()])];
    case "each":
      return [...changed.values()].map((change) => JSON.stringify(change));
    case "floor":
      return [stamped ? Buffer.from(Float64Array.from(moments.splice(0)).buffer) : Buffer.alloc(bytes)];
    default:
      return [];
  }
}

function sendAll(clients: Set<WebSocket>, message: string | Buffer): void {
  const data = Buffer.from(message);
  for (const client of clients) {
    client.send(data, { binary: true });
  }
}

let next = 0;

function truth(): Truth {
  const temperature = (i: number) => services.mirror.get(pumpId(i))?.values.get("/temperature")?.value as number;
  return Array.from({ length: count }, (_, i) => temperature(i));
}

/** With moments as values CPU is not measured; then it looks five times a second how much waits in the clients' sockets. */
async function perform(load: Load): Promise<ServerReport> {
  if (!load.stamped) {
    return { cpuMs: await run(load), buffered: 0 };
  }
  let buffered = 0;
  const timer = setInterval(() => {
    buffered = Math.max(buffered, server.waiting?.() ?? 0);
  }, 200);
  await runStamped(load);
  clearInterval(timer);
  return { cpuMs: 0, buffered };
}

/** CPU of this process from the first tick to one interval after the last, ms per tick. */
async function run(load: Load): Promise<number> {
  const before = process.cpuUsage();
  const begun = performance.now();
  for (let tick = 0; tick < load.ticks; tick++) {
    for (let i = 0; i < load.changes; i++) {
      next++;
      tell(services, pumpId((next * 7) % count), (next % 100_000) / 100);
    }
    server.tick(load);
    await delay(Math.max(0, begun + (tick + 1) * INTERVAL_MS - performance.now()));
  }
  await delay(INTERVAL_MS);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / load.ticks;
}

/** Changes at any moment, each with the moment as its value; `quietMs` apart and told at once, or spread over the ticks. */
async function runStamped(load: Load): Promise<void> {
  const { ticks, changes, quietMs } = load;
  const ticking = quietMs === undefined ? setInterval(() => server.tick(load), INTERVAL_MS) : undefined;
  const step = quietMs ?? INTERVAL_MS / 10;
  const perStep = quietMs === undefined ? changes / 10 : 1;
  for (let n = 0; n < ticks * (quietMs === undefined ? 10 : 1); n++) {
    for (let i = 0; i < perStep; i++) {
      next++;
      const moment = performance.timeOrigin + performance.now();
      variant === "floor" && moments.push(moment);
      tell(services, pumpId(next % count), moment);
    }
    quietMs !== undefined && server.tick(load);
    await delay(step * (0.75 + Math.random() / 2));
  }
  await delay(2 * INTERVAL_MS);
  clearInterval(ticking);
}
