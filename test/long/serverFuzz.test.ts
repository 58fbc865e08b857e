// The server against SERVER_FUZZ requests and as many room messages (default 100,000), from seed SERVER_FUZZ_SEED (default:
// another one each time; a failure names its own).
import { fuzzRest } from "../support/fuzzRest.ts";
import { fuzzRoom } from "../support/fuzzRoom.ts";

const COUNT = Number(process.env["SERVER_FUZZ"] ?? 100_000);
const SEED = Number(process.env["SERVER_FUZZ_SEED"] ?? Date.now() % 1_000_000_000);

describe(`the server and what makes no sense, from seed ${SEED}`, function () {
  this.timeout(30 * 60_000);

  it(`answers ${COUNT} HTTP requests`, () => fuzzRest(SEED, COUNT));
  it(`answers ${COUNT} room messages`, () => fuzzRoom(SEED, COUNT));
});
