// The convergence model at full size: 10,000 runs. `npm run test:long`; SEED=<n> begins elsewhere.
import { runSeeds } from "../unit/plugins/runSeeds.ts";

const FROM = Number(process.env["SEED"] ?? 0);
const RUNS = { whole: 2000, viewed: 2000, near: 2000, roles: 2000, nearRoles: 2000 } as const;

describe("clients hold what the mirror holds, in 10,000 runs", () => {
  for (const [mode, runs] of Object.entries(RUNS)) {
    it(`in a room that is ${mode}`, () => runSeeds(mode as keyof typeof RUNS, FROM, runs));
  }
});
