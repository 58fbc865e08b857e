/** Twenty of two hundred clients stop reading for ten seconds under full load: what the others and the server feel of it. */
import { setTimeout as delay } from "node:timers/promises";
import type { BenchRow } from "../bench.ts";
import { percentile } from "../percentile.ts";
import { bound } from "./bound.ts";
import type { Clients, Server } from "./processes.ts";
import { CHANGES, CLIENTS } from "./sizes.ts";

const SLOW = 20;
const TICKS = 200;
/** MiB that may wait for each slow client (Backpressure's default), and what a full state more takes. */
const MOST_MB = SLOW * 2;

/** The clients that read are there, and one that is timed. */
export async function slowClients(room: Server, clients: Clients, watching: Clients): Promise<BenchRow[]> {
  const { port } = room;
  await clients({ do: "decoders", port, clients: SLOW });
  await watching({ do: "report", port });
  const load = { ticks: TICKS, changes: CHANGES, stamped: true };
  await room.run(load);
  const before = percentile((await watching({ do: "report", port })).delays, 0.99);
  await clients({ do: "pause", port });
  const { buffered } = await room.run(load);
  const after = percentile((await watching({ do: "report", port })).delays, 0.99);
  await clients({ do: "resume", port });
  await delay(3000);
  const { right, wrong, closed } = await clients({ do: "compare", port, truth: await room.truth() });
  const what = `${SLOW} of ${CLIENTS} clients stop reading for 10 s`;
  const waiting = buffered / 2 ** 20;
  return [
    {
      name: `${what}: others, change → callback, p99`,
      value: after,
      unit: "ms",
      peer: "nobody stops reading",
      peerValue: before,
      ratio: after / before,
      goal: "≤ 1.1 × peer",
      ok: after <= before * 1.1,
    },
    bound(`${what}: waiting in the server`, waiting, "MiB", MOST_MB),
    bound(`${what}: states that are wrong later (${right} right, ${closed} closed)`, wrong, "clients", 0),
  ];
}
