/**
 * Where to keep the layout of a world (ADR 0002): Layer twins of our own against one relationship per placement, both on
 * the embedded twin service through AzureTwinProvider. `npm run bench -- placements`.
 *
 * Azure takes 10 writes a second on one twin including its relationships in and out; the embedded service does not slow
 * down, so that time is reckoned from the writes that each twin got: (writes − 1) / 10 s for the busiest one, or what was
 * measured, whichever is longer. Layer twins go through Placements itself, with its pace of 8 writes a second.
 */
import { randomUUID } from "node:crypto";
import { startDigitalTwins } from "../emulator/adt/index.ts";
import { AzureTwinProvider } from "../src/providers/azure/AzureTwinProvider.ts";
import type { Relationship, TwinProvider } from "../src/twins/types.ts";
import { Placements } from "../src/world/Placements.ts";
import type { BenchRow } from "./bench.ts";
import { Recorder } from "./Recorder.ts";

const SPACE = "hall";
const TWINS = 1000;
const GROUP = 100;
const context = "dtmi:dtdl:context;2";
const number = (name: string): object => ({ "@type": "Property", name, schema: "double", writable: true });
const text = (name: string): object => ({ "@type": "Property", name, schema: "string", writable: true });
/** A plant that declares our relationship, which a real one does not. */
const MODELS = [
  {
    "@id": "dtmi:bench:Space;1",
    "@type": "Interface",
    "@context": context,
    contents: [
      {
        "@type": "Relationship",
        name: "places",
        properties: [...["x", "y", "z", "qx", "qy", "qz", "qw", "s"].map(number), text("visual"), text("by")],
      },
    ],
  },
  { "@id": "dtmi:bench:Pump;1", "@type": "Interface", "@context": context, contents: [number("speed")] },
];

/** One way to keep a layout. `recorder` has counted what it did since it was last read. */
interface Design {
  readonly recorder: Recorder;
  spawn(): Promise<void>;
  move(count: number, x: number): Promise<void>;
  /** Placements found by a process that just started. */
  load(): Promise<number>;
  close(): Promise<void>;
}

function newRelationships(provider: TwinProvider): Design {
  const recorder = new Recorder(provider);
  const place = (i: number): Omit<Relationship, "etag"> => ({
    id: `place-${i}`,
    sourceId: SPACE,
    targetId: `pump-${i}`,
    name: "places",
    properties: { x: i % 32, y: 0, z: Math.floor(i / 32), qx: 0, qy: 0, qz: 0, qw: 1, s: 1, visual: "pump", by: "Bea" },
  });
  const inParallel = async (count: number, write: (i: number) => Promise<unknown>): Promise<void> => {
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let i = next++; i < count; i = next++) {
        await write(i);
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
  };
  return {
    recorder,
    spawn: () => inParallel(TWINS, (i) => recorder.putRelationship(place(i))),
    move: (count, x) =>
      inParallel(count, (i) =>
        recorder.patchRelationship(SPACE, `place-${i}`, [
          { op: "replace", path: "/x", value: x + i },
          { op: "replace", path: "/by", value: "Bob" },
        ]),
      ),
    load: async () => {
      let found = 0;
      for await (const _ of recorder.relationships(SPACE)) {
        found += 1;
      }
      return found;
    },
    close: async () => undefined,
  };
}

function newLayers(provider: TwinProvider): Design {
  const recorder = new Recorder(provider);
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const newPlacements = (): Placements =>
    new Placements({ provider: recorder, log: silent, clock: Date.now, newId: randomUUID });
  const placements = newPlacements();
  const settled = async (): Promise<void> => {
    while ([...placements.list(SPACE)].some(({ status }) => status === "pending")) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  return {
    recorder,
    spawn: async () => {
      const at = (i: number) => ({ twinId: `pump-${i}`, x: i % 32, z: Math.floor(i / 32), visual: "pump" });
      placements.add(
        SPACE,
        Array.from({ length: TWINS }, (_, i) => at(i)),
        "Bea",
      );
      await settled();
    },
    move: async (count, x) => {
      const group = [...placements.list(SPACE)].slice(0, count);
      placements.move(
        SPACE,
        group.map(({ id }, i) => ({ placementId: id, x: x + i })),
        "Bob",
      );
      await settled();
    },
    load: async () => {
      const second = newPlacements();
      await second.load();
      const found = [...second.list(SPACE)].length;
      await second.close();
      return found;
    },
    close: () => placements.close(),
  };
}

interface Figures {
  seconds: number;
  writes: number;
  bytes: number;
  /** Writes counted against the plant's own twins. */
  onPlant: number;
}

async function measured(design: Design, act: () => Promise<unknown>): Promise<Figures> {
  design.recorder.reset();
  const startedAt = performance.now();
  await act();
  const seconds = (performance.now() - startedAt) / 1000;
  const { writes, bytes, busiest } = design.recorder;
  const onPlant = design.recorder.writesOn((id) => id === SPACE || id.startsWith("pump-"));
  return { seconds: Math.max(seconds, (busiest - 1) / 10), writes, bytes, onPlant };
}

interface Measured {
  spawn: Figures;
  group: Figures;
  drag: Figures;
  load: Figures;
  refusals: number;
}

async function measure(newDesign: (provider: TwinProvider) => Design): Promise<Measured> {
  const service = await startDigitalTwins({ publish: async () => undefined });
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const provider = new AzureTwinProvider({ url: service.url, log: silent });
  const design = newDesign(provider);
  try {
    await provider.putModels(MODELS);
    await provider.putTwin({ id: SPACE, modelId: "dtmi:bench:Space;1", properties: {} });
    for (let i = 0; i < TWINS; i++) {
      await provider.putTwin({ id: `pump-${i}`, modelId: "dtmi:bench:Pump;1", properties: { speed: i } });
    }
    const spawn = await measured(design, () => design.spawn());
    const group = await measured(design, () => design.move(GROUP, 100));
    const drag = await measured(design, () => design.move(1, 200));
    const load = await measured(design, async () => {
      const found = await design.load();
      if (found !== TWINS) {
        throw new Error(`loaded ${found} placements instead of ${TWINS}`);
      }
    });
    const refusals = await provider.deleteTwin("pump-7").then(
      () => 0,
      () => 1,
    );
    return { spawn, group, drag, load, refusals };
  } finally {
    await design.close();
    await service.close();
  }
}

export async function bench(): Promise<BenchRow[]> {
  const layers = await measure(newLayers);
  const links = await measure(newRelationships);
  const row = (name: string, unit: string, pick: (m: Measured) => number, goal: string, limit: number): BenchRow => {
    const [value, peerValue] = [pick(layers), pick(links)];
    const peer = "one relationship per placement";
    return { name, value, unit, peer, peerValue, ratio: value / peerValue, goal, ok: value <= limit };
  };
  return [
    row(`spawn ${TWINS}: writes`, "writes", (m) => m.spawn.writes, "≤ 50", 50),
    row(`spawn ${TWINS}: sent`, "bytes", (m) => m.spawn.bytes, "≤ 200 kB", 200_000),
    row(`spawn ${TWINS}: at Azure's limits`, "s", (m) => m.spawn.seconds, "≤ 2 s", 2),
    row(`move ${GROUP} as a group: writes`, "writes", (m) => m.group.writes, "≤ 2", 2),
    row(`move ${GROUP} as a group: at Azure's limits`, "s", (m) => m.group.seconds, "≤ 0.5 s", 0.5),
    row("settle one drag: sent", "bytes", (m) => m.drag.bytes, "≤ 500 bytes", 500),
    row("settle one drag: at Azure's limits", "s", (m) => m.drag.seconds, "≤ 0.2 s", 0.2),
    row("settle one drag: writes on the plant's twins", "writes", (m) => m.drag.onPlant, "0", 0),
    row(`load ${TWINS}`, "s", (m) => m.load.seconds, "≤ 1 s", 1),
    row("placed twin that its architect cannot delete", "refusals", (m) => m.refusals, "0", 0),
  ];
}
