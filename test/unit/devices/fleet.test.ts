// What stands between the physics and the wire: the report filter, the set-point board, notifications, the message.
import assert from "node:assert/strict";
import { deviceMessage } from "../../../emulator/devices/deviceMessage.ts";
import { ReportFilter } from "../../../emulator/devices/fleet/ReportFilter.ts";
import { SetpointBoard } from "../../../emulator/devices/fleet/SetpointBoard.ts";
import { readChange } from "../../../emulator/devices/fleet/subscribeSetpoints.ts";
import type { FieldValue } from "../../../emulator/devices/simulation/readings.ts";

const reading = (fields: Record<string, FieldValue>) => ({ deviceId: "tank-201", modelId: "dtmi:x;1", fields });

describe("ReportFilter", () => {
  it("sends all at first, then what changed, then all again after a while", () => {
    const filter = new ReportFilter();
    assert.deepEqual(filter.select(reading({ level: 50, inflow: 4 }), 0), { level: 50, inflow: 4 });
    assert.equal(filter.select(reading({ level: 50.001, inflow: 4 }), 1000), undefined);
    assert.deepEqual(filter.select(reading({ level: 50.2, inflow: 4 }), 2000), { level: 50.2 });
    assert.deepEqual(filter.select(reading({ level: 50.2, inflow: 4 }), 10_000), { level: 50.2, inflow: 4 });
  });

  it("does not miss a slow drift", () => {
    const filter = new ReportFilter();
    filter.select(reading({ level: 50 }), 0);
    const sent = [1, 2, 3, 4].map((i) => filter.select(reading({ level: 50 + i * 0.004 }), i));
    assert.ok(sent.some((it) => it !== undefined));
  });
});

describe("SetpointBoard", () => {
  it("begins with the plant's data and obeys news after one to three seconds", () => {
    const board = new SetpointBoard(() => 0.5);
    assert.equal(board.get("pump-101", "speedSetpoint"), 1200);
    board.hear("pump-101", { speedSetpoint: 900, flow: 3 }, 10_000);
    board.advance(11_900);
    assert.equal(board.get("pump-101", "speedSetpoint"), 1200);
    board.advance(12_000);
    assert.equal(board.get("pump-101", "speedSetpoint"), 900);
  });

  it("keeps the last of several, and ignores what is no set-point or no number", () => {
    const board = new SetpointBoard(() => 0);
    board.hear("valve-101", { positionSetpoint: 10 }, 0);
    board.hear("valve-101", { positionSetpoint: 60 }, 500);
    board.hear("valve-101", { positionSetpoint: "wide" }, 600);
    board.hear("nobody", { positionSetpoint: 1 }, 600);
    board.advance(1500);
    assert.equal(board.get("valve-101", "positionSetpoint"), 60);
    board.hear("valve-101", { positionSetpoint: 5 }, 2000, "at once");
    assert.equal(board.get("valve-101", "positionSetpoint"), 5);
  });

  it("goes back to the value in force when that is the last news", () => {
    const board = new SetpointBoard(() => 0);
    board.hear("pump-101", { speedSetpoint: 900 }, 0);
    board.hear("pump-101", { speedSetpoint: 1200 }, 100);
    board.advance(5000);
    assert.equal(board.get("pump-101", "speedSetpoint"), 1200);
  });
});

describe("readChange", () => {
  const event = (type: string, body: unknown) => ({
    properties: { "cloudEvents:type": type, "cloudEvents:subject": "pump-101" },
    body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
  });

  it("reads the values of an update", () => {
    const patch = [
      { op: "replace", path: "/speedSetpoint", value: 900 },
      { op: "remove", path: "/name" },
    ];
    const change = readChange(event("Microsoft.DigitalTwins.Twin.Update", { modelId: "dtmi:x;1", patch }));
    assert.deepEqual(change, { twinId: "pump-101", values: { speedSetpoint: 900 } });
  });

  it("takes anything else without a fuss", () => {
    assert.equal(readChange(event("Microsoft.DigitalTwins.Relationship.Update", { patch: [] })), undefined);
    assert.equal(readChange(event("Microsoft.DigitalTwins.Twin.Update", "{no json")), undefined);
    assert.equal(readChange({ properties: {}, body: undefined }), undefined);
    assert.deepEqual(readChange(event("Microsoft.DigitalTwins.Twin.Update", { patch: [null, 3, {}] }))?.values, {});
  });
});

describe("deviceMessage", () => {
  it("has the shape of an IoT Hub message", () => {
    const time = Date.UTC(2026, 0, 2, 3, 4, 5);
    const report = { deviceId: "pump-101", component: "motor", modelId: "dtmi:x;1", time, values: { power: 4 } };
    const message = deviceMessage(report, time + 5);
    assert.equal(message.applicationProperties["iothub-creation-time-utc"], "2026-01-02T03:04:05.000Z");
    assert.equal(message.messageAnnotations["iothub-connection-device-id"], "pump-101");
    assert.equal(message.messageAnnotations["x-opt-partition-key"], "pump-101");
    assert.equal(message.messageAnnotations["iothub-message-source"], "Telemetry");
    assert.equal(message.messageAnnotations["dt-dataschema"], "dtmi:x;1");
    assert.equal(message.messageAnnotations["dt-subject"], "motor");
    assert.equal(message.properties.contentType, "application/json");
    assert.ok(!("dt-subject" in deviceMessage({ deviceId: "a", time, values: {} }, time).messageAnnotations));
  });
});
