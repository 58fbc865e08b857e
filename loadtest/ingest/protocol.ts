/** What loadtest/ingest.ts and its consumer processes share: the plant, the task, the report. */

export const MODEL = "dtmi:bench:Sensor;1";
export const MODELS = [
  {
    "@context": "dtmi:dtdl:context;2",
    "@id": MODEL,
    "@type": "Interface",
    contents: [
      { "@type": "Property", name: "reading", schema: "double" },
      { "@type": "Property", name: "running", schema: "boolean" },
      { "@type": "Telemetry", name: "vibration", schema: "double" },
    ],
  },
];

export const twinId = (n: number) => `sensor-${n}`;

export interface ConsumerTask {
  kind: "bare" | "ours";
  connectionString: string;
  hub: string;
  group: string;
  twins: number;
  /** Begin at the end of the hub. */
  latest: boolean;
  /** Events at the start that are not measured, and events after which it ends, those included. */
  skip: number;
  total: number;
  delays: boolean;
  /** Events between two looks at the heap, each after a collection; 0: only at both ends. */
  heapEvery: number;
}

export interface ConsumerReport {
  events: number;
  cpuMicros: number;
  perSecond: number;
  /** Bytes, after collections. */
  heapGrowth: number;
  /** Bytes in use after collections, from the first measured event on. */
  heap: number[];
  /** ms from the sender to here. */
  p50: number;
  p99: number;
}
