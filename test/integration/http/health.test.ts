import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newRestServer, type RestServer } from "./newRestServer.ts";

describe("HTTP: health", () => {
  let rest: RestServer;
  afterEach(() => rest.close());

  it("is 503 with the reasons until a player could join, then 200; live all the time", async () => {
    let ready = false;
    const reasons = ["The twins are being loaded."];
    rest = await newRestServer({ ready: () => ({ ready, reasons: ready ? [] : reasons }) });
    for (const path of ["/health", "/health/ready"]) {
      const response = await fetch(rest.origin + path);
      assert.equal(response.status, 503);
      const body = (await response.json()) as { reasons: string[]; version: string };
      assert.deepEqual(body.reasons, reasons);
      assert.equal(body.version, "0.0.0-test");
    }
    assert.equal((await fetch(`${rest.origin}/health/live`)).status, 200);
    ready = true;
    const response = await fetch(`${rest.origin}/health`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("cache-control"), "no-store");
    const body = (await response.json()) as { link: { connected: boolean } };
    assert.equal(body.link.connected, true);
  });
});

describe("HTTP: the page", () => {
  let rest: RestServer;
  let webRoot: string;
  beforeEach(async () => {
    webRoot = await mkdtemp(join(tmpdir(), "page-"));
    await mkdir(join(webRoot, "assets"));
    await writeFile(join(webRoot, "assets", "main-1a2b3c.js"), `export const text = "${"twin ".repeat(1000)}";`);
    rest = await newRestServer({ webRoot });
  });
  afterEach(async () => {
    await rest.close();
    await rm(webRoot, { recursive: true });
  });

  it("sends what was compressed when it was built, to those who take it", async () => {
    const file = join(webRoot, "assets", "small-1a2b3c.js");
    await writeFile(file, "export const plain = 1;");
    await writeFile(`${file}.br`, "stands for brotli");
    const get = (encoding: string) =>
      fetch(`${rest.origin}/assets/small-1a2b3c.js`, { method: "HEAD", headers: { "accept-encoding": encoding } });
    const [small, plain] = [await get("gzip, br"), await get("identity")];
    assert.equal(small.headers.get("content-encoding"), "br");
    assert.equal(small.headers.get("content-length"), String("stands for brotli".length));
    assert.match(small.headers.get("content-type") ?? "", /javascript/);
    assert.match(small.headers.get("vary") ?? "", /Accept-Encoding/);
    assert.match(small.headers.get("cache-control") ?? "", /immutable/);
    assert.equal(plain.headers.get("content-encoding"), null);
    assert.equal(plain.headers.get("content-length"), String("export const plain = 1;".length));
  });

  it("serves the index at /, always asked for anew, and under the security headers", async () => {
    await writeFile(join(webRoot, "index.html"), "<!doctype html><title>Twins</title>");
    const response = await fetch(`${rest.origin}/?space=hall`);
    assert.equal(response.status, 200);
    assert.match(await response.text(), /Twins/);
    assert.equal(response.headers.get("cache-control"), "no-cache");
    assert.match(response.headers.get("content-security-policy") ?? "", /default-src 'self'/);
  });

  it("serves hashed files compressed and for ever", async () => {
    const response = await fetch(`${rest.origin}/assets/main-1a2b3c.js`);
    assert.equal(response.headers.get("content-encoding"), "gzip");
    assert.match(response.headers.get("cache-control") ?? "", /immutable/);
    assert.match(await response.text(), /twin twin/);
  });

  it("says how to build the page when it is not there", async () => {
    const response = await fetch(`${rest.origin}/`);
    assert.equal(response.status, 404);
    assert.match(await response.text(), /npm run build:web/);
  });

  it("leaves other paths, and their headers, to what is mounted after", async () => {
    const response = await fetch(`${rest.origin}/game/of/somebody`);
    assert.equal(response.status, 404);
    assert.doesNotMatch(response.headers.get("content-security-policy") ?? "", /ws:/);
    assert.equal((await fetch(`${rest.origin}/..%2f..%2fetc/passwd`)).status, 404);
    assert.equal((await fetch(`${rest.origin}/%E0%A4%A`)).status, 404);
  });
});
