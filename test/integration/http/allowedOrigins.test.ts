import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { json } from "node:stream/consumers";
import { matchMaker } from "@colyseus/core";
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
  /** As a page may without a preflight; fetch would not let the Host be chosen. */
  const post = async (path: string, headers: Record<string, string>) => {
    const { hostname, port } = new URL(app.url);
    const [answer] = await once(request({ method: "POST", hostname, port, path, headers }).end(), "response");
    return answer as IncomingMessage;
  };
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

  it("that are not are refused, and may not read the answers", async () => {
    for (const answer of [await rest(STRANGER), await matchmake(STRANGER)]) {
      assert.equal(answer.status, 403);
      assert.equal(answer.headers.get("access-control-allow-origin"), null);
    }
    assert.equal(await upgrade(STRANGER), false);
    assert.equal(await upgrade(app.url), true);
  });

  it("that are not make no rooms, neither by another origin nor by another name of this server", async () => {
    const rooms = (await matchMaker.query({})).length;
    for (const headers of [{ origin: STRANGER }, { host: "evil.example" }]) {
      for (const path of ["/matchmake/create/space", "/matchmake/create/space/?", "//matchmake/create/space"]) {
        const answer = await post(path, headers);
        assert.equal(answer.statusCode, 403, path);
        assert.equal(answer.headers["content-type"], "application/problem+json; charset=utf-8");
        const { code, instance } = (await json(answer)) as { code: string; instance: string };
        assert.deepEqual([code, instance], ["FORBIDDEN", path.split("?")[0]]);
      }
    }
    assert.equal((await matchMaker.query({})).length, rooms);
    assert.equal((await app.join()).world.status, "live"); // the SDK of Node sends no Origin
  });

  it("that are not learn from a preflight and from a WebSocket what REST would say", async () => {
    const headers = { origin: STRANGER, "access-control-request-method": "POST" };
    const preflight = await fetch(`${app.url}/matchmake/create/space`, { method: "OPTIONS", headers });
    assert.equal(preflight.status, 403);
    assert.equal(preflight.headers.get("access-control-allow-origin"), null);
    const socket = new WebSocket(app.url.replace("http", "ws"), { origin: STRANGER });
    const [, answer] = await once(socket, "unexpected-response");
    assert.equal(answer.statusCode, 403);
    assert.equal(((await json(answer)) as { code: string }).code, "FORBIDDEN");
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
