/**
 * The page in a real, headless Chromium: how long the first visit takes on a slow line, what the page loads, what its
 * scripts cost while thousands of twins change, draw calls, and whether memory stays flat. `npm run bench -- web`.
 *
 * WEB_HEAP_MINUTES=10 measures only whether memory stays flat: the heap after each minute, after forced collections, while
 * twin after twin is selected. CPU is the time in which the page's main thread runs scripts, by DevTools' own count;
 * software rendering happens in another process and does not count.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { Browser, CDPSession, Page } from "playwright-core";
import { build } from "vite";
import { createApp } from "../src/app.ts";
import { loadConfig } from "../src/config.ts";
import { newBrowser } from "../test/support/browser.ts";
import type { BenchRow } from "./bench.ts";
import { flatRow, heapByMinute, heapOver } from "./web/heap.ts";
import { type Load, newVisit, startServer } from "./web/visit.ts";

const LINE = { offline: false, latency: 20, downloadThroughput: 10e6 / 8, uploadThroughput: 10e6 / 8 };
const MEASURE_S = 12;
const HEAP_MINUTES = Number(process.env["WEB_HEAP_MINUTES"] ?? 0);
const HEAP_S = 30;
const MOST_CALLS = 10;
const HEAP_SAMPLES = 12;
/** The prototype's own figures (reference notes), in the same headless Chromium. */
const LOADS = [
  { twins: 2000, rate: 9000, most: 8, prototype: 5 },
  { twins: 10_000, rate: 68_000, most: 40, prototype: 38 },
] as const;
const silent = { debug() {}, info() {}, warn() {}, error: console.error };

export async function bench(): Promise<BenchRow[]> {
  const browser = await newBrowser();
  if (browser === undefined) {
    throw new Error("no Chromium that can draw; apt-get install chromium");
  }
  const webRoot = mkdtempSync(join(tmpdir(), "bench-page-"));
  try {
    const configFile = join(import.meta.dirname, "..", "web", "vite.config.ts");
    await build({ configFile, logLevel: "error", build: { outDir: webRoot, emptyOutDir: true } });
    if (HEAP_MINUTES > 0) {
      return await overMinutes(browser, webRoot, LOADS[0]);
    }
    const rows = await firstVisit(browser, webRoot);
    for (const load of LOADS) {
      rows.push(...(await underLoad(browser, webRoot, load)));
    }
    return rows;
  } finally {
    await browser.close();
    rmSync(webRoot, { recursive: true });
  }
}

async function firstVisit(browser: Browser, webRoot: string): Promise<BenchRow[]> {
  const app = await createApp(loadConfig({ PORT: "0" }, { memory: true }), { log: silent, webRoot });
  await app.ready;
  try {
    const times: number[] = [];
    const scripts = new Set<string>();
    for (let visit = 0; visit < 3; visit++) {
      const { page, session } = await newVisit(browser);
      await session.send("Network.enable");
      await session.send("Network.emulateNetworkConditions", LINE);
      page.on("response", (response) => response.url().endsWith(".js") && scripts.add(response.url()));
      await page.goto(`${app.url}/?space=hall-1&name=Bench&role=player`);
      await page.waitForFunction("bench.shownAt > 0", undefined, { timeout: 60_000 });
      times.push(Number(await page.evaluate("bench.shownAt")));
      await page.context().close();
    }
    const { page } = await newVisit(browser);
    await page.goto(`${app.url}/?space=hall-1&name=Bench&role=player`);
    await page.waitForFunction("bench.shownAt > 0", undefined, { timeout: 60_000 });
    const calls = await drawCalls(page);
    await page.context().close();
    const names = new Set([...scripts].map((url) => new URL(url).pathname.split("/").at(-1)));
    return [
      row("first visit, cold, 10 Mbit/s: scene with live values (median of 3)", median(times), "ms", 2000),
      row(
        "scripts of the first view, gzip",
        gzipKb(webRoot, (name) => names.has(name)),
        "kB",
        300,
      ),
      row("draw calls of a frame, a twin selected; the demo's pump hall", calls, "calls", MOST_CALLS),
      info(
        "scripts of the whole page, gzip",
        gzipKb(webRoot, () => true),
        "kB",
      ),
    ];
  } finally {
    await app.close();
  }
}

async function underLoad(browser: Browser, webRoot: string, load: (typeof LOADS)[number]): Promise<BenchRow[]> {
  const server = await startServer(load, webRoot);
  try {
    const { page, session } = await newVisit(browser);
    await page.goto(`${server.url}/?space=hall&name=Bench&role=player`);
    await page.waitForFunction("bench.shownAt > 0", undefined, { timeout: 120_000 });
    await delay(4000);
    await session.send("Performance.enable");
    await page.evaluate("bench.bytes = 0; draws.most = 0; draws.frames = 0");
    const before = await metrics(session);
    await delay(MEASURE_S * 1000);
    const after = await metrics(session);
    const share = ((after.script - before.script) / (after.at - before.at)) * 100;
    const what = `${load.twins} twins, ${load.rate} changes/s`;
    const { frames, bytes } = (await page.evaluate("({ ...draws, ...bench })")) as Record<"frames" | "bytes", number>;
    const seconds = after.at - before.at;
    const rows = [
      {
        ...row(`scripts' share of one core; ${what}`, share, "%", load.most),
        peer: "the prototype",
        peerValue: load.prototype,
        ratio: share / load.prototype,
      },
      row(`draw calls of a frame, a twin selected; ${what}`, await drawCalls(page), "calls", MOST_CALLS),
      info(`pictures drawn a second, in software; ${what}`, frames / seconds, "/s"),
      info(`received by the page; ${what}`, bytes / seconds / 1000, "kB/s"),
    ];
    if (load === LOADS[0]) {
      const samples = await heapOver(session, HEAP_S, HEAP_SAMPLES);
      rows.push(flatRow(`heap after collections, ${HEAP_S} s; ${what}`, samples));
    }
    await page.context().close();
    return rows;
  } finally {
    server.child.kill();
  }
}

async function overMinutes(browser: Browser, webRoot: string, load: Load): Promise<BenchRow[]> {
  const server = await startServer(load, webRoot);
  try {
    const visit = await newVisit(browser);
    await visit.page.goto(`${server.url}/?space=hall&name=Bench&role=player`);
    await visit.page.waitForFunction("bench.shownAt > 0", undefined, { timeout: 120_000 });
    const samples = await heapByMinute(visit, HEAP_MINUTES);
    const what = `${load.twins} twins, ${load.rate} changes/s`;
    return [
      ...samples.map((mb, at) => info(`heap after minute ${at + 1} and collections; ${what}`, mb, "MB")),
      flatRow(`heap after collections, ${HEAP_MINUTES} min; ${what}`, samples),
    ];
  } finally {
    server.child.kill();
  }
}

/** The most of a frame while a twin is selected and the pointer goes over the scene. */
async function drawCalls(page: Page): Promise<number> {
  await page.locator('[role="option"]').first().click();
  await page.mouse.move(700, 450, { steps: 10 });
  await delay(2000);
  return Number(await page.evaluate("draws.most"));
}

async function metrics(session: CDPSession): Promise<{ at: number; script: number }> {
  const { metrics: all } = await session.send("Performance.getMetrics");
  const of = (name: string) => all.find((metric) => metric.name === name)?.value ?? 0;
  return { at: of("Timestamp"), script: of("ScriptDuration") };
}

function gzipKb(webRoot: string, counts: (name: string) => boolean): number {
  const folder = join(webRoot, "assets");
  const names = readdirSync(folder).filter((name) => name.endsWith(".js") && counts(name));
  return names.reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, name)), { level: 9 }).length, 0) / 1000;
}

function row(name: string, value: number, unit: string, most: number): BenchRow {
  const peer = { peer: "–", peerValue: Number.NaN, ratio: Number.NaN };
  return { name, value, unit, ...peer, goal: `≤ ${most} ${unit}`, ok: value > 0 && value <= most };
}

/** Without a goal: so that one sees that there was a load. */
function info(name: string, value: number, unit: string): BenchRow {
  const ok = value > 0;
  return { name, value, unit, peer: "–", peerValue: Number.NaN, ratio: Number.NaN, goal: "for information", ok };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
