import assert from "node:assert/strict";
import { QueryCursors } from "../../../src/http/QueryCursors.ts";
import { newRestServer, type RestServer } from "./newRestServer.ts";

describe("REST: queries and spaces", () => {
  let rest: RestServer;
  beforeEach(async () => {
    rest = await newRestServer();
  });
  afterEach(() => rest.close());

  const query = "SELECT * FROM DIGITALTWINS";

  it("gives a query's rows page by page", async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { status, body } = await rest.call("POST", "/query", { query, limit: 6, ...(cursor ? { cursor } : {}) });
      assert.equal(status, 200);
      seen.push(...body.value.map((t: { $dtId: string }) => t.$dtId));
      cursor = body.nextCursor;
    } while (cursor !== undefined);
    assert.equal(seen.length, 15);
    assert.equal(new Set(seen).size, 15);
  });

  it("a cursor of another query, or used before, is refused", async () => {
    const { body } = await rest.call("POST", "/query", { query, limit: 5 });
    const again = { query, cursor: body.nextCursor };
    assert.equal((await rest.call("POST", "/query", { ...again, query: `${query} ` })).status, 400);
    assert.equal((await rest.call("POST", "/query", again)).status, 200);
    const used = await rest.call("POST", "/query", again);
    assert.equal(used.body.code, "INVALID_PAYLOAD");
    assert.equal(used.body.details[0].path, "/cursor");
  });

  it("what the provider cannot answer is told as such", async () => {
    assert.equal((await rest.call("POST", "/query", { query: "SELECT 1" })).body.code, "UNSUPPORTED");
    assert.equal((await rest.call("POST", "/query", { query: "" })).status, 400);
  });

  it("lists the spaces, the default one first, and tells what is in one", async () => {
    const { body } = await rest.call("GET", "/spaces");
    assert.deepEqual(body.value, [
      { id: "hall", name: "Hall", twins: 15 },
      { id: "annex", name: "Annex", twins: 2 },
    ]);
    const annex = await rest.call("GET", "/spaces/annex");
    assert.deepEqual(annex.body, { id: "annex", name: "Annex", twins: 2, twinIds: ["annex", "store"] });
    assert.equal((await rest.call("GET", "/spaces/store")).status, 404);
  });
});

describe("QueryCursors", () => {
  const rows = (n: number, closed: () => void) =>
    (async function* () {
      try {
        for (let i = 0; i < n; i++) {
          yield { i };
        }
      } finally {
        closed();
      }
    })();

  it("forgets what was not asked for in time, and closes it", async () => {
    let now = 0;
    let closed = 0;
    const cursors = new QueryCursors({ now: () => now, keepMs: 100 });
    const { nextCursor = "" } = await cursors.first(
      "q",
      rows(3, () => closed++),
      1,
    );
    now = 101;
    await assert.rejects(cursors.next("q", nextCursor, 1), { code: "INVALID_PAYLOAD" });
    await Promise.resolve();
    assert.equal(closed, 1);
  });

  it("keeps no more than so many: the oldest goes", async () => {
    const cursors = new QueryCursors({ now: () => 0, most: 2 });
    const open = async () =>
      (
        await cursors.first(
          "q",
          rows(3, () => undefined),
          1,
        )
      ).nextCursor ?? "";
    const [first, second, third] = [await open(), await open(), await open()];
    await assert.rejects(cursors.next("q", first, 1), { code: "INVALID_PAYLOAD" });
    assert.deepEqual((await cursors.next("q", second, 1)).value, [{ i: 1 }]);
    assert.deepEqual(await cursors.next("q", third, 2), { value: [{ i: 1 }, { i: 2 }] });
  });
});
