// 2,000 requests that make less and less sense; test/long has more of them.

import { fuzzTwins } from "../../support/fuzzTwins.ts";
import { closeDigitalTwins, newDigitalTwins } from "../../support/newDigitalTwins.ts";

describe("embedded twin service: malformed everything", () => {
  afterEach(closeDigitalTwins);

  it("gets the service's 4xx and its code", async () => {
    await fuzzTwins(await newDigitalTwins(), 20_261_122, 2_000);
  }).timeout(30_000);
});
