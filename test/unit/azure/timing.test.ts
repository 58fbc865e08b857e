import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { pause } from "../../../src/providers/azure/timing.ts";

describe("pause", () => {
  it("leaves nothing at the signal, however often it is called", async () => {
    const { signal } = new AbortController();
    await Promise.all([pause(1, signal), pause(1, signal)]);
    assert.deepEqual(getEventListeners(signal, "abort"), []);
  });

  it("ends with the signal, also with one that has ended", async () => {
    const stop = new AbortController();
    const paused = pause(1_000_000, stop.signal);
    stop.abort();
    await paused;
    await pause(1_000_000, stop.signal);
  });
});
