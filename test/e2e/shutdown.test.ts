// A server that is told to stop while events and writes flow, with real processes: nothing is lost, everybody comes back.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventHubProducerClient } from "@azure/event-hubs";
import { CloseCode } from "@colyseus/core";
import { deviceMessage } from "../../emulator/devices/deviceMessage.ts";
import { Store } from "../../src/store/Store.ts";
import { eventually } from "../support/eventually.ts";
import { joinSpace } from "../support/joinSpace.ts";
import { loopbackDigitalTwinsClient } from "../support/loopbackDigitalTwinsClient.ts";
import { endProcesses, newProcess, newServer } from "../support/newProcess.ts";
import { plantInAzure } from "../support/plantInAzure.ts";

const LIMIT_MS = 10_000;

describe("SIGTERM", function () {
  this.timeout(90_000);
  const dataDir = mkdtempSync(join(tmpdir(), "shutdown-"));
  let settings: Record<string, string>;
  let adtUrl: string;
  let producer: EventHubProducerClient;
  /** Value of the newest event, which is its sequence number too: nobody else sends. */
  let told = -1;
  let partition: string;

  before(async () => {
    const cloud = newProcess(["emulator/main.ts", "--memory"]);
    const [line = ""] = await cloud.prints(/^\{.*"ready":true.*\}$/m);
    const { connectionString, hubs, ...rest } = JSON.parse(line);
    adtUrl = rest.adtUrl;
    const hub = (name: string) => `${connectionString};EntityPath=${name}`;
    settings = {
      AZURE_DIGITALTWINS_URL: adtUrl,
      AZURE_EVENTHUBS_NOTIFICATIONS: hub(hubs.notifications),
      AZURE_EVENTHUBS_TELEMETRY: hub(hubs.telemetry),
      WRITE_THROUGH: "on",
      FIRST_SPACE: "hall",
      DATA_DIR: dataDir,
    };
    await plantInAzure(loopbackDigitalTwinsClient(adtUrl));
    producer = new EventHubProducerClient(connectionString, hubs.telemetry);
    partition = "0";
  });
  after(async () => {
    await producer.close();
    await endProcesses();
    rmSync(dataDir, { recursive: true });
  });

  const send = () => {
    const values = { temperature: ++told };
    const message = deviceMessage({ deviceId: "p1", time: Date.now(), values }, Date.now());
    return producer.sendBatch([{ ...message, messageAnnotations: withoutKey(message.messageAnnotations) }], {
      partitionId: partition,
    });
  };
  const setFaults = async (faults: object) => {
    const body = JSON.stringify(faults);
    const headers = { "content-type": "application/json" };
    const { status } = await fetch(`${adtUrl}/$admin/faults`, { method: "POST", headers, body });
    assert.ok(status < 300, `faults: ${status}`);
  };
  const held = async () => {
    const { body } = await loopbackDigitalTwinsClient(adtUrl).getDigitalTwin("p1");
    return Number((body as unknown as { temperature: number }).temperature);
  };

  it("while events and writes flow: exit 0, what is checkpointed is held, and clients come back", async () => {
    const server = await newServer(settings);
    const player = await joinSpace(server.url);
    let drop: number | undefined;
    player.room.onDrop((code) => {
      drop = code;
    });
    player.room.onLeave((code) => {
      drop ??= code;
    });
    let flows = true;
    const flow = (async () => {
      while (flows) {
        await send();
      }
    })();
    await eventually(() => assert.ok(Number(player.twin("p1")["temperature"]) > 20), { timeoutMs: 15_000 });
    const { code, ms } = await server.end("SIGTERM");
    flows = false;
    await flow;
    assert.equal(code, 0, server.stderr());
    assert.ok(ms < LIMIT_MS, `${ms} ms`);
    await eventually(() => assert.equal(drop, CloseCode.MAY_TRY_RECONNECT));

    const store = Store.open({ file: join(dataDir, "server.sqlite") });
    const host = new URL(settings["AZURE_EVENTHUBS_TELEMETRY"]?.match(/sb:[^;]+/)?.[0] ?? "").hostname;
    const generation = (await producer.getEventHubProperties()).createdOn.getTime();
    const checkpoints = await store.checkpoints.listCheckpoints(host, `telemetry@${generation}`, "$Default");
    store.close();
    const done = checkpoints.find(({ partitionId }) => partitionId === partition)?.sequenceNumber ?? -1;
    const value = await held();
    assert.ok(done > 0 && done <= value, `checkpoint ${done}, the twin service holds ${value}`);

    const next = await newServer(settings);
    const again = await joinSpace(next.url);
    await eventually(() => assert.equal(again.twin("p1")["temperature"], told), { timeoutMs: 15_000 });
    await eventually(async () => assert.equal(await held(), told), { timeoutMs: 15_000 });
    await again.leave();
    assert.equal((await next.end("SIGTERM")).code, 0);
  });

  it("with a twin service that hangs: exit 0 all the same, with a line about what was given up", async () => {
    const server = await newServer(settings);
    const player = await joinSpace(server.url);
    await setFaults({ latency: [60_000, 60_000] });
    await send();
    await eventually(() => assert.equal(player.twin("p1")["temperature"], told), { timeoutMs: 15_000 });
    const { code, ms } = await server.end("SIGTERM");
    assert.equal(code, 0, server.stderr());
    assert.ok(ms < LIMIT_MS, `${ms} ms`);
    assert.match(server.stderr(), /given up; their events come again/);
    await setFaults({ latency: [0, 0] });

    const next = await newServer(settings);
    await eventually(async () => assert.equal(await held(), told), { timeoutMs: 15_000 });
    assert.equal((await next.end("SIGTERM")).code, 0);
  });
});

/** The partition is named instead. */
function withoutKey(annotations: Record<string, string | Date>): Record<string, string | Date> {
  const { "x-opt-partition-key": _, ...others } = annotations;
  return others;
}
