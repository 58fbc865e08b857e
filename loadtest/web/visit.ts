/** What the page's benchmarks stand on: a server in a process of its own, and a visit whose drawing and receiving are counted. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { Browser, CDPSession, Page } from "playwright-core";
import { COUNT_DRAWS } from "../../test/support/drawCalls.ts";

/** So many twins, and so many changes of values a second among them. */
export interface Load {
  twins: number;
  rate: number;
}

export interface Visit {
  page: Page;
  session: CDPSession;
}

/** Counts received bytes, and notes when the scene first shows live values. After COUNT_DRAWS. */
const WATCH = `
  globalThis.bench = { shownAt: 0, bytes: 0 };
  globalThis.WebSocket = class extends WebSocket {
    constructor(...all) {
      super(...all);
      this.addEventListener("message", ({ data }) => { bench.bytes += data.byteLength ?? data.size ?? data.length; });
    }
  };
  const look = () => {
    const isShown = draws.frames > 0 && Number(document.querySelector("canvas")?.dataset.placed) > 0;
    if (isShown && /\\d/.test(document.querySelector(".row-value")?.textContent ?? "")) {
      bench.shownAt = performance.now();
    } else {
      requestAnimationFrame(look);
    }
  };
  requestAnimationFrame(look);`;

export async function newVisit(browser: Browser): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, bypassCSP: true });
  const page = await context.newPage();
  await page.addInitScript(COUNT_DRAWS + WATCH);
  return { page, session: await context.newCDPSession(page) };
}

/** Ends with its `child`. */
export async function startServer(load: Load, webRoot: string): Promise<{ url: string; child: ChildProcess }> {
  const child = fork(join(import.meta.dirname, "server.ts"), [String(load.twins), String(load.rate), webRoot]);
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
