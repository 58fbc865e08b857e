// A small seed of what test/long/serverFuzz.test.ts does at full size.
import { fuzzRest } from "../../support/fuzzRest.ts";

describe("REST and malformed requests", function () {
  this.timeout(60_000);
  for (const seed of [1, 2]) {
    it(`seed ${seed}`, () => fuzzRest(seed, 1500));
  }
});
