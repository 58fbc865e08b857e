/**
 * The way in under faults: devices send, and meanwhile the server is killed, the broker cut off, the twin service throttled
 * and failing; messages come twice, late, with wrong clocks, and broken. When all is quiet again, every property in the
 * mirror, in a room and in the twin service has to be what the oracle computed from what the hub holds.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ColyseusSDK } from "@colyseus/sdk";
import { type Emulator, startEmulator } from "../../emulator/index.ts";
import { AzureTwinProvider } from "../../src/providers/azure/AzureTwinProvider.ts";
import { Random } from "../../test/support/Random.ts";
import { FaultProxy } from "./FaultProxy.ts";
import { Oracle } from "./Oracle.ts";
import { Rival } from "./Rival.ts";
import { ServerProcess } from "./ServerProcess.ts";
import { ACCEPTS, HALL_MODEL, MODELS, PUMP_MODEL, pumpId, Traffic } from "./traffic.ts";

export interface ChaosOptions {
  seed: number;
  events: number;
  /** Over which they are sent, with faults. */
  seconds: number;
  pumps: number;
  /** Between kills, and of a cut-off, at most; s. */
  killEvery: number;
  /** Between the visits of a second server that takes partitions from the first, at most, s; 0: none. */
  stealEvery: number;
  cutFor: number;
  /** After the faults, until everything has to be right. */
  settleSeconds: number;
  print: (line: string) => void;
}

export interface ChaosReport {
  traffic: Traffic["counts"];
  faults: FaultProxy["counts"];
  kills: number;
  cuts: number;
  /** Times that a second server shared the partitions with the first. */
  steals: number;
  crashes: number;
  /** Properties that were compared, each in mirror, room and twin service. */
  compared: number;
  /** `where twin/property: expected …, found …`; empty when all is well. */
  differences: string[];
}

const ORACLE = "oracle";
const TICK_MS = 50;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

export async function ingestChaos(o: ChaosOptions): Promise<ChaosReport> {
  const folder = mkdtempSync(join(tmpdir(), "chaos-"));
  const cloud = await startEmulator({ consumerGroups: [ORACLE] });
  const proxy = new FaultProxy(cloud.adtUrl, new Random(o.seed + 1));
  const { connectionString, hubs } = cloud;
  const oracle = new Oracle(
    { connectionString, hub: hubs.telemetry, group: ORACLE },
    (twin, property, value) => twin !== "stranger" && ACCEPTS[property]?.(value) === true,
  );
  const hub = (name: string) => `${connectionString};EntityPath=${name}`;
  const environment = {
    PORT: "0",
    LOG_LEVEL: "silent",
    DATA_DIR: folder,
    AZURE_DIGITALTWINS_URL: await proxy.start(),
    AZURE_EVENTHUBS_NOTIFICATIONS: hub(hubs.notifications),
    AZURE_EVENTHUBS_TELEMETRY: hub(hubs.telemetry),
    WRITE_THROUGH: "on",
    WRITE_THROUGH_RATE: "1000",
  };
  const server = new ServerProcess(environment);
  const rival = new Rival(new ServerProcess(environment), join(folder, "server.sqlite"));
  try {
    await seedPlant(cloud, o.pumps);
    oracle.start();
    return await run(o, { cloud, proxy, oracle, server, rival });
  } finally {
    await rival.leave("kill");
    await server.kill();
    await oracle.close();
    await proxy.close();
    await cloud.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Parts {
  cloud: Emulator;
  proxy: FaultProxy;
  oracle: Oracle;
  server: ServerProcess;
  rival: Rival;
}

async function seedPlant(cloud: Emulator, pumps: number): Promise<void> {
  const provider = new AzureTwinProvider({ url: cloud.adtUrl, log: silent });
  await provider.putModels(MODELS);
  await provider.putTwin({ id: "hall", modelId: HALL_MODEL, properties: {} });
  for (let n = 0; n < pumps; n++) {
    const id = pumpId(n);
    await provider.putTwin({ id, modelId: PUMP_MODEL, properties: {} });
    await provider.putRelationship({ id, sourceId: "hall", targetId: id, name: "contains", properties: {} });
  }
}

async function run(o: ChaosOptions, parts: Parts): Promise<ChaosReport> {
  const { cloud, proxy, oracle, server, rival } = parts;
  const traffic = new Traffic(new Random(o.seed), o.pumps);
  const cuts = { count: 0 };
  await server.start();
  const end = performance.now() + o.seconds * 1000; // a slow start takes nothing from the faults
  proxy.rate = 0.1;
  await Promise.all([
    sendAll(o, cloud, traffic, end),
    killAgainAndAgain(o, server, end),
    cutAgainAndAgain(o, cloud, end, cuts),
    stealAgainAndAgain(o, rival, end),
  ]);
  proxy.rate = 0;
  const { sent } = traffic.counts;
  o.print(
    `${sent} events, ${server.kills} kills, ${cuts.count} cut-offs, ${rival.steals} steals; now it has to settle`,
  );
  await cloud.eventHubs.append(cloud.hubs.telemetry, [...traffic.last()]);
  const differences = await settle(o, parts);
  return {
    traffic: traffic.counts,
    faults: proxy.counts,
    kills: server.kills,
    cuts: cuts.count,
    steals: rival.steals,
    crashes: server.crashes + rival.crashes,
    compared: oracle.expected.size,
    differences,
  };
}

function between(random: Random, from: number, to: number): number {
  return from + random.next() * (to - from);
}

async function sendAll(o: ChaosOptions, cloud: Emulator, traffic: Traffic, end: number): Promise<void> {
  const begun = performance.now();
  while (traffic.counts.sent < o.events) {
    const part = Math.min(1, (performance.now() - begun) / (end - begun));
    const due = Math.max(1, Math.ceil(o.events * part) - traffic.counts.sent);
    await cloud.eventHubs.append(cloud.hubs.telemetry, traffic.batch(Math.min(due, 1000)));
    if (due < 1000) {
      await delay(TICK_MS);
    }
  }
}

async function killAgainAndAgain(o: ChaosOptions, server: ServerProcess, end: number): Promise<void> {
  const random = new Random(o.seed + 2);
  while (performance.now() < end) {
    await delay(between(random, 0.3, 1) * o.killEvery * 1000);
    await server.kill();
    await server.start();
  }
}

async function cutAgainAndAgain(
  o: ChaosOptions,
  { eventHubs }: Emulator,
  end: number,
  cuts: { count: number },
): Promise<void> {
  const random = new Random(o.seed + 3);
  while (performance.now() < end) {
    await delay(between(random, 0.5, 1.5) * o.killEvery * 1000);
    eventHubs.refuse(true);
    eventHubs.cut();
    cuts.count++;
    await delay(Math.min(between(random, 0.1, 1) * o.cutFor * 1000, Math.max(0, end - performance.now())));
    eventHubs.refuse(false);
  }
}

/** A second server comes, takes its share of the partitions, and goes: half of the time as services are stopped. */
async function stealAgainAndAgain(o: ChaosOptions, rival: Rival, end: number): Promise<void> {
  const random = new Random(o.seed + 4);
  const pause = () =>
    delay(Math.min(between(random, 0.3, 1) * o.stealEvery * 1000, Math.max(0, end - performance.now())));
  while (o.stealEvery > 0 && performance.now() < end) {
    await pause();
    await rival.come(end);
    await pause();
    await rival.leave(random.next() < 0.5 ? "kill" : "stop");
  }
}

/** Asks again until all is right, or the time is over; what is then wrong is the answer. */
async function settle(o: ChaosOptions, parts: Parts): Promise<string[]> {
  const until = performance.now() + o.settleSeconds * 1000;
  for (;;) {
    const wrong = await differences(parts).catch((error: unknown) => [`not readable: ${error}`]);
    if (wrong.length === 0 || performance.now() > until) {
      return wrong;
    }
    await delay(300);
  }
}

async function differences({ cloud, oracle, server }: Parts): Promise<string[]> {
  if (!(await oracle.isThrough())) {
    return ["the oracle has not read everything yet"];
  }
  const places = {
    mirror: await mirror(server.url),
    room: await room(server.url),
    "twin service": await service(cloud),
  };
  return Object.entries(places).flatMap(([where, held]) =>
    [...oracle.expected].flatMap(([key, { value }]) => {
      const found = held.get(key);
      return found === value ? [] : [`${where} ${key}: expected ${value}, found ${found}`];
    }),
  );
}

type Held = Map<string, unknown>;

async function mirror(url: string): Promise<Held> {
  const held: Held = new Map();
  let cursor = "";
  do {
    const answer = await fetch(`${url}/api/v1/twins?limit=1000${cursor}`);
    const page = (await answer.json()) as { value: Record<string, unknown>[]; nextCursor?: string };
    for (const twin of page.value) {
      addAll(held, String(twin["$dtId"]), twin);
    }
    cursor = page.nextCursor === undefined ? "" : `&cursor=${page.nextCursor}`;
  } while (cursor !== "");
  return held;
}

async function service(cloud: Emulator): Promise<Held> {
  const held: Held = new Map();
  for await (const twin of new AzureTwinProvider({ url: cloud.adtUrl, log: silent }).listTwins()) {
    addAll(held, twin.id, twin.properties);
  }
  return held;
}

interface SeenWorld {
  status: string;
  twins: Map<string, Record<string, unknown>>;
}

/** As a player sees it who comes now. */
async function room(url: string): Promise<Held> {
  const joined = await new ColyseusSDK(url).joinOrCreate<SeenWorld>("space", { space: "hall", name: "chaos" });
  try {
    for (let n = 0; n < 50 && joined.state.status !== "live"; n++) {
      await delay(20);
    }
    await delay(100);
    const held: Held = new Map();
    for (const [id, twin] of joined.state.twins.entries()) {
      addAll(held, id, Object.fromEntries(Object.keys(ACCEPTS).map((name) => [name, twin[name]])));
    }
    return held;
  } finally {
    await joined.leave();
  }
}

function addAll(held: Held, twin: string, values: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(values)) {
    held.set(`${twin}/${name}`, value);
  }
}
