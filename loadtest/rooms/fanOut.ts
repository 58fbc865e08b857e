/**
 * CPU and bytes of a server that tells 200 clients of 1,000 changes 20 times a second, beside its peers. All apply the same
 * changes to the same mirror. What counts is CPU of the server's process beyond that of one that applies them and tells
 * nobody; since the machine is shared and what it does varies, short slices of all variants take turns, and the median of
 * each is taken. In an order that is drawn anew each time: who comes after a server that sends finds the clients' process
 * awake. The first second of a slice does not count: a server that was silent while the others had their turns is not one
 * under load. With that second counted the room's median was 0.3 ms a tick higher and the buffer's 0.1 (ADR 6, "Against the
 * ready-made buffer"). What is left varies by process.
 */
import type { BenchRow } from "../bench.ts";
import { percentile } from "../percentile.ts";
import { type Clients, type Server, VARIANTS, type Variant } from "./processes.ts";
import { CHANGES, CLIENTS, TWINS } from "./sizes.ts";

const SLICES = 30;
const TICKS = 20;
/** In front of them. */
const UNCOUNTED_TICKS = 20;
/** A message per change takes seconds per tick. */
const SLOW: readonly Variant[] = ["each", "io"];
const SLOW_SLICES = 2;
const SLOW_TICKS = 2;

interface Slice {
  cpuMs: number;
  /** Per client and tick. */
  bytes: number;
}

export async function fanOut(servers: ReadonlyMap<Variant, Server>, clients: Clients): Promise<BenchRow[]> {
  const slices = new Map<Variant, Slice[]>(VARIANTS.map((variant) => [variant, []]));
  for (let round = 0; round <= SLICES; round++) {
    for (const variant of shuffled(VARIANTS)) {
      if (round <= SLOW_SLICES || !SLOW.includes(variant)) {
        const bytes = Math.round(median(slices.get("room") ?? [], "bytes")) || 13_000;
        const slice = await run(servers.get(variant) as Server, clients, bytes, SLOW.includes(variant));
        round > 0 && slices.get(variant)?.push(slice); // the first one warms up
      }
    }
  }
  return rows((variant, what) => median(slices.get(variant) ?? [], what));
}

function shuffled<T>(all: readonly T[]): T[] {
  const drawn = all.map((one) => ({ one, at: Math.random() }));
  return drawn.sort((a, b) => a.at - b.at).map(({ one }) => one);
}

async function run(server: Server, clients: Clients, bytes: number, isSlow: boolean): Promise<Slice> {
  const ticks = isSlow ? SLOW_TICKS : TICKS;
  if (!isSlow) {
    await server.run({ ticks: UNCOUNTED_TICKS, changes: CHANGES, bytes });
  }
  await clients({ do: "report", port: server.port });
  const { cpuMs } = await server.run({ ticks, changes: CHANGES, bytes });
  const report = await clients({ do: "report", port: server.port });
  return { cpuMs, bytes: report.bytes / Math.max(1, report.clients) / ticks };
}

function rows(of: (variant: Variant, what: keyof Slice) => number): BenchRow[] {
  const cpu = (variant: Variant) => of(variant, "cpuMs") - of("none", "cpuMs");
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
  const time = "server CPU per tick beyond the mirror";
  return [
    row(time, "ms", "ws, one JSON batch per tick", cpu("room"), cpu("batch"), 0.75),
    row(
      "bytes per client and tick",
      "B",
      "ws, one JSON batch per tick",
      of("room", "bytes"),
      of("batch", "bytes"),
      1 / 5,
    ),
    row(time, "ms", "ws, JSON per change", cpu("room"), cpu("each"), 1 / 20),
    row(time, "ms", "socket.io, an event per change", cpu("room"), cpu("io"), 1 / 20),
    row(time, "ms", "ws.send of a ready-made buffer", cpu("room"), cpu("floor"), 1.2),
  ];
}

function median(slices: readonly Slice[], what: keyof Slice): number {
  return percentile(
    slices.map((slice) => slice[what]),
    0.5,
  );
}
