// /metrics of a real server over the embedded cloud: what is sent moves the figures, and the dashboard names no others.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { EventHubProducerClient } from "@azure/event-hubs";
import { AZURE_RATES } from "../../emulator/adt/faults/RateLimits.ts";
import { deviceMessage } from "../../emulator/devices/deviceMessage.ts";
import { type Emulator, startEmulator } from "../../emulator/index.ts";
import { token } from "../../src/cli/token.ts";
import { eventually } from "../support/eventually.ts";
import { loopbackDigitalTwinsClient } from "../support/loopbackDigitalTwinsClient.ts";
import { type NewApp, newApp } from "../support/newApp.ts";
import { plantInAzure } from "../support/plantInAzure.ts";
import { type Figures, scrape } from "../support/scrape.ts";

const SECRET = "metrics-test-secret-0123456789abcdef";
const SCRAPER = "scraper-0123456789";

describe("/metrics", function () {
  this.timeout(60_000);
  let cloud: Emulator;
  let producer: EventHubProducerClient;
  let app: NewApp;

  before(async () => {
    cloud = await startEmulator();
    await plantInAzure(loopbackDigitalTwinsClient(cloud.adtUrl));
    producer = new EventHubProducerClient(cloud.connectionString, cloud.hubs.telemetry);
    const hub = (name: string) => `${cloud.connectionString};EntityPath=${name}`;
    app = await newApp({
      AZURE_DIGITALTWINS_URL: cloud.adtUrl,
      AZURE_EVENTHUBS_NOTIFICATIONS: hub(cloud.hubs.notifications),
      AZURE_EVENTHUBS_TELEMETRY: hub(cloud.hubs.telemetry),
      WRITE_THROUGH: "on",
      WRITE_THROUGH_RATE: "5",
      FIRST_SPACE: "hall",
      AUTH_SECRET: SECRET,
      METRICS_TOKEN: SCRAPER,
    });
  });
  after(async () => {
    await app.close();
    await producer.close();
    await cloud.close();
  });

  const send = (values: Record<string, unknown>, time = Date.now()) =>
    producer.sendBatch([deviceMessage({ deviceId: "p1", time, values }, Date.now())], { partitionId: "0" });
  const figures = () => scrape(app.url, SCRAPER);
  const moved = (before: Figures, names: readonly string[]) =>
    eventually(
      async () => {
        const now = await figures();
        const still = names.filter((name) => now.sum(name) <= before.sum(name));
        assert.deepEqual(still, [], "these do not move");
      },
      { timeoutMs: 15_000, intervalMs: 100 },
    );

  it("is for admins and for who holds METRICS_TOKEN", async () => {
    const status = async (authorization?: string) =>
      (await fetch(`${app.url}/metrics`, authorization === undefined ? {} : { headers: { authorization } })).status;
    assert.equal(await status(), 401);
    assert.equal(await status("Bearer wrong"), 401);
    assert.equal(await status(`Bearer ${await tokenFor("operator")}`), 403);
    assert.equal(await status(`Bearer ${await tokenFor("admin")}`), 200);
    assert.equal(await status(`Bearer ${SCRAPER}`), 200);
  });

  it("device events: in, late, dead, coalesced, written through; by hub and partition", async () => {
    const before = await figures();
    await send({ temperature: 41 });
    await moved(before, ["twins_write_through_patches_total", "twins_write_through_values_total"]);
    await send({ temperature: 40 }, Date.now() - 60_000);
    await send({ temperature: "hot" });
    for (let temperature = 50; temperature < 60; temperature++) {
      await send({ temperature });
    }
    await moved(before, [
      "twins_ingest_events_total",
      "twins_ingest_values_total",
      "twins_ingest_late_values_total",
      "twins_ingest_events_per_second",
      "twins_dead_letters_total",
      "twins_dead_letters",
      "twins_write_through_coalesced_values_total",
      "twins_provider_calls_total",
      "twins_provider_call_seconds_total",
      "process_cpu_seconds_total",
    ]);
    const now = await figures();
    const hub = [...cloud.connectionString.matchAll(/sb:\/\/([^:/;]+)/g)][0]?.[1] ?? "";
    const labels = { hub: `${hub}/${cloud.hubs.telemetry}`, partition: "0" };
    assert.ok(now.sum("twins_ingest_events_total", labels) >= 13, "counted for its own hub and partition");
    assert.equal(now.sum("twins_ingest_lag_events", labels), 0);
  });

  it("people: rooms, clients, patches, operations and how they end", async () => {
    const before = await figures();
    const player = await app.join({ token: await tokenFor("admin") });
    await send({ temperature: 70 });
    await moved(before, ["twins_rooms", "twins_clients", "twins_patches_total", "twins_patch_bytes_total"]);
    await moved(before, ["twins_full_states_total", "twins_full_state_bytes_total"]);
    await player.ask("twin.patch", { twinId: "p1", patch: [{ op: "replace", path: "/setpoint", value: 12 }] });
    await eventually(async () => {
      const now = await figures();
      assert.equal(now.sum("twins_operations_total", { kind: "patch", status: "requested" }), 1);
      assert.equal(now.sum("twins_operations_total", { kind: "patch", status: "verified" }), 1);
    });
    await player.leave();
    await eventually(async () => assert.equal((await figures()).sum("twins_clients"), 0));
  });

  it("a service that throttles", async () => {
    const before = await figures();
    cloud.digitalTwins.setFaults({ throttle: Object.fromEntries(Object.keys(AZURE_RATES).map((name) => [name, 0])) });
    await send({ temperature: 80 });
    await moved(before, ["twins_provider_throttled_total", "twins_write_through_throttled_patches_total"]);
    cloud.digitalTwins.setFaults({ throttle: null });
    await moved(await figures(), ["twins_write_through_patches_total"]);
  });

  it("every metric has a HELP text, and the dashboard uses what exists, and all of it", async () => {
    const { names, help } = await figures();
    const text = readFileSync(new URL("../../docs/grafana-dashboard.json", import.meta.url), "utf8");
    const dashboard = JSON.parse(text) as { panels: { targets: { expr: string }[] }[] };
    const queries = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    const used = new Set(queries.flatMap((q) => q.match(/\b(?:twins|process|nodejs)_\w+/g) ?? []));
    assert.deepEqual([...used].filter((name) => !names.has(name)).sort(), [], "are in the dashboard and do not exist");
    assert.deepEqual([...names].filter((name) => !used.has(name)).sort(), [], "are nowhere in the dashboard");
    for (const [name, told] of help) {
      assert.match(told, /^\d?.*[A-Za-z].*\.$/, name);
    }
  });

  it("a lost link: the figures and /health tell it, and players may still join", async () => {
    await cloud.eventHubs.close();
    await eventually(async () => assert.equal((await figures()).sum("twins_link_connected"), 0), {
      timeoutMs: 15_000,
    });
    const response = await fetch(`${app.url}/health/ready`);
    assert.equal(response.status, 200);
    const { reasons } = (await response.json()) as { reasons: string[] };
    assert.equal(reasons.length, 1);
    assert.notEqual(reasons[0], "");
  });
});

function tokenFor(role: string): Promise<string> {
  return new Promise((resolve, reject) => {
    void token(["--role", role], { AUTH_SECRET: SECRET }, { out: resolve, error: (text) => reject(new Error(text)) });
  });
}
