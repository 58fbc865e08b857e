import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.ts";
import { newRestServer, type RestServer } from "./newRestServer.ts";

describe("REST: Idempotency-Key", () => {
  let rest: RestServer;
  beforeEach(async () => {
    rest = await newRestServer();
  });
  afterEach(() => rest.close());
  const newTwin = { $metadata: { $model: "dtmi:test:Pump;1" }, motor: {} };
  const post = (path: string, body: unknown, key: string) => rest.call("POST", path, body, { "idempotency-key": key });

  it("a POST that is sent again makes nothing new and is answered as the first was", async () => {
    const [first, second] = [await post("/twins", newTwin, "k1"), await post("/twins", newTwin, '"k1"')];
    assert.equal(first.status, 201, JSON.stringify(first.body));
    assert.deepEqual(
      [second.status, second.body, second.etag, second.headers.get("location")],
      [201, first.body, first.etag, first.headers.get("location")],
    );
    assert.deepEqual(
      [first, second].map(({ headers }) => headers.get("idempotency-replayed")),
      [null, "true"],
    );
    assert.notEqual((await post("/twins", newTwin, "k2")).body.$dtId, first.body.$dtId);
    assert.notEqual((await rest.call("POST", "/twins", newTwin)).body.$dtId, first.body.$dtId);
  });

  it("another body, or another path of the route, is 422", async () => {
    assert.equal((await post("/twins/pump-01/commands/start", {}, "k")).status, 202);
    for (const [path, body] of [
      ["/twins/pump-01/commands/start", { timeoutMs: 5000 }],
      ["/twins/pump-02/commands/start", {}],
    ] as const) {
      const { status, body: problem } = await post(path, body, "k");
      assert.deepEqual([status, problem.code], [422, "INVALID_VALUE"]);
    }
  });

  it("while the first one runs, 409; sent at once many times, it is done once", async () => {
    const made: string[] = [];
    const gate = Promise.withResolvers<void>();
    const put = rest.provider.putTwin.bind(rest.provider);
    rest.provider.putTwin = async (twin, o) => {
      made.push(twin.id);
      await gate.promise;
      return put(twin, o);
    };
    let answered = 0;
    const all = Array.from({ length: 5 }, () => post("/twins", newTwin, "k").finally(() => answered++));
    const early = await Promise.race(all);
    assert.deepEqual([early.status, early.body.code, early.headers.get("retry-after")], [409, "CONFLICT", "1"]);
    await eventually(() => assert.equal(answered, 4));
    gate.resolve();
    const statuses = (await Promise.all(all)).map(({ status }) => status).sort();
    assert.deepEqual(statuses, [201, 409, 409, 409, 409]);
    assert.equal(made.length, 1);
  });

  it("what was refused is tried again; a key that is none is told", async () => {
    const bad = { $metadata: { $model: "dtmi:test:Nothing;1" } };
    assert.equal((await post("/twins", bad, "k")).status, 422);
    assert.equal((await post("/twins", newTwin, "k")).status, 201);
    const { status, body } = await post("/twins", newTwin, "a b");
    assert.deepEqual([status, body.details[0].path], [400, "/idempotency-key"]);
  });

  it("the document tells which operations take it", async () => {
    const { paths } = (await rest.call("GET", "/openapi.json")).body;
    const takes = ({ parameters = [] }: { parameters?: { name: string }[] }) =>
      parameters.some(({ name }) => name === "idempotency-key");
    assert.ok(takes(paths["/twins"].post) && takes(paths["/dead-letters/{id}/replay"].post));
    assert.ok(!takes(paths["/query"].post) && !takes(paths["/twins/{id}"].patch));
  });
});
