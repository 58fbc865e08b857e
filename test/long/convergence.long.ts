// The convergence model at full size: 10,000 runs. `npm run test:long`; SEED=<n> begins elsewhere.
import { runSeeds } from "../unit/plugins/runSeeds.ts";

const FROM = Number(process.env["SEED"] ?? 0);
const RUNS = { whole: 3000, viewed: 2000, near: 5000 } as const;

describe("clients hold what the mirror holds, in 10,000 runs", () => {
  for (const [mode, runs] of Object.entries(RUNS)) {
    it(`in a room that is ${mode}`, () => runSeeds(mode as keyof typeof RUNS, FROM, runs));
  }
});
