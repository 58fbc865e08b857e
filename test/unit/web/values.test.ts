import assert from "node:assert/strict";
import { freeSpot } from "../../../web/src/live/freeSpot.ts";
import { inRows } from "../../../web/src/live/inRows.ts";
import type { TwinState } from "../../../web/src/live/roomTypes.ts";
import type { ValueDef } from "../../../web/src/model/TwinModel.ts";
import {
  editText,
  formatAge,
  formatNumber,
  formatValue,
  formatWithUnit,
  readValue,
} from "../../../web/src/model/values.ts";
import { patchValue, stepped } from "../../../web/src/ui/draft.ts";

const base = { kind: "Property", description: "", writable: true, label: "", unit: "" } as const;
const SPEED: ValueDef = {
  ...base,
  name: "speed",
  pointer: "/motor/speed",
  fields: ["motor", "speed"],
  unit: "rpm",
  schema: { kind: "number", integer: false },
};
const MODE: ValueDef = {
  ...base,
  name: "mode",
  pointer: "/mode",
  fields: ["mode"],
  schema: {
    kind: "enum",
    choices: [
      { label: "Off", value: "o" },
      { label: "Automatic", value: "a" },
    ],
  },
};
const BASIS = { $model: 0, $name: "", $seen: 0, $link: 0 };

describe("values on the page", () => {
  it("reads nested fields, and the maps of twins whose model came late", () => {
    assert.equal(readValue({ ...BASIS, motor: { speed: 3 } }, SPEED), 3);
    assert.equal(readValue(BASIS, SPEED), undefined);
    const late = {
      ...BASIS,
      $numbers: new Map([["motor/speed", 4]]),
      $texts: new Map([["mode", "a"]]),
      $flags: new Map(),
    };
    assert.equal(readValue(late as TwinState, SPEED), 4);
    assert.equal(readValue(late as TwinState, MODE), 1);
  });

  it("shows as many digits as a reader can use", () => {
    const shown = [0, 1.23456, 45.67, 1234.5, 0.00012].map((value) => formatNumber(value, false).replace(/\D/g, "."));
    assert.deepEqual(shown, ["0.00", "1.23", "45.7", "1.235", "1.20e.4".replace("e", ".")]);
    assert.equal(formatValue(1, MODE), "Automatic");
    assert.equal(formatWithUnit(undefined, SPEED), "—");
  });

  it("takes the binary noise of a float out of what is edited", () => {
    assert.equal(editText(12.300000190734863, SPEED), "12.3");
  });

  it("tells ages; a clock that is ahead counts as now", () => {
    const now = 1_000_000_000;
    const ages = [-5, 1, 12, 150, 7200].map((seconds) => formatAge(now - seconds * 1000, now));
    assert.deepEqual(ages, ["now", "now", "12 s ago", "3 min ago", "2 h ago"]);
  });
});

describe("drafts", () => {
  it("become what the model expects; what is no number goes as it is typed", () => {
    assert.deepEqual(patchValue(" 12,5 ", SPEED), { ok: true, value: 12.5 });
    assert.deepEqual(patchValue("fast", SPEED), { ok: true, value: "fast" });
    assert.deepEqual(patchValue("1", MODE), { ok: true, value: "a" });
    assert.deepEqual(patchValue("{", { ...MODE, schema: { kind: "json", type: "Object" } }), { ok: false });
  });

  it("a comma is a decimal's, and where it may be a thousand's it goes as typed, to be refused", () => {
    const sent = (draft: string) => patchValue(draft, SPEED);
    assert.deepEqual(sent("1234,5"), { ok: true, value: 1234.5 });
    assert.deepEqual(sent("0,125"), { ok: true, value: 0.125 });
    assert.deepEqual(sent("1,100"), { ok: true, value: "1,100" });
    assert.deepEqual(sent("1,234,567"), { ok: true, value: "1,234,567" });
    assert.equal(stepped("1,100", 1, false), "1,100");
  });

  it("step by their own magnitude", () => {
    assert.deepEqual(
      [stepped("1450", 1, false), stepped("0.5", -1, false), stepped("7", 1, true)],
      ["1451", "0.49", "8"],
    );
  });
});

describe("places on the ground", () => {
  it("are the nearest free ones", () => {
    assert.deepEqual(freeSpot({ x: 0.3, z: 0 }, []), { x: 0, z: 0 });
    const { x, z } = freeSpot({ x: 0, z: 0 }, [{ x: 0, z: 0 }]);
    assert.equal(Math.hypot(x, z), 2);
  });

  it("are in rows, kinds together, none twice", () => {
    const spots = inRows(["b2", "a1", "b1", "a2"], (id) => id.charAt(0));
    assert.deepEqual(
      spots.map(({ twinId }) => twinId),
      ["a1", "a2", "b1", "b2"],
    );
    assert.equal(new Set(spots.map(({ x, z }) => `${x} ${z}`)).size, 4);
  });
});
