// The whole server with its embedded cloud and devices, the page as the sources are now, and a browser to open it in:
// what end-to-end tests of the page stand on. One per suite; its own teardown.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { createApp } from "../../src/app.ts";
import { isOutdated } from "../../src/cli/ensureWebPage.ts";
import { loadConfig } from "../../src/config.ts";
import type { Role } from "../../src/protocol/names.ts";
import { browserOrSkip } from "./browser.ts";
import { COUNT_DRAWS } from "./drawCalls.ts";
import { silentLog } from "./silentLog.ts";

export interface Look {
  width?: number;
  height?: number;
  light?: boolean;
  /** Things may move; a person's setting, and off otherwise. */
  motion?: boolean;
  /** A browser that offers none. */
  withoutWebGl?: boolean;
}

export interface WebPlant {
  url: string;
  /** A new person's browser at that path. Complaints of the page are collected. */
  open(path: string, look?: Look): Promise<Page>;
  /** Joined and live. The plan is the default view: software WebGL is slow. */
  enter(role: Role, options?: { space?: string; twin?: string; view?: "3d" | "plan"; name?: string }): Promise<Page>;
  /** Takes the demo's own layout out of the space: an empty scene to build in. */
  clear(space: string): void;
  /** Puts twins into the space, each as that visual. */
  place(space: string, items: readonly { twinId: string; visual: string; x: number; z: number }[]): void;
  /** Ends the server; called again it starts a new one in its place, with a world of its own. */
  kill(): Promise<void>;
  revive(): Promise<void>;
  /** Closes all pages; throws what a page complained about: its errors, and what its security policy refused. */
  closePages(): Promise<void>;
  close(): Promise<void>;
}

/** So that a test can cut the line from the page's side: `sockets`. */
const REMEMBER_SOCKETS = `
  globalThis.sockets = [];
  globalThis.WebSocket = class extends WebSocket {
    constructor(...options) { super(...options); sockets.push(this); }
  };`;

const NO_WEBGL = `
  const { getContext } = HTMLCanvasElement.prototype;
  HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
    return /webgl/.test(kind) ? null : getContext.call(this, kind, ...more);
  };`;

/**
 * What a browser itself says when a server is gone, or refuses what a person has asked for (a query with a fault), or
 * whoever is signed in no longer, or a link to no space; or an issuer is away.
 */
const LOST_LINE =
  /ERR_CONNECTION_REFUSED|WebSocket connection to .* failed|status of (?:400|401|503)|status of 404.*\/matchmake\//;

export const SPACE = "hall-1";

/** For `before` hooks: without a browser the suite is skipped with a sentence. */
export async function newWebPlant(test: Mocha.Context, env: Record<string, string> = {}): Promise<WebPlant> {
  return await startWebPlant(await browserOrSkip(test), env);
}

/** The browser is closed with the plant. `env`: more of the server's settings. */
export async function startWebPlant(browser: Browser, env: Record<string, string> = {}): Promise<WebPlant> {
  const webRoot = await builtPage();
  const start = async (port: string) => {
    const started = await createApp(loadConfig({ ...env, PORT: port }, { memory: true }), { log: silentLog, webRoot });
    await started.ready;
    return started;
  };
  let app = await start("0");
  const { url } = app;
  const complaints: string[] = [];
  const open: WebPlant["open"] = (path, look) => openPage(browser, `${url}${path}`, complaints, look);
  return {
    url,
    open,
    enter: async (role, { space = SPACE, twin = "", view = "plan", name = `Test ${role}` } = {}) => {
      const page = await open(`/?${new URLSearchParams({ space, twin, role, view, name })}`);
      await page.locator(".pill").getByText("Live").waitFor();
      return page;
    },
    clear: (space) => {
      const { placements } = app.services;
      const ids = Array.from(placements.list(space), (p) => p.id);
      placements.remove(space, ids, "test");
    },
    place: (space, items) => {
      app.services.placements.add(space, [...items], "test");
    },
    kill: () => app.close(),
    revive: async () => {
      app = await start(new URL(url).port);
    },
    closePages: async () => {
      await Promise.all(browser.contexts().map((context) => context.close()));
      const serious = complaints.splice(0).filter((text) => !LOST_LINE.test(text));
      assert.deepEqual(serious, []);
    },
    close: async () => {
      await browser.close();
      await app.close();
    },
  };
}

async function openPage(
  browser: Browser,
  url: string,
  complaints: string[],
  { width = 1440, height = 900, light = false, motion = false, withoutWebGl = false }: Look = {},
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height },
    reducedMotion: motion ? "no-preference" : "reduce",
    colorScheme: light ? "light" : "dark",
    locale: "en-GB",
    timezoneId: "UTC",
  });
  await context.addInitScript(REMEMBER_SOCKETS + COUNT_DRAWS + (withoutWebGl ? NO_WEBGL : ""));
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on(
    "console",
    (message) => message.type() === "error" && complaints.push(`${message.text()} ${message.location().url}`),
  );
  await page.goto(url);
  return page;
}

const ROOT = join(import.meta.dirname, "..", "..");
/** What the page is made of: `npm run build` may have built it already. The lock stands for its packages. */
const SOURCES = ["web", "src/protocol"].map((folder) => join(ROOT, folder));
const LOCK = join(ROOT, "package-lock.json");

let built: Promise<string> | undefined;

/** What lies in dist/, unless the sources are newer: then built once per process, into a folder of its own. */
function builtPage(): Promise<string> {
  built ??= (async () => {
    const ready = join(ROOT, "dist", "web");
    const index = join(ready, "index.html");
    if (!isOutdated(index, SOURCES) && statSync(index).mtimeMs >= statSync(LOCK).mtimeMs) {
      return ready;
    }
    const folder = mkdtempSync(join(tmpdir(), "twins-page-"));
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    const { build } = await import("vite");
    const configFile = join(ROOT, "web", "vite.config.ts");
    await build({ configFile, logLevel: "error", build: { outDir: folder, emptyOutDir: true } });
    return folder;
  })();
  return built;
}
