/**
 * DTDL, side by side with the reference parser (WebAssembly): RealEstateCore, 1,364 interfaces, parsed and resolved by a
 * process that has just started, its memory; and a JSON Patch validated once the code is warm.
 * Cold figures are of several processes, time of the least disturbed, memory of the largest; this file is their script
 * too: `node dtdl.ts ours|oracle`.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseModels, validatePatch } from "../src/dtdl/index.ts";
import { sharedData } from "../test/support/sharedData.ts";
import { findOracle } from "../test/unit/dtdl/oracle.ts";
import type { BenchRow } from "./bench.ts";

const FIXTURES = new URL("../test/fixtures/dtdl/", import.meta.url);
const ONTOLOGY = "ontologies/RealEstateCore.DTDLv2.jsonld";
const PEER = "@digicatapult/dtdl-parser";
const RUNS = 5;

interface Cold {
  /** From the first line of the script to the result; the modules are loaded by then in ours, not in the oracle's. */
  milliseconds: number;
  /** Heap and buffers more than before. */
  megabytes: number;
}

export async function bench(): Promise<BenchRow[]> {
  if (sharedData(ONTOLOGY) === undefined) {
    throw new Error(`${ONTOLOGY} is not there: SHARED_DATA names the folder that has it`);
  }
  const ours = cold("ours", RUNS);
  const theirs = findOracle() === undefined ? undefined : cold("oracle", 1);
  return [
    row("dtdl: parse and resolve RealEstateCore, cold process", "ms", ours.milliseconds, theirs?.milliseconds, 150),
    row("dtdl: memory for RealEstateCore, resolved", "MB", ours.megabytes, theirs?.megabytes, 20),
    row("dtdl: validate a patch of 3 operations, warm", "µs", patchMicroseconds(), undefined, 5),
  ];
}

function row(name: string, unit: string, value: number, peer: number | undefined, goal: number): BenchRow {
  return {
    name,
    value,
    unit,
    peer: peer === undefined ? "goal" : PEER,
    peerValue: peer ?? goal,
    ratio: value / (peer ?? goal),
    goal: `< ${goal} ${unit}`,
    ok: value < goal,
  };
}

function cold(who: "ours" | "oracle", runs: number): Cold {
  const measured = Array.from({ length: runs }, () => {
    const args = ["--expose-gc", import.meta.filename, who];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as Cold;
  });
  return {
    milliseconds: Math.min(...measured.map((one) => one.milliseconds)),
    megabytes: Math.max(...measured.map((one) => one.megabytes)),
  };
}

function patchMicroseconds(): number {
  const graph = parseModels([JSON.parse(readFileSync(new URL("rich.json", FIXTURES), "utf8"))]);
  const patch = [
    { op: "replace", path: "/power", value: 3 },
    { op: "add", path: "/motor/enabled", value: true },
    { op: "replace", path: "/settings/a/limit", value: 1.5 },
  ];
  const rounds = 200_000;
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 4; run++) {
    const start = performance.now();
    for (let i = 0; i < rounds; i++) {
      validatePatch(graph, "dtmi:com:example:rich:Machine;1", patch);
    }
    best = Math.min(best, ((performance.now() - start) / rounds) * 1_000);
  }
  return best;
}

/** Bytes held after collection. */
function held(): number {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function measure(run: () => Promise<unknown>): Promise<Cold> {
  const before = held();
  const start = performance.now();
  const result = await run();
  const milliseconds = performance.now() - start;
  const megabytes = (held() - before) / 1e6;
  return result === undefined ? { milliseconds: Number.NaN, megabytes: Number.NaN } : { milliseconds, megabytes };
}

async function child(who: string | undefined): Promise<Cold> {
  const text = readFileSync(sharedData(ONTOLOGY) ?? "", "utf8");
  if (who === "ours") {
    return measure(async () => parseModels([JSON.parse(text)]));
  }
  const parser = pathToFileURL(join(findOracle() ?? "", "build/interop/modelParser.js")).href;
  return measure(async () => ((await import(parser)) as { parse(text: string): string }).parse(text));
}

if (import.meta.main) {
  const measured = await child(process.argv[2]);
  process.stdout.write(JSON.stringify(measured), () => process.exit(0));
}
