/**
 * Rooms side by side with their peers, on the same changes in one run: 10,000 twins, 200 clients in another process.
 * `npm run bench -- rooms`; takes about twelve minutes, four of them for the first change after a quiet second.
 */
import { asNpmRuns } from "./asNpmRuns.ts";
import type { BenchRow } from "./bench.ts";
import { bound } from "./rooms/bound.ts";
import { afterQuiet, busy } from "./rooms/delays.ts";
import { fanOut } from "./rooms/fanOut.ts";
import { interest } from "./rooms/interest.ts";
import { type Clients, KINDS, Processes, type Server } from "./rooms/processes.ts";
import { CHANGES, CLIENTS, INTERVAL_MS, TWINS } from "./rooms/sizes.ts";
import { slowClients } from "./rooms/slowClients.ts";

const LARGE = 100_000;
const MOST_PER_TWIN = 2560;
const LONGEST_TURN_MS = 10;

export async function bench(): Promise<BenchRow[]> {
  return [...(await fanOut()), ...(await oneRoom()), ...(await interest()), ...(await alone())];
}

async function oneRoom(): Promise<BenchRow[]> {
  const processes = new Processes();
  try {
    const clients = await processes.clients();
    const watching = await processes.clients();
    const connected = async (variant: "room" | "floor") => {
      const server = await processes.server(variant, TWINS);
      await clients({ do: "connect", port: server.port, kind: KINDS[variant], clients: CLIENTS });
      return server;
    };
    const [room, floor] = [await connected("room"), await connected("floor")];
    const quiet = await afterQuiet({ room, floor, watching });
    await clients({ do: "leave", port: room.port });
    const joining = await joinUnderLoad(room, clients, watching);
    const delays = await busy({ room, floor, watching });
    return [...delays, ...quiet, ...joining, ...(await slowClients(room, clients, watching))];
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

/** Some are there, and watch the patches while all the others come at once. */
async function joinUnderLoad(room: Server, clients: Clients, watching: Clients): Promise<BenchRow[]> {
  await watching({ do: "connect", port: room.port, kind: "room", clients: 20 });
  const load = room.run({ ticks: 80, changes: CHANGES });
  await watching({ do: "report", port: room.port });
  const { ms } = await clients({ do: "connect", port: room.port, kind: "room", clients: CLIENTS });
  const { gap } = await watching({ do: "report", port: room.port });
  await load;
  await watching({ do: "leave", port: room.port });
  const row = (name: string, value: number, most: number) =>
    bound(`${CLIENTS} clients join a room of ${TWINS} twins, ${CHANGES} changes per tick: ${name}`, value, "ms", most);
  return [row("all in", ms, 2000), row("latest patch", gap, 150 + INTERVAL_MS)];
}
