/** A process for the test of slow readers: reads partition 0 with far too much credit, printing how many it has had. */
import { EventHubConsumerClient, earliestEventPosition } from "@azure/event-hubs";
import { HUB } from "./support.ts";

const [address = ""] = process.argv.slice(2);
let count = 0;
new EventHubConsumerClient("$Default", address, HUB).subscribe(
  "0",
  {
    processEvents: async (events) => {
      count += events.length;
      process.stdout.write(`${count}\n`);
    },
    processError: async (error) => {
      throw error;
    },
  },
  { startPosition: earliestEventPosition, prefetchCount: 100_000, maxBatchSize: 1000, skipParsingBodyAsJson: true },
);
