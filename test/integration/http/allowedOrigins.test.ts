import assert from "node:assert/strict";
import { once } from "node:events";
import WebSocket from "ws";
import { type NewApp, newApp } from "../../support/newApp.ts";

const FRIEND = "https://plant.example";
const STRANGER = "https://evil.example";

describe("pages of other sites", () => {
  let app: NewApp;
  before(async () => {
    app = await newApp({ ALLOWED_ORIGINS: FRIEND });
  });
  after(() => app.close());

  const rest = (origin: string) => fetch(`${app.url}/api/v1/spaces`, { headers: { origin } });
  const matchmake = (origin: string) =>
    fetch(`${app.url}/matchmake/joinOrCreate/space`, {
      method: "POST",
      headers: { origin, "content-type": "application/json" },
      body: "{}",
    });
  const upgrade = async (origin: string) => {
    const socket = new WebSocket(app.url.replace("http", "ws"), { origin });
    socket.on("error", () => undefined);
    const opened = await Promise.race([
      once(socket, "open").then(() => true),
      once(socket, "unexpected-response").then(() => false),
    ]);
    socket.terminate();
    return opened;
  };

  it("that are allowed by configuration use REST, matchmaking and rooms, and may read the answers", async () => {
    const answer = await rest(FRIEND);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("access-control-allow-origin"), FRIEND);
    assert.equal((await matchmake(FRIEND)).headers.get("access-control-allow-origin"), FRIEND);
    assert.equal(await upgrade(FRIEND), true);
  });

  it("that are not are refused, and may not read what matchmaking answers", async () => {
    assert.equal((await rest(STRANGER)).status, 403);
    assert.notEqual((await matchmake(STRANGER)).headers.get("access-control-allow-origin"), STRANGER);
    assert.equal(await upgrade(STRANGER), false);
    assert.equal(await upgrade(app.url), true);
  });

  it("that are allowed may send and read the headers that REST has", async () => {
    const preflight = await fetch(`${app.url}/api/v1/twins/any`, {
      method: "OPTIONS",
      headers: { origin: FRIEND, "access-control-request-method": "PATCH" },
    });
    assert.ok(preflight.ok);
    assert.equal(preflight.headers.get("access-control-allow-origin"), FRIEND);
    assert.match(preflight.headers.get("access-control-allow-methods") ?? "", /PATCH/);
    const names = (header: string, { headers }: Response) => (headers.get(header) ?? "").toLowerCase().split(", ");
    const sent = names("access-control-allow-headers", preflight);
    for (const name of ["authorization", "content-type", "if-match", "if-none-match", "idempotency-key"]) {
      assert.ok(sent.includes(name), name);
    }
    for (const answer of [await rest(FRIEND), await fetch(`${app.url}/api/v1/none`, { headers: { origin: FRIEND } })]) {
      const read = names("access-control-expose-headers", answer);
      for (const name of ["etag", "location", "operation-location", "idempotency-replayed", "retry-after"]) {
        assert.ok(read.includes(name), name);
      }
      assert.deepEqual(names("vary", answer), ["origin"]);
    }
  });
});
