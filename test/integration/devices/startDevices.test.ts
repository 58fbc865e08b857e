// The simulated devices against the embedded broker, over real sockets and the official SDK.
import assert from "node:assert/strict";
import { firstSpace, plant, startDevices } from "../../../emulator/devices/index.ts";
import { seededRandom } from "../../../emulator/devices/physics/math.ts";
import type { EventHubsEndpoint } from "../../../emulator/eventhubs/index.ts";
import { eventually } from "../../support/eventually.ts";
import { closeAll, closeLater, newBroker, newListener } from "./support.ts";

const log = { info: () => {}, warn: () => {} };

async function newDevices(broker: EventHubsEndpoint, more: Partial<Parameters<typeof startDevices>[0]> = {}) {
  const devices = await startDevices({
    connectionString: broker.connectionString,
    telemetryHub: "telemetry",
    notificationHub: "notifications",
    log,
    random: seededRandom(1),
    intervalMs: 100,
    ...more,
  });
  closeLater(() => devices.close());
  return devices;
}

const setpoint = (broker: EventHubsEndpoint, twinId: string, path: string, value: number) =>
  broker.append("notifications", [
    {
      applicationProperties: {
        "cloudEvents:type": "Microsoft.DigitalTwins.Twin.Update",
        "cloudEvents:subject": twinId,
      },
      body: Buffer.from(JSON.stringify({ modelId: "dtmi:x;1", patch: [{ op: "replace", path, value }] })),
    },
  ]);

describe("startDevices", () => {
  afterEach(closeAll);

  it("reports as devices behind an IoT Hub do, each always into the same partition", async () => {
    const broker = await newBroker();
    const heard = newListener(broker.connectionString);
    await newDevices(broker);
    await eventually(() => assert.ok(heard.length > 200));
    const members = plant.relationships.filter((it) => it.name === "contains" && it.sourceId === firstSpace);
    const devices = new Set(heard.map((it) => it.deviceId));
    assert.deepEqual(
      members.filter((it) => !devices.has(it.targetId)),
      [],
    );
    assert.equal(new Set(heard.map((it) => `${it.deviceId} ${it.partition}`)).size, devices.size);
    assert.equal(new Set(heard.map((it) => it.partition)).size, 4);
    const motor = heard.find((it) => it.deviceId === "pump-101" && it.component === "motor");
    assert.ok(typeof motor?.values["power"] === "number");
    const { systemProperties, properties, contentType } = motor.event;
    assert.equal(contentType, "application/json");
    assert.equal(systemProperties?.["iothub-message-source"], "Telemetry");
    assert.equal(systemProperties?.["dt-dataschema"], "dtmi:digitaltwins:demo:Pump;1");
    assert.ok(Math.abs(Number(systemProperties?.["iothub-enqueuedtime"]) - Date.now()) < 10_000);
    assert.ok(Math.abs(Date.parse(properties?.["iothub-creation-time-utc"]) - Date.now()) < 10_000);
  });

  it("begins with the set-points that the twins have, and obeys those that are notified", async () => {
    const broker = await newBroker();
    const heard = newListener(broker.connectionString);
    const readTwin = async (id: string) => (id === "pump-102" ? { $dtId: id, speedSetpoint: 700 } : undefined);
    await newDevices(broker, { readTwin, speed: 5 });
    const speed = (id: string) => heard.findLast((it) => it.deviceId === id && "speed" in it.values)?.values["speed"];
    await eventually(() =>
      assert.ok(Math.abs(Number(speed("pump-102")) - 700) < 5, `pump-102 at ${speed("pump-102")}`),
    );
    await eventually(() =>
      assert.ok(Math.abs(Number(speed("pump-101")) - 1200) < 5, `pump-101 at ${speed("pump-101")}`),
    );
    const obeyed = async () => {
      await setpoint(broker, "pump-101", "/speedSetpoint", 900);
      assert.ok(Math.abs(Number(speed("pump-101")) - 900) < 5, `pump-101 at ${speed("pump-101")}`);
    };
    await eventually(obeyed, { timeoutMs: 8000, intervalMs: 200 });
  });

  it("obeys a set-point whose notification got lost, since it asks again", async () => {
    const broker = await newBroker();
    const heard = newListener(broker.connectionString);
    let asked = 700;
    const readTwin = async (id: string) =>
      id === "pump-102" ? { $dtId: id, properties: { speedSetpoint: asked } } : undefined;
    await newDevices(broker, { readTwin, speed: 20, intervalMs: 50 });
    asked = 500;
    const speed = () => heard.findLast((it) => it.deviceId === "pump-102" && "speed" in it.values)?.values["speed"];
    await eventually(() => assert.ok(Math.abs(Number(speed()) - 500) < 5, `at ${speed()}`), { timeoutMs: 8000 });
  });
});

describe("startDevices, when things go wrong", () => {
  afterEach(closeAll);

  it("goes on through an outage of the broker, and catches up after it", async () => {
    const broker = await newBroker();
    const warnings: string[] = [];
    await newDevices(broker, {
      log: { info: (_, text) => warnings.push(text), warn: (_, text) => warnings.push(text) },
    });
    const heard = newListener(broker.connectionString);
    await eventually(() => assert.ok(heard.length > 60));
    broker.refuse(true);
    broker.cut();
    await eventually(() => assert.ok(warnings.some((it) => it.includes("cannot reach"))), { timeoutMs: 6000 });
    const before = heard.length;
    broker.refuse(false);
    await eventually(() => assert.ok(warnings.some((it) => it.includes("again")) && heard.length > before + 60), {
      timeoutMs: 9000,
    });
  }).timeout(20_000);

  it("closes within two seconds, also right after the start and while the broker is away", async () => {
    const broker = await newBroker();
    const early = await newDevices(broker);
    let began = Date.now();
    await early.close();
    assert.ok(Date.now() - began < 2000, `early: ${Date.now() - began} ms`);
    const late = await newDevices(broker);
    broker.refuse(true);
    broker.cut();
    began = Date.now();
    await late.close();
    assert.ok(Date.now() - began < 2000, `late: ${Date.now() - began} ms`);
  });
});
