import assert from "node:assert/strict";
import { mock } from "node:test";
import type { OpenRoom } from "../../../plugins/sync/internals.ts";
import { LeadingEdge } from "../../../plugins/sync/LeadingEdge.ts";

describe("LeadingEdge", () => {
  const { now } = performance;
  let time = 1000;
  let did: string[] = [];
  let edge: LeadingEdge;
  beforeEach(() => {
    time = 1000;
    did = [];
    mock.timers.enable({ apis: ["setTimeout", "setImmediate"] });
    performance.now = () => time;
    const room = {
      get patchRate() {
        return 100;
      },
      set patchRate(rate: number) {
        did.push(`armed ${rate}`);
      },
      broadcastPatch: () => {
        did.push("patch");
        edge.sent(time);
        time += 5; // as long as it takes
      },
    };
    edge = new LeadingEdge(room as unknown as OpenRoom);
  });
  afterEach(() => {
    mock.timers.reset();
    performance.now = now;
  });
  /** All that changes in one turn of the event loop. */
  const burst = () => {
    edge.touch();
    edge.touch();
    mock.timers.tick(0);
    return did.splice(0).join(", ");
  };

  it("sends the first change after silence at once, and arms the interval from the beginning of that patch", () => {
    assert.equal(burst(), "armed 100, patch");
    assert.equal(burst(), "");
    time = 1019;
    assert.equal(burst(), "");
  });

  it("sends each burst of those that come at about the patch rate, also after one that was late", () => {
    for (const at of [1000, 1100, 1195, 1290, 1460, 1490, 1590, 1690]) {
      time = at;
      assert.equal(burst(), "armed 100, patch", `at ${at}`);
    }
  });

  it("sends what comes all the time once in nine tenths of an interval on average, and not twice within 20 ms", () => {
    const patches: number[] = [];
    for (time = 1000; time < 10_000; time += 3) {
      const now = time;
      if (burst() !== "") {
        patches.push(now);
      }
    }
    const gaps = patches.slice(1).map((at, i) => at - (patches[i] as number));
    assert.ok(Math.min(...gaps) >= 20, `${gaps}`);
    assert.ok(Math.abs(patches.length - 9000 / 90) <= 2, `${patches.length} patches`);
  });

  it("sends the first change after silence at once, however many patches the game itself has sent before", () => {
    for (let n = 0; n < 100; n++) {
      edge.sent(time);
    }
    time += 89;
    assert.equal(burst(), "");
    time += 1;
    assert.equal(burst(), "armed 100, patch");
  });

  it("sends what people wait for a little after the last patch, and nothing once it is closed", () => {
    burst();
    edge.touchAwaited();
    edge.touchAwaited();
    mock.timers.tick(14); // the patch took five of them
    assert.deepEqual(did, []);
    mock.timers.tick(1);
    assert.deepEqual(did.splice(0), ["armed 100", "patch"]);
    edge.touchAwaited();
    time = 5000;
    edge.touch();
    edge.close();
    mock.timers.tick(1000);
    assert.deepEqual(did, []);
  });
});
