/**
 * How fast a twin is read over REST with 50 connections, beside a bare express route that gives the same bytes. Both servers
 * are processes of their own, asked in turn by this one.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { HttpLane } from "./adt/HttpLane.ts";
import type { BenchRow } from "./bench.ts";
import { percentile } from "./percentile.ts";

const CONNECTIONS = 50;
/** Short and many, since a machine that does other things too is not equally fast from one second to the next. */
const ROUNDS = 20;
const ROUND_MS = 500;
const WARM_MS = 2000;
const PATH = "/api/v1/twins/pump-01";
const GOAL_RATE = 0.7;
const GOAL_P99 = 3;

interface Side {
  lanes: HttpLane[];
  /** Requests per second and ms at p99, of each round. */
  rates: number[];
  p99s: number[];
}

export async function bench(): Promise<BenchRow[]> {
  const children: ChildProcess[] = [];
  try {
    const origin = await start(children);
    const bytes = await (await fetch(origin + PATH)).text();
    const [api, bare] = [connected(origin), connected(await start(children, bytes))];
    await Promise.all([ask(api, WARM_MS), ask(bare, WARM_MS)]); // warm
    for (let round = 0; round < ROUNDS; round++) {
      await measure(api);
      await measure(bare);
    }
    for (const lane of [...api.lanes, ...bare.lanes]) {
      lane.close();
    }
    return [rateRow(api, bare), p99Row(api, bare)];
  } finally {
    for (const child of children) {
      child.kill();
    }
  }
}

async function start(children: ChildProcess[], ...given: string[]): Promise<string> {
  const child = fork(join(import.meta.dirname, "rest", "server.ts"), given);
  children.push(child);
  const [{ origin }] = (await once(child, "message")) as [{ origin: string }];
  return origin;
}

function connected(origin: string): Side {
  const { hostname, port } = new URL(origin);
  const lanes = Array.from({ length: CONNECTIONS }, () => new HttpLane(hostname, Number(port)));
  return { lanes, rates: [], p99s: [] };
}

async function measure(side: Side): Promise<void> {
  const times = await ask(side, ROUND_MS);
  side.rates.push((times.length * 1000) / ROUND_MS);
  side.p99s.push(percentile(times, 0.99));
}

/** Each connection asks again as soon as it is answered. ms of each answer. */
async function ask({ lanes }: Side, forMs: number): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + forMs;
  await Promise.all(
    lanes.map(async (lane) => {
      for (let from = performance.now(); from < end; from = performance.now()) {
        const { status } = await lane.ask("GET", PATH);
        if (status !== 200) {
          throw new Error(`${PATH} was answered with ${status}`);
        }
        times.push(performance.now() - from);
      }
    }),
  );
  return times;
}

/** Of each round by the one right after it. */
const pairs = (ours: readonly number[], theirs: readonly number[]) => ours.map((x, i) => x / (theirs[i] ?? Number.NaN));
const median = (values: readonly number[]) => percentile(values, 0.5);

function rateRow(api: Side, bare: Side): BenchRow {
  const [value, peerValue] = [median(api.rates), median(bare.rates)];
  const ratio = median(pairs(api.rates, bare.rates));
  return {
    name: `read a twin, ${CONNECTIONS} connections`,
    value,
    unit: "requests/s",
    peer: "bare express",
    peerValue,
    ratio,
    goal: `≥ ${GOAL_RATE} of its rate`,
    ok: ratio >= GOAL_RATE,
  };
}

function p99Row(api: Side, bare: Side): BenchRow {
  const [value, peerValue] = [median(api.p99s), median(bare.p99s)];
  const ratio = median(pairs(api.p99s, bare.p99s));
  return {
    name: "p99 of it",
    value,
    unit: "ms",
    peer: "bare express",
    peerValue,
    ratio,
    goal: `≤ ${GOAL_P99} × its p99`,
    ok: ratio <= GOAL_P99,
  };
}
