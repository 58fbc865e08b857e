// The embedded twin service against ADT_FUZZ_REQUESTS malformed requests (default 100,000), on a file, from seed ADT_FUZZ_SEED
// (default: another one each time; a failure names its own). What it then says of itself is what it says after a restart.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fuzzTwins } from "../support/fuzzTwins.ts";
import { closeDigitalTwins, newDigitalTwins } from "../support/newDigitalTwins.ts";

const REQUESTS = Number(process.env["ADT_FUZZ_REQUESTS"] ?? 100_000);
const SEED = Number(process.env["ADT_FUZZ_SEED"] ?? Date.now() % 1_000_000_000);

describe(`twin service and malformed requests, from seed ${SEED}`, function () {
  this.timeout(30 * 60_000);
  let directory = "";

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "adt-fuzz-"));
  });
  afterEach(async () => {
    await closeDigitalTwins();
    await rm(directory, { recursive: true });
  });

  it(`answers ${REQUESTS} of them`, async () => {
    const file = join(directory, "twins.sqlite");
    const service = await newDigitalTwins({ file });
    await fuzzTwins(service, SEED, REQUESTS);
    const before = [...service.export()].join("");
    await service.close();
    const again = await newDigitalTwins({ file });
    assert.equal([...again.export()].join(""), before);
  });
});
