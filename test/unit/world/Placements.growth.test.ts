// Placements that grow: none makes its layer too large, and none is lost or doubled by going to another one.
import assert from "node:assert/strict";
import { MemoryTwinProvider } from "../../../src/providers/memory/MemoryTwinProvider.ts";
import type { PlacementContent } from "../../../src/services.ts";
import { LAYER_MODEL, WORLD_MODEL, WORLD_MODELS } from "../../../src/world/models.ts";
import { eventually } from "../../support/eventually.ts";
import { closeAll, follow, layers, newPlacements, saved } from "../../support/placements.ts";

const MOST_BYTES = 25_000;
const place = { x: 0, y: 0, z: 0, qx: 0, qy: 0, qz: 0, qw: 1, s: 1 };
const content = (i: number, visual: string): PlacementContent => ({ ...place, twinId: `t${i}`, visual, by: "Bea" });
const idsIn = async (provider: MemoryTwinProvider): Promise<string[]> =>
  (await layers(provider)).flatMap(({ properties }) => Object.keys(properties["placements"] as object)).sort();

describe("Placements that grow", () => {
  afterEach(closeAll);

  it("go to other layers under their ids, seen so by another server, whatever it hears first", async () => {
    const provider = new MemoryTwinProvider();
    const [one, two] = [newPlacements(provider), newPlacements(provider)];
    await two.load();
    follow(provider, two);
    const views = one.add(
      "hall",
      Array.from({ length: 100 }, (_, i) => ({ twinId: `t${i}` })),
      "Bea",
    );
    await saved(one);
    assert.equal((await layers(provider)).length, 1);
    const look = "x".repeat(1900);
    one.write(
      "hall",
      views.map(({ id }, i) => ({ id, content: content(i, look) })),
    );
    await saved(one);
    const ids = views.map(({ id }) => id).sort();
    await eventually(async () => assert.deepEqual(await idsIn(provider), ids));
    for (const { properties } of await layers(provider)) {
      assert.ok(Buffer.byteLength(JSON.stringify(properties)) <= MOST_BYTES);
    }
    await eventually(() => {
      const shown = [...two.list("hall")];
      assert.deepEqual(shown.map(({ id }) => id).sort(), ids);
      assert.ok(shown.every(({ visual, status }) => visual === look && status === "saved"));
    });
    one.write(
      "hall",
      views.map(({ id }, i) => ({ id, content: i % 2 === 0 ? undefined : content(i, "") })),
    );
    await saved(one);
    await eventually(async () => assert.equal((await idsIn(provider)).length, 50));
    await eventually(() => assert.equal([...two.list("hall")].filter(({ visual }) => visual === "").length, 50));
  });

  for (const [first, second] of [
    ["layer_a", "layer_b"],
    ["layer_b", "layer_a"],
  ] as const) {
    it(`are what they became where a process died before the old copy was removed (new one in ${second})`, async () => {
      const provider = new MemoryTwinProvider({ models: [...WORLD_MODELS] });
      const world = { layer_a: "hall", layer_b: "hall" };
      await provider.putTwin({ id: "colyseus_world", modelId: WORLD_MODEL, properties: { layers: world } });
      const put = (id: string, entry: object) =>
        provider.putTwin({
          id,
          modelId: LAYER_MODEL,
          properties: { space: "hall", placements: { p1: { twinId: "t1", by: "Bea", ...entry } } },
        });
      await put(first, {});
      await put(second, { visual: "a larger look" });
      const placements = newPlacements(provider);
      await placements.load();
      assert.deepEqual(
        [...placements.list("hall")].map(({ visual }) => visual),
        ["a larger look"],
      );
      placements.move("hall", [{ placementId: "p1", x: 5 }], "Bob");
      await saved(placements);
      await eventually(async () => assert.deepEqual(await idsIn(provider), ["p1"]));
      placements.remove("hall", ["p1"], "Bob");
      assert.deepEqual([...placements.list("hall")], []);
      await eventually(async () => assert.deepEqual(await idsIn(provider), []));
      assert.deepEqual([...placements.list("hall")], []);
    });
  }

  it("are removed from both layers when that is asked for before the old copy went", async () => {
    const provider = new MemoryTwinProvider();
    const placements = newPlacements(provider);
    const views = placements.add(
      "hall",
      Array.from({ length: 100 }, (_, i) => ({ twinId: `t${i}` })),
      "Bea",
    );
    await saved(placements);
    const look = "x".repeat(1900);
    const grown = views.map(({ id }, i) => ({ id, content: content(i, look) }));
    placements.write("hall", grown);
    placements.remove(
      "hall",
      views.map(({ id }) => id),
      "Bea",
    );
    assert.deepEqual([...placements.list("hall")], []);
    await placements.close();
    assert.deepEqual(await idsIn(provider), []);
    assert.deepEqual([...placements.list("hall")], []);
  });
});
