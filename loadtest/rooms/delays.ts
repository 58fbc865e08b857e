/**
 * From a change to the callback at a client, in the room and beside it for `ws.send` of a ready-made buffer with nothing but
 * the moments: what this machine takes for 200 sends and two processes, whatever the server is. They take turns. The goals
 * are absolute.
 *
 * Who is timed (`watching`) has a process of its own: in that of the 200 a patch waits until it has been read for all of
 * them, 2 ms, and each player has a machine of his own (ADR 6, "Who is timed").
 */
import type { BenchRow } from "../bench.ts";
import { percentile } from "../percentile.ts";
import type { Clients, Server } from "./processes.ts";
import { CHANGES, INTERVAL_MS } from "./sizes.ts";

const QUIETS = 100;
const WARM_UP = 50;
const BUSY_TICKS = 60;
const ROUNDS = 3;

/** Both with 200 clients. */
export interface Timed {
  room: Server;
  floor: Server;
  watching: Clients;
}

/** Before any load: twins that fall silent later are told as stale, and then the room is not quiet. */
export async function afterQuiet({ room, floor, watching }: Timed): Promise<BenchRow[]> {
  await watch({ room, floor, watching });
  for (const server of [room, floor]) {
    await server.run({ ticks: WARM_UP, changes: 1, stamped: true, quietMs: 100 }); // until the engine has compiled what runs
    await delaysOf(server, watching);
  }
  for (let i = 0; i < QUIETS; i++) {
    for (const server of [room, floor]) {
      await server.run({ ticks: 1, changes: 1, stamped: true, quietMs: 1000 });
    }
  }
  const [delays, least] = [await delaysOf(room, watching), await delaysOf(floor, watching)];
  for (const { port } of [room, floor]) {
    await watching({ do: "leave", port });
  }
  return [row(`change after a quiet second → callback, p99 of ${delays.length}`, delays, least, 0.99, 10)];
}

/** The one that watches the room stays. */
export async function busy({ room, floor, watching }: Timed): Promise<BenchRow[]> {
  for (const server of [room, floor]) {
    await server.run({ ticks: BUSY_TICKS, changes: CHANGES });
  }
  await watch({ room, floor, watching });
  for (let i = 0; i < ROUNDS; i++) {
    for (const server of [room, floor]) {
      await server.run({ ticks: BUSY_TICKS, changes: 100, stamped: true });
    }
  }
  const [delays, least] = [await delaysOf(room, watching), await delaysOf(floor, watching)];
  await watching({ do: "leave", port: floor.port });
  const what = "change → callback, 100 changes per tick";
  return [
    row(`${what}, p50`, delays, least, 0.5, INTERVAL_MS / 2 + 5),
    row(`${what}, p99`, delays, least, 0.99, INTERVAL_MS + 15),
  ];
}

async function watch({ room, floor, watching }: Timed): Promise<void> {
  await watching({ do: "watch", port: room.port, kind: "room" });
  await watching({ do: "watch", port: floor.port, kind: "ws" });
}

async function delaysOf({ port }: Server, watching: Clients): Promise<number[]> {
  return (await watching({ do: "report", port })).delays;
}

function row(name: string, delays: readonly number[], least: readonly number[], p: number, most: number): BenchRow {
  const value = percentile(delays, p);
  const peerValue = percentile(least, p);
  const peer = { peer: "ws.send of a ready-made buffer", peerValue, ratio: value / peerValue };
  return { name, value, unit: "ms", ...peer, goal: `≤ ${most} ms`, ok: value <= most };
}
