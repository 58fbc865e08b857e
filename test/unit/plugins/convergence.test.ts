// Small seeds of test/long/convergence.long.ts.
import { MODES } from "./convergeModes.ts";
import { runSeeds } from "./runSeeds.ts";

describe("clients hold what the mirror holds, whatever happens", () => {
  for (const mode of MODES) {
    it(`in a room that is ${mode}`, () => runSeeds(mode, 0, 30));
  }
});
