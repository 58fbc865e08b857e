// What the embedded twin service has answered is on disk: over restarts, and over a kill -9 of its process.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { killTwins } from "../../support/killTwins.ts";
import { closeDigitalTwins, newDigitalTwins } from "../../support/newDigitalTwins.ts";
import { MODELS, ROOM, room, SPACE, space } from "./models.ts";

interface Ready {
  ready: boolean;
  adtUrl: string;
  connectionString: string;
  hubs: Record<string, string>;
}

let directory = "";
let taken: Server | undefined;
const processes: ChildProcess[] = [];

async function newDirectory(): Promise<void> {
  directory = await mkdtemp(join(tmpdir(), "adt-"));
}

async function cleanUp(): Promise<void> {
  await closeDigitalTwins();
  taken?.close();
  for (const child of processes.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }
  await rm(directory, { recursive: true });
}

function spawnEmulator(...options: string[]): ChildProcess {
  const child = spawn(process.execPath, ["emulator/main.ts", ...options], { stdio: ["ignore", "pipe", "pipe"] });
  processes.push(child);
  return child;
}

async function ready(child: ChildProcess): Promise<Ready> {
  assert.ok(child.stdout);
  for await (const line of createInterface(child.stdout)) {
    return JSON.parse(line) as Ready;
  }
  throw new Error("the emulator ended without a word");
}

/** How a start that fails ends: code and what it said. */
async function failure(...options: string[]): Promise<{ code: number | null; said: string }> {
  const child = spawnEmulator(...options);
  assert.ok(child.stderr);
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, "exit") as Promise<[number | null]>]);
  return { code, said };
}

describe("embedded twin service: storage", () => {
  beforeEach(newDirectory);
  afterEach(cleanUp);

  it("keeps everything over a restart", async () => {
    const file = join(directory, "twins.sqlite");
    const first = await newDigitalTwins({ file });
    await first.client.createModels(MODELS);
    await first.client.upsertDigitalTwin("s", space({ name: "hall" }));
    await first.client.upsertDigitalTwin("r", room({ temperature: 1 }));
    await first.client.upsertDigitalTwin("gone", room());
    await first.client.updateDigitalTwin("r", [{ op: "replace", path: "/temperature", value: 2 }]);
    await first.client.deleteDigitalTwin("gone");
    await first.client.upsertRelationship("s", "c", { $relationshipName: "contains", $targetId: "r" });
    await first.client.upsertEventRoute("none", "notifications", "false");
    await first.client.decomissionModel(SPACE["@id"]);
    const paths = [
      "/models?includeModelDefinition=true",
      "/digitaltwins/s",
      "/digitaltwins/r",
      "/digitaltwins/gone",
      "/digitaltwins/s/relationships",
      "/digitaltwins/r/incomingrelationships",
      "/eventroutes",
    ];
    const read = async (service: typeof first) => {
      const bodies = await Promise.all(paths.map(async (path) => (await service.request("GET", path)).body));
      // The second has another port.
      return JSON.parse(JSON.stringify(bodies).replaceAll(service.url, "")) as unknown;
    };
    const before = await read(first);
    await first.close();
    const second = await newDigitalTwins({ file });
    assert.deepEqual(await read(second), before);
    const query = { query: `SELECT COUNT() FROM DIGITALTWINS WHERE IS_OF_MODEL('${ROOM["@id"]}')` };
    assert.deepEqual((await second.request("POST", "/query", query)).body, {
      value: [{ COUNT: 1 }],
      continuationToken: null,
    });
  });

  it("closes twice without a complaint", async () => {
    const { close, url } = await newDigitalTwins({ file: join(directory, "twins.sqlite") });
    await Promise.all([close(), close()]);
    await close();
    await assert.rejects(fetch(url));
  });

  it("loses nothing that it acknowledged to a kill -9", async () => {
    await killTwins(directory, 7, 3);
  }).timeout(60_000);
});

describe("npm run emulator", () => {
  beforeEach(newDirectory);
  afterEach(cleanUp);

  it("prints one line when it serves, and ends with code 0 on a signal", async () => {
    const signals = ["SIGTERM", "SIGINT"] as const;
    const endings = signals.map(async (signal) => {
      const child = spawnEmulator("--memory", "--adt-port", "0", "--amqp-port", "0");
      const line = await ready(child);
      assert.equal(line.ready, true);
      assert.match(line.adtUrl, /^http:\/\/127\.0\.0\.1:\d+$/);
      assert.match(line.connectionString, /^Endpoint=sb:\/\/127\.0\.0\.1:\d+;/);
      assert.deepEqual(line.hubs, { notifications: "notifications", telemetry: "telemetry" });
      child.kill(signal);
      assert.deepEqual(await once(child, "exit"), [0, null]);
    });
    await Promise.all(endings);
  });

  it("says in one sentence why it cannot start", async function () {
    // Several processes at once.
    this.timeout(20_000);
    taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    const broken = join(directory, "broken");
    await newDigitalTwins({ file: join(directory, "digitaltwins.sqlite") });
    await writeFile(broken, "not a directory");
    const cases: [string[], RegExp][] = [
      [["--adt-port", String(port)], new RegExp(`^Port ${port} is taken .* --adt-port\\.\n$`)],
      [["--amqp-port", String(port)], new RegExp(`^Port ${port} is taken .* --amqp-port\\.\n$`)],
      [["--adt-port", "70000"], /^--adt-port takes a port from 0 to 65535/],
      [["--colour"], /^Unknown option '--colour'.* See --help\.\n$/],
      [["--memory", "--data", directory], /^--memory and --data exclude each other/],
      [["--data", broken], /^The data directory .*broken cannot be used/],
      [["--data", directory], /digitaltwins\.sqlite: another process uses it\./],
    ];
    const failures = await Promise.all(cases.map(([options]) => failure(...options)));
    for (const [index, { code, said }] of failures.entries()) {
      assert.match(said, cases[index]?.[1] ?? /never/);
      assert.equal(said.trimEnd().includes("\n"), false);
      assert.equal(code, 1);
    }
  });
});
