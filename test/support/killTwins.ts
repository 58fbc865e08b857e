// Writers of every kind against an emulator that is killed at any instant, round after round: what it acknowledged is there.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { Random } from "../../emulator/adt/faults/Random.ts";
import { HttpLane } from "../../loadtest/adt/HttpLane.ts";
import { MODELS, room, space } from "../integration/adt/models.ts";

const WRITERS = 8;
const VERSION = "api-version=2022-05-31";
/** Of writing, in ms. */
const LONGEST = 400;

/** What a writer knows: acknowledged, and asked for without an answer. Undefined: deleted. */
interface Known {
  value: number | undefined;
  asked: number | undefined | "nothing";
}
type Asked = (method: string, path: string, body?: string) => Promise<void>;
/** One kind of write, on a thing of its own. */
interface Writer {
  path: string;
  property: string;
  known: Known;
  /** Makes the thing what `asked` says. */
  write: (ask: Asked, writer: Writer, value: number) => Promise<void>;
}

/** The directory may hold an earlier instance. */
export async function killTwins(directory: string, seed: number, rounds: number): Promise<void> {
  const random = new Random(seed, "kill");
  const writers = Array.from({ length: WRITERS }, (_, index) => newWriter(index));
  let acknowledged = 0;
  // On a busy machine little is acknowledged before the kill: more rounds then, not less proof.
  for (let round = 0; round < rounds || (acknowledged <= rounds * WRITERS && round < 10 * rounds); round++) {
    const { child, url } = await startChild(directory);
    try {
      if (round === 0) {
        await prepare(url, writers);
      }
      await Promise.all(writers.map((writer) => verify(url, writer, `seed ${seed}, round ${round}`)));
      const killed = delay(random.next() * LONGEST).then(() => child.kill("SIGKILL"));
      const counts = await Promise.all(writers.map((writer) => writeOn(url, writer)));
      acknowledged += counts.reduce((sum, count) => sum + count, 0);
      await killed;
    } finally {
      await end(child);
    }
  }
  const { child, url } = await startChild(directory);
  try {
    await Promise.all(writers.map((writer) => verify(url, writer, `seed ${seed}, the end`)));
  } finally {
    await end(child);
  }
  assert.ok(acknowledged > rounds * WRITERS, `only ${acknowledged} writes were acknowledged`);
}

async function startChild(directory: string): Promise<{ child: ChildProcess; url: URL }> {
  const child = spawn(process.execPath, ["emulator/main.ts", "--data", directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, url: new URL((JSON.parse(line) as { adtUrl: string }).adtUrl) };
  }
  throw new Error("the emulator did not start");
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
}

function newWriter(index: number): Writer {
  const known: Known = { value: undefined, asked: "nothing" };
  const isLinked = index % 4 === 3;
  const path = isLinked ? `/digitaltwins/hall/relationships/r${index}` : `/digitaltwins/twin-${index}`;
  const put = isLinked ? putRelationship : putTwin;
  return { path, property: isLinked ? "order" : "temperature", known, write: index % 4 === 0 ? patchOn : put };
}

async function prepare(url: URL, writers: readonly Writer[]): Promise<void> {
  const lane = new HttpLane(url.hostname, Number(url.port));
  await lane.ask("POST", `/models?${VERSION}`, JSON.stringify(MODELS));
  await lane.ask("PUT", `/digitaltwins/hall?${VERSION}`, space());
  await lane.ask("PUT", `/digitaltwins/target?${VERSION}`, room());
  for (const writer of writers) {
    if (writer.write === patchOn) {
      await lane.ask("PUT", `${writer.path}?${VERSION}`, room({ temperature: 0 }));
      writer.known.value = 0;
    }
  }
  lane.close();
}

/** Writes until the service is gone; how many writes it acknowledged. */
async function writeOn(url: URL, writer: Writer): Promise<number> {
  const lane = new HttpLane(url.hostname, Number(url.port));
  const ask: Asked = async (method, path, body) => {
    const { status } = await lane.ask(method, `${path}?${VERSION}`, body);
    assert.ok(status === 200 || status === 204, `${method} ${path}: ${status}`);
  };
  let count = 0;
  try {
    for (let value = (writer.known.value ?? 0) + 1; ; value++) {
      await writer.write(ask, writer, value);
      count += 1;
    }
  } catch (error) {
    assert.ok(!(error instanceof assert.AssertionError), String(error));
    return count;
  } finally {
    lane.close();
  }
}

async function patchOn(ask: Asked, { path, known }: Writer, value: number): Promise<void> {
  const body = JSON.stringify([{ op: "add", path: "/temperature", value }]);
  await told(known, value, () => ask("PATCH", path, body));
}

async function putTwin(ask: Asked, writer: Writer, value: number): Promise<void> {
  await putAndDelete(ask, writer, value, room({ temperature: value }));
}

async function putRelationship(ask: Asked, writer: Writer, value: number): Promise<void> {
  const body = { $relationshipName: "contains", $targetId: "target", order: value };
  await putAndDelete(ask, writer, value, JSON.stringify(body));
}

/** Every third time the thing goes. */
async function putAndDelete(ask: Asked, { path, known }: Writer, value: number, body: string): Promise<void> {
  await told(known, value, () => ask("PUT", path, body));
  if (value % 3 === 0) {
    await told(known, undefined, () => ask("DELETE", path));
  }
}

async function told(known: Known, value: number | undefined, ask: () => Promise<void>): Promise<void> {
  known.asked = value;
  await ask();
  known.value = value;
  known.asked = "nothing";
}

/** What is there is what was acknowledged, or what was asked for last. */
async function verify(url: URL, { path, property, known }: Writer, where: string): Promise<void> {
  const lane = new HttpLane(url.hostname, Number(url.port));
  const { status, body } = await lane.ask("GET", `${path}?${VERSION}`);
  lane.close();
  const found = status === 404 ? undefined : (JSON.parse(body) as Record<string, unknown>)[property];
  const allowed = known.asked === "nothing" ? [known.value] : [known.value, known.asked];
  assert.ok(allowed.includes(found as number | undefined), `${where}: ${path} is ${found}, not one of ${allowed}`);
  known.value = found as number | undefined;
  known.asked = "nothing";
}
