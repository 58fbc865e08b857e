import assert from "node:assert/strict";
import { LINK } from "../../../src/twins/types.ts";
import { eventually } from "../../support/eventually.ts";
import { newPump, says } from "./newPump.ts";

describe("EventPump: device messages", () => {
  it("fields go to Properties and Telemetry of that name, in the device, in a component, or as an object", async () => {
    const { source, value } = await newPump({ writeThrough: false });
    await source.deliver(says("p1", { temperature: 21.5, motor: { current: 3 } }), {
      ...says("p2", {}),
      data: { component: "motor", values: { current: 4 } },
    });
    assert.equal(value("p1", "/temperature"), 21.5);
    assert.equal(value("p1", "/motor/current"), 3);
    assert.equal(value("p2", "/motor/current"), 4);
  });

  it("unknown fields and unknown devices are told once each, and harm nothing", async () => {
    const { source, value, warnings, pump } = await newPump({ writeThrough: false });
    for (let n = 0; n < 3; n++) {
      await source.deliver(says("p1", { temperature: n, colour: "red" }), says("stranger", { temperature: 1 }));
    }
    assert.equal(value("p1", "/temperature"), 2);
    assert.equal(warnings.filter((w) => w.includes("/colour")).length, 1);
    assert.equal(warnings.filter((w) => w.includes("stranger")).length, 1);
    assert.equal(pump.deviceCounts.unmatched, 3);
  });

  it("a device that makes up names of any length fills neither log nor memory", async () => {
    const { source, warnings, pump } = await newPump({ writeThrough: false });
    await source.deliver(says("p1", { ["x".repeat(500_000)]: 1 }), says("y".repeat(500_000), {}));
    assert.deepEqual([pump.deviceCounts.unknown, pump.deviceCounts.unmatched, warnings.length], [1, 1, 2]);
    assert.ok(warnings.every((text) => text.length < 400));
  });

  it("a value that the model does not allow is a dead letter with its path; the others count", async () => {
    const { source, value, letters } = await newPump({ writeThrough: false });
    await source.deliver(says("p1", { temperature: "hot", starts: 4 }));
    assert.equal(value("p1", "/temperature"), 20);
    assert.equal(value("p1", "/starts"), 4);
    assert.match(letters[0]?.reason ?? "", /^\/temperature: /);
    assert.equal(JSON.parse(Buffer.from(letters[0]?.raw ?? []).toString()).data.values.temperature, "hot");
    await eventually(() => assert.equal(source.doneUpTo, 1));
  });

  it("what cannot be decoded or understood is buried, and its partition goes on", async () => {
    const { source, value, letters } = await newPump({ writeThrough: false });
    const { position, source: from, receivedAt } = source.event(says("p1", {}));
    const bad = { position, source: from, receivedAt, raw: new Uint8Array([1, 2]), reason: "no JSON" };
    await source.deliverBatch({ events: [source.event({ ...says("p1", {}), data: null })], undecodable: [bad] });
    await source.deliver(says("p1", { temperature: 22 }));
    assert.equal(letters.length, 2);
    assert.equal(value("p1", "/temperature"), 22);
    await eventually(() => assert.equal(source.doneUpTo, 3));
  });

  it("the future of a device with a wrong clock ends five seconds from now", async () => {
    const { source, value, mirror } = await newPump({ writeThrough: false });
    const enqueuedAt = Date.now();
    await source.deliver(says("p1", { temperature: 1 }, { time: enqueuedAt + 3_600_000, enqueuedAt }));
    assert.equal(mirror.get("p1")?.values.get("/temperature")?.source, enqueuedAt + 5000);
    await source.deliver(says("p1", { temperature: 2 }, { time: enqueuedAt + 6000, enqueuedAt: enqueuedAt + 6000 }));
    assert.equal(value("p1", "/temperature"), 2);
  });

  it("an old value in a newer message keeps its own time: it overwrites nothing newer, and is written with that time", async () => {
    const { source, value, mirror, pump, stored } = await newPump();
    const now = Date.now();
    await source.deliver(says("p1", { temperature: 30 }, { time: now, enqueuedAt: now }));
    const values = { temperature: 1, starts: 4, motor: { limit: 7 } };
    const data = { values, times: { "/temperature": now - 1000, "/motor/limit": now - 2000 } };
    await source.deliver({ ...says("p1", {}, { time: now + 1, enqueuedAt: now + 1 }), data });
    assert.equal(value("p1", "/temperature"), 30);
    assert.equal(mirror.get("p1")?.values.get("/starts")?.source, now + 1);
    assert.equal(mirror.get("p1")?.values.get("/motor/limit")?.source, now - 2000);
    assert.equal(pump.deviceCounts.late, 1);
    await eventually(async () => assert.equal(await stored("p1", "starts"), 4));
  });

  it("takes what is a merge patch into what it holds: changed members, what is gone; in the twin service too", async () => {
    const { source, value, mirror, provider, stored, letters } = await newPump();
    const now = Date.now();
    const tell = (values: object, time: number) =>
      source.deliver({ ...says("p1", {}, { time, enqueuedAt: time }), data: { values, merge: true } });
    await tell({ tags: { a: "1", b: "2" }, motor: { limit: 7 }, starts: 3 }, now);
    await tell({ tags: { b: null, c: "3" }, starts: null, motor: null }, now + 1);
    await tell({ tags: { late: "x" }, starts: 1 }, now - 1);
    const whole = { line: "a", a: "1", c: "3" };
    assert.deepEqual(value("p1", "/tags"), whole);
    assert.equal(value("p1", "/starts"), undefined);
    assert.equal(mirror.toTwin("p1")?.properties["starts"], undefined);
    await tell({ mode: null }, now + 2); // was never there
    await eventually(async () => {
      assert.deepEqual(await stored("p1", "tags"), whole);
      assert.equal(await stored("p1", "starts"), undefined);
      assert.deepEqual(Object.keys((await provider.getTwin("p1"))?.times ?? {}).includes("/motor/limit"), false);
    });
    await eventually(() => assert.equal(source.doneUpTo, 4));
    assert.deepEqual(letters, []);
  });

  it("keeps what a device tells before its twin is there, the last messages of each, for the twin that comes", async () => {
    const { source, value, provider, stored, pump } = await newPump();
    const twin = { id: "fresh", modelId: "dtmi:test:Pump;1", properties: { temperature: 1, motor: {} } };
    await provider.putTwin(twin);
    const now = Date.now();
    await source.deliver(says("fresh", { starts: 1 }, { time: now - 5000, enqueuedAt: now }));
    for (let n = 0; n < 16; n++) {
      await source.deliver(says("fresh", { temperature: n, motor: { limit: n } }, { time: now + n, enqueuedAt: now }));
    }
    await source.deliver(says("stranger", { temperature: 3 }));
    const { modelId, properties } = twin;
    const times = { "/temperature": now - 1000 };
    await source.deliver({
      type: "twin.created",
      subject: "fresh",
      data: { modelId, properties, times },
      time: now + 99,
    });
    await eventually(async () => {
      assert.deepEqual([value("fresh", "/temperature"), value("fresh", "/motor/limit")], [15, 15]);
      assert.equal(value("fresh", "/starts"), undefined, "the oldest of seventeen");
      assert.equal(await stored("fresh", "temperature"), 15);
    });
    assert.equal(pump.deviceCounts.unmatched, 18);
  });

  it("shows what the hub says of the device's connection", async () => {
    const { source, mirror } = await newPump({ writeThrough: false });
    const now = Date.now();
    await source.deliver({ type: "device.disconnected", subject: "p1", data: null, time: now });
    assert.equal(mirror.get("p1")?.link, LINK.offline);
    await source.deliver({ type: "device.connected", subject: "p1", data: null, time: now + 1 });
    await source.deliver({ type: "device.disconnected", subject: "p1", data: null, time: now });
    assert.equal(mirror.get("p1")?.link, LINK.live);
  });
});
