/**
 * The embedded twin service with 100,000 twins and 300,000 relationships: durable patches and reads per second and their
 * p99, CPU time per request, queries of three hops, memory, and how fast an ontology goes in. Beside it the same patches by
 * the official SDK, and the same rates against a server that does nothing (adt/floor.ts): a machine that is busy otherwise
 * shows there.
 *
 * Two processes: the service on a file, with its default event route into the embedded hub, and a client that costs as
 * little as can be (adt/drive.ts). With two cores each has one. CPU time per request is what a loaded machine changes least.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { startEmulator } from "../emulator/index.ts";
import { loopbackDigitalTwinsClient } from "../test/support/loopbackDigitalTwinsClient.ts";
import { buildGraph } from "./adt/buildGraph.ts";
import { HttpLane } from "./adt/HttpLane.ts";
import { readOntology } from "./adt/readOntology.ts";
import { asNpmRuns } from "./asNpmRuns.ts";
import type { BenchRow } from "./bench.ts";
import { percentile } from "./percentile.ts";

const TWINS = 100_000;
const LANES = 64;
const SECONDS = 8;
/** Requests a second for p99. */
const READS = 10_000;
const PATCHES = 5_000;
/** Of patches at a fixed rate: in shorter ones the old generation may be collected, or not. */
const PATIENT_SECONDS = 40;
const CHUNK = 250;
const VERSION = "api-version=2022-05-31";
/** Queries that begin at one twin, whose id is put behind; adt-query has those of a thousand rows, beside a scan. */
const HOPS: Readonly<Record<string, string>> = {
  JOIN: "SELECT A.$dtId AS a, B, C, D FROM DIGITALTWINS A JOIN B RELATED A.contains JOIN C RELATED B.contains JOIN D RELATED C.contains WHERE A.$dtId =",
  MATCH: "SELECT A.$dtId AS a, D FROM DIGITALTWINS MATCH (A)-[*..3]->(D) WHERE A.$dtId =",
};
const QUERIES = 500;

interface Driven {
  perSecond: number;
  p99: number;
  failures: number;
  /** µs of the service for each answer. */
  cpu: number;
}

type Floor = Record<"reads" | "patches" | "pacedReads" | "pacedPatches", Driven>;

export async function bench(): Promise<BenchRow[]> {
  const start = await startTime();
  const directory = await mkdtemp(join(tmpdir(), "adt-bench-"));
  try {
    const floor = await withServer(["loadtest/adt/floor.ts"], async (url, pid) => ({
      reads: await drive(url, pid, "read"),
      patches: await drive(url, pid, "patch"),
      pacedReads: await drive(url, pid, "read", READS),
      pacedPatches: await drive(url, pid, "patch", PATCHES),
    }));
    const graph = join(directory, "graph.ndjson");
    await writeFile(graph, buildGraph(TWINS));
    const service = [
      ...asNpmRuns("emulator"),
      "emulator/main.ts",
      "--data",
      join(directory, "data"),
      "--import",
      graph,
    ];
    return [start, ...(await withServer(service, (url, pid) => measure(url, pid, floor)))];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function withServer<T>(args: readonly string[], use: (url: URL, pid: number) => Promise<T>): Promise<T> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    return await use(await urlOf(child), child.pid ?? 0);
  } finally {
    child.kill("SIGTERM");
    await once(child, "exit");
  }
}

/** The first in this process, as in a test run: nothing is compiled yet. */
async function startTime(): Promise<BenchRow> {
  const begun = performance.now();
  const emulator = await startEmulator();
  const taken = performance.now() - begun;
  await emulator.close();
  return within("startEmulator(), the first in a process", taken, "ms", 200);
}

async function urlOf(child: ChildProcess): Promise<URL> {
  if (child.stdout !== null) {
    for await (const line of createInterface({ input: child.stdout })) {
      return new URL((JSON.parse(line) as { adtUrl: string }).adtUrl);
    }
  }
  throw new Error("the embedded cloud did not start");
}

async function measure(url: URL, pid: number, floor: Floor): Promise<BenchRow[]> {
  const loaded = memoryOf(pid);
  const ontology = await uploadOntology(url);
  const sdk = await patchBySdk(url.origin);
  const reads = await drive(url, pid, "read");
  const patches = await drive(url, pid, "patch");
  const pacedReads = await drive(url, pid, "read", READS);
  const pacedPatches = await drive(url, pid, "patch", PATCHES, PATIENT_SECONDS);
  const queries = await askHops(url);
  const peer = { peer: "@azure/digital-twins-core, 32 at once", peerValue: sdk };
  return [
    {
      name: "durable patches",
      value: patches.perSecond,
      unit: "1/s",
      ...peer,
      ratio: patches.perSecond / sdk,
      goal: "5,000/s, no failure",
      ok: patches.perSecond >= 5_000 && patches.failures === 0,
    },
    {
      name: "reads by id",
      value: reads.perSecond,
      unit: "1/s",
      ...peer,
      ratio: reads.perSecond / sdk,
      goal: "10,000/s, no failure",
      ok: reads.perSecond >= 10_000 && reads.failures === 0,
    },
    paced("p99 at 5,000 patches/s", pacedPatches, floor.pacedPatches),
    paced("p99 at 10,000 reads/s", pacedReads, floor.pacedReads),
    beside(within("CPU per patch", patches.cpu, "µs", 200), floor.patches.cpu),
    beside(within("CPU per read", reads.cpu, "µs", 100), floor.reads.cpu),
    ...queries,
    within("memory, loaded", loaded, "MB", 600),
    within("memory, at the end", memoryOf(pid), "MB", 600),
    ...(ontology === undefined ? [] : [within("1,364 models in", ontology, "s", 2)]),
  ];
}

function paced(name: string, driven: Driven, floor: Driven): BenchRow {
  const row = beside(within(name, driven.p99, "ms", 20), floor.p99);
  return { ...row, goal: `${row.goal}, no failure`, ok: row.ok && driven.failures === 0 };
}

function within(name: string, value: number, unit: string, most: number): BenchRow {
  const no = { peer: "none", peerValue: Number.NaN, ratio: Number.NaN };
  return { name, value, unit, ...no, goal: `under ${most} ${unit}`, ok: value < most };
}

function beside(row: BenchRow, floor: number): BenchRow {
  return { ...row, peer: "node:http that answers 204", peerValue: floor, ratio: row.value / floor };
}

/** `rate`: requests a second; absent: as many as there are answers. */
async function drive(url: URL, pid: number, mode: "read" | "patch", rate = 0, seconds = SECONDS): Promise<Driven> {
  const before = cpuOf(pid);
  const settings = [url.hostname, url.port, mode, LANES, seconds, TWINS, rate].map(String);
  const child = spawn(process.execPath, ["loadtest/adt/drive.ts", ...settings], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = await Promise.all([text(child.stdout), once(child, "exit")]);
  const { answers, ...driven } = JSON.parse(said) as Omit<Driven, "cpu"> & { answers: number };
  return { ...driven, cpu: (cpuOf(pid) - before) / answers };
}

/** Patches per second that the official SDK gets out of the same service. */
async function patchBySdk(url: string): Promise<number> {
  const client = loopbackDigitalTwinsClient(url);
  const until = performance.now() + 4_000;
  let done = 0;
  const lane = async (lane: number) => {
    for (let value = 0; performance.now() < until; value++) {
      const twin = `twin-${(lane * 1_000 + value) % TWINS}`;
      await client.updateDigitalTwin(twin, [{ op: "add", path: "/temperature", value: value % 100 }]);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: 32 }, (_, index) => lane(index)));
  return done / 4;
}

/** From the request to the last byte of the answer, each from another twin. */
async function askHops(url: URL): Promise<BenchRow[]> {
  const lane = new HttpLane(url.hostname, Number(url.port));
  const rows: BenchRow[] = [];
  for (const [kind, query] of Object.entries(HOPS)) {
    const taken: number[] = [];
    for (let twin = 0; twin < QUERIES; twin++) {
      const begun = performance.now();
      const asked = JSON.stringify({ query: `${query} 'twin-${twin}'` });
      const { status, body } = await lane.ask("POST", `/query?${VERSION}`, asked);
      taken.push(performance.now() - begun);
      if (status !== 200 || (JSON.parse(body) as { value: unknown[] }).value.length === 0) {
        throw new Error(`${kind} from twin-${twin}: ${status} ${body}`);
      }
    }
    rows.push(within(`${kind} of 3 hops, p99`, percentile(taken, 0.99), "ms", 10));
  }
  lane.close();
  return rows;
}

/** Seconds; undefined where the ontology is not at hand. */
async function uploadOntology(url: URL): Promise<number | undefined> {
  const models = readOntology();
  if (models === undefined) {
    return undefined;
  }
  const lane = new HttpLane(url.hostname, Number(url.port));
  const begun = performance.now();
  for (let at = 0; at < models.length; at += CHUNK) {
    const { status, body } = await lane.ask("POST", `/models?${VERSION}`, JSON.stringify(models.slice(at, at + CHUNK)));
    if (status !== 201) {
      throw new Error(`the ontology was refused: ${status} ${body}`);
    }
  }
  lane.close();
  return (performance.now() - begun) / 1000;
}

/** µs of user and system time so far; Linux only. */
function cpuOf(pid: number): number {
  const path = `/proc/${pid}/stat`;
  const fields = existsSync(path)
    ? readFileSync(path, "utf8")
        .replace(/^.*\) /, "")
        .split(" ")
    : [];
  const ticks = Number(fields[11]) + Number(fields[12]);
  return ticks * 10_000;
}

/** MB resident; Linux only. */
function memoryOf(pid: number): number {
  const path = `/proc/${pid}/status`;
  const kilobytes = existsSync(path) ? /VmRSS:\s+(\d+)/.exec(readFileSync(path, "utf8"))?.[1] : undefined;
  return Number(kilobytes) / 1024;
}
