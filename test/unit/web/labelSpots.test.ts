// Labels of the 3D view: over no other label, over other things as little as can be, never taken for another thing's.
import assert from "node:assert/strict";
import { type Box, type Labelled, labelSpots, type Spot } from "../../../web/src/model/labelSpots.ts";
import { fitTitle, fitValue } from "../../../web/src/model/labelText.ts";

const VIEW = { width: 800, height: 600, most: 100 };
const NONE: ReadonlyMap<number, Spot> = new Map();

/** A thing of 40 by 40 pixels with its foot's middle there. */
function thing(index: number, x: number, foot: number, more: Partial<Labelled> = {}): Labelled {
  const body = { left: x - 20, right: x + 20, top: foot - 40, bottom: foot };
  return { index, x, y: foot - 44, width: 120, height: 32, body, isUrgent: false, ...more };
}

function boxOf({ x, y, width, height }: Labelled, { dx, dy }: Spot): Box {
  return { left: x + dx - width / 2, right: x + dx + width / 2, top: y + dy - height, bottom: y + dy };
}

/** In pixels of a side. */
function overlap(a: Box, b: Box): { x: number; y: number } {
  return {
    x: Math.min(a.right, b.right) - Math.max(a.left, b.left),
    y: Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top),
  };
}

describe("labels of the 3D view", () => {
  it("stand above their thing where there is room", () => {
    assert.deepEqual(labelSpots([thing(0, 400, 300)], VIEW, NONE).get(0), { side: "above", dx: 0, dy: 0 });
  });

  it("go beside where they would lie over another thing", () => {
    const behind = thing(1, 440, 260);
    const spot = labelSpots([thing(0, 400, 300), { ...behind, width: 0 }], VIEW, NONE).get(0);
    assert.ok(spot);
    assert.notEqual(spot.side, "above");
    const shared = overlap(boxOf(thing(0, 400, 300), spot), behind.body as Box);
    assert.ok(shared.x <= 8 || shared.y <= 8, JSON.stringify({ spot, shared }));
  });

  it("are left out where they would cover others on all sides, but for those that one must not miss", () => {
    const wall = thing(1, 400, 300, { body: { left: 0, right: 800, top: 0, bottom: 600 }, width: 0 });
    assert.equal(labelSpots([thing(0, 400, 300), wall], VIEW, NONE).get(0), undefined);
    assert.equal(labelSpots([thing(0, 400, 300, { isUrgent: true }), wall], VIEW, NONE).get(0)?.side, "above");
  });

  it("never lie over each other in a crowd; the more important ones are there", () => {
    const crowd = Array.from({ length: 80 }, (_, at) => thing(at, 80 + ((at * 97) % 640), 80 + ((at * 53) % 480)));
    const spots = labelSpots(crowd, VIEW, NONE);
    assert.ok(spots.size > 5 && spots.has(0), `${spots.size} labels`);
    const boxes = crowd.flatMap((one) => {
      const spot = spots.get(one.index);
      return spot ? [boxOf(one, spot)] : [];
    });
    for (const [at, a] of boxes.entries()) {
      for (const b of boxes.slice(at + 1)) {
        const { x, y } = overlap(a, b);
        assert.ok(x <= 0 || y <= 0, JSON.stringify([a, b]));
      }
    }
  });

  it("stay where they are while another place is hardly better", () => {
    const before = new Map<number, Spot>([[0, { side: "aboveLeft", dx: 0, dy: 0 }]]);
    assert.equal(labelSpots([thing(0, 400, 300)], VIEW, before).get(0)?.side, "aboveLeft");
  });

  it("are no more than there is room for", () => {
    const far = [thing(0, 100, 300), thing(1, 400, 300), thing(2, 700, 300)];
    assert.deepEqual([...labelSpots(far, { ...VIEW, most: 2 }, NONE).keys()], [0, 1]);
  });

  it("keep the end of a long name, in whole words, and the beginning of a long value", () => {
    assert.equal(fitTitle("Raw water pump 1", 20), "Raw water pump 1");
    assert.equal(fitTitle("Raw water pump 4 (standby)", 20), "…pump 4 (standby)");
    assert.equal(fitTitle("Druckerhöhungsanlagenpumpe7", 20), "…öhungsanlagenpumpe7");
    assert.equal(fitValue("waiting for the operator", 10), "waiting f…");
  });
});
