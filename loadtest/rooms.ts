/**
 * Rooms side by side with their peers, on the same changes in one run: 10,000 twins, 200 clients in another process.
 *
 * CPU is that of the server's process, beyond what the mirror itself takes for the same changes; the median of rounds in
 * which all variants take turns, since the machine is shared. `npm run bench -- rooms`.
 */
import { type ChildProcess, fork } from "node:child_process";
import type { BenchRow } from "./bench.ts";
import { percentile } from "./percentile.ts";
import { interest } from "./rooms/interest.ts";
import type { ClientsDo, ClientsReport, Load, ServerReport } from "./rooms/messages.ts";

const TWINS = 10_000;
const CLIENTS = 200;
const CHANGES = 1000;
const INTERVAL_MS = 50;
const ROUNDS = 3;
const TICKS = 40;
/** A JSON message per change takes seconds per tick. */
const TICKS_EACH = 2;

const VARIANTS = ["none", "room", "batch", "each", "floor"] as const;
type Variant = (typeof VARIANTS)[number];

interface Server {
  port: number;
  run(load: Load): Promise<ServerReport>;
}
type Clients = (task: ClientsDo) => Promise<ClientsReport>;

export async function bench(): Promise<BenchRow[]> {
  return [...(await overSockets()), ...interest()];
}

async function overSockets(): Promise<BenchRow[]> {
  const children: ChildProcess[] = [];
  try {
    const clients = await startClients(children);
    const servers = new Map<Variant, Server>();
    for (const variant of VARIANTS) {
      servers.set(variant, await startServer(children, variant));
    }
    const room = serverOf(servers, "room");
    const quiet = await afterQuiet(room, clients);
    const joining = await joinUnderLoad(room, clients);
    for (const variant of ["batch", "each", "floor"] as const) {
      await clients({ do: "connect", port: serverOf(servers, variant).port, room: false, clients: CLIENTS });
    }
    return [...(await fanOut(servers, clients)), ...(await busy(room, clients)), ...quiet, ...joining];
  } finally {
    for (const child of children) {
      child.kill();
    }
  }
}

function serverOf(servers: Map<Variant, Server>, variant: Variant): Server {
  const server = servers.get(variant);
  if (!server) {
    throw new Error(`no server for ${variant}`);
  }
  return server;
}

/** The next thing that a child says; Colyseus speaks to a process manager here too. */
function said<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`a process of the benchmark ended with ${code}`));
    child.once("exit", ended);
    child.on("message", function heard(message) {
      if (typeof message === "object" && message !== null && "said" in message) {
        child.off("exit", ended);
        child.off("message", heard);
        resolve(message.said as T);
      }
    });
  });
}

async function startClients(children: ChildProcess[]): Promise<Clients> {
  const child = fork(`${import.meta.dirname}/rooms/clients.ts`);
  children.push(child);
  await said(child);
  return (task) => {
    child.send(task);
    return said(child);
  };
}

async function startServer(children: ChildProcess[], variant: Variant): Promise<Server> {
  const child = fork(`${import.meta.dirname}/rooms/server.ts`, [variant, String(TWINS)]);
  children.push(child);
  const { port } = await said<{ port: number }>(child);
  return {
    port,
    run: (load) => {
      child.send(load);
      return said(child);
    },
  };
}

async function fanOut(servers: Map<Variant, Server>, clients: Clients): Promise<BenchRow[]> {
  const cpu = new Map<Variant, number[]>(VARIANTS.map((v) => [v, []]));
  const bytes = new Map<Variant, number[]>(VARIANTS.map((v) => [v, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const variant of VARIANTS) {
      const server = serverOf(servers, variant);
      const ticks = variant === "each" ? TICKS_EACH : TICKS;
      await clients({ do: "report", port: server.port });
      const { cpuMs } = await server.run({ ticks, changes: CHANGES, bytes: median(bytes.get("room") ?? []) || 9000 });
      const report = await clients({ do: "report", port: server.port });
      bytes.get(variant)?.push(Math.round(report.bytes / Math.max(1, report.clients) / ticks));
      if (round > 0) {
        cpu.get(variant)?.push(cpuMs);
      }
    }
  }
  const idle = median(cpu.get("none") ?? []);
  const of = (variant: Variant) => median(cpu.get(variant) ?? []) - idle;
  const sizeOf = (variant: Variant) => median(bytes.get(variant)?.slice(1) ?? []);
  const what = `${CHANGES} changes of ${TWINS} twins, ${CLIENTS} clients`;
  const row = (name: string, unit: string, peer: string, a: number, b: number, most: number): BenchRow => ({
    name: `${name}; ${what}`,
    value: a,
    unit,
    peer,
    peerValue: b,
    ratio: a / b,
    goal: `≤ ${Number(most.toPrecision(2))} × peer`,
    ok: a <= b * most,
  });
  return [
    row("server CPU per tick", "ms", "ws, one JSON batch per tick", of("room"), of("batch"), 0.75),
    row("bytes per client and tick", "B", "ws, one JSON batch per tick", sizeOf("room"), sizeOf("batch"), 1 / 5),
    row("server CPU per tick", "ms", "ws, JSON per change", of("room"), of("each"), 1 / 20),
    row("server CPU per tick", "ms", "ws.send of a ready-made buffer", of("room"), of("floor"), 1.2),
  ];
}

async function busy(room: Server, clients: Clients): Promise<BenchRow[]> {
  await clients({ do: "watch", port: room.port });
  await room.run({ ticks: 60, changes: 100, stamped: true });
  const { delays } = await clients({ do: "report", port: room.port });
  return [
    delay("change → callback, 100 changes per tick, p50", delays, 0.5, INTERVAL_MS / 2 + 5),
    delay("change → callback, 100 changes per tick, p99", delays, 0.99, INTERVAL_MS + 15),
  ];
}

/** Before any load: twins that fall silent later are told as stale, and then the room is not quiet. */
async function afterQuiet(room: Server, clients: Clients): Promise<BenchRow[]> {
  await clients({ do: "connect", port: room.port, room: true, clients: CLIENTS });
  await clients({ do: "watch", port: room.port });
  await room.run({ ticks: 12, changes: 1, stamped: true, quietMs: 1000 });
  const { delays } = await clients({ do: "report", port: room.port });
  await clients({ do: "leave", port: room.port });
  return [delay("change after a quiet second → callback, p99", delays, 0.99, 10)];
}

function delay(name: string, sample: readonly number[], p: number, most: number): BenchRow {
  const value = percentile(sample, p);
  const peer = { peer: "patch interval", peerValue: INTERVAL_MS, ratio: value / INTERVAL_MS };
  return { name, value, unit: "ms", ...peer, goal: `≤ ${most} ms`, ok: value <= most };
}

/** Half of the clients are there and watch the patches while as many again come at once. */
async function joinUnderLoad(room: Server, clients: Clients): Promise<BenchRow[]> {
  await clients({ do: "connect", port: room.port, room: true, clients: 20 });
  const load = room.run({ ticks: 80, changes: CHANGES });
  const { ms, gap } = await clients({ do: "connect", port: room.port, room: true, clients: CLIENTS });
  await load;
  await clients({ do: "leave", port: room.port });
  await clients({ do: "connect", port: room.port, room: true, clients: CLIENTS });
  const row = (name: string, value: number, most: number): BenchRow => ({
    name: `${CLIENTS} clients join a room of ${TWINS} twins, ${CHANGES} changes per tick: ${name}`,
    value,
    unit: "ms",
    peer: "–",
    peerValue: most,
    ratio: value / most,
    goal: `≤ ${most} ms`,
    ok: value <= most,
  });
  return [row("all in", ms, 2000), row("latest patch", gap, 150 + INTERVAL_MS)];
}

function median(values: readonly number[]): number {
  return percentile([...values], 0.5) || 0;
}
