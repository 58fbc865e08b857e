// The layout when other servers and people write it too.
import assert from "node:assert/strict";
import { MemoryTwinProvider } from "../../../src/providers/memory/MemoryTwinProvider.ts";
import { eventually } from "../../support/eventually.ts";
import { closeAll, follow, layers, newPlacements, saved, stored } from "../../support/placements.ts";

describe("Placements and other hands", () => {
  afterEach(closeAll);

  it("follows another server: what it adds, moves and removes, in layers of either", async () => {
    const provider = new MemoryTwinProvider();
    const [here, there] = [newPlacements(provider), newPlacements(provider)];
    await Promise.all([here.load(), there.load()]);
    follow(provider, here);
    follow(provider, there);
    const [mine] = here.add("hall", [{ twinId: "a" }], "Bea");
    const [yours] = there.add("hall", [{ twinId: "b" }], "Bob");
    assert.ok(mine !== undefined && yours !== undefined);
    await eventually(() => {
      assert.equal([...here.list("hall")].length, 2);
      assert.equal([...there.list("hall")].length, 2);
    });
    there.move("hall", [{ placementId: mine.id, x: 5 }], "Bob");
    await eventually(() => assert.equal([...here.list("hall")].find(({ id }) => id === mine.id)?.x, 5));
    here.remove("hall", [yours.id], "Bea");
    await eventually(() =>
      assert.deepEqual(
        [...there.list("hall")].map(({ id }) => id),
        [mine.id],
      ),
    );
    assert.deepEqual(Object.keys(await stored(provider)), [mine.id]);
  });

  it("does not jump back when the notification of an older write comes late", async () => {
    const provider = new MemoryTwinProvider();
    const placements = newPlacements(provider);
    const [a] = placements.add("hall", [{ twinId: "a", x: 1 }], "Bea");
    assert.ok(a !== undefined);
    await saved(placements);
    const [layer] = await layers(provider);
    const old = layer?.properties["placements"];
    placements.move("hall", [{ placementId: a.id, x: 2 }], "Bea");
    await saved(placements);
    const seen: (number | undefined)[] = [];
    placements.onChange("hall", (_, view) => seen.push(view?.x));
    placements.applyLayer(layer?.id ?? "", old);
    placements.applyLayer(layer?.id ?? "", {});
    await closeAll();
    assert.deepEqual(seen, []);
    assert.deepEqual(
      [...placements.list("hall")].map(({ x }) => x),
      [2],
    );
  });
});

describe("Placements: whose value counts", () => {
  afterEach(closeAll);

  it("takes another hand's value over its own fresh one, once it has looked", async () => {
    const provider = new MemoryTwinProvider();
    const placements = newPlacements(provider);
    const [a] = placements.add("hall", [{ twinId: "a", x: 1 }], "Bea");
    await placements.load();
    await saved(placements);
    const [layer] = await layers(provider);
    assert.ok(a !== undefined && layer !== undefined);
    follow(provider, placements);
    await provider.patchTwin(layer.id, [{ op: "add", path: `/placements/${a.id}/x`, value: 7 }]);
    await eventually(
      () =>
        assert.deepEqual(
          [...placements.list("hall")].map(({ x }) => x),
          [7],
        ),
      { timeoutMs: 1500 },
    );
  });

  it("removes a key that another hand removed meanwhile", async () => {
    const provider = new MemoryTwinProvider();
    const placements = newPlacements(provider);
    const [a, b] = placements.add("hall", [{ twinId: "a" }, { twinId: "b" }], "Bea");
    await saved(placements);
    const [layer] = await layers(provider);
    assert.ok(a !== undefined && b !== undefined && layer !== undefined);
    await provider.patchTwin(layer.id, [{ op: "remove", path: `/placements/${a.id}` }]);
    placements.remove("hall", [a.id], "Bea");
    placements.move("hall", [{ placementId: b.id, x: 3 }], "Bea");
    await saved(placements);
    assert.deepEqual(await stored(provider), { [b.id]: { twinId: "b", x: 3, by: "Bea" } });
  });
});

describe("Placements: layers and twins of others", () => {
  afterEach(closeAll);

  it("lets go of a layer that is deleted, and makes it again for what is pending", async () => {
    const provider = new MemoryTwinProvider();
    const placements = newPlacements(provider);
    const [a, b] = placements.add("hall", [{ twinId: "a" }, { twinId: "b" }], "Bea");
    await saved(placements);
    const [layer] = await layers(provider);
    assert.ok(a !== undefined && b !== undefined && layer !== undefined);
    await provider.deleteTwin(layer.id);
    placements.move("hall", [{ placementId: b.id, x: 3 }], "Bea");
    placements.removeLayer(layer.id);
    assert.deepEqual(
      [...placements.list("hall")].map(({ id }) => id),
      [b.id],
    );
    await saved(placements);
    assert.deepEqual(Object.keys(await stored(provider)), [b.id]);
  });

  it("shows within bounds what another hand put beyond them, so that an export can be imported", async () => {
    const provider = new MemoryTwinProvider();
    const placements = newPlacements(provider);
    placements.add("hall", [{ twinId: "a" }], "Bea");
    await saved(placements);
    const [layer] = await layers(provider);
    assert.ok(layer);
    await provider.patchTwin(layer.id, [{ op: "add", path: "/placements/q", value: { twinId: "b", x: -1e9, s: 0 } }]);
    const again = newPlacements(provider);
    await again.load();
    const { x, s } = again.get("hall", "q") ?? {};
    assert.deepEqual([x, s], [-1e6, 0.0001]);
  });

  it("goes on showing a placement that another hand put into two layers when it goes from the other one", async () => {
    const provider = new MemoryTwinProvider();
    const placements = newPlacements(provider);
    placements.add("hall", [{ twinId: "a" }], "Bea");
    placements.add("yard", [{ twinId: "b" }], "Bea");
    await saved(placements);
    await saved(placements, "yard");
    const idOf = async (space: string) =>
      (await layers(provider)).find(({ properties }) => properties["space"] === space)?.id ?? "";
    const [hall, yard] = [await idOf("hall"), await idOf("yard")];
    const [a] = [...placements.list("hall")];
    const [b] = [...placements.list("yard")];
    assert.ok(a && b);
    placements.applyLayer(hall, { [a.id]: { twinId: "a", by: "Bea" }, twice: { twinId: "c" } });
    placements.applyLayer(yard, { [b.id]: { twinId: "b", by: "Bea" }, twice: { twinId: "c" } });
    placements.applyLayer(hall, { [a.id]: { twinId: "a", by: "Bea" } });
    assert.equal(placements.get("yard", "twice")?.twinId, "c");
  });

  it("heeds no twin that only has a property of that name, and leaves foreign entries alone", async () => {
    const model = { "@id": "dtmi:test:Board;1", "@type": "Interface", "@context": "dtmi:dtdl:context;2" };
    const provider = new MemoryTwinProvider({ models: [model] });
    const board = {
      id: "board",
      modelId: "dtmi:test:Board;1",
      properties: { space: "hall", placements: { p1: { twinId: "x" } } },
    };
    await provider.putTwin(board);
    const placements = newPlacements(provider);
    await placements.load();
    placements.applyLayer("board", board.properties.placements);
    placements.add("hall", [{ twinId: "a" }], "Bea");
    await saved(placements);
    const [layer] = await layers(provider);
    placements.applyLayer(layer?.id ?? "", { junk: 1, empty: {}, ok: { twinId: "b", x: "far", s: 2 } });
    await eventually(() => {
      const shown = [...placements.list("hall")].filter(({ id }) => id === "ok" || id === "junk" || id === "p1");
      assert.deepEqual(
        shown.map(({ id, x, s }) => ({ id, x, s })),
        [{ id: "ok", x: 0, s: 2 }],
      );
    });
  });
});
