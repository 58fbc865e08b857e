import assert from "node:assert/strict";
import { newRestServer, type RestServer } from "./newRestServer.ts";

const feeds = { $targetId: "pump-03", $relationshipName: "feeds", diameter: 50 };

describe("REST: relationships", () => {
  let rest: RestServer;
  beforeEach(async () => {
    rest = await newRestServer();
  });
  afterEach(() => rest.close());

  it("gives one in Azure's shape, with its ETag", async () => {
    const { status, etag, body } = await rest.call("GET", "/twins/pump-01/relationships/main");
    assert.equal(status, 200);
    assert.deepEqual(body, {
      $relationshipId: "main",
      $etag: etag,
      $sourceId: "pump-01",
      $targetId: "pump-02",
      $relationshipName: "feeds",
      diameter: 80,
    });
    assert.equal((await rest.call("GET", "/twins/pump-01/relationships/none")).status, 404);
  });

  it("lists those that leave, by name and page by page, and those that arrive", async () => {
    const first = await rest.call("GET", "/twins/hall/relationships?name=contains&limit=10");
    assert.equal(first.body.value.length, 10);
    const second = await rest.call("GET", `/twins/hall/relationships?limit=10&cursor=${first.body.nextCursor}`);
    assert.equal(second.body.value.length, 3);
    assert.equal(second.body.nextCursor, undefined);
    assert.deepEqual((await rest.call("GET", "/twins/hall/relationships?name=feeds")).body, { value: [] });
    const incoming = await rest.call("GET", "/twins/pump-02/incoming-relationships");
    assert.deepEqual(
      incoming.body.value.map((r: { $sourceId: string }) => r.$sourceId),
      ["hall", "pump-01"],
    );
    assert.equal((await rest.call("GET", "/twins/none/relationships")).status, 404);
    assert.equal((await rest.call("GET", "/twins/none/incoming-relationships")).status, 404);
  });
});

describe("REST: writing relationships", () => {
  let rest: RestServer;
  beforeEach(async () => {
    rest = await newRestServer();
  });
  afterEach(() => rest.close());

  it("creates with POST under the given id or one of its own; 409 when it exists", async () => {
    const path = "/twins/pump-01/relationships";
    const made = await rest.call("POST", path, { $relationshipId: "second", ...feeds });
    assert.equal(made.status, 201);
    assert.equal(made.headers.get("location"), "/api/v1/twins/pump-01/relationships/second");
    assert.equal(made.body.$etag, made.etag);
    assert.equal((await rest.call("POST", path, { $relationshipId: "second", ...feeds })).status, 409);
    const unnamed = await rest.call("POST", path, feeds);
    assert.equal(unnamed.status, 201);
    assert.equal((await rest.call("GET", `${path}/${unnamed.body.$relationshipId}`)).body.diameter, 50);
  });

  it("creates and replaces with PUT, under the conditions given", async () => {
    const path = "/twins/pump-01/relationships/second";
    assert.equal((await rest.call("PUT", path, feeds)).status, 201);
    const replaced = await rest.call("PUT", path, { ...feeds, diameter: 60 });
    assert.equal(replaced.status, 200);
    assert.equal((await rest.call("PUT", path, feeds, { "if-none-match": "*" })).status, 412);
    assert.equal((await rest.call("PUT", path, feeds, { "if-match": 'W/"old"' })).status, 412);
    assert.equal((await rest.call("PUT", path, feeds, { "if-match": replaced.etag ?? "" })).status, 200);
  });

  it("changes with PATCH and deletes, under If-Match", async () => {
    const path = "/twins/pump-01/relationships/main";
    const stale = { "if-match": 'W/"old"' };
    const patch = [{ op: "replace", path: "/diameter", value: 100 }];
    assert.equal((await rest.call("PATCH", path, patch, stale)).status, 412);
    const changed = await rest.call("PATCH", path, patch);
    assert.equal(changed.status, 204);
    const now = await rest.call("GET", path);
    assert.equal(now.body.diameter, 100);
    assert.equal(now.etag, changed.etag);
    assert.equal((await rest.call("DELETE", path, undefined, stale)).status, 412);
    assert.equal((await rest.call("DELETE", path)).status, 204);
    assert.equal((await rest.call("DELETE", path)).status, 404);
  });

  it("refuses a relationship that the model does not know, and a target that is not there", async () => {
    const path = "/twins/pump-01/relationships";
    assert.equal((await rest.call("POST", path, { ...feeds, $relationshipName: "loves" })).body.code, "INVALID_VALUE");
    assert.equal((await rest.call("POST", path, { ...feeds, $targetId: "none" })).status, 404);
    assert.equal((await rest.call("POST", "/twins/none/relationships", feeds)).status, 404);
  });
});
