// The same server on an Azure instance, by settings alone; here the embedded cloud, in a process of its own, is the
// instance. Without sign-in everything is read-only and stays on this machine.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DigitalTwinsClient } from "@azure/digital-twins-core";
import { EventHubProducerClient } from "@azure/event-hubs";
import { deviceMessage } from "../../emulator/devices/deviceMessage.ts";
import { browserOrSkip } from "../support/browser.ts";
import { callApi } from "../support/callApi.ts";
import { eventually } from "../support/eventually.ts";
import { joinSpace, type Player } from "../support/joinSpace.ts";
import { loopbackDigitalTwinsClient } from "../support/loopbackDigitalTwinsClient.ts";
import { endProcesses, type NewServer, newProcess, newServer } from "../support/newProcess.ts";
import { contentsOf, plantInAzure } from "../support/plantInAzure.ts";

const READ_ONLY = /read-only/;

describe("the server on an Azure instance", function () {
  this.timeout(60_000);
  const dataDir = mkdtempSync(join(tmpdir(), "azure-"));
  let settings: Record<string, string>;
  let instance: DigitalTwinsClient;
  let producer: EventHubProducerClient;
  let server: NewServer;
  let admin: Player;
  let before_: unknown;

  before(async () => {
    const cloud = newProcess(["emulator/main.ts", "--memory"]);
    const [line = ""] = await cloud.prints(/^\{.*"ready":true.*\}$/m);
    const { adtUrl, connectionString, hubs } = JSON.parse(line);
    settings = {
      AZURE_DIGITALTWINS_URL: adtUrl,
      AZURE_EVENTHUBS_NOTIFICATIONS: `${connectionString};EntityPath=${hubs.notifications}`,
      AZURE_EVENTHUBS_TELEMETRY: `${connectionString};EntityPath=${hubs.telemetry}`,
      FIRST_SPACE: "hall",
      DATA_DIR: dataDir,
    };
    instance = loopbackDigitalTwinsClient(adtUrl);
    await plantInAzure(instance);
    before_ = await contentsOf(instance);
    producer = new EventHubProducerClient(connectionString, hubs.telemetry);
    server = await newServer(settings);
    admin = await joinSpace(server.url, { role: "admin" });
  });
  after(async () => {
    await producer?.close();
    await endProcesses();
    rmSync(dataDir, { recursive: true });
  });

  it("says where it is connected and that it is read-only", () => {
    assert.match(server.stdout(), /7 twins in 3 spaces, from http:\/\/127\.0\.0\.1:\d+\./);
    assert.match(server.stdout(), READ_ONLY);
    assert.doesNotMatch(server.stdout(), /join as operator/);
  });

  it("offers no role on the page, and says why values cannot be changed", async function () {
    const browser = await browserOrSkip(this);
    try {
      const page = await browser.newPage();
      await page.goto(server.url);
      await page.getByText("everybody watches").waitFor();
      assert.equal(await page.getByText("Operator").count(), 0);
      await page.goto(`${server.url}/?space=hall&twin=p1&name=Test&role=operator&view=plan`);
      await page.locator(".pill").getByText("Live").waitFor();
      await page.locator(".who").getByText("Player").waitFor();
      await page.getByText("values and layout cannot be changed").waitFor();
      assert.ok(await page.locator('form[data-pointer="/setpoint"]').getByRole("textbox").isDisabled());
    } finally {
      await browser.close();
    }
  });

  it("shows the instance's twins, and what devices send through the Event Hub", async () => {
    assert.deepEqual([...admin.world.twins.keys()].sort(), ["annex", "g1", "hall", "p1", "p2"]);
    assert.deepEqual([admin.world.name, admin.twin("p1")["temperature"]], ["Pump hall", 20]);
    const now = Date.now();
    const say = (values: object, component?: string) =>
      deviceMessage({ deviceId: "p1", time: now, values: { ...values }, ...(component ? { component } : {}) }, now);
    await producer.sendBatch([say({ temperature: 71.5, vibration: 0.25 }), say({ current: 6 }, "motor")]);
    await eventually(() => assert.equal(admin.twin("p1")["temperature"], 71.5));
    await eventually(() => assert.equal((admin.twin("p1")["motor"] as { current?: number }).current, 6));
    assert.equal(admin.twin("p1")["vibration"], 0.25);
    assert.equal(admin.twin("p1").$seen, Math.floor(now / 1000));
  });

  it("refuses every write of a room, and says why", async () => {
    const patch = [{ op: "replace", path: "/setpoint", value: 9 }];
    const writes: [type: string, payload: object][] = [
      ["twin.patch", { twinId: "p1", patch }],
      ["twin.create", { modelId: "dtmi:test:Gauge;1", twinId: "g2" }],
      ["twin.create", { modelId: "dtmi:test:Gauge;1", twinId: "g2", place: { x: 1 } }],
      ["twin.delete", { twinId: "far" }],
      ["placement.add", { items: [{ twinId: "p1", x: 1 }] }],
    ];
    for (const [type, payload] of writes) {
      const { code, message } = await admin.refused(type, payload);
      assert.equal(code, "FORBIDDEN", type);
      assert.match(message, READ_ONLY);
    }
  });

  it("refuses every write of REST, and says why", async () => {
    const gauge = { $metadata: { $model: "dtmi:test:Gauge;1" } };
    const model = { "@context": "dtmi:dtdl:context;3", "@id": "dtmi:test:New;1", "@type": "Interface" };
    const writes: [method: string, path: string, body?: unknown][] = [
      ["POST", "/models", [model]],
      ["DELETE", "/models/dtmi:test:Pump2;1"],
      ["POST", "/twins", { $dtId: "g2", ...gauge }],
      ["PUT", "/twins/g2", gauge],
      ["PATCH", "/twins/p1", [{ op: "replace", path: "/setpoint", value: 9 }]],
      ["DELETE", "/twins/far"],
      ["POST", "/twins/p1/telemetry", { vibration: 1 }],
      ["PUT", "/twins/hall/relationships/r", { $targetId: "far", $relationshipName: "contains" }],
      ["DELETE", "/twins/hall/relationships/hall-contains-p1"],
    ];
    for (const [method, path, body] of writes) {
      const answer = await callApi(server.url, method, path, body);
      assert.deepEqual([method, path, answer.status, answer.body.code], [method, path, 403, "FORBIDDEN"]);
      assert.match(answer.body.detail, READ_ONLY);
    }
  });

  it("has written nothing to the instance: no device value, no model or twin of ours", async () => {
    assert.deepEqual(await contentsOf(instance), before_);
  });

  it("follows what others change in the instance", async () => {
    await instance.updateDigitalTwin("p1", [{ op: "replace", path: "/setpoint", value: 7 }]);
    await eventually(() => assert.equal(admin.twin("p1")["setpoint"], 7));
    await instance.deleteRelationship("annex", "annex-contains-g1");
    await instance.deleteDigitalTwin("g1");
    await eventually(() => assert.equal(admin.world.twins.has("g1"), false));
  });

  it("starts on this machine only", async () => {
    const refused = newProcess(["src/main.ts"], { ...settings, PORT: "0", HOST: "0.0.0.0" });
    assert.equal(await refused.ended, 1);
    assert.match(
      refused.stderr(),
      /^The configuration is not usable:\n {2}HOST=0\.0\.0\.0: .*sign-in.*this machine\n$/,
    );
  });

  it("ends on SIGTERM and goes on where it was at the next start", async () => {
    assert.equal((await server.end("SIGTERM")).code, 0);
    const now = Date.now();
    await producer.sendBatch([deviceMessage({ deviceId: "p2", time: now, values: { temperature: 33 } }, now)]);
    server = await newServer(settings);
    const player = await joinSpace(server.url);
    await eventually(() => assert.equal(player.twin("p2")["temperature"], 33));
  });
});
