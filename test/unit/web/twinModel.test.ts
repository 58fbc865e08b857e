import assert from "node:assert/strict";
import { resolveModels, type TwinModel } from "../../../web/src/model/TwinModel.ts";
import { keyValue } from "../../../web/src/model/values.ts";

const ASSET = {
  "@id": "dtmi:t:Asset;1",
  "@type": "Interface",
  contents: [
    { "@type": "Property", name: "name", schema: "string", writable: true },
    { "@type": "Property", name: "runHours", schema: "double", displayName: "Running (h)" },
  ],
};
const MOTOR = {
  "@id": "dtmi:t:Motor;1",
  "@type": "Interface",
  contents: [{ "@type": ["Telemetry", "Current"], name: "current", schema: "double", unit: "ampere" }],
};
const PUMP = {
  "@id": "dtmi:t:Pump;1",
  "@type": "Interface",
  displayName: { en: "Pump", de: "Pumpe" },
  extends: ["dtmi:t:Asset;1"],
  contents: [
    { "@type": "Property", name: "toString", schema: "integer" },
    {
      "@type": ["Property", "AngularVelocity"],
      name: "speedSetpoint",
      schema: "double",
      unit: "revolutionPerMinute",
      writable: true,
    },
    { "@type": ["Property", "Length"], name: "ratedHeight", schema: "double", unit: "metre" },
    { "@type": ["Property", "VolumeFlowRate"], name: "flow", schema: "double", unit: "litrePerSecond" },
    { "@type": "Property", name: "mode", schema: "dtmi:t:Pump:mode;1", writable: true },
    { "@type": "Component", name: "motor", schema: "dtmi:t:Motor;1" },
  ],
  schemas: [
    {
      "@id": "dtmi:t:Pump:mode;1",
      "@type": "Enum",
      valueSchema: "string",
      enumValues: [
        { name: "auto", displayName: "Automatic", enumValue: "a" },
        { name: "byHand", enumValue: "m" },
      ],
    },
  ],
};

describe("the page's models", () => {
  const models = resolveModels([PUMP, ASSET, MOTOR].map((model) => ({ id: model["@id"], model })));
  const pump = models.get("dtmi:t:Pump;1") as TwinModel;
  const value = (pointer: string) =>
    [...pump.values, ...pump.components.flatMap(({ values }) => values)].find((def) => def.pointer === pointer);

  it("flattens what is inherited, own contents first", () => {
    assert.equal(pump.label, "Pump");
    assert.deepEqual(pump.lineage, ["dtmi:t:Pump;1", "dtmi:t:Asset;1"]);
    assert.deepEqual(
      pump.values.map(({ name }) => name),
      ["toString", "speedSetpoint", "ratedHeight", "flow", "mode", "name", "runHours"],
    );
  });

  it("gives names for people and symbols for units, also where the unit stands behind the name", () => {
    assert.deepEqual([value("/speedSetpoint")?.label, value("/speedSetpoint")?.unit], ["Speed setpoint", "rpm"]);
    assert.deepEqual([value("/runHours")?.label, value("/runHours")?.unit], ["Running", "h"]);
  });

  it("finds fields in room state: components nested, names that Schema has with an underscore", () => {
    assert.deepEqual(value("/motor/current")?.fields, ["motor", "current"]);
    assert.deepEqual(value("/toString")?.fields, ["toString_"]);
  });

  it("resolves enums that are declared under schemas", () => {
    assert.deepEqual(value("/mode")?.schema, {
      kind: "enum",
      choices: [
        { label: "Automatic", value: "a" },
        { label: "By hand", value: "m" },
      ],
    });
  });

  it("lets a measured value stand for the twin, neither a rating nor a set-point", () => {
    assert.equal(keyValue(pump)?.pointer, "/flow");
    assert.equal(
      keyValue({ ...pump, values: pump.values.filter(({ name }) => name === "name"), components: [] }),
      undefined,
    );
  });
});
