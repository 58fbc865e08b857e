/**
 * A process for durability tests: serves a hub from a file and appends numbered events as fast as they become durable,
 * printing each number once it is accepted. Ends only by being killed.
 */
import { startEventHubs } from "../../../emulator/eventhubs/index.ts";

const [file = ""] = process.argv.slice(2);
const hubs = await startEventHubs({ file, hubs: { telemetry: { partitions: 1 } } });
for (let n = 0; ; n++) {
  await hubs.append("telemetry", [{ body: Buffer.from(JSON.stringify({ n })) }]);
  process.stdout.write(`${n}\n`);
}
