// `npm start` as a person meets it: what it prints, how it ends, and a sentence for everything that can be wrong.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp } from "../../src/app.ts";
import { startFailure } from "../../src/cli/startFailure.ts";
import { loadConfig } from "../../src/config.ts";
import { callApi } from "../support/callApi.ts";
import { eventually } from "../support/eventually.ts";
import { joinSpace } from "../support/joinSpace.ts";
import { endProcesses, newProcess, newServer, ROOT, urlOf } from "../support/newProcess.ts";
import { silentLog } from "../support/silentLog.ts";

const STOP_MS = 4500;
const NO_DATABASE = "this is no database, whatever its name says. ".repeat(99);

describe("npm start", function () {
  this.timeout(60_000);
  const root = mkdtempSync(join(tmpdir(), "start-"));
  let n = 0;
  const newDir = () => join(root, String(++n));

  afterEach(endProcesses);
  after(() => rmSync(root, { recursive: true }));

  it("prints one URL and what to try, serves the page, and ends on Ctrl-C", async () => {
    const started = newProcess(["start"], { PORT: "0", DATA_DIR: newDir() }, "npm");
    const url = await urlOf(started);
    await started.prints(/Try .*operator[\s\S]*builder[\s\S]*Ctrl-C/);
    const page = await fetch(url);
    assert.deepEqual([page.status, page.headers.get("content-type")?.split(";")[0]], [200, "text/html"]);
    const health = await fetch(`${url}/health`);
    assert.deepEqual([health.status, ((await health.json()) as { status?: string }).status], [200, "ready"]);
    const player = await joinSpace(url);
    assert.ok(player.world.twins.size >= 20);
    const { code, ms } = await started.end("SIGINT");
    assert.ok(code === 0 || code === null, `${code}`); // npm itself ends by the signal
    assert.ok(ms < STOP_MS, `${ms} ms`);
    assert.doesNotMatch(started.stderr(), /"level":[45]0|^\s+at /m);
    await assert.rejects(fetch(url));
  });

  it("keeps the world from one start to the next, and ends on SIGTERM", async () => {
    const env = { DATA_DIR: newDir() };
    const first = await newServer(env);
    const patch = [{ op: "replace", path: "/targetTemperature", value: 19.5 }];
    assert.equal((await callApi(first.url, "PATCH", "/twins/hall-1", patch)).status, 204);
    await callApi(first.url, "DELETE", "/twins/pump-901");
    const { code, ms } = await first.end("SIGTERM");
    assert.equal(code, 0);
    assert.ok(ms < STOP_MS, `${ms} ms`);

    const second = await newServer(env);
    assert.equal((await callApi(second.url, "GET", "/twins/hall-1")).body.targetTemperature, 19.5);
    assert.equal((await callApi(second.url, "GET", "/twins/pump-901")).status, 404);

    const third = await failed(env);
    assert.match(third, /is in use by another .*Stop that one, or choose another directory/);
    assert.equal((await callApi(second.url, "GET", "/twins/pump-101")).status, 200, "which goes on undisturbed");
  });

  it("stops while its devices are being started: they are not left behind, with the embedded cloud waiting for them", async function () {
    this.timeout(20_000); // 31 s where it waited
    const app = await createApp(loadConfig({ PORT: "0", DATA_DIR: newDir() }), { log: silentLog });
    const { link } = app.services;
    await eventually(() => assert.ok(link.loaded));
    await new Promise((resolve) => setImmediate(resolve));
    await app.close();
  });

  it("stops cleanly when nobody reads what it prints any more", async () => {
    const env = { ...process.env, PORT: "0", LOG_LEVEL: "silent" };
    const child = spawn(process.execPath, ["src/main.ts", "--memory"], { cwd: ROOT, env });
    await once(child.stdout, "data");
    child.stdout.destroy();
    child.kill("SIGINT");
    assert.deepEqual(await once(child, "exit"), [0, null]);
  });

  it("keeps nothing with --memory", async () => {
    const dataDir = newDir();
    const server = await newServer({ DATA_DIR: dataDir }, ["--memory"]);
    assert.equal((await callApi(server.url, "GET", "/twins/pump-101")).status, 200);
    const { code, ms } = await server.end("SIGINT");
    assert.equal(code, 0);
    assert.ok(ms < STOP_MS, `${ms} ms`);
    assert.equal(existsSync(dataDir), false);
  });

  it("says where the page is while the twin service does not answer, and no welcome after Ctrl-C", async () => {
    const nobody = createServer().listen(0, "127.0.0.1");
    await once(nobody, "listening");
    const { port } = nobody.address() as AddressInfo;
    nobody.close();
    const url = `http://127.0.0.1:${port}`;
    const server = newProcess(["src/main.ts"], { PORT: "0", DATA_DIR: newDir(), AZURE_DIGITALTWINS_URL: url });
    const [, page = ""] = await server.prints(/No twins yet[\s\S]*Open +(http\S+)/);
    const health = await fetch(`${page}/health`);
    assert.equal(health.status, 503);
    assert.match(await health.text(), /nothing listens there/);
    await server.end("SIGINT");
    assert.doesNotMatch(server.stdout(), /0 twins/);
  });

  it("says in a sentence that the port is taken, and leaves nothing behind", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const dataDir = newDir();
    try {
      assert.match(
        await failed({ PORT: String(port), DATA_DIR: dataDir }),
        new RegExp(`^Port ${port} is taken.*PORT=`),
      );
      assert.equal(existsSync(dataDir), false);
    } finally {
      other.close();
    }
  });

  it("says in a sentence that a directory cannot be written", async () => {
    const dataDir = newDir();
    const isRoot = process.getuid?.() === 0;
    if (isRoot) {
      writeFileSync(dataDir, ""); // root may write everywhere, but not below a file
    } else {
      mkdirSync(dataDir);
      chmodSync(dataDir, 0o500);
    }
    const said = await failed({ DATA_DIR: join(dataDir, "data") });
    assert.ok(said.includes(join(dataDir, "data")), said);
    assert.match(said, isRoot ? /is not a folder|not a directory/ : /permission denied/);
    assert.match(said, /choose another data directory/i);
  });

  it("says in a sentence which data file is broken, and leaves it as it is", async () => {
    const broken = (name: string) => {
      const dataDir = newDir();
      mkdirSync(dataDir);
      writeFileSync(join(dataDir, name), NO_DATABASE);
      return { file: join(dataDir, name), env: { PORT: "0", DATA_DIR: dataDir } };
    };
    const check = (file: string, said: string) => {
      assert.ok(said.includes(file), said);
      assert.match(said, /^[^\n]*not a database[^\n]*(Delete it|Move it away)[^\n]*choose another data directory\.$/);
      assert.equal(readFileSync(file, "utf8"), NO_DATABASE);
    };
    const twins = broken("digitaltwins.sqlite");
    check(twins.file, await failed(twins.env));
    // The others in this process: a start costs a second.
    for (const { file, env } of [broken("eventhubs.sqlite"), broken("server.sqlite")]) {
      const config = loadConfig(env);
      const error = await createApp(config, { log: silentLog }).then(
        () => assert.fail("it started"),
        (e: unknown) => e,
      );
      check(file, startFailure(error, config));
    }
  });

  it("lists everything that is wrong with the settings", async () => {
    const said = await failed({ PORT: "http", LOG_LEVEL: "loud", HOST: "0.0.0.0" });
    assert.match(
      said,
      /^The configuration is not usable:\n {2}PORT=http: .*\n {2}LOG_LEVEL=loud: expected trace, .*\n {2}HOST=0\.0\.0\.0: .*$/,
    );
  });

  /** What it said on stderr when it gave up. No stack, nothing on stdout. */
  async function failed(env: Record<string, string>): Promise<string> {
    const server = newProcess(["src/main.ts"], { PORT: "0", ...env });
    const code = await server.ended;
    const said = server.stderr().trimEnd();
    assert.equal(code, 1, `it said: ${said}${server.stdout()}`);
    assert.doesNotMatch(said, /^\s+at |LOG_LEVEL=debug/m, "no stack, and no need of one");
    assert.doesNotMatch(server.stdout(), /Open/);
    return said;
  }
});
