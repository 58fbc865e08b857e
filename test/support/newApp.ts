// The whole server of `npm start` in this process, on a free port, and what people use it with: rooms, REST, the twin
// service's official SDK beside it. One at a time: Colyseus keeps its matchmaker per process.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DigitalTwinsClient } from "@azure/digital-twins-core";
import { type App, createApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { type ApiAnswer, callApi } from "./callApi.ts";
import { type JoinSpaceOptions, joinSpace, type Player } from "./joinSpace.ts";
import { loopbackDigitalTwinsClient } from "./loopbackDigitalTwinsClient.ts";
import { silentLog } from "./silentLog.ts";

export interface NewApp extends App {
  join(options?: JoinSpaceOptions): Promise<Player>;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiAnswer>;
}

export interface NewDemo extends NewApp {
  dataDir: string;
  /** The embedded twin service, past the server. */
  twinService: DigitalTwinsClient;
}

/** In memory unless `dataDir` is given; the demo unless `env` has Azure settings. Resolves when players could join. */
export async function newApp(env: Record<string, string> = {}, dataDir?: string, log = silentLog): Promise<NewApp> {
  const config = loadConfig(
    { PORT: "0", ...(dataDir === undefined ? {} : { DATA_DIR: dataDir }), ...env },
    { memory: dataDir === undefined },
  );
  const app = await createApp(config, { log });
  await app.ready;
  const players: Player[] = [];
  return {
    ...app,
    async join(options) {
      const player = await joinSpace(app.url, options);
      players.push(player);
      return player;
    },
    call: (method, path, body, headers) => callApi(app.url, method, path, body, headers),
    async close() {
      await Promise.all(players.map((player) => player.leave()));
      await app.close();
    },
  };
}

/** The demo with a data directory of its own, where its file says how its cloud is reached. */
export async function newDemo(): Promise<NewDemo> {
  const dataDir = mkdtempSync(join(tmpdir(), "demo-"));
  const app = await newApp({}, dataDir);
  const { adtUrl } = JSON.parse(readFileSync(join(dataDir, "emulator.json"), "utf8")) as { adtUrl: string };
  return {
    ...app,
    dataDir,
    twinService: loopbackDigitalTwinsClient(adtUrl),
    async close() {
      await app.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}
