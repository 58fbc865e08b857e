import assert from "node:assert/strict";
import { isoTime } from "../../../src/twins/isoTime.ts";

describe("isoTime", () => {
  it("is Date's text, also when it was asked before and after more than it keeps", () => {
    for (const round of [1, 2]) {
      for (let i = 0; i < 5000; i++) {
        const ms = 1_764_324_000_000 + i * 997;
        assert.equal(isoTime(ms), new Date(ms).toISOString(), `round ${round}`);
      }
    }
  });
});
