import assert from "node:assert/strict";
import { budgeted, WriteBudget } from "../../../src/control/WriteBudget.ts";
import type { TwinError } from "../../../src/errors.ts";
import { MemoryTwinProvider } from "../../../src/providers/memory/MemoryTwinProvider.ts";
import { MODELS } from "../../support/hall.ts";

describe("WriteBudget", () => {
  let now = 0;
  const newBudget = (perSecond: number) => new WriteBudget({ perSecond, clock: () => now });
  const taken = (budget: WriteBudget, tries: number) => {
    let n = 0;
    for (let i = 0; i < tries; i++) {
      try {
        budget.take();
        n++;
      } catch (error) {
        const { code, status, retryAfterMs } = error as TwinError;
        assert.deepEqual([code, status, retryAfterMs], ["RATE_LIMITED", 429, 1000]);
      }
    }
    return n;
  };

  it("holds one second's worth, and fills as time goes by", () => {
    const budget = newBudget(10);
    assert.equal(taken(budget, 30), 10);
    now += 250;
    assert.equal(taken(budget, 30), 2);
    now += 60_000;
    assert.equal(taken(budget, 30), 10);
    now -= 5000;
    assert.equal(taken(budget, 30), 0, "a clock that was put back gives nothing");
  });

  it("counts every write of a provider, and no read", async () => {
    const inner = new MemoryTwinProvider({ models: MODELS, isComponent: () => false });
    const provider = budgeted(inner, newBudget(1));
    const id = "x";
    await provider.putTwin({ id, modelId: "dtmi:test:Asset;1", properties: {} });
    const refusal = { code: "RATE_LIMITED" };
    await assert.rejects(provider.patchTwin(id, [{ op: "add", path: "/name", value: "n" }]), refusal);
    await assert.rejects(provider.deleteTwin(id), refusal);
    await assert.rejects(provider.putModels([]), refusal);
    await assert.rejects(provider.publishTelemetry(id, { a: 1 }), refusal);
    await assert.rejects(provider.deleteRelationship(id, "r"), refusal);
    assert.equal((await provider.getTwin(id))?.id, id);
    assert.deepEqual((await inner.getTwin(id))?.properties, {});
    assert.deepEqual(provider.capabilities, inner.capabilities);
  });
});
