/**
 * A process for durability tests: serves the hub `telemetry` from a file on a port (0: any), and prints its connection
 * string. Ends only by being killed.
 */
import { startEventHubs } from "../../../emulator/eventhubs/index.ts";

const [file = "", port = "0"] = process.argv.slice(2);
const hubs = await startEventHubs({ file, port: Number(port), hubs: { telemetry: { partitions: 2 } } });
process.stdout.write(`${hubs.connectionString}\n`);
