/** Whether the page's memory stays flat while thousands of values change and a person goes from twin to twin. */
import { setTimeout as delay } from "node:timers/promises";
import type { CDPSession } from "playwright-core";
import type { BenchRow } from "../bench.ts";
import type { Visit } from "./visit.ts";

/** Twins that are selected, one after the other, between two samples. */
const VISITED = 20;
const MOST = 1.05;
const COLLECTIONS = 4;

/** One sample after each minute, in MB, after forced collections; meanwhile twin after twin is selected. */
export async function heapByMinute({ page, session }: Visit, minutes: number): Promise<number[]> {
  const samples: number[] = [];
  await page.locator('[role="option"]').first().click(); // of the list of twins
  for (let minute = 1; minute <= minutes; minute++) {
    for (let visited = 0; visited < VISITED; visited++) {
      await page.keyboard.press("ArrowDown");
      await delay(60_000 / VISITED);
    }
    samples.push(await heapMb(session));
  }
  return samples;
}

/** `count` samples over so many seconds, nothing else being done. */
export async function heapOver(session: CDPSession, seconds: number, count: number): Promise<number[]> {
  const samples: number[] = [];
  for (let i = 0; i < count; i++) {
    await delay((seconds * 1000) / count);
    samples.push(await heapMb(session));
  }
  return samples;
}

/** Mean of the last third of the samples against that of the first. */
export function flatRow(name: string, samples: readonly number[]): BenchRow {
  const third = Math.max(1, Math.floor(samples.length / 3));
  const mean = (some: readonly number[]) => some.reduce((sum, mb) => sum + mb, 0) / some.length;
  const [first, last] = [mean(samples.slice(0, third)), mean(samples.slice(-third))];
  return {
    name,
    value: last,
    unit: "MB",
    peer: "its beginning",
    peerValue: first,
    ratio: last / first,
    goal: `≤ ${MOST} × its beginning`,
    ok: last <= first * MOST,
  };
}

/** The least after a few collections: what came in a moment ago is not counted. */
async function heapMb(session: CDPSession): Promise<number> {
  const weighed: number[] = [];
  for (let time = 0; time < COLLECTIONS; time++) {
    await session.send("HeapProfiler.collectGarbage");
    weighed.push((await session.send("Runtime.getHeapUsage")).usedSize / 1e6);
  }
  return Math.min(...weighed);
}
