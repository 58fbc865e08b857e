import assert from "node:assert/strict";
import type { z } from "zod";
import { fieldName, MESSAGES } from "../../../src/protocol/names.ts";
import * as payloads from "../../../src/protocol/payloads.ts";

const set = (path: string, value: unknown = 1) => ({ op: "replace", path, value });
const many = <T>(n: number, item: T): T[] => Array.from({ length: n }, () => item);

const cases: Record<string, { schema: z.ZodType; good: unknown[]; bad: unknown[] }> = {
  "twin.get": {
    schema: payloads.twinGet,
    good: [{ twinId: "p1" }, { twinId: "x".repeat(128), history: 60 }],
    bad: [
      {},
      { twinId: "" },
      { twinId: "x".repeat(129) },
      { twinId: 7 },
      { twinId: "p", history: -1 },
      { twinId: "p", extra: 1 },
    ],
  },
  "twin.watch": {
    schema: payloads.twinWatch,
    good: [{ twinIds: [] }, { twinIds: many(100, "p") }],
    bad: [{}, { twinIds: "p" }, { twinIds: [""] }, { twinIds: many(101, "p") }, { twinIds: [], twinId: "p" }],
  },
  "avatar.move": {
    schema: payloads.avatarMove,
    good: [{}, { x: 1, z: -2.5 }, { qy: 0.7, qw: 0.7, selected: "" }, { selected: "p" }],
    bad: [{ x: "1" }, { x: Number.NaN }, { x: 1e9 }, { selected: 7 }, { role: "admin" }],
  },
  "twin.patch": {
    schema: payloads.twinPatch,
    good: [
      { twinId: "p", patch: [set("/a")] },
      { twinId: "p", patch: [{ op: "remove", path: "/a" }], ifMatch: "*", operationId: "x" },
      { twinId: "p", patch: many(100, set("/a", null)) },
    ],
    bad: [
      { twinId: "p" },
      { twinId: "p", patch: [] },
      { twinId: "p", patch: many(101, set("/a")) },
      { twinId: "p", patch: [set("a")] },
      { twinId: "p", patch: [{ op: "move", path: "/a", from: "/b" }] },
      { twinId: "p", patch: [{ op: "remove", path: "/a", value: 1 }] },
      { twinId: "p", patch: [set("/a")], operationId: "" },
      { twinId: "p", patch: set("/a") },
    ],
  },
  "twin.create": {
    schema: payloads.twinCreate,
    good: [{ modelId: "dtmi:a;1" }, { modelId: "dtmi:a;1", twinId: "x", properties: { a: {} }, place: { x: 1, s: 2 } }],
    bad: [{}, { modelId: "Pump" }, { modelId: "dtmi:a;1", place: { x: "1" } }, { modelId: "dtmi:a;1", properties: [] }],
  },
  "twin.delete": { schema: payloads.twinDelete, good: [{ twinId: "p" }], bad: [{}, { twinId: "p", ifMatch: 7 }] },
  "placement.add": {
    schema: payloads.placementAdd,
    good: [
      { query: "SELECT * FROM digitaltwins" },
      { query: "SELECT * FROM digitaltwins", layout: "line", at: { x: 1 }, spacing: 2, position: "place" },
      { items: [{ twinId: "p", visual: '{"shape":"tank"}' }] },
      { items: [{ twinId: "p" }] },
      { items: many(1000, { twinId: "p", x: -1e6, visual: "pump" }) },
    ],
    bad: [
      { items: [] },
      { items: many(1001, { twinId: "p" }) },
      { items: [{ twinId: "p", x: Number.NaN }] },
      { items: [{ twinId: "p", x: Number.POSITIVE_INFINITY }] },
      { items: [{ twinId: "p", s: 0 }] },
      { items: [{ twinId: "p", w: 1 }] },
    ],
  },
  "placement.move": {
    schema: payloads.placementMove,
    good: [{ items: [{ placementId: "a", x: 1 }], settle: false }],
    bad: [{ items: [{ placementId: "a" }] }, { items: [{ twinId: "a" }], settle: true }],
  },
  "placement.arrange": {
    schema: payloads.placementArrange,
    good: [
      { do: "align", placementIds: ["a", "b"], axis: "x" },
      { do: "distribute", placementIds: ["a"], axis: "z" },
      { do: "snap", placementIds: ["a"], grid: 0.5, degrees: 45 },
      { do: "rotate", placementIds: ["a"], degrees: -90, about: "each" },
      { do: "scale", placementIds: ["a"], factor: 2 },
      { do: "duplicate", placementIds: ["a"], dx: 3 },
    ],
    bad: [
      { do: "explode", placementIds: ["a"] },
      { do: "align", placementIds: [], axis: "x" },
      { do: "align", placementIds: ["a"], axis: "w" },
      { do: "snap", placementIds: ["a"], grid: 0 },
      { do: "scale", placementIds: ["a"], factor: 0 },
    ],
  },
  "placement.undo": { schema: payloads.placementUndo, good: [{}], bad: [{ steps: 2 }] },
  "placement.redo": { schema: payloads.placementUndo, good: [{}], bad: [{ steps: 2 }] },
  "visual.set": {
    schema: payloads.visualSet,
    good: [
      { modelId: "dtmi:a;1", template: null },
      { modelId: "dtmi:a;1", template: { shape: "pump", size: { x: 1, y: 2, z: 1 }, spin: { property: "/speed" } } },
      {
        modelId: "dtmi:a;1",
        template: { colour: { property: "/t", ranges: [{ max: 5, colour: "#00ff00" }], otherwise: "#777777" } },
      },
    ],
    bad: [
      { modelId: "a", template: null },
      { modelId: "dtmi:a;1" },
      { modelId: "dtmi:a;1", template: { form: "pump" } },
      { modelId: "dtmi:a;1", template: { spin: { property: "speed" } } },
      {
        modelId: "dtmi:a;1",
        template: { colour: { property: "/t", ranges: [{ min: 5, max: 5, colour: "#00ff00" }] } },
      },
      { modelId: "dtmi:a;1", template: { fill: { property: "/t", empty: 1, full: 1 } } },
    ],
  },
  "twin.command": {
    schema: payloads.twinCommand,
    good: [
      { twinId: "p", command: "stop" },
      { twinId: "p", component: "motor", command: "move", request: 5, operationId: "x", timeoutMs: 5000 },
    ],
    bad: [
      { twinId: "p" },
      { twinId: "p", command: "" },
      { twinId: "p", command: "stop", timeoutMs: 1 },
      { command: "stop" },
    ],
  },
  "operation.cancel": {
    schema: payloads.operationCancel,
    good: [{ operationId: "x" }],
    bad: [{}, { operationId: "" }],
  },
  "lease.acquire": {
    schema: payloads.leaseAcquire,
    good: [{ twinId: "p" }, { twinId: "p", seconds: 20 }],
    bad: [{}, { twinId: "p", seconds: 0 }, { twinId: "p", seconds: 3601 }],
  },
  "lease.release": { schema: payloads.leaseRelease, good: [{ twinId: "p" }], bad: [{}, { twinId: "p", force: true }] },
  "lease.transfer": {
    schema: payloads.leaseTransfer,
    good: [{ twinId: "p", to: "s" }],
    bad: [{ twinId: "p" }, { to: "s" }],
  },
  "alarm.acknowledge": {
    schema: payloads.alarmAcknowledge,
    good: [{ alarmId: "a" }, { alarmId: "a", comment: "seen" }],
    bad: [{}, { alarmId: "a", comment: "x".repeat(401) }],
  },
  "alarm.shelve": {
    schema: payloads.alarmShelve,
    good: [{ alarmId: "a", seconds: 0 }],
    bad: [{ alarmId: "a" }, { alarmId: "a", seconds: -1 }, { alarmId: "a", seconds: 604_801 }],
  },
  "permissions.check": {
    schema: payloads.permissionsCheck,
    good: [{ checks: [{ do: "patch", twinId: "p", path: "/a" }] }],
    bad: [
      { checks: [] },
      { checks: [{ do: "fly", twinId: "p" }] },
      { checks: many(201, { do: "patch", twinId: "p" }) },
    ],
  },
  "auth.renew": { schema: payloads.authRenew, good: [{ token: "a.b.c" }], bad: [{}, { token: "" }, { token: 5 }] },
  "placement.remove": {
    schema: payloads.placementRemove,
    good: [{ placementIds: ["a"] }],
    bad: [{ placementIds: [] }, {}],
  },
};

describe("payloads", () => {
  for (const [message, { schema, good, bad }] of Object.entries(cases)) {
    it(`${message} takes what the contract says, and nothing else`, () => {
      for (const payload of good) {
        assert.ok(schema.safeParse(payload).success, JSON.stringify(payload).slice(0, 200));
      }
      for (const payload of [...bad, undefined, null, "x", []]) {
        assert.equal(schema.safeParse(payload).success, false, JSON.stringify(payload)?.slice(0, 200));
      }
    });
  }

  it("every message has a payload that is tried here", () => {
    assert.deepEqual(Object.keys(cases).sort(), Object.values(MESSAGES).sort());
  });
});

describe("fieldName", () => {
  it("leaves names alone that Schema does not need", () => {
    assert.deepEqual(["temperature", "toString", "clone"].map(fieldName), ["temperature", "toString_", "clone_"]);
  });
});
