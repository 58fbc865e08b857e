// Labels of the plan: none over another or over another's symbol, no word cut, none out of the picture.
import assert from "node:assert/strict";
import { FONT_PIXELS, type LabelledThing, LINE, planLabels } from "../../../web/src/model/planLabels.ts";

const PICTURE = { perMetre: 18, left: 0, right: 22 };

function thing(id: string, x: number, z: number, more: Partial<LabelledThing> = {}): LabelledThing {
  return { id, x, z, half: { x: 0.5, z: 0.5 }, title: id, value: "49.2 %", rank: 0, isGround: false, ...more };
}

describe("labels of the plan", () => {
  it("show the whole name where there is room", () => {
    const [label] = planLabels([thing("Raw water pump 1", 10, 5)], PICTURE);
    assert.deepEqual([label?.title, label?.value, label?.x], ["Raw water pump 1", "49.2 %", 10]);
  });

  it("fall back to the last words, then leave the value out; never part of a word, nor a value alone", () => {
    const near = [thing("Intake valve", 5, 5, { rank: 1 }), thing("Raw water intake sump", 10.5, 5)];
    assert.deepEqual(
      planLabels(near, PICTURE).map(({ title }) => title),
      ["Intake valve", "…intake sump"],
    );
    const nearer = [thing("Intake valve", 5, 5, { rank: 1 }), thing("Raw water intake sump", 9.5, 5)];
    assert.deepEqual(
      planLabels(nearer, PICTURE).map(({ title }) => title),
      ["Intake valve", "…sump"],
    );
    const [low] = planLabels([thing("Raw water pump 1", 10, 5), thing("Pump 2", 10, 7)], PICTURE);
    assert.deepEqual([low?.title, low?.value], ["Raw water pump 1", ""]);
    assert.deepEqual(
      planLabels([thing("Raw water pump 1", 10, 5), thing("Pump 2", 10, 6.2, { title: "" })], PICTURE).map(
        ({ id }) => id,
      ),
      ["Pump 2"],
    );
  });

  it("give way to what ranks higher, and to other symbols; a room is ground", () => {
    const [low, high] = [thing("One", 10, 5), thing("Two", 10, 5.2, { rank: 2 })];
    assert.deepEqual(
      planLabels([low, high], PICTURE).map(({ id }) => id),
      ["Two"],
    );
    const under = thing("Sensor", 10, 6.3, { title: "", value: "" });
    assert.deepEqual(planLabels([low, under], PICTURE), []);
    assert.equal(planLabels([low, { ...under, isGround: true }], PICTURE).length, 1);
  });

  it("stay in the picture, and apart from each other in a crowd", () => {
    const crowd = Array.from({ length: 60 }, (_, at) =>
      thing(`Raw water pump ${at}`, (at * 7.3) % 22, (at * 3.1) % 15, { rank: at % 3, half: { x: 0.2, z: 0.2 } }),
    );
    const labels = planLabels(crowd, PICTURE);
    assert.ok(labels.length > 5);
    const boxes = labels.map(({ x, z, title, value }) => {
      const half = (Math.max(title.length, value.length) * 7.6) / PICTURE.perMetre / 2;
      const lines = [title, value].filter((line) => line !== "").length;
      return { left: x - half, right: x + half, top: z, bottom: z + (lines * LINE * FONT_PIXELS) / PICTURE.perMetre };
    });
    for (const [at, a] of boxes.entries()) {
      assert.ok(a.left >= PICTURE.left && a.right <= PICTURE.right);
      for (const b of boxes.slice(at + 1)) {
        assert.ok(a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top);
      }
    }
  });
});
