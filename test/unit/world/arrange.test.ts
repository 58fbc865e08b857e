import assert from "node:assert/strict";
import fc from "fast-check";
import { ORIGIN, type Transform } from "../../../src/protocol/names.ts";
import { colourOf, fillOf, spinOf, visualOf } from "../../../src/protocol/visuals.ts";
import { AutoLayout, type AutoTwin } from "../../../src/world/AutoLayout.ts";
import { arranged } from "../../../src/world/arrange.ts";
import { Random } from "../../support/Random.ts";

const at = (x: number, z = 0, more: Partial<Transform> = {}): Transform => ({ ...ORIGIN, x, z, ...more });
const round = (n: number) => Math.round(n * 1e6) / 1e6 + 0;

describe("arranged", () => {
  it("aligns and distributes in the order in which they stand", () => {
    const xs = (places: Transform[]) => places.map(({ x }) => x);
    assert.deepEqual(xs(arranged([at(1), at(5), at(3)], { do: "align", axis: "x", to: "centre" })), [3, 3, 3]);
    assert.deepEqual(xs(arranged([at(0), at(9), at(1)], { do: "distribute", axis: "x" })), [0, 9, 4.5]);
    assert.deepEqual(xs(arranged([at(4)], { do: "distribute", axis: "x" })), [4]);
  });

  it("snaps to the grid and to whole steps of turn", () => {
    const turn = { qy: Math.sin(0.4), qw: Math.cos(0.4) }; // 45.8°
    const [snapped] = arranged([at(1.3, -0.8, turn)], { do: "snap", grid: 0.5, degrees: 90 });
    assert.deepEqual([snapped?.x, snapped?.z], [1.5, -1]);
    assert.deepEqual([round(snapped?.qy ?? 0), round(snapped?.qw ?? 0)], [round(Math.SQRT1_2), round(Math.SQRT1_2)]);
  });

  it("turns a group about its middle; a full turn changes nothing but the quaternion's sign", () => {
    const [a, b] = arranged([at(0), at(2)], { do: "rotate", degrees: 90, about: "group" });
    assert.deepEqual(
      [a, b].map((p) => [round(p?.x ?? 9), round(p?.z ?? 9)]),
      [
        [1, 1],
        [1, -1],
      ],
    );
    const position = fc.record({ x: fc.integer({ min: -99, max: 99 }), z: fc.integer({ min: -99, max: 99 }) });
    const degrees = fc.integer({ min: -360, max: 360 });
    fc.assert(
      fc.property(fc.array(position, { minLength: 1, maxLength: 6 }), degrees, (spots, angle) => {
        const places = spots.map(({ x, z }) => at(x, z));
        const there = arranged(places, { do: "rotate", degrees: angle, about: "group" });
        for (const { qx, qy, qz, qw } of there) {
          assert.equal(round(qx * qx + qy * qy + qz * qz + qw * qw), 1);
        }
        const far = (set: Transform[]) =>
          round(Math.hypot((set[0]?.x ?? 0) - (set.at(-1)?.x ?? 0), (set[0]?.z ?? 0) - (set.at(-1)?.z ?? 0)));
        assert.equal(far(there), far(places), "distances stay");
      }),
      { numRuns: 100 },
    );
  });

  it("scales each, or the group with its distances", () => {
    const [a] = arranged([at(0), at(4)], { do: "scale", factor: 2, about: "group" });
    assert.deepEqual([a?.x, a?.s], [-2, 2]);
    const [b] = arranged([at(0), at(4)], { do: "scale", factor: 2, about: "each" });
    assert.deepEqual([b?.x, b?.s], [0, 2]);
  });
});

/** All at once. */
function addTo(layout: AutoLayout, twins: readonly AutoTwin[]): void {
  assert.ok([...layout.adding(twins)].length >= twins.length);
}

describe("AutoLayout", () => {
  const twin = (id: string, container = "hall", contains = false) => ({ id, modelId: "dtmi:a;1", container, contains });

  it("gives every twin a place of its own that no newcomer changes, whatever the order", () => {
    const ids = Array.from({ length: 500 }, (_, i) => twin(`t${i}`, `room-${i % 7}`));
    const layout = new AutoLayout();
    addTo(layout, ids);
    const other = new AutoLayout();
    addTo(other, [...ids].reverse());
    const places = ids.map(({ id }) => layout.placeOf(id));
    assert.deepEqual(
      ids.map(({ id }) => other.placeOf(id)),
      places,
    );
    assert.equal(new Set(places.map((place) => `${place?.x} ${place?.z}`)).size, 500);
    addTo(layout, [twin("a-newcomer", "room-0"), twin("room-0", "hall", true)]);
    assert.deepEqual(
      ids.map(({ id }) => layout.placeOf(id)),
      places,
    );
  });

  it("short-lived twins, and what contains them, stand where those before them stood", () => {
    const layout = new AutoLayout();
    addTo(layout, [twin("pump")]);
    const standing = new Set<string>();
    for (let n = 0; n < 1000; n++) {
      addTo(layout, [twin(`order${n}`, "hall", true), twin(`pallet${n}`, `order${n}`)]);
      standing.add(JSON.stringify([layout.placeOf(`order${n}`), layout.placeOf(`pallet${n}`)]));
      layout.remove(`order${n}`);
      layout.remove(`pallet${n}`);
      assert.equal(layout.placeOf(`pallet${n}`), undefined);
    }
    assert.equal(standing.size, 1);
  });

  it("who comes back stands where he stood, whoever else comes with him, unless another took it", () => {
    const layout = new AutoLayout();
    const ids = Array.from({ length: 100 }, (_, i) => twin(`t${i}`, `room-${i % 2}`));
    addTo(layout, ids);
    const places = () => ids.map(({ id }) => layout.placeOf(id));
    const before = places();
    layout.clear();
    addTo(layout, [...Array.from({ length: 9 }, (_, i) => twin(`a-newcomer${i}`, "room-0")), ...ids.toReversed()]);
    assert.deepEqual(places(), before);
    layout.remove("t7");
    addTo(layout, [twin("another", "room-1")]);
    assert.deepEqual(layout.placeOf("another"), before[7]);
    addTo(layout, [twin("t7", "room-1")]);
    assert.equal(new Set(places().map((place) => `${place?.x} ${place?.z}`)).size, 100);
  });

  it("gives each a place of its own and moves nobody, whoever comes and goes, and none is far", () => {
    for (let seed = 1; seed <= 8; seed++) {
      const random = new Random(seed);
      const layout = new AutoLayout();
      const here = new Map<string, Transform | undefined>();
      for (let step = 0; step < 400; step++) {
        const ids = Array.from({ length: 1 + random.below(40) }, () => `t${random.below(300)}`);
        if (random.below(2) === 0) {
          addTo(
            layout,
            ids.map((id) => twin(id, `room-${random.below(4)}`)),
          );
          ids.forEach((id) => void (here.has(id) || here.set(id, layout.placeOf(id))));
        } else {
          ids.forEach((id) => void layout.remove(id));
          ids.forEach((id) => void here.delete(id));
        }
        const now = new Map([...here.keys()].map((id) => [id, layout.placeOf(id)]));
        assert.deepEqual(now, here, `seed ${seed}, step ${step}`);
        const spots = [...now.values()].map((place) => `${place?.x} ${place?.z}`);
        assert.equal(new Set(spots).size, here.size, `seed ${seed}, step ${step}`);
      }
      const farthest = Math.max(...[...here.values()].map((place) => place?.z ?? Number.NaN));
      assert.ok(farthest < 150, `seed ${seed}: z ${farthest}`);
    }
  });
});

describe("visual templates", () => {
  const template = {
    shape: "pump",
    colour: {
      property: "/t",
      ranges: [
        { max: 10, colour: "#0000ff" },
        { min: 10, max: 20, colour: "#00ff00" },
      ],
      otherwise: "#777777",
    },
    fill: { property: "/level", empty: 2, full: 4 },
    spin: { property: "/speed" },
  };

  it("colours by ranges, min inclusive and max exclusive", () => {
    const colours = [9.99, 10, 19.99, 20, undefined, Number.NaN].map((value) => colourOf(template, value));
    assert.deepEqual(colours, ["#0000ff", "#00ff00", "#00ff00", "#777777", "#777777", "#777777"]);
  });

  it("fills, spins, and is overridden member by member", () => {
    assert.deepEqual(
      [1, 3, 5, "x"].map((value) => fillOf(template, value)),
      [0, 0.5, 1, undefined],
    );
    assert.equal(round(spinOf(template, 60)), round(2 * Math.PI));
    assert.equal(visualOf(template, "tank").shape, "tank");
    const { shape, size, spin } = visualOf(template, '{"size":{"x":1,"y":1,"z":1}}');
    assert.deepEqual([shape, size, spin], ["pump", { x: 1, y: 1, z: 1 }, { property: "/speed" }]);
    assert.deepEqual(visualOf(template, "{broken"), template);
  });
});
