/** Where a replay sends: what was asked for, else the environment, else the demo that runs in this directory. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "./UserError.ts";

export interface Target {
  /** Without EntityPath. */
  connectionString: string;
  hub: string;
  /** Host and port for messages to people; never the key. */
  address: string;
  /** Whether the running demo was found, which changes what to say when it cannot be reached. */
  demo: boolean;
}

/** What `npm start` leaves in its data directory while it runs. */
const emulatorFile = z.object({
  connectionString: z.string().min(1),
  hubs: z.object({ telemetry: z.string().min(1) }).default({ telemetry: "telemetry" }),
});

export function findTarget(
  options: { connectionString?: string; hub?: string },
  environment: Readonly<Record<string, string | undefined>>,
): Target {
  const given = options.connectionString ?? environment["AZURE_EVENTHUBS_TELEMETRY"];
  if (given !== undefined && given !== "") return fromConnectionString(given, options.hub, "telemetry", false);
  const demo = readEmulatorFile(join(environment["DATA_DIR"] ?? ".data", "emulator.json"));
  return fromConnectionString(demo.connectionString, options.hub, demo.hubs.telemetry, true);
}

function fromConnectionString(text: string, hub: string | undefined, otherwise: string, demo: boolean): Target {
  const parts = text
    .split(";")
    .map((it) => it.trim())
    .filter((it) => it !== "");
  const part = (name: string) => parts.find((it) => it.startsWith(`${name}=`))?.slice(name.length + 1);
  const address = part("Endpoint")?.match(/^sb:\/\/([^/]+)/)?.[1];
  if (address === undefined) {
    throw new UserError('The connection string has no "Endpoint=sb://…"; copy the whole one of the event hub.');
  }
  const connectionString = parts.filter((it) => !it.startsWith("EntityPath=")).join(";");
  return { connectionString, hub: hub ?? part("EntityPath") ?? otherwise, address, demo };
}

function readEmulatorFile(path: string): z.infer<typeof emulatorFile> {
  if (!existsSync(path)) {
    throw new UserError(
      "There is no event hub to send to: run `npm start` in another terminal, or give --connection-string.",
    );
  }
  try {
    return emulatorFile.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    throw new UserError(`${path} is not what npm start writes; restart npm start, or give --connection-string.`);
  }
}
