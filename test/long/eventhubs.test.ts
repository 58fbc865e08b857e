/** The embedded event hub at length: killed a hundred times under two producers. */
import assert from "node:assert/strict";
import { killRounds } from "../integration/eventhubs/killRounds.ts";
import { closeAll, newFile } from "../integration/eventhubs/support.ts";

const KILLS = Number(process.env["KILLS"] ?? 100);

describe("the embedded event hub, killed again and again", () => {
  afterEach(closeAll);

  it(`keeps accepted events in order, and an idempotent producer's once, over ${KILLS} kills`, async () => {
    const [idempotent, plain] = await killRounds({ file: await newFile(), kills: KILLS, lifeMs: 400 });
    console.log(
      `accepted: idempotent ${idempotent.accepted.length}, plain ${plain.accepted.length} of ${plain.read.length} read`,
    );
    assert.deepEqual(idempotent.read, idempotent.accepted);
    assert.deepEqual([...new Set(plain.read)], plain.accepted);
  }).timeout(600_000);
});
