/** The broker's process: one hub in a file, filled on request, with what an IoT Hub would have put there. */
import { type HubMessage, startEventHubs } from "../../emulator/eventhubs/index.ts";
import { serve } from "./role.ts";

const [file = ""] = process.argv.slice(2);
const hubs = await startEventHubs({ file, hubs: { telemetry: { partitions: 4 } }, retention: { events: 1_000_000 } });

function message(n: number): HubMessage {
  const device = `thermostat-${n % 500}`;
  return {
    body: Buffer.from(JSON.stringify({ n, temperature: 20 + (n % 100) / 10, humidity: 40, at: 1_767_225_600_000 + n })),
    contentType: "application/json",
    partitionKey: device,
    applicationProperties: { "iothub-creation-time-utc": "2026-01-01T00:00:00Z" },
    annotations: {
      "iothub-connection-device-id": device,
      "iothub-message-source": "Telemetry",
      "iothub-enqueuedtime": new Date(1_767_225_600_000 + n),
    },
  };
}

serve({
  connectionString: () => hubs.connectionString,
  fill: async (events: number) => {
    for (let n = 0; n < events; n += 1000) {
      await hubs.append(
        "telemetry",
        Array.from({ length: 1000 }, (_, i) => message(n + i)),
      );
    }
  },
});
