/**
 * The page in a real, headless Chromium: how long the first visit takes on a slow line, what the page loads, what its
 * scripts cost while thousands of twins change, draw calls, and whether memory stays flat. `npm run bench -- web`.
 *
 * BENCH_MINUTES: how long memory is watched (default 0.5; the full run is 10). CPU is the time in which the page's main
 * thread runs scripts, by DevTools' own count; software rendering happens in another process and does not count.
 */
import { type ChildProcess, fork } from "node:child_process";
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

const LINE = { offline: false, latency: 20, downloadThroughput: 10e6 / 8, uploadThroughput: 10e6 / 8 };
const MEASURE_S = 12;
const MINUTES = Number(process.env["BENCH_MINUTES"] ?? 0.5);
/** The prototype's own figures (reference notes), in the same headless Chromium. */
const LOADS = [
  { twins: 2000, rate: 9000, most: 8, prototype: 5 },
  { twins: 10_000, rate: 68_000, most: 40, prototype: 38 },
] as const;
const silent = { debug() {}, info() {}, warn() {}, error: console.error };

/** Counts WebGL calls per animation frame, and notes when the scene first shows live values. */
const WATCH = `
  globalThis.bench = { calls: 0, most: 0, frames: 0, shownAt: 0, bytes: 0 };
  globalThis.WebSocket = class extends WebSocket {
    constructor(...all) {
      super(...all);
      this.addEventListener("message", ({ data }) => { bench.bytes += data.byteLength ?? data.size ?? data.length; });
    }
  };
  for (const name of ["drawArrays", "drawElements", "drawArraysInstanced", "drawElementsInstanced"]) {
    const draw = WebGL2RenderingContext.prototype[name];
    WebGL2RenderingContext.prototype[name] = function (...all) { bench.calls++; return draw.apply(this, all); };
  }
  const frame = () => {
    bench.most = Math.max(bench.most, bench.calls);
    bench.frames += bench.calls > 0 ? 1 : 0;
    const isShown = bench.calls > 2 && Number(document.querySelector("canvas")?.dataset.placed) > 0;
    if (bench.shownAt === 0 && isShown && /\\d/.test(document.querySelector(".row-value")?.textContent ?? "")) {
      bench.shownAt = performance.now();
    }
    bench.calls = 0;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);`;

export async function bench(): Promise<BenchRow[]> {
  const browser = await newBrowser();
  if (browser === undefined) {
    throw new Error("no Chromium that can draw; apt-get install chromium");
  }
  const webRoot = mkdtempSync(join(tmpdir(), "bench-page-"));
  try {
    const configFile = join(import.meta.dirname, "..", "web", "vite.config.ts");
    await build({ configFile, logLevel: "error", build: { outDir: webRoot, emptyOutDir: true } });
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
      const { page, session } = await newPage(browser);
      await session.send("Network.enable");
      await session.send("Network.emulateNetworkConditions", LINE);
      page.on("response", (response) => response.url().endsWith(".js") && scripts.add(response.url()));
      await page.goto(`${app.url}/?space=hall-1&name=Bench&role=player`);
      await page.waitForFunction("bench.shownAt > 0", undefined, { timeout: 60_000 });
      times.push(Number(await page.evaluate("bench.shownAt")));
      await page.context().close();
    }
    const names = new Set([...scripts].map((url) => new URL(url).pathname.split("/").at(-1)));
    return [
      row("first visit, cold, 10 Mbit/s: scene with live values (median of 3)", median(times), "ms", 2000),
      row(
        "scripts of the first view, gzip",
        gzipKb(webRoot, (name) => names.has(name)),
        "kB",
        300,
      ),
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
    const { page, session } = await newPage(browser);
    await page.goto(`${server.url}/?space=hall&name=Bench&role=player`);
    await page.waitForFunction("bench.shownAt > 0", undefined, { timeout: 120_000 });
    await delay(4000);
    await session.send("Performance.enable");
    await page.evaluate("Object.assign(bench, { most: 0, frames: 0, bytes: 0 })");
    const before = await metrics(session);
    await delay(MEASURE_S * 1000);
    const after = await metrics(session);
    const share = ((after.script - before.script) / (after.at - before.at)) * 100;
    const what = `${load.twins} twins, ${load.rate} changes/s`;
    const { most, frames, bytes } = (await page.evaluate("bench")) as Record<"most" | "frames" | "bytes", number>;
    const seconds = after.at - before.at;
    const rows = [
      {
        ...row(`scripts' share of one core; ${what}`, share, "%", load.most),
        peer: "the prototype",
        peerValue: load.prototype,
        ratio: share / load.prototype,
      },
      row(`draw calls of a frame; ${what}`, most, "calls", 10),
      info(`pictures drawn a second, in software; ${what}`, frames / seconds, "/s"),
      info(`received by the page; ${what}`, bytes / seconds / 1000, "kB/s"),
    ];
    if (load === LOADS[0]) {
      rows.push(await memory(session, what));
    }
    await page.context().close();
    return rows;
  } finally {
    server.child.kill();
  }
}

/** Mean heap of the last third against that of the first, each sample after a forced collection. */
async function memory(session: CDPSession, what: string): Promise<BenchRow> {
  const samples: number[] = [];
  const count = 12;
  for (let i = 0; i < count; i++) {
    await delay((MINUTES * 60_000) / count);
    await session.send("HeapProfiler.collectGarbage");
    samples.push((await session.send("Runtime.getHeapUsage")).usedSize / 1e6);
  }
  const mean = (some: readonly number[]) => some.reduce((sum, mb) => sum + mb, 0) / some.length;
  const [first, last] = [mean(samples.slice(0, count / 3)), mean(samples.slice(-count / 3))];
  return {
    name: `heap after collections, ${MINUTES} min; ${what}`,
    value: last,
    unit: "MB",
    peer: "its beginning",
    peerValue: first,
    ratio: last / first,
    goal: "≤ 1.05 × its beginning",
    ok: last <= first * 1.05,
  };
}

async function newPage(browser: Browser): Promise<{ page: Page; session: CDPSession }> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, bypassCSP: true });
  const page = await context.newPage();
  await page.addInitScript(WATCH);
  return { page, session: await context.newCDPSession(page) };
}

async function metrics(session: CDPSession): Promise<{ at: number; script: number }> {
  const { metrics: all } = await session.send("Performance.getMetrics");
  const of = (name: string) => all.find((metric) => metric.name === name)?.value ?? 0;
  return { at: of("Timestamp"), script: of("ScriptDuration") };
}

async function startServer(
  { twins, rate }: { twins: number; rate: number },
  webRoot: string,
): Promise<{ url: string; child: ChildProcess }> {
  const child = fork(join(import.meta.dirname, "web", "server.ts"), [String(twins), String(rate), webRoot]);
  const port = await new Promise<number>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the server of the benchmark ended with ${code}`)));
    child.on("message", (message) => {
      const said = (message as { said?: { port: number } }).said;
      if (said !== undefined) {
        resolve(said.port);
      }
    });
  });
  return { url: `http://127.0.0.1:${port}`, child };
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
