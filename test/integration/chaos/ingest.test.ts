/** A small seed of `npm run chaos -- ingest`: nothing is lost, nothing old comes back, nothing crashes. */
import assert from "node:assert/strict";
import { ingestChaos } from "../../../loadtest/chaos/ingestChaos.ts";

describe("the way in under faults", () => {
  it("mirror, room and twin service hold what was told last, after kills, cut-offs, throttling and poison", async () => {
    const { differences, crashes, kills, cuts, compared, faults } = await ingestChaos({
      seed: 7,
      events: 2000,
      seconds: 6,
      pumps: 20,
      killEvery: 3,
      stealEvery: 0, // test/long does
      cutFor: 0.8,
      settleSeconds: 90, // it ends as soon as all agree; a partition that the SDK gave up in a cut-off comes back within a minute
      print: () => undefined,
    });
    assert.deepEqual([differences, crashes], [[], 0]);
    assert.equal(compared, 60);
    assert.ok(kills > 0 && cuts > 0 && Object.values(faults).some((n) => n > 0), "there were faults");
  }).timeout(180_000);
});
