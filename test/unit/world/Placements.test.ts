// The layout over the twin service in memory: what is shown, written, kept and refused.
import assert from "node:assert/strict";
import { MemoryTwinProvider } from "../../../src/providers/memory/MemoryTwinProvider.ts";
import type { PlacementView } from "../../../src/services.ts";
import { LAYER_MODEL, WORLD_MODEL } from "../../../src/world/models.ts";
import { all } from "../../contract/twinProvider.ts";
import { eventually } from "../../support/eventually.ts";
import { closeAll, countWrites, layers, newPlacements, saved, stored } from "../../support/placements.ts";

describe("Placements", () => {
  afterEach(closeAll);

  it("shows what is added at once as pending, then as saved", async () => {
    const placements = newPlacements(new MemoryTwinProvider());
    const told: string[] = [];
    placements.onChange("hall", (id, view) => told.push(`${id} ${view?.status}`));
    const [view] = placements.add("hall", [{ twinId: "pump-1", x: 1.23456789, visual: "pump" }], "Bea");
    assert.ok(view !== undefined);
    const { id, ...rest } = view;
    const place = { x: 1.2346, y: 0, z: 0, qx: 0, qy: 0, qz: 0, qw: 1, s: 1 };
    assert.deepEqual(rest, { twinId: "pump-1", visual: "pump", by: "Bea", status: "pending", reason: "", ...place });
    assert.deepEqual(told, [`${id} pending`]);
    await saved(placements);
    assert.deepEqual(told, [`${id} pending`, `${id} saved`]);
  });

  it("writes nothing before the first change", async () => {
    const provider = new MemoryTwinProvider();
    const writes = countWrites(provider);
    await newPlacements(provider).load();
    assert.deepEqual(writes, { puts: 0, patches: 0, ops: 0 });
    assert.deepEqual(await all(provider.listModels()), []);
  });

  it("keeps it for the next process, space by space", async () => {
    const provider = new MemoryTwinProvider();
    const first = newPlacements(provider);
    first.add(
      "hall",
      [
        { twinId: "pump-1", x: 1 },
        { twinId: "pump-2", qy: 0.6, qw: 0.8 },
      ],
      "Bea",
    );
    first.add("yard", [{ twinId: "tank-1" }], "Bob");
    const hall = await saved(first);
    await saved(first, "yard");
    await closeAll();
    const second = newPlacements(provider);
    assert.deepEqual([...second.list("hall")], []);
    await second.load();
    const byId = (a: PlacementView, b: PlacementView): number => a.id.localeCompare(b.id);
    assert.deepEqual([...second.list("hall")].sort(byId), hall.sort(byId));
    assert.deepEqual(
      [...second.list("yard")].map(({ twinId, by }) => [twinId, by]),
      [["tank-1", "Bob"]],
    );
  });
});

describe("Placements: what is written", () => {
  afterEach(closeAll);

  it("spawns a thousand with tens of writes, none of them to the plant", async () => {
    const provider = new MemoryTwinProvider();
    const writes = countWrites(provider);
    const placements = newPlacements(provider);
    placements.add(
      "hall",
      Array.from({ length: 1000 }, (_, i) => ({ twinId: `pump-${i}`, x: i, z: -i })),
      "Bea",
    );
    assert.equal((await saved(placements)).length, 1000);
    assert.equal(Object.keys(await stored(provider)).length, 1000);
    const models = new Set((await all(provider.listTwins())).map(({ modelId }) => modelId));
    assert.deepEqual([...models].sort(), [LAYER_MODEL, WORLD_MODEL]);
    for (const layer of await layers(provider)) {
      assert.ok(JSON.stringify(layer.properties).length < 16_000);
      assert.ok(Object.keys(layer.properties["placements"] ?? {}).length <= 100);
    }
    assert.ok((writes["puts"] ?? 0) + (writes["patches"] ?? 0) <= 20, JSON.stringify(writes));
  });

  it("moves a group in one patch, and sends only the last of many moves", async () => {
    const provider = new MemoryTwinProvider();
    const placements = newPlacements(provider);
    const made = placements.add("hall", [{ twinId: "a" }, { twinId: "b" }, { twinId: "c" }], "Bea");
    await saved(placements);
    const writes = countWrites(provider);
    for (let x = 1; x <= 50; x++) {
      placements.move(
        "hall",
        made.map(({ id }) => ({ placementId: id, x })),
        "Bob",
      );
    }
    assert.deepEqual(
      (await saved(placements)).map(({ x, by }) => [x, by]),
      [
        [50, "Bob"],
        [50, "Bob"],
        [50, "Bob"],
      ],
    );
    assert.deepEqual(writes, { puts: 0, patches: 1, ops: 3 });
  });
});

describe("Placements: removing and refusing", () => {
  afterEach(closeAll);

  it("removes, also what was never written", async () => {
    const provider = new MemoryTwinProvider();
    const placements = newPlacements(provider);
    const [a, b] = placements.add("hall", [{ twinId: "a" }, { twinId: "b" }], "Bea");
    assert.ok(a !== undefined && b !== undefined);
    placements.remove("hall", [b.id], "Bea");
    await saved(placements);
    assert.deepEqual(Object.keys(await stored(provider)), [a.id]);
    placements.remove("hall", [a.id], "Bea");
    assert.deepEqual([...placements.list("hall")], []);
    await eventually(async () => assert.deepEqual(await stored(provider), {}));
  });

  it("moves and removes none when one is unknown, or in another space", async () => {
    const placements = newPlacements(new MemoryTwinProvider());
    const [a] = placements.add("hall", [{ twinId: "a" }], "Bea");
    assert.ok(a !== undefined);
    const items = [
      { placementId: a.id, x: 9 },
      { placementId: "nowhere", x: 9 },
    ];
    assert.throws(() => placements.move("hall", items, "Bea"), { code: "NOT_FOUND" });
    assert.throws(() => placements.move("yard", [{ placementId: a.id, x: 9 }], "Bea"), { code: "NOT_FOUND" });
    assert.throws(() => placements.remove("hall", [a.id, "nowhere"], "Bea"), { code: "NOT_FOUND" });
    assert.throws(() => placements.add("hall", [{ twinId: "b", x: Number.NaN }], "Bea"), { code: "INVALID_VALUE" });
    assert.deepEqual(
      [...placements.list("hall")].map(({ x }) => x),
      [0],
    );
  });
});
