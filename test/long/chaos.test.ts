/** A fault run with everything in it, also a second server that takes partitions and goes again. `npm run chaos` goes on for longer. */
import assert from "node:assert/strict";
import { ingestChaos } from "../../loadtest/chaos/ingestChaos.ts";

describe("the way in under faults, at length", () => {
  it("mirror, room and twin service hold what was told last, also after partitions changed hands", async () => {
    const { differences, crashes, kills, cuts, steals } = await ingestChaos({
      seed: 11,
      events: 100_000,
      seconds: 120,
      pumps: 200,
      killEvery: 8,
      stealEvery: 8,
      cutFor: 10,
      settleSeconds: 180,
      print: () => undefined,
    });
    assert.deepEqual([differences, crashes], [[], 0]);
    assert.ok(kills > 0 && cuts > 0 && steals > 0, "there were faults");
  }).timeout(600_000);
});
