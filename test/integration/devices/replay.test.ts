// The replay as people run it, against the embedded broker.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import avro from "avsc";
import { runReplay } from "../../../emulator/devices/replay/runReplay.ts";
import { eventually } from "../../support/eventually.ts";
import { closeAll, newBroker, newListener } from "./support.ts";

const directory = mkdtempSync(join(tmpdir(), "replay-"));
const HEADER = '"sno","date","Temperature","Humidity","Light","CO2","HumidityRatio","Occupancy"\n';
const occupancy = (rows: number) =>
  HEADER +
  Array.from({ length: rows }, (_, i) => {
    const date = new Date(Date.UTC(2015, 1, 2, 14, i)).toISOString().slice(0, 19).replace("T", " ");
    return `"${i}",${i % 2 === 0 ? `"${date}"` : date},${20 + i / 1000},26.2,585.2,749.5,0.0047,${i % 2}\n`;
  }).join("");

function newFile(name: string, content: string | Buffer): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

async function replay(args: string[], environment: Record<string, string> = {}) {
  const written = { out: "", err: "" };
  const code = await runReplay({
    args,
    environment,
    out: { write: (text) => (written.out += text) },
    err: { write: (text) => (written.err += text) },
    signal: new AbortController().signal,
  });
  return { code, ...written };
}

after(() => rmSync(directory, { recursive: true }));

describe("npm run replay", () => {
  afterEach(closeAll);

  it("sends a real room's measurements to its twin, found through the running demo's file", async () => {
    const broker = await newBroker();
    const heard = newListener(broker.connectionString);
    newFile(
      "emulator.json",
      JSON.stringify({ connectionString: broker.connectionString, hubs: { telemetry: "telemetry" } }),
    );
    const file = newFile("occupancy.csv", `${occupancy(1500)}"x",never,1\n`);
    const result = await replay([file, "--map", "occupancy", "--speed", "max", "--keep-time"], { DATA_DIR: directory });
    assert.deepEqual([result.code, result.out], [0, "1,500 rows sent, 1 skipped (line 1502)\n"]);
    assert.match(result.err, /line 1502 skipped: it has 3 cells where the header has 8/);
    await eventually(() => assert.equal(heard.length, 1500));
    assert.deepEqual(new Set(heard.map((it) => it.deviceId)), new Set(["office-101"]));
    const [first] = heard;
    const values = { temperature: 20, humidity: 26.2, illuminance: 585.2, co2: 749.5, occupied: false };
    assert.deepEqual(first?.values, values);
    assert.equal(first?.event.properties?.["iothub-creation-time-utc"], "2015-02-02T14:00:00.000Z");
    assert.equal(first?.event.systemProperties?.["dt-dataschema"], "dtmi:digitaltwins:demo:Room;1");
    assert.deepEqual(
      heard.map((it) => it.values["temperature"]),
      heard.map((_, i) => 20 + i / 1000),
    );
  });

  it("sends an Event Hubs Capture file, and tells of a record that is no JSON and of a file that breaks off", async () => {
    const broker = await newBroker();
    const heard = newListener(broker.connectionString);
    const file = newFile("capture.avro", await capture(['{"field1":"Tide","field2":"1.9 m"}', "{not json"]));
    const map = [
      "--map",
      "event-hubs-capture",
      "--connection-string",
      `${broker.connectionString};EntityPath=telemetry`,
    ];
    const result = await replay([file, ...map, "--keep-time"]);
    assert.deepEqual([result.code, result.out], [0, "1 row sent, 1 skipped (record 2)\n"]);
    await eventually(() => assert.deepEqual(heard[0]?.values, { line1: "Tide", line2: "1.9 m" }));
    assert.equal(heard[0]?.deviceId, "display-301");
    assert.equal(heard[0]?.event.properties?.["iothub-creation-time-utc"], "2016-11-16T16:44:11.000Z");
    const torn = newFile("torn.avro", readFileSync(file).subarray(0, -20));
    const broken = await replay([torn, ...map]);
    assert.equal(broken.code, 1);
    assert.match(broken.err, /torn\.avro breaks off after record \d/);
  });
});

describe("npm run replay, stopped or without a hub", () => {
  afterEach(closeAll);

  it("says in a sentence why it cannot send", async () => {
    const broker = await newBroker();
    const file = newFile("small.csv", occupancy(2));
    const to = (connectionString: string, ...more: string[]) =>
      replay([file, "--map", "occupancy", "--connection-string", connectionString, ...more]);
    assert.match(
      (await to(broker.connectionString, "--hub", "nohub")).err,
      /^There is no event hub "nohub" at .*--hub/,
    );
    assert.match((await to(broker.connectionString.replace("=local", "=wrong"))).err, /refuses the key/);
    const nobody = await to(
      "Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=a;SharedAccessKey=b;UseDevelopmentEmulator=true",
    );
    assert.deepEqual([nobody.code, nobody.out], [1, ""]);
    assert.match(nobody.err, /^Cannot reach the event hub "telemetry" at 127\.0\.0\.1:1; check/);
  });

  it("ends on Ctrl-C with its count", async () => {
    const broker = await newBroker();
    const heard = newListener(broker.connectionString);
    const file = newFile("long.csv", occupancy(1000));
    const entry = fileURLToPath(new URL("../../../emulator/devices/replay.ts", import.meta.url));
    const args = [entry, file, "--map", "occupancy", "--speed", "600", "--connection-string", broker.connectionString];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    child.stdout.on("data", (data) => (out += data));
    await eventually(() => assert.ok(heard.length > 3));
    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    assert.equal(code, 0);
    assert.match(out, /^\d+ rows sent, 0 skipped\n$/);
  });
});

/** A file as Event Hubs Capture writes it, with these bodies. */
async function capture(bodies: string[]): Promise<Buffer> {
  const values = { type: "map", values: ["long", "double", "string", "bytes"] } as const;
  const fields = [
    { name: "SequenceNumber", type: "long" },
    { name: "Offset", type: "string" },
    { name: "EnqueuedTimeUtc", type: "string" },
    { name: "SystemProperties", type: values },
    { name: "Properties", type: values },
    { name: "Body", type: ["null", "bytes"] },
  ];
  const schema = { type: "record", name: "EventData", fields } as Parameters<typeof avro.Type.forSchema>[0];
  const encoder = new avro.streams.BlockEncoder(avro.Type.forSchema(schema), { codec: "deflate" });
  const chunks: Buffer[] = [];
  encoder.on("data", (chunk: Buffer) => chunks.push(chunk));
  bodies.forEach((body, i) => {
    const envelope = { SequenceNumber: i, Offset: `${i}`, EnqueuedTimeUtc: "11/16/2016 4:44:11 PM" };
    encoder.write({ ...envelope, SystemProperties: {}, Properties: {}, Body: Buffer.from(body) });
  });
  encoder.end();
  await once(encoder, "end");
  return Buffer.concat(chunks);
}
