import { type DigitalTwinsService, type NotificationMessage, startDigitalTwins } from "../../emulator/adt/index.ts";
import { AzureTwinProvider } from "../../src/providers/azure/AzureTwinProvider.ts";
import type { TwinEventType } from "../../src/twins/types.ts";
import { silentLog } from "../support/silentLog.ts";
import { describeTwinProvider, isComponent, type SeenEvent } from "./twinProvider.ts";

const TYPES: Record<string, TwinEventType> = {
  "Microsoft.DigitalTwins.Twin.Create": "twin.created",
  "Microsoft.DigitalTwins.Twin.Update": "twin.updated",
  "Microsoft.DigitalTwins.Twin.Delete": "twin.deleted",
  "Microsoft.DigitalTwins.Relationship.Create": "relationship.created",
  "Microsoft.DigitalTwins.Relationship.Delete": "relationship.deleted",
  "microsoft.iot.telemetry": "telemetry.received",
};

/** As much of a notification as the suite looks at; decoding for real is the event source's matter. */
function seen({ applicationProperties: about, body }: NotificationMessage): SeenEvent {
  const type = TYPES[about["cloudEvents:type"] ?? ""];
  const { "cloudEvents:subject": subject = "", "cloudEvents:traceparent": traceparent } = about;
  if (type === undefined) {
    throw new Error(`unknown notification ${about["cloudEvents:type"]}`);
  }
  const data: unknown = JSON.parse(Buffer.from(body).toString());
  return { type, subject, data, ...(traceparent === undefined ? {} : { traceparent }) };
}

describe("on the embedded twin service", () => {
  const open: DigitalTwinsService[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((service) => service.close()));
  });

  describeTwinProvider("AzureTwinProvider", async () => {
    const events: SeenEvent[] = [];
    const service = await startDigitalTwins({
      endpoints: { hub: "twins" },
      defaultRoutes: { all: { endpointName: "hub", filter: "true" } },
      publish: async (_hub, message) => void events.push(seen(message)),
    });
    open.push(service);
    const provider = new AzureTwinProvider({ url: service.url, log: silentLog, isComponent });
    return { provider, events: () => events };
  });
});
