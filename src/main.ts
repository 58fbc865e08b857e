#!/usr/bin/env node
/**
 * The process's entry, `npm start`: reads arguments and environment, starts the app, prints where it is and what to try,
 * stops it on Ctrl-C, SIGTERM, or when its terminal is closed. Everything that can be wrong at the start ends in a
 * sentence that says what to do.
 */
import { parseArgs } from "node:util";
import { type App, createApp } from "./app.ts";
import { startFailure } from "./cli/startFailure.ts";
import { stillLoading, welcome } from "./cli/welcome.ts";
import { type Config, loadConfig } from "./config.ts";
import { newLog } from "./log.ts";

const HELP = `Usage: npm start [-- --memory]

  --memory   keep nothing on disk
  --help     this text

Settings are environment variables: PORT, HOST, DATA_DIR, LOG_LEVEL, AZURE_DIGITALTWINS_URL,
AZURE_EVENTHUBS_NOTIFICATIONS, AZURE_EVENTHUBS_TELEMETRY … (docs/configuration.md has them all).
Without AZURE_DIGITALTWINS_URL the embedded cloud runs with a demo plant.
`;
/** A second Ctrl-C, or this long, ends a shutdown that hangs. */
const CLOSE_LIMIT_MS = 9500;
/** One Ctrl-C arrives twice, from the terminal and from npm, which passes it on. */
const SAME_SIGNAL_MS = 500;
/** After this long without twins, somebody who waits is told where the page is and what is missing. */
const LOADING_NOTICE_MS = 5000;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { memory: { type: "boolean" }, help: { type: "boolean" } } });
  if (values.help) {
    print(HELP);
    return;
  }
  process.stdout.on("error", () => undefined); // whoever read along is gone; that must not cost the clean stop
  const config = loadConfig(process.env, { memory: values.memory ?? false });
  const app = await createApp(config, { log: newLog(config), webRoot: await webRoot() });
  const stopping = stopOnSignals(
    app,
    reloadsOnHangup(config) ? ["SIGINT", "SIGTERM"] : ["SIGINT", "SIGTERM", "SIGHUP"],
  );
  if (reloadsOnHangup(config)) {
    process.on("SIGHUP", app.reload);
  }
  const patience = setTimeout(() => print(stillLoading(app, config)), LOADING_NOTICE_MS);
  await app.ready;
  clearTimeout(patience);
  if (!stopping.aborted) {
    print(welcome(app, config));
  }
}

/** The built page; made now when this is a fresh checkout. */
async function webRoot(): Promise<string> {
  const { ensureWebPage } = await import("./cli/ensureWebPage.ts");
  return ensureWebPage((text) => print(text));
}

/** A service's SIGHUP means to read its rules again; a closed terminal sends it too, and then it means the end. */
function reloadsOnHangup(config: Config): boolean {
  return (config.mappingFile ?? config.policyFile) !== undefined && !process.stdout.isTTY;
}

/** Aborted once a signal has come. */
function stopOnSignals(app: App, signals: readonly NodeJS.Signals[]): AbortSignal {
  const stopping = new AbortController();
  let stoppingSince: number | undefined;
  for (const signal of signals) {
    process.on(signal, () => {
      if (stoppingSince !== undefined) {
        if (performance.now() - stoppingSince > SAME_SIGNAL_MS) {
          process.exit(130);
        }
        return;
      }
      stoppingSince = performance.now();
      stopping.abort();
      print(`${signal === "SIGINT" ? "\n" : ""}Stopping; once more to stop at once.\n`);
      setTimeout(() => process.exit(1), CLOSE_LIMIT_MS).unref();
      void app.close().then(() => process.exit(0));
    });
  }
  return stopping.signal;
}

function print(text: string): void {
  process.stdout.write(text);
}

main().catch((error: unknown) => {
  process.stderr.write(`${startFailure(error, configured())}\n`);
  process.exit(1);
});

function configured(): Partial<Config> {
  try {
    return loadConfig(process.env);
  } catch {
    return {};
  }
}
