/**
 * `npm run emulator`: the embedded cloud as a process of its own. Prints one line of JSON on stdout when it serves, logs to
 * stderr, ends with code 0 on SIGTERM and SIGINT. A fault at the start is one sentence on stderr and code 1.
 */
import { parseArgs } from "node:util";
import { type Emulator, type EmulatorLog, PortError, startEmulator } from "./index.ts";

const HELP = `Embedded Azure Digital Twins and Event Hubs, for development and tests.

  npm run -s emulator -- [options]

  --adt-port PORT    port of the twin service's REST API (default: any free one)
  --amqp-port PORT   port of the event hubs' AMQP endpoint (default: any free one)
  --data DIR         keep everything in this directory
  --memory           keep nothing (default)
  --consumer-group G one more consumer group on every hub, beside $Default; may be given several times
  --verbose          log to stderr
  --help             print this

When it serves, it prints one line of JSON: {"ready":true,"adtUrl":…,"connectionString":…,"hubs":{…}}
`;

interface Arguments {
  adtPort: number;
  amqpPort: number;
  data: string | undefined;
  consumerGroups: string[];
  verbose: boolean;
  help: boolean;
}

function readArguments(): Arguments {
  const { values } = parseArgs({
    options: {
      "adt-port": { type: "string", default: "0" },
      "amqp-port": { type: "string", default: "0" },
      data: { type: "string" },
      memory: { type: "boolean", default: false },
      "consumer-group": { type: "string", multiple: true, default: [] },
      verbose: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.memory && values.data !== undefined) {
    throw new Error("--memory and --data exclude each other: give one of them.");
  }
  if (values.data === "") {
    throw new Error("--data needs the path of a directory.");
  }
  return {
    adtPort: readPort("--adt-port", values["adt-port"]),
    amqpPort: readPort("--amqp-port", values["amqp-port"]),
    data: values.data,
    consumerGroups: values["consumer-group"],
    verbose: values.verbose,
    help: values.help,
  };
}

function readPort(option: string, text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new Error(`${option} takes a port from 0 to 65535 (0: any free one), not '${text}'.`);
  }
  return port;
}

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

const PORT_OPTIONS = { adtPort: "--adt-port", amqpPort: "--amqp-port" } as const;

function explain(error: unknown): string {
  if (error instanceof PortError) {
    return `${error.message}: choose another one with ${PORT_OPTIONS[error.option]}.`;
  }
  const message = error instanceof Error ? error.message : String(error);
  const isUsage = error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
  return isUsage ? `${message.replace(/\.$/, "")}. See --help.` : message;
}

/** From now on SIGTERM and SIGINT end the emulator in order; a second one ends the process at once. */
function closeOnSignal(emulator: Emulator): void {
  const close = () => {
    process.off("SIGTERM", close);
    process.off("SIGINT", close);
    emulator.close().catch(fail);
  };
  process.on("SIGTERM", close);
  process.on("SIGINT", close);
}

function fail(error: unknown): void {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  try {
    const { help, data, verbose, adtPort, amqpPort, consumerGroups } = readArguments();
    if (help) {
      process.stdout.write(HELP);
      return;
    }
    const log = stderrLog(verbose);
    const ports = { adtPort, amqpPort, consumerGroups, log };
    const emulator = await startEmulator({ ...ports, ...(data === undefined ? {} : { data }) });
    const { adtUrl, connectionString, hubs } = emulator;
    // Before the line: who reads it may send the signal at once.
    closeOnSignal(emulator);
    process.stdout.write(`${JSON.stringify({ ready: true, adtUrl, connectionString, hubs })}\n`);
  } catch (error) {
    fail(error);
  }
}

await main();
