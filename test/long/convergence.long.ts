// The convergence model at full size. `npm run test:long`; SEED=<n> begins elsewhere.
import { MODES } from "../unit/plugins/convergeModes.ts";
import { runSeeds } from "../unit/plugins/runSeeds.ts";

const FROM = Number(process.env["SEED"] ?? 0);
const RUNS = 2000;

describe(`clients hold what the mirror holds, in ${RUNS * MODES.length} runs`, () => {
  for (const mode of MODES) {
    it(`in a room that is ${mode}`, () => runSeeds(mode, FROM, RUNS));
  }
});
