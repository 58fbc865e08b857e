// An architect manages models, twins and relationships over REST, and rooms follow at once.
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import type { Player } from "../support/joinSpace.ts";
import { type NewApp, newApp } from "../support/newApp.ts";

const PROBE = "dtmi:e2e:Probe;1";
const MODEL = {
  "@context": "dtmi:dtdl:context;3",
  "@id": PROBE,
  "@type": "Interface",
  extends: "dtmi:digitaltwins:demo:Asset;1",
  contents: [{ "@type": "Property", name: "depth", schema: "double", writable: true }],
};
const probe = (depth: unknown) => ({ $metadata: { $model: PROBE }, name: "Probe", depth });

describe("an architect", function () {
  this.timeout(30_000);
  let app: NewApp;
  let player: Player;

  before(async () => {
    app = await newApp();
    player = await app.join();
  });
  after(() => app?.close());

  it("adds models, all or none, and is told where one is wrong", async () => {
    const wrong = {
      ...MODEL,
      "@id": "dtmi:e2e:Wrong;1",
      contents: [{ "@type": "Property", name: "depth", schema: "dbl" }],
    };
    const refused = await app.call("POST", "/models", [MODEL, wrong]);
    assertProblem(refused, 422, "INVALID_VALUE");
    assert.match(JSON.stringify(refused.body.details), /contents.*schema/);
    assertProblem(await app.call("GET", `/models/${encodeURIComponent(PROBE)}`), 404, "NOT_FOUND");

    assert.equal((await app.call("POST", "/models", [MODEL])).status, 201);
    const { body } = await app.call("GET", `/models/${encodeURIComponent(PROBE)}?includeModelDefinition=true`);
    assert.deepEqual([body.id, body.model], [PROBE, MODEL]);
    assertProblem(await app.call("POST", "/models", [MODEL]), 409, "CONFLICT");
  });

  it("makes a twin and changes it under its ETag", async () => {
    const made = await app.call("PUT", "/twins/probe-1", probe(1.5));
    assert.equal(made.status, 201);
    const read = await app.call("GET", "/twins/probe-1");
    assert.deepEqual([read.body.$dtId, read.body.$metadata.$model, read.body.depth], ["probe-1", PROBE, 1.5]);
    assert.deepEqual([read.etag, read.body.$etag], [made.etag, made.etag]);

    const deeper = (value: unknown) => [{ op: "replace", path: "/depth", value }];
    const changed = await app.call("PATCH", "/twins/probe-1", deeper(2), { "if-match": String(made.etag) });
    assert.equal(changed.status, 204);
    assert.notEqual(changed.etag, made.etag);
    const operation = changed.headers.get("operation-location") ?? "";
    await eventually(async () => {
      const answer = await fetch(new URL(operation, app.url));
      assert.equal(((await answer.json()) as { status: string }).status, "verified");
    });
    const stale = await app.call("PATCH", "/twins/probe-1", deeper(3), { "if-match": String(made.etag) });
    assertProblem(stale, 412, "CONFLICT");
    const bad = await app.call("PATCH", "/twins/probe-1", deeper("full"));
    assertProblem(bad, 422, "INVALID_VALUE");
    assert.deepEqual(bad.body.details, [{ path: "/depth", expected: "a finite number", found: '"full"' }]);
    assert.equal((await app.call("GET", "/twins/probe-1")).body.depth, 2);
    assertProblem(
      await app.call("PUT", "/twins/probe-2", { $metadata: { $model: "dtmi:e2e:None;1" } }),
      422,
      "INVALID_VALUE",
    );
  });

  it("relates it into a space, where players see it come, change and go", async () => {
    assert.equal(player.world.twins.has("probe-1"), false);
    const contains = { $targetId: "probe-1", $relationshipName: "contains" };
    const related = await app.call("PUT", "/twins/hall-1/relationships/hall-probe", contains);
    assert.equal(related.status, 201);
    await eventually(() => assert.equal(player.twin("probe-1").$name, "Probe"));
    assert.equal([...player.world.models][player.twin("probe-1").$model], PROBE);
    assert.ok((await app.call("GET", "/spaces/hall-1")).body.twinIds.includes("probe-1"));

    await app.call("PATCH", "/twins/probe-1", [{ op: "replace", path: "/name", value: "Deep probe" }]);
    await eventually(() => assert.equal(player.twin("probe-1").$name, "Deep probe"));

    assertProblem(await app.call("DELETE", "/twins/probe-1"), 409, "CONFLICT");
    const incoming = await app.call("GET", "/twins/probe-1/incoming-relationships");
    assert.deepEqual(
      incoming.body.value.map((r: { $sourceId: string }) => r.$sourceId),
      ["hall-1"],
    );
    assert.equal((await app.call("DELETE", "/twins/hall-1/relationships/hall-probe")).status, 204);
    await eventually(() => assert.equal(player.world.twins.has("probe-1"), false));
    assert.equal((await app.call("DELETE", "/twins/probe-1")).status, 204);
    assertProblem(await app.call("GET", "/twins/probe-1"), 404, "NOT_FOUND");
  });

  it("a twin that is deleted while it is shown disappears", async () => {
    await app.call("PUT", "/twins/probe-3", probe(1));
    await app.call("PUT", "/twins/probe-3/relationships/r", { $targetId: "tank-101", $relationshipName: "feeds" });
    const builder = await app.join({ role: "builder" });
    await eventually(() => builder.ask("placement.add", { items: [{ twinId: "probe-3", x: 1 }] }));
    await eventually(() => assert.equal(player.twin("probe-3").$name, "Probe"));
    await app.call("DELETE", "/twins/probe-3/relationships/r");
    assert.equal((await app.call("DELETE", "/twins/probe-3")).status, 204);
    await eventually(() => assert.equal(player.world.twins.has("probe-3"), false));
  });

  it("removes a model that nobody uses, and no other", async () => {
    assert.equal((await app.call("DELETE", `/models/${encodeURIComponent(PROBE)}`)).status, 204);
    const used = await app.call("DELETE", `/models/${encodeURIComponent("dtmi:digitaltwins:demo:Asset;1")}`);
    assertProblem(used, 409, "CONFLICT");
  });

  it("finds twins by query, page by page, and every route in the document", async () => {
    const query = "SELECT * FROM digitaltwins T WHERE IS_OF_MODEL(T, 'dtmi:digitaltwins:demo:Tank;1')";
    const first = await app.call("POST", "/query", { query, limit: 4 });
    const second = await app.call("POST", "/query", { query, limit: 4, cursor: first.body.nextCursor });
    const ids = [...first.body.value, ...second.body.value].map((t: { $dtId: string }) => t.$dtId);
    assert.deepEqual(
      ids.sort(),
      ["101", "201", "202", "203", "204", "205", "206"].map((n) => `tank-${n}`),
    );

    const { body } = await app.call("GET", "/openapi.json");
    assert.match(body.openapi, /^3\.1/);
    for (const path of ["/models", "/twins/{id}", "/twins/{id}/relationships/{rid}", "/query", "/spaces"]) {
      assert.ok(path in body.paths, `${path} is not among ${Object.keys(body.paths).join(" ")}`);
    }
  });
});

function assertProblem(
  answer: { status: number; type: string; body: { status?: number; code?: string } },
  status: number,
  code: string,
): void {
  assert.match(answer.type, /^application\/problem\+json/);
  assert.deepEqual([answer.status, answer.body.status, answer.body.code], [status, status, code]);
}
