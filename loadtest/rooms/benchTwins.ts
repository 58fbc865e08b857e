/** The twins of the rooms benchmark: N pumps in one hall, in memory, without a cloud. Changes go straight to the mirror. */
import { RolePolicy } from "../../src/auth/AccessPolicy.ts";
import { MemoryTwinProvider } from "../../src/providers/memory/MemoryTwinProvider.ts";
import { startTwins, type TwinRuntime } from "../../src/runtime.ts";
import type { TwinServices } from "../../src/services.ts";
import { Store } from "../../src/store/Store.ts";

const silent = { debug() {}, info() {}, warn() {}, error: console.error };

const MODELS = [
  {
    "@context": "dtmi:dtdl:context;3",
    "@id": "dtmi:bench:Hall;1",
    "@type": "Interface",
    contents: [{ "@type": "Relationship", name: "contains" }],
  },
  {
    "@context": "dtmi:dtdl:context;3",
    "@id": "dtmi:bench:Pump;1",
    "@type": "Interface",
    contents: [
      { "@type": "Property", name: "temperature", schema: "double" },
      { "@type": "Property", name: "pressure", schema: "double" },
      { "@type": "Property", name: "running", schema: "boolean" },
    ],
  },
];

/** Those that are numbers. */
export const PROPERTIES = ["/temperature", "/pressure"] as const;

export const pumpId = (i: number) => `pump-${i}`;

export async function benchTwins(count: number): Promise<TwinRuntime> {
  return startBenchTwins(await benchProvider(count));
}

export async function benchProvider(count: number): Promise<MemoryTwinProvider> {
  const provider = new MemoryTwinProvider({ models: MODELS });
  await putHall(
    provider,
    "hall",
    Array.from({ length: count }, (_, i) => pumpId(i)),
  );
  return provider;
}

export async function putHall(provider: MemoryTwinProvider, hall: string, pumps: readonly string[]): Promise<void> {
  await provider.putTwin({ id: hall, modelId: "dtmi:bench:Hall;1", properties: {} });
  for (const id of pumps) {
    await provider.putTwin({ id, modelId: "dtmi:bench:Pump;1", properties: { temperature: 20, running: true } });
    await provider.putRelationship({ id, sourceId: hall, targetId: id, name: "contains", properties: {} });
  }
}

export async function startBenchTwins(provider: MemoryTwinProvider): Promise<TwinRuntime> {
  const store = Store.open();
  const runtime = await startTwins({
    provider: () => provider,
    sources: [],
    records: store,
    deadLetters: store.deadLetters,
    modelCache: store.models,
    edits: store.edits,
    policy: new RolePolicy(),
    log: silent,
    demo: true,
    writeThrough: false,
    contains: ["contains"],
    partOf: [],
    firstSpace: "hall",
  });
  await runtime.ready;
  return runtime;
}

let sequence = 0;

/** A device's word, past hub and pump. */
export function tell({ mirror }: TwinServices, id: string, value: number, path = "/temperature"): void {
  const now = Date.now();
  mirror.setValues(id, [[path, value]], {
    source: now,
    received: now,
    sequence: sequence++,
    origin: "bench",
  });
}
