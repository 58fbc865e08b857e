// The simulated devices against the embedded broker, over real sockets and the official SDK.
import assert from "node:assert/strict";
import { firstSpace, plant, startDevices } from "../../../emulator/devices/index.ts";
import { seededRandom } from "../../../emulator/devices/physics/math.ts";
import type { EventHubsEndpoint } from "../../../emulator/eventhubs/index.ts";
import { type IotHubEndpoint, startIotHub } from "../../../emulator/iothub/index.ts";
import { IotHubClient } from "../../../src/providers/azure/IotHubClient.ts";
import { eventually } from "../../support/eventually.ts";
import { closeAll, closeLater, newBroker, newListener } from "./support.ts";

const log = { info: () => {}, warn: () => {} };

async function newIotHub(broker: EventHubsEndpoint): Promise<IotHubEndpoint> {
  const hub = await startIotHub({ publish: (message) => broker.append("telemetry", [message]) });
  closeLater(() => hub.close());
  return hub;
}

async function newDevices(broker: EventHubsEndpoint, more: Partial<Parameters<typeof startDevices>[0]> = {}) {
  const devices = await startDevices({
    iotHub: more.iotHub ?? (await newIotHub(broker)),
    connectionString: broker.connectionString,
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
    const members = plant.relationships.filter((it) => it.name === "contains" && it.sourceId === firstSpace);
    const devices = () => new Set(heard.map((it) => it.deviceId));
    await eventually(
      () => {
        assert.ok(heard.length > 200);
        assert.deepEqual(
          members.filter((it) => !devices().has(it.targetId)),
          [],
        );
      },
      { timeoutMs: 9000 },
    );
    assert.equal(new Set(heard.map((it) => `${it.deviceId} ${it.partition}`)).size, devices().size);
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

  it("begins with the set-points that the twins have; pumps obey desired properties and report them", async () => {
    const broker = await newBroker();
    const iotHub = await newIotHub(broker);
    const service = new IotHubClient({ address: { connectionString: iotHub.connectionString }, cacheMs: 0 });
    const heard = newListener(broker.connectionString);
    const readTwin = async (id: string) => (id === "pump-102" ? { $dtId: id, speedSetpoint: 700 } : undefined);
    await newDevices(broker, { iotHub, readTwin, speed: 5 });
    const last = (id: string, name: string) =>
      heard.findLast((it) => it.deviceId === id && name in it.values)?.values[name];
    await eventually(() => assert.ok(Math.abs(Number(last("pump-102", "speed")) - 700) < 5));
    await eventually(() => assert.ok(Math.abs(Number(last("pump-101", "speed")) - 1200) < 5));
    await eventually(async () => assert.ok((await service.find("pump-101"))?.reports.has("/speedSetpoint")));
    await service.setDesired("pump-101", [{ path: "/speedSetpoint", value: 900 }]);
    const reached = () => assert.ok(Math.abs(Number(last("pump-101", "speed")) - 900) < 5);
    await eventually(reached, { timeoutMs: 8000, intervalMs: 200 });
  });

  it("commands run: a filter is washed, one at a time", async () => {
    const broker = await newBroker();
    const iotHub = await newIotHub(broker);
    const service = new IotHubClient({ address: { connectionString: iotHub.connectionString }, cacheMs: 0 });
    await newDevices(broker, { iotHub });
    const run = (id: string, command: string) => service.invoke(id, { command, timeoutMs: 5000 });
    await eventually(async () => assert.equal((await run("filter-101", "backwash")).status, 200));
    await eventually(async () => assert.equal((await run("filter-102", "backwash")).status, 409));
    assert.equal((await run("pump-101", "reset")).status, 200);
    assert.equal((await run("pump-101", "backwash")).status, 404);
  });

  it("the doser obeys set-points that are notified, and those whose notification got lost, since it asks again", async () => {
    const broker = await newBroker();
    const heard = newListener(broker.connectionString);
    let asked = 0.5;
    const readTwin = async (id: string) =>
      id === "doser-101" ? { $dtId: id, properties: { doseSetpoint: asked } } : undefined;
    await newDevices(broker, { readTwin, speed: 5, intervalMs: 50 });
    const dose = () =>
      Number(heard.findLast((it) => it.deviceId === "doser-101" && "doseRate" in it.values)?.values["doseRate"]);
    await eventually(() => assert.ok(Math.abs(dose() - 0.5) < 0.05, `at ${dose()}`));
    asked = 1.5;
    await eventually(() => assert.ok(Math.abs(dose() - 1.5) < 0.05, `at ${dose()}`), { timeoutMs: 9000 });
    const obeyed = async () => {
      asked = 0.9;
      await setpoint(broker, "doser-101", "/doseSetpoint", 0.9);
      assert.ok(Math.abs(dose() - 0.9) < 0.05, `at ${dose()}`);
    };
    await eventually(obeyed, { timeoutMs: 9000, intervalMs: 200 });
  }).timeout(25_000);
});

describe("startDevices, when things go wrong", () => {
  afterEach(closeAll);

  it("goes on after the hub lost its devices", async () => {
    const broker = await newBroker();
    const iotHub = await newIotHub(broker);
    const heard = newListener(broker.connectionString);
    await newDevices(broker, { iotHub });
    await eventually(() => assert.ok(heard.length > 60));
    iotHub.setFaults({ devices: { "*": { offline: true } } });
    const before = heard.length;
    iotHub.setFaults({ devices: { "*": {} } });
    await eventually(() => assert.ok(heard.length > before + 120), { timeoutMs: 9000 });
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
