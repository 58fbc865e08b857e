import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.ts";
import { newRestServer, type RestServer, rawGet } from "./newRestServer.ts";

const newPump = { $metadata: { $model: "dtmi:test:Pump;1" }, speed: 10, motor: { $metadata: {} } };

describe("REST: twins", () => {
  let rest: RestServer;
  beforeEach(async () => {
    rest = await newRestServer();
  });
  afterEach(() => rest.close());

  it("gives a twin in Azure's shape, with its ETag", async () => {
    const { status, etag, body } = await rest.call("GET", "/twins/pump-01");
    assert.equal(status, 200);
    assert.equal(body.$dtId, "pump-01");
    assert.equal(body.$etag, etag);
    assert.equal(body.$metadata.$model, "dtmi:test:Pump;1");
    assert.ok(Date.parse(body.$metadata.speed.lastUpdateTime) > 0);
    assert.equal(body.speed, 1);
    assert.equal(body.motor.current, 3);
    assert.ok(Date.parse(body.motor.$metadata.current.lastUpdateTime) > 0);
  });

  it("answers 304 to an ETag that is still current", async () => {
    const { etag } = await rest.call("GET", "/twins/pump-01");
    assert.equal(await rawGet(rest.origin, "/api/v1/twins/pump-01", { "if-none-match": etag ?? "" }), 304);
    assert.equal(await rawGet(rest.origin, "/api/v1/twins/pump-01", { "if-none-match": 'W/"old"' }), 200);
  });

  it("gives what its numbers were lately, without what the reader may not see", async () => {
    const { status, body } = await rest.call("GET", "/twins/pump-01/history?seconds=3600");
    assert.equal(status, 200);
    assert.equal(body.value["/speed"].at(-1)[1], 1);
    assert.equal(body.value["/motor/current"].at(-1)[1], 3);
    assert.equal((await rest.call("GET", "/twins/nobody/history")).body.code, "NOT_FOUND");
    assert.equal((await rest.call("GET", "/twins/pump-01/history?seconds=-1")).body.code, "INVALID_PAYLOAD");
    const model = "dtmi:test:Pump;1";
    const guarded = await newRestServer({ demo: false, restricted: [{ model, property: "speed", roles: ["admin"] }] });
    const seen = await guarded.call("GET", "/twins/pump-01/history");
    assert.deepEqual([seen.body.value["/speed"], seen.body.value["/motor/current"].at(-1)[1]], [undefined, 3]);
    await guarded.close();
  });

  it("creates with PUT (201), replaces with PUT (200), and answers what is there now", async () => {
    const made = await rest.call("PUT", "/twins/p", newPump);
    assert.equal(made.status, 201);
    assert.equal(made.headers.get("location"), "/api/v1/twins/p");
    assert.equal(made.body.speed, 10);
    assert.equal(made.body.$etag, made.etag);
    const replaced = await rest.call("PUT", "/twins/p", { ...newPump, speed: 11 });
    assert.equal(replaced.status, 200);
    assert.equal(replaced.body.speed, 11);
    assert.notEqual(replaced.etag, made.etag);
    assert.equal((await rest.provider.getTwin("p"))?.properties["speed"], 11);
  });

  it("PUT with If-None-Match: * only creates; with If-Match only replaces that version", async () => {
    const once = { "if-none-match": "*" };
    assert.equal((await rest.call("PUT", "/twins/p", newPump, once)).status, 201);
    const again = await rest.call("PUT", "/twins/p", newPump, once);
    assert.equal(again.status, 412);
    assert.equal(again.body.code, "CONFLICT");
    assert.equal((await rest.call("PUT", "/twins/p", newPump, { "if-match": 'W/"old"' })).status, 412);
    assert.equal((await rest.call("PUT", "/twins/other", newPump, { "if-match": "*" })).status, 412);
    const { etag } = await rest.call("GET", "/twins/p");
    assert.equal((await rest.call("PUT", "/twins/p", newPump, { "if-match": etag ?? "" })).status, 200);
  });

  it("creates with POST under the given id or one of its own; 409 when it exists", async () => {
    const named = await rest.call("POST", "/twins", { $dtId: "a#1", ...newPump });
    assert.equal(named.status, 201);
    assert.equal(named.headers.get("location"), "/api/v1/twins/a%231");
    assert.equal((await rest.call("GET", "/twins/a%231")).body.$dtId, "a#1");
    const unnamed = await rest.call("POST", "/twins", newPump);
    assert.equal(unnamed.status, 201);
    assert.ok(unnamed.body.$dtId.length > 0);
    assert.equal(unnamed.etag, unnamed.body.$etag);
    const twice = await rest.call("POST", "/twins", { $dtId: "a#1", ...newPump });
    assert.equal(twice.status, 409);
    assert.equal(twice.body.code, "CONFLICT");
  });
});

describe("REST: changing twins", () => {
  let rest: RestServer;
  beforeEach(async () => {
    rest = await newRestServer();
  });
  afterEach(() => rest.close());

  it("changes with PATCH and If-Match: 204 and the new ETag; 412 for a stale one", async () => {
    const { etag } = await rest.call("GET", "/twins/pump-01");
    const patch = [{ op: "replace", path: "/speed", value: 2 }];
    const changed = await rest.call("PATCH", "/twins/pump-01", patch, { "if-match": etag ?? "" });
    assert.equal(changed.status, 204);
    assert.ok(changed.etag !== null && changed.etag !== etag);
    const stale = await rest.call("PATCH", "/twins/pump-01", patch, { "if-match": etag ?? "" });
    assert.equal(stale.status, 412);
    assert.equal(stale.body.code, "CONFLICT");
    assert.equal((await rest.call("GET", "/twins/pump-01")).etag, changed.etag);
  });

  it("PATCH names the operation that follows the write until it is verified", async () => {
    const changed = await rest.call("PATCH", "/twins/pump-01", [{ op: "replace", path: "/speed", value: 2 }]);
    const path = changed.headers.get("operation-location")?.replace("/api/v1", "") ?? "";
    await eventually(async () => {
      const { status, body } = await rest.call("GET", path);
      assert.equal(status, 200);
      assert.equal(body.status, "verified");
      assert.equal(body.twinId, "pump-01");
    });
    assert.equal((await rest.call("GET", "/operations/none")).status, 404);
  });

  it("refuses what the model does not allow, by path", async () => {
    const { status, type, body } = await rest.call("PATCH", "/twins/pump-01", [
      { op: "replace", path: "/speed", value: "fast" },
    ]);
    assert.equal(status, 422);
    assert.match(type, /^application\/problem\+json/);
    assert.equal(body.code, "INVALID_VALUE");
    assert.equal(body.details[0].path, "/speed");
    const put = await rest.call("PUT", "/twins/p", { ...newPump, speed: "fast", colour: "red" });
    assert.equal(put.status, 422);
    assert.deepEqual(put.body.details.map((d: { path: string }) => d.path).sort(), ["/colour", "/speed"]);
    assert.equal((await rest.call("GET", "/twins/p")).status, 404);
    const model = await rest.call("PUT", "/twins/p", { $metadata: { $model: "dtmi:test:Nothing;1" } });
    assert.equal(model.status, 422);
  });

  it("deletes; 409 while there are relationships; 404 afterwards", async () => {
    assert.equal((await rest.call("DELETE", "/twins/pump-01")).status, 409);
    const { etag } = await rest.call("PUT", "/twins/p", newPump);
    assert.equal((await rest.call("DELETE", "/twins/p", undefined, { "if-match": 'W/"old"' })).status, 412);
    assert.equal((await rest.call("DELETE", "/twins/p", undefined, { "if-match": etag ?? "" })).status, 204);
    const gone = await rest.call("GET", "/twins/p");
    assert.equal(gone.status, 404);
    assert.equal(gone.body.code, "NOT_FOUND");
    assert.equal((await rest.call("DELETE", "/twins/p")).status, 404);
    assert.equal((await rest.call("PATCH", "/twins/p", [{ op: "remove", path: "/speed" }])).status, 404);
  });
});

describe("REST: lists and telemetry of twins", () => {
  let rest: RestServer;
  beforeEach(async () => {
    rest = await newRestServer();
  });
  afterEach(() => rest.close());

  it("lists by model (with those that extend it) and by id or name, whatever the case", async () => {
    const ids = async (query: string) =>
      (await rest.call("GET", `/twins${query}`)).body.value.map((t: { $dtId: string }) => t.$dtId);
    assert.equal((await ids("")).length, 15);
    assert.equal((await ids("?model=dtmi:test:Pump;1")).length, 12);
    assert.deepEqual(await ids("?model=dtmi:test:Booster;1"), ["pump-04", "pump-08", "pump-12"]);
    assert.deepEqual(await ids("?q=FEED%20pump%201"), ["pump-01", "pump-10", "pump-11", "pump-12"]);
    assert.deepEqual(await ids("?q=Annex"), ["annex"]);
    assert.deepEqual(await ids("?model=dtmi:test:Nothing;1"), []);
  });

  it("pages by id, and neither repeats nor skips a twin while others come and go", async () => {
    const first = await rest.call("GET", "/twins?limit=5&q=pump-");
    await rest.call("PUT", "/twins/pump-00", newPump);
    await rest.call("PUT", "/twins/pump-05b", newPump);
    await eventually(() => assert.ok(rest.services.mirror.get("pump-05b")));
    const seen: string[] = first.body.value.map((t: { $dtId: string }) => t.$dtId);
    let cursor: string | undefined = first.body.nextCursor;
    while (cursor !== undefined) {
      const { body } = await rest.call("GET", `/twins?limit=5&q=pump-&cursor=${cursor}`);
      seen.push(...body.value.map((t: { $dtId: string }) => t.$dtId));
      cursor = body.nextCursor;
    }
    const expected = [1, 2, 3, 4, 5, "05b", 6, 7, 8, 9, 10, 11, 12].map((n) => `pump-${String(n).padStart(2, "0")}`);
    assert.deepEqual(seen, expected);
  });

  it("publishes telemetry", async () => {
    assert.equal((await rest.call("POST", "/twins/pump-01/telemetry", { vibration: 4 })).status, 204);
    await eventually(() => {
      assert.equal(rest.services.mirror.get("pump-01")?.values.get("/vibration")?.value, 4);
    });
    assert.equal((await rest.call("POST", "/twins/none/telemetry", { vibration: 4 })).status, 404);
  });

  it("shows no telemetry in lists: it is not in the twin", async () => {
    await rest.call("POST", "/twins/pump-01/telemetry", { vibration: 4 });
    const { body } = await rest.call("GET", "/twins?q=pump-01");
    assert.equal("vibration" in body.value[0], false);
    assert.equal(body.value[0].motor.current, 3);
  });
});
