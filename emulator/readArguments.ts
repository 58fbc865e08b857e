/**
 * The command line of `npm run emulator`: what it says of itself, and how it is read. Called by main.ts.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { EmulatorOptions, TokenOptions } from "./index.ts";

export const HELP = `Embedded Azure Digital Twins, Event Hubs and IoT Hub, for development and tests.

  npm run -s emulator -- [options]

  --adt-port PORT    port of the twin service's REST API (default: any free one)
  --amqp-port PORT   port of the event hubs' AMQP endpoint (default: any free one)
  --mqtt-port PORT   port for devices of the IoT hub, MQTT over TLS (default: any free one)
  --iot-port PORT    port of the IoT hub's REST API (default: any free one)
  --data DIR         keep everything in this directory
  --memory           keep nothing (default)
  --consumer-group G one more consumer group on every hub, beside $Default; may be given several times
  --endpoint N=CS    one more endpoint N of event routes: a real Event Hub, by its connection string with EntityPath;
                     may be given several times
  --import FILE      take models, twins and relationships from FILE (NDJSON, as for Azure's import jobs) before serving
  --export FILE      write everything to FILE in the same format, and end
  --faults JSON      what goes wrong, as for POST /$admin/faults; @FILE: the JSON in that file
  --require-token    ask for a bearer token, checked by --token-key
  --token-key KEY    HS256 secret, public key in PEM, or JWKS; @FILE: what is in that file
  --token-audience A who the token has to be for (default: Azure Digital Twins); may be given several times
  --token-issuer I   whose token it has to be (default: anybody's who has the key)
  --verbose          log to stderr
  --help             print this

When it serves, it prints one line of JSON: {"ready":true,"adtUrl":…,"connectionString":…,"hubs":{…},"iotHub":{…}}
`;

export interface Arguments {
  emulator: Omit<EmulatorOptions, "log">;
  importFrom: string | undefined;
  exportTo: string | undefined;
  verbose: boolean;
  help: boolean;
}

const OPTIONS = {
  "adt-port": { type: "string", default: "0" },
  "amqp-port": { type: "string", default: "0" },
  "mqtt-port": { type: "string", default: "0" },
  "iot-port": { type: "string", default: "0" },
  data: { type: "string" },
  memory: { type: "boolean", default: false },
  "consumer-group": { type: "string", multiple: true },
  endpoint: { type: "string", multiple: true },
  import: { type: "string" },
  export: { type: "string" },
  faults: { type: "string" },
  "require-token": { type: "boolean", default: false },
  "token-key": { type: "string" },
  "token-audience": { type: "string", multiple: true },
  "token-issuer": { type: "string" },
  verbose: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;
type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];

/** Throws with a sentence, or with parseArgs' own error. */
export function readArguments(args: readonly string[] = process.argv.slice(2)): Arguments {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const { data, memory, import: importFrom, export: exportTo, verbose, help } = values;
  if (memory && data !== undefined) {
    throw new Error("--memory and --data exclude each other: give one of them.");
  }
  if (data === "") {
    throw new Error("--data needs the path of a directory.");
  }
  const requireToken = readToken(values);
  const emulator = {
    adtPort: readPort("--adt-port", values["adt-port"]),
    amqpPort: readPort("--amqp-port", values["amqp-port"]),
    mqttPort: readPort("--mqtt-port", values["mqtt-port"]),
    iotPort: readPort("--iot-port", values["iot-port"]),
    consumerGroups: values["consumer-group"] ?? [],
    endpoints: Object.fromEntries((values.endpoint ?? []).map(readEndpoint)),
    ...(data === undefined ? {} : { data }),
    ...(values.faults === undefined ? {} : { faults: readFaults(values.faults) }),
    ...(requireToken === undefined ? {} : { requireToken }),
  };
  return { emulator, importFrom, exportTo, verbose, help };
}

function readToken(values: Values): TokenOptions | undefined {
  const { "token-key": key, "token-audience": audience, "token-issuer": issuer } = values;
  if (!values["require-token"]) {
    if (key !== undefined || audience !== undefined || issuer !== undefined) {
      throw new Error("--token-key, --token-audience and --token-issuer mean something with --require-token only.");
    }
    return undefined;
  }
  if (key === undefined) {
    throw new Error("--require-token needs --token-key: an HS256 secret, a public key in PEM, or a JWKS.");
  }
  return {
    key: textOrFile("--token-key", key),
    ...(audience === undefined ? {} : { audience }),
    ...(issuer === undefined ? {} : { issuer }),
  };
}

/** `@FILE`: what is in the file. */
function textOrFile(option: string, text: string): string {
  if (!text.startsWith("@")) {
    return text;
  }
  try {
    return readFileSync(text.slice(1), "utf8");
  } catch (error) {
    throw new Error(`${option}: ${text.slice(1)} cannot be read (${(error as Error).message}).`, { cause: error });
  }
}

function readFaults(text: string): object {
  const json = textOrFile("--faults", text);
  try {
    return JSON.parse(json) as object;
  } catch (error) {
    throw new Error(`--faults takes JSON such as {"queryLag":10000}: ${(error as Error).message}.`, { cause: error });
  }
}

function readEndpoint(text: string): [string, string] {
  const cut = text.indexOf("=");
  if (cut < 1) {
    throw new Error(`--endpoint takes NAME=CONNECTION_STRING, not '${text}'.`);
  }
  return [text.slice(0, cut), text.slice(cut + 1)];
}

function readPort(option: string, text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new Error(`${option} takes a port from 0 to 65535 (0: any free one), not '${text}'.`);
  }
  return port;
}
