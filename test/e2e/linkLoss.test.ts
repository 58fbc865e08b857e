// The line to the Event Hub is cut: values freeze, age and say so, and when it is back everything arrives that was sent
// meanwhile. Invariants 2, 4 and 7.
import assert from "node:assert/strict";
import { EventHubProducerClient } from "@azure/event-hubs";
import { deviceMessage } from "../../emulator/devices/deviceMessage.ts";
import { type Emulator, startEmulator } from "../../emulator/index.ts";
import { eventually } from "../support/eventually.ts";
import { GAUGE } from "../support/hall.ts";
import type { Player } from "../support/joinSpace.ts";
import { loopbackDigitalTwinsClient } from "../support/loopbackDigitalTwinsClient.ts";
import { type NewApp, newApp } from "../support/newApp.ts";
import { plantInAzure } from "../support/plantInAzure.ts";

const LIVE = 0;
const STALE = 1;
const MANY = 50;

describe("a link that is lost", function () {
  this.timeout(60_000);
  let cloud: Emulator;
  let app: NewApp;
  let player: Player;
  let device: EventHubProducerClient;
  /** What the server heard of p1's temperature, in order. */
  const heard: unknown[] = [];

  before(async () => {
    cloud = await startEmulator();
    const { adtUrl, connectionString, hubs } = cloud;
    const instance = loopbackDigitalTwinsClient(adtUrl);
    await plantInAzure(instance);
    for (let i = 0; i < MANY; i++) {
      await instance.upsertDigitalTwin(`many-${i}`, JSON.stringify({ $metadata: { $model: GAUGE } }));
    }
    device = new EventHubProducerClient(connectionString, hubs.telemetry, {
      retryOptions: { maxRetries: 1000, retryDelayInMs: 200, maxRetryDelayInMs: 500, timeoutInMs: 3000 },
    });
    app = await newApp({
      AZURE_DIGITALTWINS_URL: adtUrl,
      AZURE_EVENTHUBS_NOTIFICATIONS: `${connectionString};EntityPath=${hubs.notifications}`,
      AZURE_EVENTHUBS_TELEMETRY: `${connectionString};EntityPath=${hubs.telemetry}`,
      FIRST_SPACE: "hall",
    });
    app.services.mirror.onChange((change) => {
      if (change.kind === "value" && change.twinId === "p1" && change.path === "/temperature") {
        heard.push(change.value);
      }
    });
    player = await app.join();
  });
  after(async () => {
    await app?.close();
    await device?.close();
    await cloud?.close();
  });

  let last = 0;
  const report = async (temperature: number, id = "p1") => {
    last = Math.max(Date.now(), last + 1);
    const values = id === "p1" ? { temperature } : { level: temperature };
    const message = deviceMessage({ deviceId: id, time: last, values }, last);
    await device.sendBatch([message], { partitionKey: id });
  };
  /** From a device whose own line stands: into the hub past the sockets that are cut. */
  const reportInside = (temperature: number) => {
    last = Math.max(Date.now(), last + 1);
    const { body, applicationProperties, messageAnnotations } = deviceMessage(
      { deviceId: "p1", time: last, values: { temperature } },
      last,
    );
    return cloud.eventHubs.append(cloud.hubs.telemetry, [
      {
        body: Buffer.from(JSON.stringify(body)),
        contentType: "application/json",
        applicationProperties,
        annotations: messageAnnotations,
        partitionKey: "p1",
      },
    ]);
  };
  const temperature = () => player.twin("p1")["temperature"];

  it("is told to everybody, with the time since when; values stay as they were and age", async () => {
    await report(1);
    await eventually(() => assert.equal(temperature(), 1));
    await report(2);
    await eventually(() => assert.equal(temperature(), 2));
    assert.deepEqual([player.world.status, player.twin("p1").$link], ["live", LIVE]);
    const seen = player.twin("p1").$seen;
    const cutAt = Date.now();
    cloud.eventHubs.refuse(true);
    cloud.eventHubs.cut();

    await eventually(() => assert.equal(player.world.status, "degraded"), { timeoutMs: 10_000 });
    assert.ok(player.world.statusSince >= cutAt - 100 && player.world.statusSince <= Date.now(), "since it was cut");
    const health = await fetch(`${app.url}/health`);
    assert.equal(health.status, 200, "players can still join");
    await eventually(() => assert.equal(player.twin("p1").$link, STALE), { timeoutMs: 20_000 });
    assert.equal(temperature(), 2);
    assert.equal(player.twin("p1").$seen, seen);
    assert.ok(Date.now() / 1000 - seen > 9, "its age grows");
    assert.ok(player.room.connection.isOpen);
    const late = await app.join({ live: false });
    assert.deepEqual([late.world.status, late.twin("p1")["temperature"]], ["degraded", 2]);
  });

  it("and is live again when it is back, with all that was sent meanwhile, in order", async () => {
    const sent = Array.from({ length: 20 }, (_, i) => 10 + i);
    for (const value of sent) {
      await reportInside(value);
    }
    const stubborn = Promise.all(Array.from({ length: MANY }, (_, i) => report(i, `many-${i}`)));
    assert.equal(temperature(), 2, "still cut");
    const backAt = Date.now();
    cloud.eventHubs.refuse(false);

    await eventually(() => assert.equal(temperature(), 29), { timeoutMs: 20_000 });
    await eventually(() => assert.equal(player.world.status, "live"), { timeoutMs: 20_000 });
    assert.ok(player.world.statusSince >= backAt);
    assert.equal(player.twin("p1").$link, LIVE);
    assert.deepEqual(heard, [1, 2, ...sent]);
    await stubborn;
    const levels = () =>
      Array.from({ length: MANY }, (_, i) => app.services.mirror.get(`many-${i}`)?.values.get("/level")?.value);
    await eventually(
      () =>
        assert.deepEqual(
          levels(),
          Array.from({ length: MANY }, (_, i) => i),
        ),
      { timeoutMs: 20_000 },
    );
    await report(99);
    await eventually(() => assert.equal(temperature(), 99));
  });
});
