import assert from "node:assert/strict";
import { EarlyMessages } from "../../../src/ingest/EarlyMessages.ts";
import { MemorySource } from "../../support/MemorySource.ts";
import { says } from "./newPump.ts";

describe("EarlyMessages", () => {
  let now = 0;
  const source = new MemorySource();
  const add = (early: EarlyMessages, twinId: string, bytes = 0) => {
    const message = { body: Buffer.alloc(bytes), properties: {}, systemProperties: {} };
    early.add({ twinId, data: { values: {} } }, source.event(says(twinId, {}, { message })));
  };

  it("gives a twin's messages once, in order, and forgets them after a minute", () => {
    const early = new EarlyMessages(() => now);
    add(early, "a", 1);
    add(early, "a", 2);
    assert.deepEqual(
      early.take("a").map(({ event }) => event.message?.body.byteLength),
      [1, 2],
    );
    assert.deepEqual(early.take("a"), []);
    add(early, "a");
    now += 60_000;
    assert.deepEqual(early.take("a"), []);
  });

  it("keeps four megabytes of those who spoke last, whatever their number and size", () => {
    const early = new EarlyMessages(() => now);
    for (let n = 0; n < 10_000; n++) {
      add(early, `small-${n}`);
    }
    const kept = Array.from({ length: 10_000 }, (_, n) => early.take(`small-${n}`).length);
    assert.deepEqual([kept.indexOf(1), kept.filter((length) => length === 1).length], [10_000 - 4096, 4096]);
    add(early, "large-1", 3_000_000);
    add(early, "large-2", 3_000_000);
    assert.deepEqual([early.take("large-1").length, early.take("large-2").length], [0, 1]);
  });
});
