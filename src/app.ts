/**
 * The ready-made server: Colyseus with the `space` room, REST, health and the page, over the twins of `connect`.
 *
 * `createApp(config)` is called by main.ts and by end-to-end tests. It listens as soon as models are known; /health says
 * 200 once a player could join.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { defineRoom, defineServer, matchMaker } from "@colyseus/core";
import { Encoder } from "@colyseus/schema";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { z } from "zod";
import { COMPRESS_ONCE } from "../plugins/index.ts";
import { MAX_MESSAGE_BYTES, spaceRoom } from "../rooms/SpaceRoom.ts";
import { checked, members } from "./checkedOptions.ts";
import { colyseusLog } from "./colyseusLog.ts";
import { assertConfig, type Config } from "./config.ts";
import { connect } from "./connect.ts";
import { createHttp } from "./http/createHttp.ts";
import type { Readiness } from "./http/health.ts";
import { limitJoins } from "./http/limitJoins.ts";
import { type Allowed, foreign, SENT } from "./http/ownOriginOnly.ts";
import { refuseForeign } from "./http/refuseForeign.ts";
import { newLog } from "./log.ts";
import { packageInfo } from "./packageInfo.ts";
import { ROOM } from "./protocol/names.ts";
import { within } from "./providers/azure/timing.ts";
import type { TwinServices } from "./services.ts";
import type { Log } from "./twins/types.ts";

export interface App {
  url: string;
  services: TwinServices;
  /** Resolves when twins are loaded and events arrive. */
  ready: Promise<void>;
  /** Reads the mapping file again. */
  reload(): void;
  /** Rooms are told, writes and checkpoints finished or given up; within 10 s. */
  close(): Promise<void>;
}

export interface AppOptions {
  log?: Log;
  /** Folder of the built page. */
  webRoot?: string;
}

const appOptions = members({
  log: z.custom<Log>((log) => typeof (log as Log | undefined)?.info === "function", "a log such as pino's").optional(),
  webRoot: z.string("the folder of the built page").optional(),
});

/** Large enough for the full state of a few hundred twins; larger ones cost an extra allocation each time. */
const ENCODER_BUFFER = 256 * 1024;
/** Of the 10 s that a stop may take; the rest is for writes and checkpoints (runtime.ts). */
const ROOMS_CLOSE_MS = 1500;
/** For answers that are under way when it begins. */
const ANSWERS_CLOSE_MS = 500;
/** What is larger ends the connection, without a word (1009); what the room does not take but is below this is refused by it. */
const MAX_FRAME_BYTES = 4 * MAX_MESSAGE_BYTES;

/** @throws Error with `code` EADDRINUSE or EACCES when the port cannot be had; nothing is left running then. */
export async function createApp(config: Config, given: AppOptions = {}): Promise<App> {
  assertConfig("createApp", config);
  const options = checked("createApp", appOptions, given);
  const log = options.log ?? newLog(config);
  await checkPort(config);
  const http = createServer();
  const allowed = { origins: config.allowedOrigins, hosts: config.allowedHosts };
  limitJoins(http, { perAddress: config.limits.joins, trustedProxies: config.limits.trustedProxies });
  refuseForeign(http, allowed);
  const twins = await connect(config, log);
  const { services } = twins;
  Encoder.BUFFER_SIZE = ENCODER_BUFFER;
  const { getCorsHeaders } = matchMaker.controller;
  matchMaker.controller.getCorsHeaders = corsHeaders(allowed);
  let stopping = false;
  const server = defineServer({
    rooms: { [ROOM]: defineRoom(spaceRoom(services)).filterBy(["space"]) },
    transport: new WebSocketTransport({
      server: http,
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: config.compression && COMPRESS_ONCE,
    }),
    express: (app) => {
      app.disable("x-powered-by");
      app.set("trust proxy", config.limits.trustedProxies);
      app.use(
        createHttp(services, {
          log,
          version: packageInfo().version,
          ...allowed,
          limits: config.limits,
          metricsToken: config.metricsToken,
          ready: () => readiness(services, stopping),
          stopping: () => stopping,
          ...(options.webRoot === undefined ? {} : { webRoot: options.webRoot }),
        }),
      );
    },
    logger: colyseusLog(log),
    greet: false,
    gracefullyShutdown: false,
  });
  await server.listen(config.port, config.host);
  const { port } = http.address() as AddressInfo;
  return {
    url: `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`,
    services,
    ready: twins.ready,
    reload: twins.reload,
    async close() {
      stopping = true;
      const answered = new Promise((resolve) => http.once("close", resolve));
      if (!(await within(ROOMS_CLOSE_MS, server.gracefullyShutdown(false)))) {
        log.warn({ ms: ROOMS_CLOSE_MS }, "stopping: rooms did not close in time, given up");
      }
      matchMaker.controller.getCorsHeaders = getCorsHeaders;
      http.close();
      await within(ANSWERS_CLOSE_MS, answered);
      http.closeAllConnections();
      await twins.close();
    },
  };
}

/** Before anything is started, so that a taken port is told at once and leaves nothing behind. */
async function checkPort({ port, host }: Config): Promise<void> {
  const probe = createServer();
  probe.listen(port, host);
  await once(probe, "listening"); // rejects with the error of listen
  probe.close();
  await once(probe, "close");
}

/** For preflights of all paths and for what Colyseus answers, by itself for pages of any origin, with credentials. */
function corsHeaders(allowed: Allowed): (headers: Headers) => Record<string, string> {
  return (headers) => {
    const [host, origin] = [headers.get("host") ?? "", headers.get("origin") ?? ""];
    const isAllowed = origin !== "" && foreign(host, origin, allowed) === undefined;
    return {
      "Access-Control-Allow-Origin": isAllowed ? origin : `http://${host}`,
      "Access-Control-Allow-Headers": `Origin, X-Requested-With, Accept, ${SENT}`,
      Vary: "Origin",
    };
  };
}

/** A lost link is a reason to tell and none to turn players away: they see the last values, and how old they are. */
function readiness({ link: { loaded, source } }: TwinServices, stopping: boolean): Readiness {
  if (stopping) {
    return { ready: false, reasons: ["the server is stopping"] };
  }
  const reason = source.reason ?? (loaded ? "the link to the cloud is lost" : "the twins are being loaded");
  return { ready: loaded, reasons: loaded && source.connected ? [] : [reason] };
}
