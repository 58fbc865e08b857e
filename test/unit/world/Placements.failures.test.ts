// The layout when the twin service is away, throttles or refuses.
import assert from "node:assert/strict";
import { TwinError } from "../../../src/errors.ts";
import { MemoryTwinProvider } from "../../../src/providers/memory/MemoryTwinProvider.ts";
import { eventually } from "../../support/eventually.ts";
import { closeAll, FAST, newPlacements, saved, stored } from "../../support/placements.ts";
import { silentLog } from "../../support/silentLog.ts";

class Stubborn extends MemoryTwinProvider {
  failures: TwinError[] = [];
  override async putTwin(...args: Parameters<MemoryTwinProvider["putTwin"]>): Promise<{ etag: string }> {
    this.#maybeFail();
    return await super.putTwin(...args);
  }
  override async patchTwin(...args: Parameters<MemoryTwinProvider["patchTwin"]>): Promise<{ etag: string }> {
    this.#maybeFail();
    return await super.patchTwin(...args);
  }
  #maybeFail(): void {
    const failure = this.failures.shift();
    if (failure !== undefined) {
      throw failure;
    }
  }
}
const outage = new TwinError("UNAVAILABLE", "gone");
const throttled = new TwinError("RATE_LIMITED", "slow down", { retryAfterMs: 3 });
const forbidden = new TwinError("FORBIDDEN", "read only");

describe("Placements when writing fails", () => {
  afterEach(closeAll);

  it("waits out throttling and outages", async () => {
    const provider = new Stubborn();
    const placements = newPlacements(provider);
    provider.failures = [outage, throttled, outage];
    placements.add("hall", [{ twinId: "a" }], "Bea");
    await saved(placements);
    assert.deepEqual(provider.failures, []);
  });

  it("gives up after its time, and tries anew with the next change", async () => {
    const provider = new Stubborn();
    const placements = newPlacements(provider, { pace: { ...FAST, giveUpMs: 20 } });
    provider.failures = Array.from({ length: 1000 }, () => outage);
    const [a] = placements.add("hall", [{ twinId: "a" }], "Bea");
    assert.ok(a !== undefined);
    await eventually(() =>
      assert.deepEqual(
        [...placements.list("hall")].map(({ status, reason }) => [status, reason]),
        [["failed", "Given up after 0.02 s: gone"]],
      ),
    );
    provider.failures = [outage];
    placements.move("hall", [{ placementId: a.id, x: 1 }], "Bea");
    await saved(placements);
  });

  it("shows as failed what is refused, says why in the log, and saves it with the next change", async () => {
    const provider = new Stubborn();
    const warnings: object[] = [];
    const log = { ...silentLog, warn: (o: object) => warnings.push(o) };
    const placements = newPlacements(provider, { log });
    provider.failures = [forbidden];
    const [a] = placements.add("hall", [{ twinId: "a" }], "Bea");
    assert.ok(a !== undefined);
    await eventually(() =>
      assert.deepEqual(
        [...placements.list("hall")].map(({ status }) => status),
        ["failed"],
      ),
    );
    assert.ok(warnings.some((warning) => Reflect.get(warning, "err") === forbidden));
    placements.move("hall", [{ placementId: a.id, x: 1 }], "Bea");
    await saved(placements);
    provider.failures = [forbidden];
    placements.remove("hall", [a.id], "Bea");
    assert.deepEqual([...placements.list("hall")], []);
    await eventually(() =>
      assert.deepEqual(
        [...placements.list("hall")].map(({ status }) => status),
        ["failed"],
      ),
    );
  });
});

describe("Placements when it is closed", () => {
  afterEach(closeAll);

  it("flushes when it is closed, and says what it could not save", async () => {
    const provider = new Stubborn();
    const placements = newPlacements(provider, { pace: { intervalMs: 30 } });
    placements.add("hall", [{ twinId: "a" }], "Bea");
    await placements.close();
    assert.equal(Object.keys(await stored(provider)).length, 1);
    const errors: object[] = [];
    const log = { ...silentLog, error: (o: object) => errors.push(o) };
    const stuck = newPlacements(provider, { log });
    provider.failures = Array.from({ length: 1000 }, () => outage);
    stuck.add("hall", [{ twinId: "b" }, { twinId: "c" }], "Bea");
    await stuck.close({ timeoutMs: 30 });
    assert.deepEqual(errors, [{ placements: 2 }]);
  });
});
