import assert from "node:assert/strict";
import { createConnection } from "node:net";
import { gzipSync } from "node:zlib";
import { TwinError } from "../../../src/errors.ts";
import type { ApiAnswer } from "../../support/callApi.ts";
import { newRestServer, type RestServer } from "./newRestServer.ts";

function isProblem(answer: ApiAnswer, status: number, code: string): void {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.match(answer.type, /^application\/problem\+json/);
  assert.equal(answer.body.status, status);
  assert.equal(answer.body.code, code);
  assert.match(answer.body.type, /^urn:colyseus-digital-twins:problem:/);
  assert.ok(answer.body.title && answer.body.detail);
  assert.doesNotMatch(JSON.stringify(answer.body), /node_modules|\.ts:\d|at Object/);
}

describe("REST: problems", () => {
  let rest: RestServer;
  beforeEach(async () => {
    rest = await newRestServer();
  });
  afterEach(() => rest.close());

  it("names what was asked for", async () => {
    const { body } = await rest.call("GET", "/twins/none?");
    assert.equal(body.instance, "/api/v1/twins/none");
  });

  it("an unknown route is 404, a known one with another method 405 with Allow", async () => {
    isProblem(await rest.call("GET", "/nothing"), 404, "NOT_FOUND");
    const answer = await rest.call("PUT", "/twins", {});
    isProblem(answer, 405, "UNSUPPORTED");
    assert.equal(answer.headers.get("allow"), "GET, HEAD, POST");
    const options = await rest.call("OPTIONS", "/twins");
    assert.equal(options.status, 204);
    assert.equal(options.headers.get("allow"), "GET, HEAD, POST");
    const head = await rest.call("HEAD", "/twins/pump-01");
    assert.equal(head.status, 200);
    assert.ok(head.etag);
  });

  it("every fault of a request is told at once, by pointer", async () => {
    const patch = [
      { op: "replace", path: "speed", value: 1 },
      { op: "move", path: "/a" },
    ];
    const answer = await rest.call("PATCH", "/twins/pump-01", patch, { "if-match": "unquoted" });
    isProblem(answer, 400, "INVALID_PAYLOAD");
    const paths = answer.body.details.map((d: { path: string }) => d.path);
    assert.deepEqual(paths.sort(), ["/0/path", "/1/op", "/if-match"]);
    for (const { expected, found } of answer.body.details) {
      assert.ok(expected && found);
    }
  });

  it("of very many faults the first are told, with the beginning of what was found", async () => {
    const patch = Array.from({ length: 100 }, () => ({ op: "x".repeat(1000) }));
    const answer = await rest.call("PATCH", "/twins/pump-01", patch);
    isProblem(answer, 400, "INVALID_PAYLOAD");
    assert.equal(answer.body.details.length, 50);
    assert.match(answer.body.detail, /^\/0\/op: expected one of add, replace, remove, .* \(and more\)\.$/);
    const unknown = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, 0]));
    const other = await rest.call("PATCH", "/twins/pump-01", [{ op: "remove", path: "/speed", ...unknown }]);
    assert.equal(other.body.details.length, 50);
  });

  it("a fault is told as a person would", async () => {
    const detail = async (method: string, path: string, body?: unknown): Promise<string> =>
      (await rest.call(method, path, body)).body.detail;
    assert.equal(await detail("GET", "/twins?limit=0"), '/limit: expected at least 1 (query parameter), found "0".');
    assert.equal(
      await detail("PATCH", "/twins/pump-01", [{ op: "move", path: "/a" }]),
      '/0/op: expected one of add, replace, remove, found "move".',
    );
  });

  it("unknown and malformed query parameters are refused, not ignored", async () => {
    const answer = await rest.call("GET", "/twins?modle=x&limit=many");
    isProblem(answer, 400, "INVALID_PAYLOAD");
    assert.deepEqual(answer.body.details.map((d: { path: string }) => d.path).sort(), ["/limit", "/modle"]);
    isProblem(await rest.call("GET", "/twins?limit=0"), 400, "INVALID_PAYLOAD");
    isProblem(await rest.call("GET", "/twins?limit=1&limit=2"), 400, "INVALID_PAYLOAD");
    isProblem(await rest.call("GET", "/twins?cursor=abc"), 400, "INVALID_PAYLOAD");
  });
});

describe("REST: bodies that are refused", () => {
  let rest: RestServer;
  beforeEach(async () => {
    rest = await newRestServer();
  });
  afterEach(() => rest.close());

  it("bodies: malformed JSON, none, another type, another charset, nested without end", async () => {
    isProblem(await rest.call("POST", "/twins", "{ not json"), 400, "INVALID_PAYLOAD");
    isProblem(await rest.call("POST", "/twins"), 400, "INVALID_PAYLOAD");
    isProblem(await rest.call("POST", "/twins", "null"), 400, "INVALID_PAYLOAD");
    isProblem(await rest.call("POST", "/twins", "[]"), 400, "INVALID_PAYLOAD");
    isProblem(await rest.call("POST", "/models", []), 400, "INVALID_PAYLOAD");
    const text = await rest.call("POST", "/twins", "{}", { "content-type": "text/plain" });
    isProblem(text, 415, "INVALID_PAYLOAD");
    assert.equal(text.headers.get("accept-post"), "application/json");
    const latin = { "content-type": "application/json; charset=iso-8859-1" };
    isProblem(await rest.call("POST", "/twins", "{}", latin), 415, "INVALID_PAYLOAD");
    const deep = "[".repeat(200_000) + "]".repeat(200_000);
    isProblem(await rest.call("POST", "/models", deep), 400, "INVALID_PAYLOAD");
  });

  it("bodies over the limit are 413, also when they only become large by inflating", async () => {
    const large = JSON.stringify({ $metadata: { $model: "m" }, text: "x".repeat(1024 * 1024) });
    isProblem(await rest.call("POST", "/twins", large), 413, "INVALID_PAYLOAD");
    const response = await fetch(`${rest.origin}/api/v1/twins`, {
      method: "POST",
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
      body: gzipSync(large),
    });
    assert.equal(response.status, 413);
  });

  it("names of Object.prototype in bodies and paths do no harm", async () => {
    const body = '{"$metadata":{"$model":"dtmi:test:Pump;1"},"motor":{},"__proto__":{"speed":1},"constructor":1}';
    const answer = await rest.call("PUT", "/twins/p", body);
    isProblem(answer, 422, "INVALID_VALUE");
    for (const name of ["__proto__", "constructor", "toString"]) {
      isProblem(await rest.call("GET", `/twins/${name}`), 404, "NOT_FOUND");
      isProblem(await rest.call("GET", `/models/${name}`), 404, "NOT_FOUND");
      isProblem(await rest.call("GET", `/spaces/${name}`), 404, "NOT_FOUND");
    }
    isProblem(await rest.call("GET", "/twins?__proto__=1"), 400, "INVALID_PAYLOAD");
  });

  it("a path that cannot be decoded is 400", async () => {
    isProblem(await rest.call("GET", "/twins/%E0%A4%A"), 400, "INVALID_PAYLOAD");
  });
});

describe("REST: failures of others", () => {
  let rest: RestServer;
  beforeEach(async () => {
    rest = await newRestServer();
  });
  afterEach(() => rest.close());

  it("what nobody foresaw is logged and told without its text", async () => {
    rest.provider.getTwin = () => Promise.reject(new Error("secret connection string"));
    const answer = await rest.call("GET", "/twins/pump-01");
    isProblem(answer, 500, "UNAVAILABLE");
    assert.doesNotMatch(JSON.stringify(answer.body), /secret/);
    assert.equal(rest.errors.length, 1);
  });

  it("a service that asks for patience is 429 with Retry-After; one that is away is 503", async () => {
    rest.provider.getTwin = () => Promise.reject(new TwinError("RATE_LIMITED", "Too fast.", { retryAfterMs: 1500 }));
    const busy = await rest.call("GET", "/twins/pump-01");
    isProblem(busy, 429, "RATE_LIMITED");
    assert.equal(busy.headers.get("retry-after"), "2");
    rest.provider.getTwin = () => Promise.reject(new TwinError("UNAVAILABLE", "Away."));
    isProblem(await rest.call("GET", "/twins/pump-01"), 503, "UNAVAILABLE");
  });

  it("a client that goes away in the middle of a body harms nobody", async () => {
    const { port } = new URL(rest.origin);
    const socket = createConnection(Number(port), "127.0.0.1");
    socket.write("POST /api/v1/twins HTTP/1.1\r\nHost: localhost\r\n");
    socket.write("Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{");
    await new Promise((resolve) => socket.once("connect", resolve));
    socket.destroy();
    assert.equal((await rest.call("GET", "/twins/pump-01")).status, 200);
    assert.deepEqual(rest.errors, []);
  });
});

describe("REST without the right to write", () => {
  let rest: RestServer;
  afterEach(() => rest.close());

  it("reads, and refuses every write with the reason", async () => {
    rest = await newRestServer({ demo: false, readOnly: "Without sign-in this server only reads." });
    assert.equal((await rest.call("GET", "/twins/pump-01")).status, 200);
    const writes: [string, string, unknown][] = [
      ["POST", "/models", [{ "@id": "dtmi:a;1", "@type": "Interface", "@context": "dtmi:dtdl:context;2" }]],
      ["DELETE", "/models/dtmi:test:Pump;1", undefined],
      ["POST", "/twins", { $metadata: { $model: "dtmi:test:Asset;1" } }],
      ["PUT", "/twins/p", { $metadata: { $model: "dtmi:test:Asset;1" } }],
      ["PATCH", "/twins/pump-01", [{ op: "replace", path: "/speed", value: 1 }]],
      ["DELETE", "/twins/store", undefined],
      ["POST", "/twins/pump-01/telemetry", { vibration: 1 }],
      ["POST", "/twins/pump-01/relationships", { $targetId: "pump-03", $relationshipName: "feeds" }],
      ["PUT", "/twins/pump-01/relationships/r", { $targetId: "pump-03", $relationshipName: "feeds" }],
      ["PATCH", "/twins/pump-01/relationships/main", [{ op: "remove", path: "/diameter" }]],
      ["DELETE", "/twins/pump-01/relationships/main", undefined],
    ];
    for (const [method, path, body] of writes) {
      const answer = await rest.call(method, path, body);
      assert.equal(answer.status, 403, `${method} ${path}`);
      assert.equal(answer.body.code, "FORBIDDEN");
      assert.equal(answer.body.detail, "Without sign-in this server only reads.");
    }
  });
});
