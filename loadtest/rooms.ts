/**
 * Rooms side by side with their peers, on the same changes in one run: 10,000 twins, 200 clients in another process.
 * `npm run bench -- rooms`; takes about eight minutes, two of them for the first change after a quiet second.
 */
import { asNpmRuns } from "./asNpmRuns.ts";
import type { BenchRow } from "./bench.ts";
import { percentile } from "./percentile.ts";
import { bound } from "./rooms/bound.ts";
import { fanOut } from "./rooms/fanOut.ts";
import { interest } from "./rooms/interest.ts";
import { type Clients, Processes, type Server, VARIANTS, type Variant } from "./rooms/processes.ts";
import { CHANGES, CLIENTS, INTERVAL_MS, TWINS } from "./rooms/sizes.ts";
import { slowClients } from "./rooms/slowClients.ts";

const QUIETS = 100;
const WARM_UP = 50;
const LARGE = 100_000;
const MOST_PER_TWIN = 2560;
const LONGEST_TURN_MS = 10;

export async function bench(): Promise<BenchRow[]> {
  return [...(await overSockets()), ...(await interest()), ...(await alone())];
}

async function overSockets(): Promise<BenchRow[]> {
  const processes = new Processes();
  try {
    const clients = await processes.clients();
    const servers = new Map<Variant, Server>();
    for (const variant of VARIANTS) {
      servers.set(variant, await processes.server(variant, TWINS));
    }
    const room = servers.get("room") as Server;
    const quiet = await afterQuiet(room, clients);
    const joining = await joinUnderLoad(room, clients, await processes.clients());
    for (const variant of ["batch", "each", "floor", "io"] as const) {
      const { port } = servers.get(variant) as Server;
      await clients({ do: "connect", port, kind: variant === "io" ? "io" : "ws", clients: CLIENTS });
    }
    const fanned = await fanOut(servers, clients);
    return [...fanned, ...(await busy(room, clients)), ...quiet, ...joining, ...(await slowClients(room, clients))];
  } finally {
    processes.close();
  }
}

/** What is measured in a process of its own, where nothing else runs. */
async function alone(): Promise<BenchRow[]> {
  const processes = new Processes();
  try {
    const perTwin = await processes.once<number>("heap.ts", [String(LARGE)], ["--expose-gc"]);
    const longest = await processes.once<number>("opening.ts", [String(TWINS)], asNpmRuns("start"));
    return [
      bound(`heap per twin, mirror and room together, ${LARGE} twins`, perTwin, "B", MOST_PER_TWIN),
      bound(`a room of ${TWINS} twins opens: longest turn of the event loop`, longest, "ms", LONGEST_TURN_MS),
    ];
  } finally {
    processes.close();
  }
}

async function busy(room: Server, clients: Clients): Promise<BenchRow[]> {
  await clients({ do: "watch", port: room.port });
  await clients({ do: "report", port: room.port });
  await room.run({ ticks: 60, changes: 100, stamped: true });
  const { delays } = await clients({ do: "report", port: room.port });
  return [
    delay("change → callback, 100 changes per tick, p50", delays, 0.5, INTERVAL_MS / 2 + 5),
    delay("change → callback, 100 changes per tick, p99", delays, 0.99, INTERVAL_MS + 15),
  ];
}

/** Before any load: twins that fall silent later are told as stale, and then the room is not quiet. */
async function afterQuiet(room: Server, clients: Clients): Promise<BenchRow[]> {
  await clients({ do: "connect", port: room.port, kind: "room", clients: CLIENTS });
  await clients({ do: "watch", port: room.port });
  await room.run({ ticks: WARM_UP, changes: 1, stamped: true, quietMs: 100 }); // until the engine has compiled what runs
  await clients({ do: "report", port: room.port });
  await room.run({ ticks: QUIETS, changes: 1, stamped: true, quietMs: 1000 });
  const { delays } = await clients({ do: "report", port: room.port });
  await clients({ do: "leave", port: room.port });
  return [delay(`change after a quiet second → callback, p99 of ${delays.length}`, delays, 0.99, 10)];
}

function delay(name: string, sample: readonly number[], p: number, most: number): BenchRow {
  const value = percentile(sample, p);
  const peer = { peer: "patch interval", peerValue: INTERVAL_MS, ratio: value / INTERVAL_MS };
  return { name, value, unit: "ms", ...peer, goal: `≤ ${most} ms`, ok: value <= most };
}

/**
 * Some are there, and watch the patches while all the others come at once: in a process of their own, since that of the
 * others is so busy with coming that it would hear patches late itself.
 */
async function joinUnderLoad(room: Server, clients: Clients, watching: Clients): Promise<BenchRow[]> {
  await watching({ do: "connect", port: room.port, kind: "room", clients: 20 });
  const load = room.run({ ticks: 80, changes: CHANGES });
  await watching({ do: "report", port: room.port });
  const { ms } = await clients({ do: "connect", port: room.port, kind: "room", clients: CLIENTS });
  const { gap } = await watching({ do: "report", port: room.port });
  await load;
  await watching({ do: "leave", port: room.port });
  await clients({ do: "leave", port: room.port });
  await clients({ do: "connect", port: room.port, kind: "room", clients: CLIENTS });
  const row = (name: string, value: number, most: number) =>
    bound(`${CLIENTS} clients join a room of ${TWINS} twins, ${CHANGES} changes per tick: ${name}`, value, "ms", most);
  return [row("all in", ms, 2000), row("latest patch", gap, 150 + INTERVAL_MS)];
}
