// The embedded IoT Hub, judged by the official device SDK on one side and driven by our client for services on the other.
import assert from "node:assert/strict";
import sdk from "azure-iot-device";
import { eventually } from "../../support/eventually.ts";
import { refusal } from "../../unit/control/newControl.ts";
import { closeAll, newDevice, newHub, type TestHub } from "./newHub.ts";

const opTypes = ({ events }: TestHub) => events.map((e) => e.applicationProperties?.["opType"]).filter(Boolean);

describe("embedded IoT Hub", () => {
  afterEach(closeAll);

  it("telemetry arrives with IoT Hub's own properties", async () => {
    const hub = await newHub();
    const { client } = await newDevice(hub, "p1");
    const message = new sdk.Message(JSON.stringify({ temperature: 21.5 }));
    message.contentType = "application/json";
    message.contentEncoding = "utf-8";
    message.messageId = "m-1";
    message.properties.add("alert", "true");
    message.properties.add("$.sub", "motor");
    await client.sendEvent(message);
    const event = hub.events.find((e) => e.annotations?.["iothub-message-source"] === "Telemetry");
    assert.deepEqual(JSON.parse(Buffer.from(event?.body ?? []).toString()), { temperature: 21.5 });
    assert.equal(event?.partitionKey, "p1");
    assert.equal(event?.contentType, "application/json");
    assert.equal(event?.messageId, "m-1");
    assert.deepEqual(event?.applicationProperties, { alert: "true" });
    assert.equal(event?.annotations?.["iothub-connection-device-id"], "p1");
    assert.equal(event?.annotations?.["dt-subject"], "motor");
    assert.equal(event?.annotations?.["dt-dataschema"], "dtmi:test:Pump;1");
  });

  it("desired and reported properties go both ways, with versions, and are told as twinChangeEvents", async () => {
    const hub = await newHub();
    const device = await newDevice(hub, "p1");
    await device.report({ setpoint: 5, motor: { __t: "c", limit: 2 } });
    assert.deepEqual(await hub.service.find("p1"), {
      isConnected: true,
      reports: new Set(["/setpoint", "/motor/limit"]),
    });
    await hub.service.setDesired("p1", [
      { path: "/setpoint", value: 7 },
      { path: "/motor/limit", value: 3 },
    ]);
    await eventually(() => assert.equal(device.desired.at(-1)?.["setpoint"], 7));
    assert.deepEqual(device.desired.at(-1)?.["motor"], { __t: "c", limit: 3 });
    const changes = hub.events.filter((e) => e.annotations?.["iothub-message-source"] === "twinChangeEvents");
    const bodies = changes.map(
      (e) => JSON.parse(Buffer.from(e.body).toString()).properties as Record<string, { $version: number }>,
    );
    assert.deepEqual(
      bodies.map((b) => Object.keys(b)[0]),
      ["reported", "desired"],
    );
    assert.deepEqual(
      bodies.map((b) => Object.values(b)[0]?.$version),
      [2, 2],
    );
  });

  it("direct methods, of components too; without an answer, and without the device", async () => {
    const hub = await newHub();
    const device = await newDevice(hub, "p1");
    device.onMethod("run", (payload) => [200, { got: payload }]);
    device.onMethod("motor*start", () => [409]);
    const call = (command: string, more: object = {}) =>
      hub.service.invoke("p1", { command, timeoutMs: 5000, ...more });
    assert.deepEqual(await call("run", { request: 5 }), { status: 200, response: { got: 5 } });
    assert.equal((await call("start", { component: "motor" })).status, 409);
    hub.hub.setFaults({ devices: { p1: { lying: true } } });
    assert.equal((await call("start", { component: "motor" })).status, 200);
    hub.hub.setFaults({ devices: { p1: { slow: 50 } } });
    assert.equal((await call("run", { request: 5 })).status, 200);
    hub.hub.setFaults({ devices: { p1: { silent: true } } });
    await assert.rejects(call("run"), { code: "UNAVAILABLE", status: 504 });
    hub.hub.setFaults({ devices: { p1: { offline: true } } });
    await eventually(async () => assert.equal((await hub.service.find("p1"))?.isConnected, false));
    await assert.rejects(call("run"), refusal("OFFLINE"));
    await assert.rejects(hub.service.invoke("nobody", { command: "run", timeoutMs: 5000 }), refusal("NOT_FOUND"));
    assert.equal(await hub.service.find("nobody"), undefined);
  }).timeout(30_000);

  it("lying: what was desired is acknowledged with the old value, and the device hears nothing", async () => {
    const hub = await newHub();
    const device = await newDevice(hub, "p1");
    await device.report({ setpoint: 5 });
    hub.hub.setFaults({ devices: { p1: { lying: true } } });
    await hub.service.setDesired("p1", [{ path: "/setpoint", value: 7 }]);
    const last = JSON.parse(Buffer.from(hub.events.at(-1)?.body ?? []).toString());
    assert.equal(last.properties.reported.setpoint, 5);
    assert.deepEqual(
      device.desired.filter((d) => d["setpoint"] === 7),
      [],
    );
  });

  it("what was desired while the device was away is there when it comes, also after a restart", async () => {
    const { mkdtempSync, rmSync } = await import("node:fs");
    const dir = mkdtempSync("/tmp/iothub-");
    try {
      const file = `${dir}/hub.sqlite`;
      const first = await newHub({ file });
      const { key } = first.hub.ensureDevice("p1");
      await first.service.setDesired("p1", [{ path: "/setpoint", value: 7 }]);
      await first.hub.close();
      const second = await newHub({ file });
      const device = await newDevice(second, "p1", key);
      assert.equal(device.twin.properties.desired["setpoint"], 7);
      assert.equal(second.hub.ensureDevice("p1").key, key);
    } finally {
      await closeAll();
      rmSync(dir, { recursive: true });
    }
  });

  it("tells of devices that come and go", async () => {
    const hub = await newHub();
    const { client } = await newDevice(hub, "p1");
    await client.close();
    await eventually(() =>
      assert.deepEqual(opTypes(hub), ["createDeviceIdentity", "deviceConnected", "deviceDisconnected"]),
    );
  });

  it("lets nobody in with another's key, and no service without the policy's", async () => {
    const hub = await newHub();
    hub.hub.ensureDevice("p1");
    await assert.rejects(newDevice(hub, "p1", hub.hub.ensureDevice("p2").key));
    const url = `http://127.0.0.1:${hub.hub.servicePort}/twins/p1?api-version=2021-04-12`;
    assert.equal((await fetch(url)).status, 401);
    assert.equal((await fetch(url, { headers: { authorization: "Bearer x.y.z" } })).status, 200);
  });

  it("a service that throttles or fails is told as such; faults that make no sense are refused", async () => {
    const hub = await newHub();
    hub.hub.ensureDevice("p1");
    hub.hub.setFaults({ service: { throttled: 1 } });
    await assert.rejects(hub.service.find("p1"), refusal("RATE_LIMITED"));
    hub.hub.setFaults({ service: { throttled: 0, failed: 1 } });
    await assert.rejects(hub.service.find("p1"), refusal("UNAVAILABLE"));
    assert.throws(() => hub.hub.setFaults({ devices: { p1: { rude: true } } }), /silent, lying, offline/);
    assert.throws(() => hub.hub.setFaults({ service: { throttled: 2 } }), /from 0 to 1/);
  });

  it("lists its devices' twins by the one query it takes, page by page", async () => {
    const { hub } = await newHub();
    for (const id of ["p1", "p2", "p3"]) {
      hub.ensureDevice(id);
    }
    const query = async (text: unknown, headers: Record<string, string> = {}) => {
      const answer = await fetch(`http://127.0.0.1:${hub.servicePort}/devices/query?api-version=2021-04-12`, {
        method: "POST",
        headers: { authorization: "Bearer x.y.z", ...headers },
        body: JSON.stringify({ query: text }),
      });
      const next = answer.headers.get("x-ms-continuation");
      const body = (await answer.json()) as { deviceId: string; properties: object }[];
      return { status: answer.status, next, ids: answer.ok ? body.map(({ deviceId }) => deviceId) : [] };
    };
    assert.deepEqual((await query("select * from devices")).ids, ["p1", "p2", "p3"]);
    const most = { "x-ms-max-item-count": "2" };
    const first = await query("SELECT * FROM devices", most);
    assert.deepEqual(first.ids, ["p1", "p2"]);
    const rest = await query("SELECT * FROM devices", { ...most, "x-ms-continuation": first.next ?? assert.fail() });
    assert.deepEqual([rest.ids, rest.next], [["p3"], null]);
    for (const refused of [
      query("SELECT deviceId FROM devices WHERE true"),
      query(1),
      query("SELECT * FROM devices", { "x-ms-max-item-count": "0" }),
      query("SELECT * FROM devices", { "x-ms-continuation": "bm9uZQ" }),
    ]) {
      assert.equal((await refused).status, 400);
    }
  });
});
