import assert from "node:assert/strict";
import type { SignIn } from "../../../src/auth/SignIn.ts";
import { newRestServer, type RestServer, rawGet } from "./newRestServer.ts";

describe("REST: other web sites", () => {
  let rest: RestServer;
  afterEach(() => rest.close());

  it("a foreign Origin is refused, the own and another of this machine are not", async () => {
    rest = await newRestServer();
    const from = (origin: string) => rest.call("GET", "/twins", undefined, { origin });
    assert.equal((await from("https://evil.example")).body.code, "FORBIDDEN");
    assert.equal((await from("null")).status, 403);
    assert.equal((await from("http://127.0.0.1.evil.example")).status, 403);
    assert.equal((await from(rest.origin)).status, 200);
    assert.equal((await from("http://localhost:5173")).status, 200);
    const write = await rest.call("DELETE", "/twins/store", undefined, { origin: "https://evil.example" });
    assert.equal(write.status, 403);
    assert.ok(await rest.provider.getTwin("store"));
  });

  it("a host name that was bound to this address is refused; names that were configured are not", async () => {
    rest = await newRestServer({ hosts: ["twins.example"] });
    const to = (host: string) => rawGet(rest.origin, "/api/v1/twins", { host });
    assert.equal(await to("evil.example:2567"), 403);
    assert.equal(await to("twins.example"), 200);
    assert.equal(await to("localhost:2567"), 200);
    assert.equal(await to("[::1]:2567"), 200);
    assert.equal(await to("10.1.2.3"), 200);
  });

  it("Colyseus' headers for any origin are taken off the API's answers", async () => {
    rest = await newRestServer({
      before: (_req, res, next) => {
        res.setHeader("Access-Control-Allow-Origin", "https://evil.example");
        res.setHeader("Access-Control-Allow-Credentials", "true");
        next();
      },
    });
    const { headers } = await rest.call("GET", "/twins");
    assert.equal(headers.get("access-control-allow-origin"), null);
    assert.equal(headers.get("access-control-allow-credentials"), null);
  });

  it("the page may ask the issuer of sign-ins, and nobody else", async () => {
    const signIn: SignIn = {
      offer: { kind: "token" },
      origins: () => ["https://login.example", "https://token.example"],
      verify: () => Promise.reject(new Error("nobody")),
      close() {},
    };
    rest = await newRestServer({ signIn });
    const policy = (await fetch(`${rest.origin}/docs`)).headers.get("content-security-policy") ?? "";
    assert.match(policy, /connect-src 'self' ws: wss: https:\/\/login\.example https:\/\/token\.example;/);
  });

  it("pages carry the security headers, without those that break plain http", async () => {
    rest = await newRestServer();
    const { headers } = await fetch(`${rest.origin}/docs`);
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'self'/);
    assert.match(policy, /connect-src 'self' ws: wss:/);
    assert.doesNotMatch(policy, /upgrade-insecure-requests|unsafe/);
    assert.equal(headers.get("strict-transport-security"), null);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
    assert.equal(headers.get("x-powered-by"), null);
  });

  it("what is no page may load nothing, and be framed and embedded nowhere, refusals too", async () => {
    rest = await newRestServer();
    for (const path of ["/api/v1/twins", "/api/v1/twins/pump-01", "/api/v1/nothing", "/health", "/metrics"]) {
      const { headers } = await fetch(rest.origin + path);
      assert.equal(headers.get("content-security-policy"), "default-src 'none'; frame-ancestors 'none'", path);
      assert.equal(headers.get("x-content-type-options"), "nosniff");
      assert.equal(headers.get("x-frame-options"), "DENY");
      assert.equal(headers.get("cross-origin-resource-policy"), "same-origin");
      assert.equal(headers.get("x-powered-by"), null);
    }
  });

  it("a good host before does not let a bad one in", async () => {
    rest = await newRestServer();
    assert.equal(await rawGet(rest.origin, "/api/v1/twins", { host: "localhost" }), 200);
    assert.equal(await rawGet(rest.origin, "/api/v1/twins", { host: "evil.example" }), 403);
    assert.equal(await rawGet(rest.origin, "/api/v1/twins", { host: "evil.example" }), 403);
    assert.equal(
      await rawGet(rest.origin, "/api/v1/twins", { host: "localhost", origin: "https://evil.example" }),
      403,
    );
    assert.equal(await rawGet(rest.origin, "/api/v1/twins", { host: "localhost" }), 200);
  });
});
