/** The command line of `npm run replay`. Throws `UserError` for anything that it does not understand. */
import { parseArgs } from "node:util";
import { UserError } from "./UserError.ts";

export const USAGE = `Streams recorded measurements into the telemetry hub, as messages of devices.

  npm run replay -- FILE [FILE…] --map MAPPING [options]

  FILE                     CSV, or Avro of Event Hubs Capture; several are played one after the other
  --map MAPPING            mapping file, or the name of one that comes with it: occupancy, event-hubs-capture
  --speed N                1 = as recorded (default), 60 = a minute in a second, 0 or max = as fast as possible
  --keep-time              send the recorded times; else the first row is now
  --tz ZONE                zone of times that name none, e.g. Europe/Brussels (default UTC)
  --loop                   begin again at the end
  --connection-string S    where to; else AZURE_EVENTHUBS_TELEMETRY, else the demo that runs here (npm start)
  --hub NAME               event hub (default: the connection string's EntityPath, else telemetry)
`;

export interface ReplayOptions {
  files: string[];
  map: string;
  /** Rows' seconds per second; Infinity: as fast as possible. */
  speed: number;
  keepTime: boolean;
  zone: string;
  loop: boolean;
  connectionString?: string;
  hub?: string;
}

/** "help" when that is all that is asked for. */
export function parseOptions(args: string[]): ReplayOptions | "help" {
  const { values, positionals } = parse(args);
  if (values.help === true) return "help";
  if (positionals.length === 0)
    throw new UserError("Which file? For example: npm run replay -- FILE.csv --map occupancy");
  if (values.map === undefined) {
    throw new UserError(
      "Which mapping? Give --map with a mapping file, or --map occupancy; docs/replay.md explains it.",
    );
  }
  const { "connection-string": connectionString, hub } = values;
  return {
    files: positionals,
    map: values.map,
    speed: parseSpeed(values.speed ?? "1"),
    keepTime: values["keep-time"] ?? false,
    zone: parseZone(values.tz ?? "UTC"),
    loop: values.loop ?? false,
    ...(connectionString === undefined ? {} : { connectionString }),
    ...(hub === undefined ? {} : { hub }),
  };
}

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;

function parse(args: string[]) {
  try {
    const options = { map: text, speed: text, "keep-time": flag, tz: text, loop: flag, help: flag };
    const target = { "connection-string": text, hub: text } as const;
    return parseArgs({ args, allowPositionals: true, options: { ...options, ...target } });
  } catch (error) {
    throw new UserError(`${(error as Error).message.split(". ")[0]}. Try --help.`);
  }
}

function parseSpeed(speed: string): number {
  const value = speed === "max" ? 0 : Number(speed);
  if (speed.trim() === "" || !Number.isFinite(value) || value < 0) {
    throw new UserError(`--speed "${speed}" is no speed; give a number such as 1 or 60, or max.`);
  }
  return value === 0 ? Number.POSITIVE_INFINITY : value;
}

function parseZone(zone: string): string {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return zone;
  } catch {
    throw new UserError(`--tz "${zone}" is no time zone; give an IANA name such as Europe/Brussels, or UTC.`);
  }
}
