/**
 * The client side of the benchmark of the twin service, a process of its own: `node drive.ts HOST PORT MODE LANES SECONDS
 * TWINS RATE`. MODE is patch or read; RATE is requests a second, 0: as many as there are answers. Prints one line of JSON:
 * answers per second, p99 in ms, answers that were no success, answers with those of the warm-up.
 */
import { setTimeout as wait } from "node:timers/promises";
import { percentile } from "../percentile.ts";
import { HttpLane } from "./HttpLane.ts";

const [host = "127.0.0.1", port = "0", mode = "read", lanes = "16", seconds = "5", twins = "1", rate = "0"] =
  process.argv.slice(2);
const VERSION = "api-version=2022-05-31";
/** Until what is measured with is compiled, and has caught up. */
const WARM_UP_MS = 4_000;

const from = performance.now() + WARM_UP_MS;
const until = from + Number(seconds) * 1000;
const latencies: number[] = [];
let failures = 0;
let answers = 0;
let seed = 1;

/** Numerical Recipes' generator: the same twins in each run. */
function nextTwin(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed % Number(twins);
}

const between = Number(rate) === 0 ? 0 : (Number(lanes) * 1000) / Number(rate);
const start = performance.now();

/**
 * Waits until a lane's request may begin. Gives when it began; of one that a late answer held up, when it should have begun, so
 * that a pause of the service counts for all whom it made wait.
 */
async function slot(index: number, value: number): Promise<number> {
  const due = start + (value + index / Number(lanes)) * between;
  const early = due - performance.now();
  if (between > 0 && early > 0) {
    await wait(early);
    return performance.now();
  }
  return between > 0 ? due : performance.now();
}

async function drive(index: number): Promise<void> {
  const lane = new HttpLane(host, Number(port));
  for (let value = 0; performance.now() < until; value++) {
    const begun = await slot(index, value);
    const path = `/digitaltwins/twin-${nextTwin()}?${VERSION}`;
    const body = `[{"op":"add","path":"/temperature","value":${value % 100}}]`;
    const { status } = mode === "patch" ? await lane.ask("PATCH", path, body) : await lane.ask("GET", path);
    answers += 1;
    if (begun >= from) {
      latencies.push(performance.now() - begun);
      failures += status === 200 || status === 204 ? 0 : 1;
    }
  }
  lane.close();
}

await Promise.all(Array.from({ length: Number(lanes) }, (_, index) => drive(index)));
const perSecond = latencies.length / Number(seconds);
console.log(JSON.stringify({ perSecond, p99: percentile(latencies, 0.99), failures, answers }));
