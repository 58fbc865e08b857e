import { type DigitalTwinsService, startDigitalTwins } from "../../emulator/adt/index.ts";
import { AzureTwinProvider } from "../../src/providers/azure/AzureTwinProvider.ts";
import { silentLog } from "../support/silentLog.ts";
import { describeTwinProvider, isComponent } from "./twinProvider.ts";

// What it publishes is the matter of the event source's suite.
describe("on the embedded twin service", () => {
  const open: DigitalTwinsService[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((service) => service.close()));
  });

  describeTwinProvider("AzureTwinProvider", async () => {
    const service = await startDigitalTwins({ publish: async () => undefined });
    open.push(service);
    return { provider: new AzureTwinProvider({ url: service.url, log: silentLog, isComponent }) };
  });
});
