// A small seed of what test/long/serverFuzz.test.ts does at full size.
import { fuzzRoom } from "../../support/fuzzRoom.ts";

describe("room messages that make no sense", function () {
  this.timeout(60_000);
  for (const seed of [1, 2]) {
    it(`seed ${seed}`, () => fuzzRoom(seed, 1000));
  }
});
