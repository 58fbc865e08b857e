// The embedded twin service is killed ADT_KILL_ROUNDS times (default 100) while it is written to.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killTwins } from "../support/killTwins.ts";

const ROUNDS = Number(process.env["ADT_KILL_ROUNDS"] ?? 100);
const SEED = Number(process.env["ADT_KILL_SEED"] ?? Date.now() % 1_000_000_000);

describe(`twin service and kill -9, from seed ${SEED}`, function () {
  this.timeout(30 * 60_000);
  let directory = "";

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "adt-kill-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it(`loses nothing that it acknowledged in ${ROUNDS} rounds`, async () => {
    await killTwins(directory, SEED, ROUNDS);
  });
});
