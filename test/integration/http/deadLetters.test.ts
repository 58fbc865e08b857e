import assert from "node:assert/strict";
import { deadLetter } from "./deadLetter.ts";
import { newRestServer, type RestServer } from "./newRestServer.ts";

describe("REST: dead letters", () => {
  let rest: RestServer;
  beforeEach(async () => {
    rest = await newRestServer();
  });
  afterEach(() => rest.close());
  const speed = () => rest.services.mirror.get("pump-01")?.values.get("/speed")?.value;

  it("are listed newest first, page by page, with their bytes, properties and reasons", async () => {
    for (let n = 1; n <= 5; n++) {
      rest.letters.add({
        ...deadLetter({ subject: "x", data: null }, `reason ${n}`, n),
        raw: Buffer.from(`text ${n}`),
      });
    }
    const bytes = { raw: Buffer.from([0xff, 0xfe]), properties: { a: 1 }, systemProperties: { b: "2" }, enqueuedAt: 7 };
    rest.letters.add({ ...deadLetter({ subject: "x", data: null }, "no text", 6), ...bytes });
    const { body } = await rest.call("GET", "/dead-letters?limit=4");
    assert.deepEqual(
      body.value.map((l: { reason: string; body: string }) => [l.reason, l.body]),
      [["no text", "//4="], ...[5, 4, 3].map((n) => [`reason ${n}`, `text ${n}`])],
    );
    const [{ encoding, properties, systemProperties, enqueuedAt, tries }] = body.value;
    assert.deepEqual(
      [encoding, properties, systemProperties, enqueuedAt, tries],
      ["base64", { a: 1 }, { b: "2" }, 7, 1],
    );
    const next = await rest.call("GET", `/dead-letters?limit=4&cursor=${body.nextCursor}`);
    assert.equal(next.body.value.length, 2);
    assert.equal(next.body.nextCursor, undefined);
    assert.equal((await rest.call("GET", "/dead-letters?cursor=x")).status, 400);
  });

  it("a replay applies it, and it is gone", async () => {
    rest.letters.add(deadLetter({ subject: "pump-01", data: { values: { speed: 77 } } }));
    assert.equal((await rest.call("POST", "/dead-letters/1/replay")).status, 204);
    assert.equal(speed(), 77);
    assert.equal((await rest.call("GET", "/dead-letters")).body.value.length, 0);
    assert.equal((await rest.call("POST", "/dead-letters/1/replay")).status, 404);
    assert.equal((await rest.call("POST", "/dead-letters/x/replay")).status, 400);
  });

  it("one that fails again stays, and says why; a new reason takes the old one's place", async () => {
    const letter = deadLetter({ subject: "pump-01", data: { values: { speed: "fast" } } }, "was broken");
    rest.letters.add(letter);
    const first = await rest.call("POST", "/dead-letters/1/replay");
    assert.deepEqual([first.status, first.body.code], [422, "INVALID_VALUE"]);
    assert.match(first.body.detail, /^\/speed: /);
    const [now, ...others] = rest.letters.list();
    assert.deepEqual([now?.reason, now?.tries, others], [first.body.detail, 1, []]);
    assert.equal((await rest.call("POST", `/dead-letters/${now?.id}/replay`)).status, 422);
    assert.equal(rest.letters.get(now?.id ?? 0)?.tries, 2);
  });

  it("one whose twin is not there stays: nothing came of it", async () => {
    rest.letters.add(deadLetter({ subject: "pump-99", data: { values: { speed: 77 } } }));
    const { status, body } = await rest.call("POST", "/dead-letters/1/replay");
    assert.deepEqual([status, body.code], [422, "INVALID_VALUE"]);
    assert.match(body.detail, /no twin pump-99/);
    assert.equal((await rest.call("GET", "/dead-letters")).body.value.length, 1);
  });

  it("who may only read may not replay", async () => {
    await rest.close();
    rest = await newRestServer({ readOnly: "Look, do not touch." });
    rest.letters.add(deadLetter({ subject: "pump-01", data: { values: { speed: 77 } } }));
    assert.equal((await rest.call("GET", "/dead-letters")).status, 200);
    assert.equal((await rest.call("POST", "/dead-letters/1/replay")).status, 403);
    assert.notEqual(speed(), 77);
  });
});
