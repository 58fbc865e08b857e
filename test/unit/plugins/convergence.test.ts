// Small seeds of test/long/convergence.long.ts.
import { runSeeds } from "./runSeeds.ts";

describe("clients hold what the mirror holds, whatever happens", () => {
  for (const mode of ["whole", "viewed", "near", "roles", "nearRoles"] as const) {
    it(`in a room that is ${mode}`, () => runSeeds(mode, 0, 30));
  }
});
