/**
 * The query engine of the embedded twin service on 100,000 twins and 300,000 relationships: one page by id, by model, by
 * equality on a property, and three hops by JOIN and MATCH. Beside each, in the same run, the same rows found without an
 * index: a scan over all twins, and over all relationships per hop. `npm run bench -- adt-query`.
 */
import { Instance } from "../emulator/adt/Instance.ts";
import { runQuery } from "../emulator/adt/query/runQuery.ts";
import { RelationshipRecord, TwinRecord } from "../emulator/adt/records.ts";
import type { BenchRow } from "./bench.ts";
import { percentile } from "./percentile.ts";

const TWINS = 100_000;
/** Of the tree of `contains`: three hops from one twin are 1,000 others. */
const CHILDREN = 10;
/** One in so many twins is a pump. */
const PUMPS = 100;
const PAGE = 2_000;
const WARM_UP = 50;
const RUNS = 200;
const PEER_RUNS = 20;
/** ms; the heap holds several hundred MB. */
const PAUSE = 20;

const ASSET = "dtmi:bench:Asset;1";
const PUMP = "dtmi:bench:Pump;1";
const CENTRIFUGAL = "dtmi:bench:CentrifugalPump;1";

interface Case {
  name: string;
  query: string;
  /** The same rows without an index; answers how many. */
  scan(instance: Instance): number;
  /** ms for a page. */
  goal: number;
}

const CASES: readonly Case[] = [
  {
    name: "by id",
    query: "SELECT * FROM DIGITALTWINS T WHERE T.$dtId = 'twin-54321'",
    scan: (instance) => scanTwins(instance, ({ id }) => id === "twin-54321").length,
    goal: 1,
  },
  {
    name: "by model, inherited (1,000 rows)",
    query: `SELECT * FROM DIGITALTWINS T WHERE IS_OF_MODEL(T, '${PUMP}')`,
    scan: (instance) => scanTwins(instance, ({ modelId }) => instance.graph.isA(modelId, PUMP)).length,
    goal: 10,
  },
  {
    name: "by a property's value (1 row)",
    query: "SELECT * FROM DIGITALTWINS T WHERE T.serial = 'S-54321'",
    scan: (instance) => scanTwins(instance, ({ document }) => document["serial"] === "S-54321").length,
    goal: 1,
  },
  {
    name: "JOIN of 3 hops (1,000 rows)",
    query:
      "SELECT A.$dtId AS a, B, C, D FROM DIGITALTWINS A JOIN B RELATED A.contains JOIN C RELATED B.contains JOIN D RELATED C.contains WHERE A.$dtId = 'twin-5'",
    scan: (instance) => scanHops(instance, "twin-5", 3).at(-1)?.length ?? 0,
    goal: 10,
  },
  {
    name: "MATCH of 1 to 3 hops (1,110 rows)",
    query: "SELECT A.$dtId AS a, D FROM DIGITALTWINS MATCH (A)-[:contains*..3]->(D) WHERE A.$dtId = 'twin-5'",
    scan: (instance) => scanHops(instance, "twin-5", 3).flat().length,
    goal: 10,
  },
];

export async function bench(): Promise<BenchRow[]> {
  const instance = newPlant();
  const rows = CASES.flatMap(({ name, query, scan, goal }) => {
    const run = (): number => runQuery(instance, { query, given: 0 }, PAGE).rows.length;
    const expected = scan(instance);
    if (run() !== expected) {
      throw new Error(`${name}: ${run()} rows, and ${expected} by scanning`);
    }
    times(run, WARM_UP);
    const own = times(run, RUNS);
    const peer = times(() => scan(instance), PEER_RUNS);
    return [
      row(`query ${name}: median`, median(own), median(peer), goal),
      row(`query ${name}: p99, with the garbage collector's pauses`, p99(own), p99(peer), PAUSE + goal),
    ];
  });
  return [...rows, firstByProperty(instance)];
}

/** The query that finds no index on its property makes it. */
function firstByProperty(instance: Instance): BenchRow {
  const first = (): void => {
    instance.twinIndexes.clear();
    runQuery(instance, { query: "SELECT * FROM DIGITALTWINS T WHERE T.serial = 'S-54321'", given: 0 }, PAGE);
  };
  const scan = (): TwinRecord[] => scanTwins(instance, ({ document }) => document["serial"] === "S-54321");
  return row("query that makes an index: median", median(times(first, PEER_RUNS)), median(times(scan, PEER_RUNS)), 250);
}

function row(name: string, value: number, peerValue: number, goal: number): BenchRow {
  const ok = value < goal;
  return { name, value, unit: "ms", peer: "scan", peerValue, ratio: value / peerValue, goal: `< ${goal} ms`, ok };
}

function median(sample: readonly number[]): number {
  return percentile(sample, 0.5);
}

function p99(sample: readonly number[]): number {
  return percentile(sample, 0.99);
}

function times(run: () => unknown, count: number): number[] {
  return Array.from({ length: count }, () => {
    const started = performance.now();
    run();
    return performance.now() - started;
  });
}

function newPlant(): Instance {
  const instance = new Instance();
  const extended = { [ASSET]: [], [PUMP]: [ASSET], [CENTRIFUGAL]: [PUMP] };
  const models = Object.entries(extended).map(([id, parents]) => ({
    ordinal: instance.nextOrdinal(),
    ...{ id, uploadTime: "", decommissioned: false },
    document: { "@id": id, "@type": "Interface", "@context": "dtmi:dtdl:context;2", extends: parents },
  }));
  instance.putModels(models, undefined);
  for (let i = 0; i < TWINS; i += 1) {
    putTwin(instance, i);
  }
  for (let i = 1; i < TWINS; i += 1) {
    putRelationship(instance, "contains", Math.floor((i - 1) / CHILDREN), i);
    putRelationship(instance, "feeds", i, (i * 7_919) % TWINS);
    putRelationship(instance, "seenBy", i, (i * 104_729) % TWINS);
  }
  return instance;
}

function putTwin(instance: Instance, i: number): void {
  const id = `twin-${i}`;
  const modelId = i % PUMPS === 0 ? CENTRIFUGAL : ASSET;
  const values = { serial: `S-${i}`, floor: i % 50, temperature: (i * 31) % 100, name: `Asset ${i}` };
  const document = { $dtId: id, $etag: "", ...values, $metadata: { $model: modelId } };
  const ordinal = instance.nextOrdinal();
  instance.putTwin(new TwinRecord({ ordinal, id, modelId, etag: "", size: 0 }, JSON.stringify(document)));
}

function putRelationship(instance: Instance, name: string, from: number, to: number): void {
  const ends = { sourceId: `twin-${from}`, targetId: `twin-${to}` };
  const id = `${name}-${from}-${to}`;
  const fields = { ordinal: instance.nextOrdinal(), id, name, etag: "", ...ends };
  instance.putRelationship(new RelationshipRecord(fields, JSON.stringify({ order: to })));
}

function scanTwins(instance: Instance, isWanted: (twin: TwinRecord) => boolean): TwinRecord[] {
  return [...instance.twins.values()].filter(isWanted);
}

/** The relationships of each hop, found among all of them. */
function scanHops(instance: Instance, start: string, hops: number): RelationshipRecord[][] {
  let ends = new Set([start]);
  return Array.from({ length: hops }, () => {
    const all = [...instance.relationships.values()];
    const found = all.filter(({ name, sourceId }) => name === "contains" && ends.has(sourceId));
    ends = new Set(found.map(({ targetId }) => targetId));
    return found;
  });
}
