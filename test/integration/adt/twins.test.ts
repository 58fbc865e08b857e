// Twins and components of the embedded twin service, through the official SDK.
import assert from "node:assert/strict";
import { closeDigitalTwins, newDigitalTwins, refused } from "../../support/newDigitalTwins.ts";
import { CAMERA, MODELS, ROOM, room, SPACE, space } from "./models.ts";

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/;
const ETAG = /^W\/"[0-9a-f-]{36}"$/;
type Metadata = Record<string, { lastUpdateTime: string; sourceTime?: string }> & { $lastUpdateTime: string };

async function newHouse(options: Parameters<typeof newDigitalTwins>[0] = {}) {
  const house = await newDigitalTwins(options);
  await house.client.createModels(MODELS);
  const get = async (id: string) => (await house.request("GET", `/digitaltwins/${id}`)).body as Record<string, unknown>;
  return { ...house, get };
}

describe("embedded twin service: twins", () => {
  afterEach(closeDigitalTwins);

  it("answers a PUT with the twin, its metadata and its etag", async () => {
    const { request } = await newHouse();
    const body = {
      ...JSON.parse(room({ temperature: 20.5, thermostat: { $metadata: {}, setPoint: 21 } })),
      $etag: "x",
    };
    const { status, headers, body: twin } = await request("PUT", "/digitaltwins/r%201", body);
    const { $dtId, $etag, $metadata, thermostat, ...properties } = twin as Record<string, unknown>;
    assert.equal(status, 200);
    assert.equal($dtId, "r 1");
    assert.match(String($etag), ETAG);
    assert.equal(headers.get("etag"), $etag);
    assert.deepEqual(properties, { temperature: 20.5 });
    const { $model, $lastUpdateTime, temperature } = $metadata as Metadata & { $model: unknown };
    assert.equal($model, ROOM["@id"]);
    assert.match($lastUpdateTime, TIME);
    assert.deepEqual(temperature, { lastUpdateTime: $lastUpdateTime });
    assert.deepEqual(thermostat, {
      setPoint: 21,
      $metadata: { $lastUpdateTime, setPoint: { lastUpdateTime: $lastUpdateTime } },
    });
  });

  it("shows api-version 2020-10-31 no $lastUpdateTime, except of a component by itself", async () => {
    const { request } = await newHouse();
    await request("PUT", "/digitaltwins/r", room());
    const old = "api-version=2020-10-31";
    const { $metadata, thermostat } = (await request("GET", `/digitaltwins/r?${old}`)).body as Record<string, unknown>;
    assert.deepEqual($metadata, { $model: ROOM["@id"] });
    assert.deepEqual(thermostat, { $metadata: {} });
    const component = (await request("GET", `/digitaltwins/r/components/thermostat?${old}`)).body;
    assert.match((component as { $metadata: Metadata }).$metadata.$lastUpdateTime, TIME);
    const rows = await request("POST", `/query?${old}`, { query: "SELECT * FROM DIGITALTWINS" });
    assert.deepEqual((rows.body as { value: { $metadata: unknown }[] }).value[0]?.$metadata, { $model: ROOM["@id"] });
  });
});

describe("embedded twin service: conditions of a PUT", () => {
  afterEach(closeDigitalTwins);

  it("refuses what the model does not allow, with reasons", async () => {
    const { client, request } = await newHouse();
    const wrong = await request("PUT", "/digitaltwins/r", room({ temperature: "warm", colour: 1, mode: "party" }));
    assert.equal(wrong.status, 400);
    const { error } = wrong.body as { error: { code: string; message: string; details: { message: string }[] } };
    assert.equal(error.code, "ValidationFailed");
    assert.equal(error.message, "Invalid twin specified");
    assert.equal(error.details.length, 3);
    assert.equal(error.details[0]?.message, "Expected value of type double for temperature on Twin.");
    const put = (body: object) => client.upsertDigitalTwin("r", JSON.stringify(body));
    await refused(put({ $metadata: { $model: ROOM["@id"] } }), 400, "ValidationFailed");
    await refused(put({ $metadata: { $model: "dtmi:test:None;1" } }), 400, "ValidationFailed");
    await refused(put({}), 400, "ValidationFailed");
    const telemetry = { $metadata: {}, current: 3 };
    await refused(put({ ...JSON.parse(room()), thermostat: telemetry }), 400, "ValidationFailed");
    await refused(put([] as object), 400, "InvalidArgument");
    await refused(client.getDigitalTwin("r"), 404, "DigitalTwinNotFound");
  });

  it("keeps to If-None-Match and If-Match", async () => {
    const { client, request } = await newHouse();
    const { etag } = await client.upsertDigitalTwin("r", room(), { ifNoneMatch: "*" });
    await refused(client.upsertDigitalTwin("r", room(), { ifNoneMatch: "*" }), 412, "PreconditionFailed");
    const patch = [{ op: "add", path: "/temperature", value: 1 }];
    const { etag: next } = await client.updateDigitalTwin("r", patch, { ifMatch: String(etag) });
    assert.notEqual(next, etag);
    await refused(client.updateDigitalTwin("r", patch, { ifMatch: String(etag) }), 412, "PreconditionFailed");
    await refused(client.deleteDigitalTwin("r", { ifMatch: String(etag) }), 412, "PreconditionFailed");
    await refused(client.updateDigitalTwin("r", patch, { ifMatch: "what" }), 400, "InvalidArgument");
    await client.updateDigitalTwin("r", patch, { ifMatch: "*" });
    const list = `"other", ${(await client.getDigitalTwin("r")).etag}`;
    await client.updateDigitalTwin("r", patch, { ifMatch: list });
    const odd = await request("PUT", "/digitaltwins/r", room(), { "if-none-match": etag ?? "" });
    assert.equal(odd.status, 400);
    await client.deleteDigitalTwin("r");
    await refused(client.deleteDigitalTwin("r"), 404, "DigitalTwinNotFound");
  });
});

describe("embedded twin service: patches", () => {
  afterEach(closeDigitalTwins);

  it("patches atomically, in order, down into objects, maps and components", async () => {
    const { client, get } = await newHouse();
    await client.upsertDigitalTwin("r", room({ temperature: 1, size: { width: 2 }, labels: { a: "b" } }));
    await client.updateDigitalTwin("r", [
      { op: "replace", path: "/temperature", value: 2 },
      { op: "add", path: "/size/depth", value: 3 },
      { op: "remove", path: "/labels/a" },
      { op: "add", path: "/labels/c~1d", value: "e" },
      { op: "add", path: "/thermostat/setPoint", value: 21 },
      { op: "add", path: "/humidity", value: 0.5 },
      { op: "remove", path: "/humidity" },
    ]);
    const { $etag: _, $dtId: __, $metadata, thermostat, ...properties } = await get("r");
    assert.deepEqual(properties, { temperature: 2, size: { width: 2, depth: 3 }, labels: { "c/d": "e" } });
    assert.equal((thermostat as { setPoint: number }).setPoint, 21);
    assert.deepEqual(Object.keys($metadata as object).sort(), [
      "$lastUpdateTime",
      "$model",
      "labels",
      "size",
      "temperature",
    ]);
    const before = await get("r");
    const bad = [
      { op: "replace", path: "/temperature", value: 9 },
      { op: "replace", path: "/size/width", value: "wide" },
    ];
    await refused(client.updateDigitalTwin("r", bad), 400, "ValidationFailed");
    assert.deepEqual(await get("r"), before);
  });

  it("refuses patches that cannot be done", async () => {
    const { client } = await newHouse();
    await client.upsertDigitalTwin("r", room());
    const patch = (...operations: object[]) => client.updateDigitalTwin("r", operations as Record<string, unknown>[]);
    for (const operation of [
      { op: "move", from: "/a", path: "/b" },
      { op: "test", path: "/temperature", value: 1 },
      { path: "/temperature", value: 1 },
      { op: "add", path: "temperature", value: 1 },
      { op: "add", path: "/temperature" },
      { op: "replace", path: "/temperature", value: 1 },
      { op: "remove", path: "/temperature" },
      { op: "add", path: "/size/width", value: 1 },
      { op: "add", path: "/__proto__/x", value: 1 },
      { op: "add", path: "/$dtId", value: "other" },
      { op: "add", path: "/$metadata/$lastUpdateTime", value: "now" },
      { op: "add", path: "/$metadata/temperature/lastUpdateTime", value: "now" },
      { op: "add", path: "/$metadata/temperature/sourceTime", value: "2026-01-01T00:00:00Z" },
    ]) {
      await refused(patch(operation), 400, "JsonPatchInvalid");
    }
    await refused(patch({ op: "add", path: "/colour", value: 1 }), 400, "ValidationFailed");
    await refused(patch({ op: "remove", path: "/thermostat" }), 400, "ValidationFailed");
    await refused(client.updateDigitalTwin("none", []), 404, "DigitalTwinNotFound");
  });
});

describe("embedded twin service: times and models", () => {
  afterEach(closeDigitalTwins);

  it("keeps source times, and its own times only of what was written", async () => {
    let now = Date.parse("2026-11-22T10:00:00Z");
    const { client, get } = await newHouse({ clock: () => now });
    const given = { $model: ROOM["@id"], temperature: { sourceTime: "2026-11-22T09:59:59.5Z" } };
    await client.upsertDigitalTwin("r", room({ temperature: 1, humidity: 2, $metadata: given }));
    now += 1_000.25;
    await client.updateDigitalTwin("r", [
      { op: "add", path: "/$metadata/humidity/sourceTime", value: "2026-11-22T11:00:00+01:00" },
      { op: "replace", path: "/humidity", value: 3 },
    ]);
    assert.deepEqual((await get("r"))["$metadata"], {
      $model: ROOM["@id"],
      $lastUpdateTime: "2026-11-22T10:00:01.0002500Z",
      temperature: { lastUpdateTime: "2026-11-22T10:00:00.0000000Z", sourceTime: "2026-11-22T09:59:59.5000000Z" },
      humidity: { lastUpdateTime: "2026-11-22T10:00:01.0002500Z", sourceTime: "2026-11-22T10:00:00.0000000Z" },
    });
    const bad = [{ op: "add", path: "/$metadata/humidity/sourceTime", value: "yesterday" }];
    await refused(client.updateDigitalTwin("r", bad), 400, "ValidationFailed");
  });

  it("migrates to another model when the result conforms", async () => {
    const { client, get } = await newHouse();
    await client.upsertDigitalTwin("s", space({ name: "hall" }));
    const migrate = { op: "replace", path: "/$metadata/$model", value: ROOM["@id"] };
    await refused(client.updateDigitalTwin("s", [migrate]), 400, "ValidationFailed");
    await client.updateDigitalTwin("s", [
      migrate,
      { op: "add", path: "/thermostat", value: { $metadata: {}, setPoint: 5 } },
    ]);
    const twin = await get("s");
    assert.equal((twin["$metadata"] as { $model: string }).$model, ROOM["@id"]);
    assert.equal((twin["thermostat"] as { setPoint: number }).setPoint, 5);
    const back = [
      { ...migrate, value: SPACE["@id"] },
      { op: "remove", path: "/thermostat" },
    ];
    await client.updateDigitalTwin("s", back);
    await refused(client.updateDigitalTwin("s", [{ ...migrate, value: "dtmi:no:Model;1" }]), 400, "ValidationFailed");
  });
});

describe("embedded twin service: components and ids", () => {
  afterEach(closeDigitalTwins);

  it("reads and patches components; their etag is the twin's", async () => {
    const { client, get } = await newHouse();
    await client.upsertDigitalTwin("r", room());
    const { etag } = await client.updateComponent("r", "thermostat", [{ op: "add", path: "/setPoint", value: 19 }]);
    const component = await client.getComponent("r", "thermostat");
    assert.equal(component.body["setPoint"], 19);
    assert.equal(component.etag, etag);
    assert.equal((await get("r"))["$etag"], etag);
    const patch = [{ op: "add", path: "/setPoint", value: "high" }];
    await refused(client.updateComponent("r", "thermostat", patch), 400, "ValidationFailed");
    await refused(client.updateComponent("r", "heater", patch), 400, "JsonPatchInvalid");
    await refused(client.getComponent("r", "heater"), 404, "ComponentNotFound");
    await refused(client.getComponent("none", "thermostat"), 404, "DigitalTwinNotFound");
  });

  it("treats ids that need escaping, and very long ones, as Azure does", async () => {
    const { client } = await newHouse();
    const id = "a/b ü?&#%:;=@'~";
    const camera = JSON.stringify({ $metadata: { $model: CAMERA["@id"] }, on: true });
    await client.upsertDigitalTwin(id, camera);
    assert.equal((await client.getDigitalTwin(id)).body["$dtId"], id);
    await refused(client.upsertDigitalTwin("x".repeat(129), camera), 400, "InvalidArgument");
  });
});
