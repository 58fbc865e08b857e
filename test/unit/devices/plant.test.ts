// The demo world as data: its models parse, its twins and relationships obey them, and the first space can be played in.
import assert from "node:assert/strict";
import { SetpointBoard } from "../../../emulator/devices/fleet/SetpointBoard.ts";
import { firstSpace, plant } from "../../../emulator/devices/plant/index.ts";
import { newPlantState } from "../../../emulator/devices/simulation/plantState.ts";
import { readPlant } from "../../../emulator/devices/simulation/readings.ts";
import { advancePlant } from "../../../emulator/devices/simulation/stepPlant.ts";
import { forAzure, parseModels, validateRelationship, validateTwin } from "../../../src/dtdl/index.ts";

const graph = parseModels(plant.models);
const interfaceOf = (twinId: string) => {
  const found = graph.get(plant.twins.find((it) => it.id === twinId)?.modelId ?? "");
  assert.ok(found, `no model of ${twinId}`);
  return found;
};
const members = [
  firstSpace,
  ...plant.relationships.filter((it) => it.name === "contains" && it.sourceId === firstSpace).map((it) => it.targetId),
];

describe("plant", () => {
  it("parses, and without Commands as Azure takes it", () => {
    assert.equal(parseModels(plant.models.map(forAzure), { dialect: "azure" }).interfaces.size, plant.models.length);
  });

  it("has twins that obey their models", () => {
    for (const it of plant.twins) {
      const empty = Object.fromEntries([...interfaceOf(it.id).components.keys()].map((name) => [name, {}]));
      const twin = { $metadata: { $model: it.modelId }, ...empty, ...it.properties };
      assert.deepEqual(validateTwin(graph, twin), [], it.id);
      for (const name of Object.keys(empty)) assert.ok(name in it.properties, `${it.id} lacks its component ${name}`);
    }
  });

  it("has relationships that obey their models, between twins that exist", () => {
    for (const it of plant.relationships) {
      const relationship = { $relationshipName: it.name, $targetId: it.targetId, ...it.properties };
      const issues = validateRelationship(
        graph,
        interfaceOf(it.sourceId).id,
        relationship,
        interfaceOf(it.targetId).id,
      );
      assert.deepEqual(issues, [], it.id);
    }
    assert.equal(new Set(plant.relationships.map((it) => `${it.sourceId}/${it.id}`)).size, plant.relationships.length);
    assert.equal(new Set(plant.twins.map((it) => it.id)).size, plant.twins.length);
  });

  it("has a first space of at least 20 twins with a set-point, a read-only double and a Command without request", () => {
    assert.ok(members.length >= 20);
    assert.equal(plant.twins[0]?.id, firstSpace);
    const pump = interfaceOf("pump-101");
    assert.ok(members.includes("pump-101"));
    assert.equal(pump.properties.get("speedSetpoint")?.writable, true);
    assert.equal(pump.properties.get("flow")?.writable, false);
    assert.ok(pump.commands.has("reset"));
    assert.ok(pump.components.has("motor"));
  });

  it("is big enough, and some twins are in no space", () => {
    const contained = new Set(plant.relationships.filter((it) => it.name === "contains").map((it) => it.targetId));
    const free = plant.twins.filter((it) => it.id !== "site" && !contained.has(it.id));
    const spaces = new Set(plant.relationships.filter((it) => it.name === "contains").map((it) => it.sourceId));
    assert.ok(plant.twins.length >= 60 && plant.models.length >= 8 && spaces.size >= 3 && free.length >= 1);
  });

  it("names every model and its contents for people", () => {
    for (const it of graph.interfaces.values()) {
      assert.ok(it.displayName && it.description, it.id);
      if (it.id.includes(":Motor;")) continue;
      assert.equal(it.properties.get("name")?.schema.kind, "string", it.id);
      for (const property of it.properties.values()) assert.ok(property.displayName, `${it.id} ${property.name}`);
    }
  });

  it("has devices that report only what their models declare, and every reported Property of the first space", () => {
    const setpoints = new SetpointBoard(() => 0.5).get;
    const readings = readPlant(advancePlant(newPlantState(setpoints), setpoints, () => 0.999, 1));
    for (const it of readings) {
      const device = interfaceOf(it.deviceId);
      const part = it.component === undefined ? device : graph.get(device.components.get(it.component)?.schema ?? "");
      assert.equal(it.modelId, device.id);
      for (const [name, value] of Object.entries(it.fields)) {
        const content = part?.properties.get(name) ?? part?.telemetries.get(name);
        assert.ok(content, `${it.deviceId} reports ${name}, which its model does not have`);
        assert.ok(!("writable" in content) || !content.writable, `${it.deviceId} reports the set-point ${name}`);
        if (typeof value === "number") assert.ok(Number.isFinite(value), `${it.deviceId} ${name} is ${value}`);
      }
    }
    const reporting = new Set(readings.map((it) => it.deviceId));
    assert.deepEqual(
      members.filter((id) => !reporting.has(id)),
      [],
    );
    assert.ok(!reporting.has("office-101"), "office-101 is left to the replay");
  });
});
