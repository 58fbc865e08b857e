// The form of a visual template: what it means, what it refuses in words, what the shapes and their turning are made of.
import assert from "node:assert/strict";
import { visualTemplate } from "../../../src/protocol/visualSchemas.ts";
import type { VisualTemplate } from "../../../src/protocol/visuals.ts";
import { draftOf, drivers, type LooksDraft, templateOf } from "../../../web/src/model/looks.ts";
import { resolveModels } from "../../../web/src/model/TwinModel.ts";
import { clockAt, drawnSpeed, newDriveAttribute, setDrive } from "../../../web/src/scene/driveShader.ts";
import { SIZES, stretchTo, VISUALS } from "../../../web/src/scene/visualNames.ts";
import { geometryOf } from "../../../web/src/scene/visuals.ts";

const FULL: VisualTemplate = {
  shape: "tank",
  size: { x: 2, y: 3, z: 2 },
  label: { property: "/level", unit: "m" },
  colour: {
    property: "/motor/current",
    ranges: [
      { max: 60, colour: "#56b4e9" },
      { min: 60, max: 80, colour: "#e69f00" },
      { min: 80, colour: "#d55e00" },
    ],
    otherwise: "#999999",
  },
  spin: { property: "/speed", axis: "y" },
  fill: { property: "/level", empty: 0, full: 4 },
};

function why(change: Partial<LooksDraft>): string {
  const made = templateOf({ ...draftOf(FULL), ...change });
  return "why" in made ? made.why : "";
}

describe("the form of a model's looks", () => {
  it("gives a template back as it was", () => {
    assert.deepEqual(templateOf(draftOf(FULL)), { template: FULL });
    assert.ok(visualTemplate.safeParse(FULL).success);
    const spare: VisualTemplate = { spin: { property: "/speed" }, label: { property: "/level" } };
    assert.deepEqual(templateOf(draftOf(spare)), { template: spare });
  });

  it("says nothing where nothing is filled in", () => {
    assert.deepEqual(templateOf(draftOf({})), { template: null });
  });

  it("takes a comma for a decimal point in numbers of a range", () => {
    const made = templateOf({
      ...draftOf({}),
      colour: "/speed",
      ranges: [{ min: "0,5", max: "", colour: "#000000" }],
    });
    assert.deepEqual(made, { template: { colour: { property: "/speed", ranges: [{ min: 0.5, colour: "#000000" }] } } });
  });

  it("refuses in words", () => {
    assert.match(why({ sizeX: "" }), /three lengths/);
    assert.match(why({ sizeX: "-1" }), /above 0/);
    assert.match(why({ ranges: [] }), /at least one range/);
    assert.match(why({ ranges: [{ min: "5", max: "5", colour: "#000000" }] }), /Range 1 holds nothing/);
    assert.match(why({ ranges: [{ min: "cold", max: "5", colour: "#000000" }] }), /Range 1: from: "cold" is no number/);
    assert.match(why({ empty: "4" }), /two numbers that differ/);
    assert.match(why({ full: "" }), /two numbers that differ/);
    assert.equal(why({ fill: "", full: "" }), "");
  });

  it("offers numbers to drive, and everything but objects as a label", () => {
    const part = {
      "@id": "dtmi:test:Part;1",
      "@type": "Interface",
      contents: [{ "@type": "Telemetry", name: "current", schema: "double" }],
    };
    const whole = {
      "@id": "dtmi:test:Whole;1",
      "@type": "Interface",
      contents: [
        { "@type": "Property", name: "state", schema: "string" },
        { "@type": "Property", name: "place", schema: { "@type": "Object", fields: [] } },
        { "@type": "Component", name: "motor", schema: "dtmi:test:Part;1" },
      ],
    };
    const model = resolveModels([part, whole].map((one) => ({ id: one["@id"], model: one }))).get("dtmi:test:Whole;1");
    assert.ok(model);
    const { all, numbers } = drivers(model);
    assert.deepEqual(
      all.map(({ pointer }) => pointer),
      ["/state", "/motor/current"],
    );
    assert.deepEqual(
      numbers.map(({ pointer }) => pointer),
      ["/motor/current"],
    );
  });
});

describe("shapes that are driven", () => {
  for (const visual of VISUALS) {
    it(`have their size, a level and something that turns: ${visual}`, () => {
      const geometry = geometryOf(visual);
      geometry.computeBoundingBox();
      const { min, max } = geometry.boundingBox ?? assert.fail();
      for (const axis of ["x", "y", "z"] as const) {
        assert.ok(Math.abs(max[axis] - min[axis] - SIZES[visual][axis]) < 0.01, axis);
      }
      const levels = [...geometry.getAttribute("level").array].filter((level) => level > -0.5);
      assert.ok(Math.abs(Math.min(...levels)) < 1e-6 && Math.abs(Math.max(...levels) - 1) < 1e-6);
      const rotor = geometry.getAttribute("rotor");
      assert.ok(Array.from({ length: rotor.count }, (_, at) => rotor.getW(at)).some((kind) => kind > 0));
      geometry.dispose();
    });
  }

  it("are stretched to the size of a template", () => {
    assert.deepEqual(stretchTo("tank", undefined), { x: 1, y: 1, z: 1 });
    assert.deepEqual(stretchTo("room", { x: 7.2, y: 0.33, z: 1.8 }), { x: 2, y: 1, z: 0.5 });
  });

  it("turn at most twice a second, and by whole turns until the clock starts anew", () => {
    assert.equal(drawnSpeed(1e9), drawnSpeed(4 * Math.PI));
    assert.equal(drawnSpeed(-1e9), -drawnSpeed(4 * Math.PI));
    const turns = (drawnSpeed(1.2345) * 600) / (2 * Math.PI);
    assert.ok(Math.abs(turns - Math.round(turns)) < 1e-9);
    assert.equal(clockAt(601_000), 1);
  });

  it("go on from the angle that they have when their speed changes", () => {
    const attribute = newDriveAttribute(1);
    const set = (turn: number | undefined, now: number, keep = true) =>
      setDrive(attribute, 0, { drive: { turn, axis: undefined, fill: 0.5 }, natural: "z", now, keep });
    const angle = (now: number) => attribute.getY(0) + attribute.getX(0) * now;
    assert.ok(set(2, 10, false));
    const before = angle(17);
    assert.ok(set(5, 17));
    const turned = (angle(17) - before) / (2 * Math.PI);
    assert.ok(Math.abs(turned - Math.round(turned)) < 1e-5);
    assert.ok(!set(0, 20));
    assert.deepEqual([attribute.getZ(0), attribute.getW(0)], [0.5, 3]);
    set(undefined, 20);
    assert.equal(attribute.getW(0), 0);
  });
});
