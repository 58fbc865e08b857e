/**
 * CPU and bytes of a server that tells 200 clients of 1,000 changes 20 times a second, beside its peers. All apply the same
 * changes to the same mirror. What counts is CPU of the server's process beyond that of one that applies them and tells
 * nobody; since the machine is shared and what it does varies, short slices of all variants take turns, and the median of
 * each is taken. In an order that is drawn anew each time: who comes after a server that sends finds the clients' process
 * awake. The first second of a slice does not count: a server that was silent while the others had their turns is not one
 * under load (ADR 6, "Against the ready-made buffer"). And since two processes of the same server differ by as much as the
 * room and the buffer do, each variant has several, one after the other.
 */
import type { BenchRow } from "../bench.ts";
import { percentile } from "../percentile.ts";
import { type Clients, KINDS, Processes, type Server, VARIANTS, type Variant } from "./processes.ts";
import { CHANGES, CLIENTS, TWINS } from "./sizes.ts";

/** Of processes, one of each variant. */
const CASTS = 5;
const SLICES = 6;
const TICKS = 20;
/** In front of them. */
const UNCOUNTED_TICKS = 20;
/** Until the engine has compiled what runs: after 60 it was still at that for a twentieth of the CPU, most of it for the room. */
const WARM_UP_TICKS = 300;
/** A message per change takes seconds per tick. In the first cast only. */
const SLOW: readonly Variant[] = ["each", "io"];
const SLOW_SLICES = 2;
const SLOW_TICKS = 2;

interface Slice {
  cpuMs: number;
  /** Per client and tick. */
  bytes: number;
}
type Slices = ReadonlyMap<Variant, Slice[]>;

export async function fanOut(): Promise<BenchRow[]> {
  const slices = new Map<Variant, Slice[]>(VARIANTS.map((variant) => [variant, []]));
  for (let cast = 0; cast < CASTS; cast++) {
    const processes = new Processes();
    try {
      await play(processes, cast === 0 ? VARIANTS : VARIANTS.filter((variant) => !SLOW.includes(variant)), slices);
    } finally {
      processes.close();
    }
  }
  return rows((variant, what) => median(slices.get(variant) ?? [], what));
}

async function play(processes: Processes, variants: readonly Variant[], slices: Slices): Promise<void> {
  const clients = await processes.clients();
  const servers = new Map<Variant, Server>();
  for (const variant of variants) {
    const server = await processes.server(variant, TWINS);
    servers.set(variant, server);
    if (variant !== "none") {
      await clients({ do: "connect", port: server.port, kind: KINDS[variant], clients: CLIENTS });
    }
  }
  const of = (variant: Variant) => servers.get(variant) as Server;
  const { bytes } = await slice(of("room"), clients, TICKS);
  const quick = variants.filter((variant) => !SLOW.includes(variant));
  await Promise.all(quick.map((variant) => of(variant).run({ ticks: WARM_UP_TICKS, changes: CHANGES, bytes })));
  for (const variant of variants.filter((variant) => SLOW.includes(variant))) {
    await slice(of(variant), clients, 1);
  }
  for (let round = 0; round < SLICES; round++) {
    for (const variant of shuffled(variants)) {
      if (!SLOW.includes(variant)) {
        await of(variant).run({ ticks: UNCOUNTED_TICKS, changes: CHANGES, bytes });
        slices.get(variant)?.push(await slice(of(variant), clients, TICKS, bytes));
      } else if (round < SLOW_SLICES) {
        slices.get(variant)?.push(await slice(of(variant), clients, SLOW_TICKS));
      }
    }
  }
}

function shuffled<T>(all: readonly T[]): T[] {
  const drawn = all.map((one) => ({ one, at: Math.random() }));
  return drawn.sort((a, b) => a.at - b.at).map(({ one }) => one);
}

/** `bytes`: for the ready-made buffer, as many as the room's patch has. */
async function slice(server: Server, clients: Clients, ticks: number, bytes?: number): Promise<Slice> {
  await clients({ do: "report", port: server.port });
  const { cpuMs } = await server.run({ ticks, changes: CHANGES, ...(bytes && { bytes }) });
  const report = await clients({ do: "report", port: server.port });
  return { cpuMs, bytes: Math.round(report.bytes / Math.max(1, report.clients) / ticks) };
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
