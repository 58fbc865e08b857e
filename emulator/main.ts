/**
 * `npm run emulator`: the embedded cloud as a process of its own. Prints one line of JSON on stdout when it serves, logs to
 * stderr, ends with code 0 on SIGTERM and SIGINT. A fault at the start is one sentence on stderr and code 1.
 */
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Emulator, type EmulatorLog, PortError, startEmulator } from "./index.ts";
import { onStopSignal } from "./onStopSignal.ts";
import { type Arguments, HELP, readArguments } from "./readArguments.ts";

/** One line per entry, JSON, as pino writes it. */
function stderrLog(verbose: boolean): EmulatorLog {
  const write = (level: string, isShown: boolean) => (fields: object, message: string) => {
    if (isShown) {
      process.stderr.write(`${JSON.stringify({ level, message, ...plain(fields) })}\n`);
    }
  };
  return {
    debug: () => {},
    info: write("info", verbose),
    warn: write("warn", true),
    error: write("error", true),
  };
}

function plain(fields: object): object {
  const entries = Object.entries(fields).map(([name, value]: [string, unknown]) => [
    name,
    value instanceof Error ? (value.stack ?? value.message) : value,
  ]);
  return Object.fromEntries(entries) as object;
}

const PORT_OPTIONS = {
  adtPort: "--adt-port",
  amqpPort: "--amqp-port",
  mqttPort: "--mqtt-port",
  iotPort: "--iot-port",
} as const;

function explain(error: unknown): string {
  if (error instanceof PortError) {
    return `${error.message}: choose another one with ${PORT_OPTIONS[error.option]}.`;
  }
  const message = error instanceof Error ? error.message : String(error);
  const isUsage = error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
  return isUsage ? `${message.replace(/\.$/, "")}. See --help.` : message;
}

function fail(error: unknown): void {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}

/** Lines that are wrong are told; the others are taken. */
async function importFile(emulator: Emulator, path: string): Promise<void> {
  const stream = createReadStream(path);
  await once(stream, "open").catch((error: unknown) => {
    throw new Error(`--import: ${path} cannot be read (${(error as Error).message}).`, { cause: error });
  });
  const result = await emulator.digitalTwins.import(createInterface({ input: stream }));
  for (const { line, code, message } of result.errors) {
    process.stderr.write(`${path}:${line}: ${code}: ${message}\n`);
  }
  if (result.failures > result.errors.length) {
    process.stderr.write(`${path}: ${result.failures} faults in all.\n`);
  }
}

async function exportFile(emulator: Emulator, path: string): Promise<void> {
  await pipeline(Readable.from(emulator.digitalTwins.export()), createWriteStream(path));
}

/** What there is to do before it serves; true: that was all. */
async function prepare(emulator: Emulator, { importFrom, exportTo }: Arguments): Promise<boolean> {
  if (importFrom !== undefined) {
    await importFile(emulator, importFrom);
  }
  if (exportTo !== undefined) {
    await exportFile(emulator, exportTo);
  }
  return exportTo !== undefined;
}

async function main(): Promise<void> {
  let emulator: Emulator | undefined;
  try {
    const given = readArguments();
    if (given.help) {
      process.stdout.write(HELP);
      return;
    }
    const started = await startEmulator({ ...given.emulator, log: stderrLog(given.verbose) });
    emulator = started;
    if (await prepare(started, given)) {
      await started.close();
      return;
    }
    const { adtUrl, connectionString, hubs } = started;
    // Before the line: who reads it may send the signal at once.
    onStopSignal(() => void started.close().catch(fail));
    const { connectionString: service, mqttPort, ca } = started.iotHub;
    const iotHub = { connectionString: service, mqttPort, ca };
    process.stdout.write(`${JSON.stringify({ ready: true, adtUrl, connectionString, hubs, iotHub })}\n`);
  } catch (error) {
    fail(error);
    await emulator?.close();
  }
}

await main();
