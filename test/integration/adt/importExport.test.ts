// A whole instance as one NDJSON file, in the format of Azure's import jobs: by the admin route and by the command line.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { closeDigitalTwins, newDigitalTwins } from "../../support/newDigitalTwins.ts";
import { silentLog } from "../../support/silentLog.ts";
import { CAMERA, MODELS, ROOM, room, SPACE, space, THERMOSTAT } from "./models.ts";

interface Imported {
  status: string;
  models: number;
  twins: number;
  relationships: number;
  errors: { line: number; code: string; message: string }[];
}

/** Without what each instance gives anew. */
function comparable(lines: string): unknown[] {
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      return value.map(strip);
    }
    if (typeof value !== "object" || value === null) {
      return value;
    }
    const kept = Object.entries(value).filter(([name]) => !/^(\$etag|\$?lastUpdateTime)$/.test(name));
    return Object.fromEntries(kept.map(([name, member]) => [name, strip(member)]));
  };
  return lines
    .trimEnd()
    .split("\n")
    .map((line) => strip(JSON.parse(line)));
}

async function newPlant() {
  const plant = await newDigitalTwins();
  const { client } = plant;
  await client.createModels(MODELS);
  await client.upsertDigitalTwin("s", space({ name: "hall\nwith a break" }));
  const $metadata = { $model: ROOM["@id"], temperature: { sourceTime: "2026-11-22T10:00:00.1234567Z" } };
  await client.upsertDigitalTwin(
    "r",
    room({ $metadata, temperature: 20, thermostat: { $metadata: {}, setPoint: 21 } }),
  );
  await client.upsertRelationship("s", "c", { $relationshipName: "contains", $targetId: "r", order: 3 });
  await client.decomissionModel(SPACE["@id"]);
  await client.upsertEventRoute("quiet", "notifications", "false");
  return plant;
}

async function exported(url: string): Promise<string> {
  return await (await fetch(`${url}/$admin/export`)).text();
}

async function imported(url: string, body: string): Promise<Imported> {
  const response = await fetch(`${url}/$admin/import`, { method: "POST", body });
  assert.equal(response.status, 200);
  return (await response.json()) as Imported;
}

describe("embedded twin service: export and import", () => {
  afterEach(closeDigitalTwins);

  it("carry a whole instance over", async () => {
    const plant = await newPlant();
    const lines = await exported(plant.url);
    const [section, header, models] = lines.split("\n").map((line) => (line === "" ? {} : JSON.parse(line)));
    assert.deepEqual([section, models], [{ Section: "Header" }, { Section: "Models" }]);
    assert.equal(header.fileVersion, "1.0.0");
    const other = await newDigitalTwins();
    assert.deepEqual(await imported(other.url, lines), {
      status: "succeeded",
      models: 4,
      twins: 2,
      relationships: 1,
      errors: [],
      failures: 0,
    });
    assert.deepEqual(comparable(await exported(other.url)), comparable(lines));
    assert.deepEqual(other.notified, []);
    const again = await imported(other.url, lines);
    assert.deepEqual([again.status, again.models, again.twins], ["succeeded", 0, 2], "what is there is replaced");
  });

  it("write what was there at the first line, whatever is written meanwhile", async () => {
    const plant = await newPlant();
    const before = (await exported(plant.url)).split("\n").filter((line) => line !== "");
    const lines = plant.export()[Symbol.iterator]();
    const found = [lines.next().value];
    for (let value = 0; value < 20; value++) {
      await plant.client.updateDigitalTwin("r", [{ op: "replace", path: "/temperature", value }]);
      await plant.client.upsertRelationship("s", "c", { $relationshipName: "contains", $targetId: "r", order: value });
    }
    await plant.client.deleteRelationship("s", "c");
    await plant.client.deleteDigitalTwin("r");
    for (let line = lines.next(); line.done !== true; line = lines.next()) {
      found.push(line.value);
    }
    assert.deepEqual(
      found.map((line) => String(line).trimEnd()),
      before,
    );
  });

  it("cut off who does not read, since what is replaced would stay in memory for him", async () => {
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (_: object, message: string) => warnings.push(message) };
    // A reader in this process stands still whenever it does.
    const { url } = await newDigitalTwins({ exportPatience: 1_000, log });
    // More than sockets hold.
    const twins = Array.from({ length: 3_000 }, (_, n) => ({
      $dtId: `s${n}`,
      $metadata: { $model: SPACE["@id"] },
      name: "x".repeat(4_000),
    }));
    const lines = [{ Section: "Header" }, { fileVersion: "1.0.0" }, { Section: "Models" }, ...MODELS];
    const all = [...lines, { Section: "Twins" }, ...twins].map((line) => JSON.stringify(line));
    assert.equal((await imported(url, all.join("\n"))).twins, 3_000);
    const { port } = new URL(url);
    const socket = connect(Number(port), "127.0.0.1");
    socket.pause();
    socket.write("GET /$admin/export HTTP/1.1\r\nHost: x\r\n\r\n");
    // Who reads is not cut off.
    let whole = "";
    while (warnings.length === 0) {
      whole = await exported(url);
      assert.match(whole, /"s2999"/);
    }
    const got = await text(socket);
    assert.deepEqual(warnings, ["an export was cut off: its reader stood still"]);
    assert.ok(got.length < whole.length, `${got.length} of ${whole.length}`);
    assert.doesNotMatch(got, /"s2999"/);
  });

  it("take a file as Azure's documentation has it, models in any order, and tell the lines that are wrong", async () => {
    const { url, request } = await newDigitalTwins();
    const lines = [
      { Section: "Header" },
      { fileVersion: "1.0.0", author: "foobar", organization: "contoso" },
      { Section: "Models" },
      ROOM,
      THERMOSTAT,
      SPACE,
      { Section: "Twins" },
      { $dtId: "s", $metadata: { $model: SPACE["@id"] } },
      { $dtId: "wrong", $metadata: { $model: SPACE["@id"] }, colour: 1 },
      { $metadata: { $model: SPACE["@id"] } },
      { $dtId: "t", $metadata: { $model: SPACE["@id"] } },
      { Section: "Relationships" },
      { $sourceId: "s", $relationshipId: "c", $targetId: "t", $relationshipName: "contains" },
      { $sourceId: "s", $relationshipId: "d", $targetId: "none", $relationshipName: "contains" },
    ];
    const body = `\n${lines.map((line) => JSON.stringify(line)).join("\r\n")}\nnonsense\n{"Section":"Twins"}`;
    const result = await imported(url, body);
    assert.deepEqual([result.status, result.models, result.twins, result.relationships], ["failed", 3, 2, 1]);
    assert.deepEqual(
      result.errors.map(({ line, code }) => [line, code]),
      [
        [10, "ValidationFailed"],
        [11, "ValidationFailed"],
        [15, "TargetDigitalTwinNotFound"],
        [16, "ValidationFailed"],
        [17, "ValidationFailed"],
      ],
    );
    assert.equal((await request("GET", "/digitaltwins/s/relationships/c")).status, 200);
    const headless = await imported(url, JSON.stringify(CAMERA));
    assert.deepEqual([headless.status, headless.errors[0]?.line], ["failed", 1]);
  });
});

describe("npm run emulator: export and import", () => {
  let directory = "";

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "adt-"));
  });
  afterEach(async () => {
    await closeDigitalTwins();
    await rm(directory, { recursive: true });
  });

  async function run(...options: string[]): Promise<{ code: number | null; out: string; said: string }> {
    const child = spawn(process.execPath, ["emulator/main.ts", ...options], { stdio: ["ignore", "pipe", "pipe"] });
    const [out, said, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "exit") as Promise<[number | null]>,
    ]);
    return { code, out, said };
  }

  it("imports a file, writes another one, and ends", async () => {
    const lines = await exported((await newPlant()).url);
    const [from, to, data] = ["in.ndjson", "out.ndjson", "data"].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(from, lines);
    assert.deepEqual(await run("--data", data, "--import", from, "--export", to), { code: 0, out: "", said: "" });
    assert.deepEqual(comparable(await readFile(to, "utf8")), comparable(lines));
    await rm(to);
    assert.deepEqual(await run("--data", data, "--export", to), { code: 0, out: "", said: "" });
    assert.deepEqual(comparable(await readFile(to, "utf8")), comparable(lines));
    const missing = await run("--import", join(directory, "none"));
    assert.equal(missing.code, 1);
    assert.match(missing.said, /^--import: .*none cannot be read/);
  }).timeout(30_000);
});
