// What goes wrong on demand: lag, throttling, latency, failures, notifications, the clock; seeded, so that a run repeats.
import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.ts";
import { closeDigitalTwins, newDigitalTwins } from "../../support/newDigitalTwins.ts";
import { CAMERA, MODELS, ROOM, room, space } from "./models.ts";

async function newHouse(options: Parameters<typeof newDigitalTwins>[0] = {}) {
  const house = await newDigitalTwins(options);
  await house.client.createModels(MODELS);
  const status = async (...request: Parameters<typeof house.request>) => (await house.request(...request)).status;
  const patch = (id: string, value: number) =>
    status("PATCH", `/digitaltwins/${id}`, [{ op: "add", path: "/temperature", value }]);
  const count = async () => {
    const { body } = await house.request("POST", "/query", { query: "SELECT COUNT() FROM DIGITALTWINS" });
    return (body as { value: { COUNT: number }[] }).value[0]?.COUNT;
  };
  return { ...house, status, patch, count };
}

describe("embedded twin service: faults by the admin route", () => {
  afterEach(closeDigitalTwins);

  it("are read back, changed member by member, and cleared", async () => {
    const { request } = await newHouse({ faults: { latency: 5, seed: 7 } });
    const set = async (change: object) =>
      (await request("POST", "/$admin/faults", change)).body as Record<string, unknown>;
    const changed = await set({ queryLag: 3_000, errors: { rate: 0.5 }, notifications: { delayed: 1 } });
    assert.deepEqual(
      [changed["seed"], changed["latency"], changed["queryLag"], changed["throttle"], changed["errors"]],
      [7, [5, 5], 3_000, null, { rate: 0.5, status: 500, applied: 0 }],
    );
    const { body } = await request("GET", "/$admin/faults");
    assert.deepEqual({ ...(body as object), now: 0 }, { ...changed, now: 0 });
    const throttled = await set({ throttle: true });
    assert.equal((throttled["throttle"] as { writesPerTwin: number }).writesPerTwin, 10);
    const { body: cleared } = await request("DELETE", "/$admin/faults");
    assert.equal((cleared as { queryLag: number }).queryLag, 0);
    for (const wrong of [
      { queryLag: 10_001 },
      { queryLag: "1" },
      { latency: [2, 1] },
      { errors: { rate: 2 } },
      { x: 1 },
      [],
    ]) {
      const { status, body: answer } = await request("POST", "/$admin/faults", wrong);
      assert.deepEqual([status, (answer as { error: { code: string } }).error.code], [400, "InvalidArgument"]);
    }
    assert.equal((await request("POST", "/$admin/nothing")).status, 404);
  });

  it("are refused at the start when they make no sense", async () => {
    await assert.rejects(newDigitalTwins({ faults: { queryLag: -1 } }), /queryLag has to be a number from 0 to 10000/);
  });
});

describe("embedded twin service: query lag", () => {
  afterEach(closeDigitalTwins);

  it("lets queries see an older state, reads by id none", async () => {
    const { client, setFaults, count, status } = await newHouse();
    await client.upsertDigitalTwin("old", room());
    setFaults({ queryLag: 300 });
    const begun = performance.now();
    await client.upsertDigitalTwin("new", space());
    await client.deleteDigitalTwin("old");
    assert.equal(await status("GET", "/digitaltwins/new"), 200);
    const { value } = await client.queryTwins("SELECT * FROM DIGITALTWINS").next();
    if (performance.now() - begun < 300) {
      assert.equal((value as { $dtId: string }).$dtId, "old");
    }
    await eventually(async () => {
      const { value: now } = await client.queryTwins("SELECT * FROM DIGITALTWINS").next();
      assert.equal((now as { $dtId: string }).$dtId, "new");
    });
    assert.ok(performance.now() - begun >= 300);
    await client.upsertRelationship("new", "seen", { $relationshipName: "seenBy", $targetId: "none" }).catch(() => {});
    setFaults({ queryLag: 0 });
    assert.equal(await count(), 1);
  });

  it("applies to relationships and models too", async () => {
    const { client, setFaults, request } = await newHouse({ faults: { queryLag: 50 } });
    await client.upsertDigitalTwin("s", space());
    await client.upsertDigitalTwin("r", room());
    await client.upsertRelationship("s", "c", { $relationshipName: "contains", $targetId: "r" });
    const found = async () => {
      const query = "SELECT * FROM RELATIONSHIPS WHERE $sourceId = 's'";
      return ((await request("POST", "/query", { query })).body as { value: unknown[] }).value.length;
    };
    await eventually(async () => assert.equal(await found(), 1));
    await client.deleteRelationship("s", "c");
    await client.deleteDigitalTwin("r");
    await client.deleteModel(CAMERA["@id"]);
    await eventually(async () => assert.equal(await found(), 0));
    setFaults({ queryLag: 0 });
  });
});

describe("embedded twin service: throttling", () => {
  afterEach(closeDigitalTwins);

  it("lets ten writes a second through on one twin and its relationships", async () => {
    const { client, request, setFaults, patch, status } = await newHouse();
    await client.upsertDigitalTwin("r", room());
    await client.upsertDigitalTwin("s", space());
    // The clock stands still: the second does not end by itself.
    setFaults({ throttle: true, clock: { now: "2026-11-22T10:00:00Z", frozen: true } });
    for (let value = 0; value < 9; value++) {
      assert.equal(await patch("r", value), 204);
    }
    const relationship = { $relationshipName: "contains", $targetId: "r" };
    assert.equal(await status("PUT", "/digitaltwins/s/relationships/c", relationship), 200);
    const refusal = await request("PATCH", "/digitaltwins/r", []);
    const { error } = refusal.body as { error: { statusCode: number; message: string; code?: string } };
    assert.deepEqual([refusal.status, error.statusCode, error.code], [429, 429, undefined]);
    assert.match(error.message, /10 per second/);
    const after = Number(refusal.headers.get("retry-after"));
    assert.ok(after >= 6 && after <= 14);
    assert.equal(await status("DELETE", "/digitaltwins/s/relationships/c"), 429, "its target is r");
    assert.equal(await status("PATCH", "/digitaltwins/s", []), 204);
    assert.equal(await status("GET", "/digitaltwins/r"), 200);
    // The SDK tries again when it is told to, and tells of it in the end.
    setFaults({ retryAfter: 0 });
    await assert.rejects(client.updateDigitalTwin("r", []), { statusCode: 429 });
    setFaults({ clock: { offset: 2_000, frozen: true } });
    assert.equal(await patch("r", 1), 204);
  });

  it("knows all of Azure's rates", async () => {
    const { status, setFaults } = await newHouse();
    const rates = { models: 2, eventRoutes: 2, reads: 2, patches: 2, createsAndDeletes: 2, queries: 2 };
    setFaults({ throttle: rates, clock: { frozen: true } });
    const query = { query: "SELECT * FROM DIGITALTWINS" };
    const kinds: [string, string, unknown?][] = [
      ["GET", "/models"],
      ["GET", "/eventroutes"],
      ["GET", "/digitaltwins/x"],
      ["PATCH", "/digitaltwins/x", []],
      ["PUT", "/digitaltwins/x", "{}"],
      ["POST", "/query", query],
    ];
    for (const [method, path, body] of kinds) {
      const answers = [
        await status(method, path, body),
        await status(method, path, body),
        await status(method, path, body),
      ];
      assert.deepEqual(
        answers.map((answer) => answer === 429),
        [false, false, true],
        `${method} ${path}`,
      );
    }
    const telemetry = await status("POST", "/digitaltwins/x/telemetry", {}, { "message-id": "1" });
    assert.equal(telemetry, 404);
    setFaults({ throttle: { queryUnits: 1 }, clock: { offset: 5_000, frozen: true } });
    assert.deepEqual([await status("POST", "/query", query), await status("POST", "/query", query)], [200, 429]);
  });
});

describe("embedded twin service: failures and latency", () => {
  afterEach(closeDigitalTwins);

  /** Which of 40 patches fail. */
  async function failures(seed: number): Promise<string> {
    const { client, patch, setFaults } = await newHouse();
    await client.upsertDigitalTwin("r", room());
    setFaults({ seed, errors: { rate: 0.5, status: 503 } });
    let pattern = "";
    for (let value = 0; value < 40; value++) {
      pattern += (await patch("r", value)) === 503 ? "x" : ".";
    }
    return pattern;
  }

  it("fail the same requests for the same seed", async () => {
    const first = await failures(1);
    assert.match(first, /x.*\..*x/);
    assert.equal(await failures(1), first);
    assert.notEqual(await failures(2), first);
  });

  it("may fail although the work was done", async () => {
    const { client, patch, setFaults } = await newHouse();
    await client.upsertDigitalTwin("r", room());
    setFaults({ errors: { rate: 1, applied: 1 } });
    assert.equal(await patch("r", 5), 500);
    setFaults({ errors: { rate: 0 } });
    assert.equal((await client.getDigitalTwin("r")).body["temperature"], 5);
    setFaults({ latency: 30 });
    const begun = performance.now();
    await client.getDigitalTwin("r");
    assert.ok(performance.now() - begun >= 29);
  });
});

describe("embedded twin service: notifications that go astray", () => {
  afterEach(closeDigitalTwins);

  /** The values that 30 patches lead to, as they come to the hub. */
  async function arriving(notifications: object, expected: (count: number) => boolean): Promise<number[]> {
    const { client, patch, setFaults, notified, close } = await newHouse();
    await client.upsertDigitalTwin("r", room());
    await eventually(() => assert.equal(notified.length, 1));
    notified.length = 0;
    setFaults({ seed: 5, notifications });
    for (let value = 0; value < 30; value++) {
      assert.equal(await patch("r", value), 204);
    }
    await eventually(() => assert.ok(expected(notified.length), String(notified.length)));
    await close();
    return notified.map(({ body }) => Number((body as { patch: { value: number }[] }).patch[0]?.value));
  }

  it("are dropped, duplicated, delayed and reordered, the same ones each time", async () => {
    const dropped = await arriving({ dropped: 0.5 }, (count) => count < 30);
    assert.deepEqual(await arriving({ dropped: 0.5 }, (count) => count === dropped.length), dropped);
    const doubled = await arriving({ duplicated: 1 }, (count) => count === 60);
    assert.deepEqual(
      doubled,
      Array.from({ length: 60 }, (_, index) => Math.floor(index / 2)),
    );
    const reordered = await arriving({ reordered: 0.3 }, (count) => count >= 25);
    assert.equal(reordered.length, 30);
    assert.equal(new Set(reordered).size, 30);
    assert.notDeepEqual(
      reordered,
      [...reordered].sort((a, b) => a - b),
    );
    const delayed = await arriving({ delayed: 0.5, delay: 60_000 }, (count) => count > 5 && count < 30);
    assert.equal(new Set(delayed).size, 30, "closing sends what was kept back");
  });
});

describe("embedded twin service: the clock", () => {
  afterEach(closeDigitalTwins);

  it("can be moved, stopped and let go", async () => {
    const { client, setFaults, request, notified } = await newHouse();
    const written = async () => {
      await client.upsertDigitalTwin("r", room());
      const { $metadata } = (await request("GET", "/digitaltwins/r")).body as {
        $metadata: { $lastUpdateTime: string };
      };
      return $metadata.$lastUpdateTime;
    };
    setFaults({ clock: { now: "2030-01-01T00:00:00Z", frozen: true } });
    assert.equal(await written(), "2030-01-01T00:00:00.0000000Z");
    await eventually(() => assert.equal(notified[0]?.properties["cloudEvents:time"], "2030-01-01T00:00:00.0000000Z"));
    setFaults({ clock: { frozen: false } });
    assert.match(await written(), /^2030-01-01T00:00:/);
    setFaults({ clock: { offset: 0 } });
    assert.ok(Math.abs(Date.parse(await written()) - Date.now()) < 10_000);
    assert.equal(ROOM["@id"], "dtmi:test:Room;1");
  });
});
