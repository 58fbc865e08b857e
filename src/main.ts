#!/usr/bin/env node
/**
 * The process's entry, `npm start`: reads arguments and environment, starts the app, prints where it is and what to try,
 * stops it on Ctrl-C or SIGTERM. Everything that can be wrong at the start ends in a sentence that says what to do.
 */
import { parseArgs } from "node:util";
import { type App, createApp } from "./app.ts";
import { startFailure } from "./cli/startFailure.ts";
import { welcome } from "./cli/welcome.ts";
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
const CLOSE_LIMIT_MS = 4000;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { memory: { type: "boolean" }, help: { type: "boolean" } } });
  if (values.help) {
    print(HELP);
    return;
  }
  const config = loadConfig(process.env, { memory: values.memory ?? false });
  const app = await createApp(config, { log: newLog(config), webRoot: await webRoot() });
  stopOnSignals(app);
  if (config.mappingFile !== undefined && !process.stdout.isTTY) {
    process.on("SIGHUP", app.reload); // a terminal that is closed sends it too, and then means the end
  }
  await app.ready;
  print(welcome(app, config));
}

/** The built page; made now when this is a fresh checkout. */
async function webRoot(): Promise<string> {
  const { ensureWebPage } = await import("./cli/ensureWebPage.ts");
  return ensureWebPage((text) => print(text));
}

function stopOnSignals(app: App): void {
  let stopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (stopping) {
        process.exit(130);
      }
      stopping = true;
      print(`${signal === "SIGINT" ? "\n" : ""}Stopping; once more to stop at once.\n`);
      setTimeout(() => process.exit(1), CLOSE_LIMIT_MS).unref();
      void app.close().then(() => process.exit(0));
    });
  }
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
