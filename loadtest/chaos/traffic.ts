/** What the devices of a fault run send: values mostly, and everything that goes wrong with them, as the seed decides. */
import type { HubMessage } from "../../emulator/eventhubs/types.ts";
import type { Random } from "../../test/support/Random.ts";

export const HALL_MODEL = "dtmi:chaos:Hall;1";
export const PUMP_MODEL = "dtmi:chaos:Pump;1";
export const MODELS = [
  {
    "@context": "dtmi:dtdl:context;2",
    "@id": HALL_MODEL,
    "@type": "Interface",
    contents: [{ "@type": "Relationship", name: "contains" }],
  },
  {
    "@context": "dtmi:dtdl:context;2",
    "@id": PUMP_MODEL,
    "@type": "Interface",
    contents: [
      { "@type": "Property", name: "temperature", schema: "double" },
      { "@type": "Property", name: "starts", schema: "integer" },
      { "@type": "Property", name: "running", schema: "boolean" },
    ],
  },
];
/** What the model takes, for the oracle. */
export const ACCEPTS: Record<string, (value: unknown) => boolean> = {
  temperature: (value) => typeof value === "number",
  starts: (value) => Number.isInteger(value),
  running: (value) => typeof value === "boolean",
};
export const pumpId = (n: number) => `pump-${n}`;

export class Traffic {
  readonly counts = { sent: 0, duplicates: 0, late: 0, early: 0, poison: 0 };
  readonly #random: Random;
  readonly #pumps: number;
  /** For duplicates. */
  readonly #recent: HubMessage[] = [];
  #value = 0;

  constructor(random: Random, pumps: number) {
    this.#random = random;
    this.#pumps = pumps;
  }

  batch(size: number): HubMessage[] {
    return Array.from({ length: size }, () => this.#next());
  }

  /** After the faults: one last word of every pump, so that nothing stays as it was loaded. */
  *last(): Generator<HubMessage> {
    for (let n = 0; n < this.#pumps; n++) {
      yield message(pumpId(n), this.#values(), Date.now());
    }
  }

  #next(): HubMessage {
    this.counts.sent++;
    const r = this.#random;
    const kind = r.next();
    if (kind < 0.03 && this.#recent.length > 0) {
      this.counts.duplicates++;
      return r.pick(this.#recent);
    }
    if (kind < 0.04) {
      this.counts.poison++;
      return this.#poison();
    }
    const made = message(pumpId(r.below(this.#pumps)), this.#values(), Date.now() + this.#skew());
    this.#recent[Math.min(this.#recent.length, r.below(200))] = made;
    return made;
  }

  /** Out of order, and clocks that go wrong. */
  #skew(): number {
    const kind = this.#random.next();
    if (kind < 0.1) {
      this.counts.late++;
      return -this.#random.below(10_000);
    }
    if (kind < 0.11) {
      this.counts.early++;
      return 3_600_000;
    }
    return 0;
  }

  #values(): Record<string, unknown> {
    const n = ++this.#value;
    const all = { temperature: n / 8, starts: n, running: n % 2 === 0 };
    const names = Object.keys(all).filter(() => this.#random.next() < 0.7);
    return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
  }

  #poison(): HubMessage {
    const pump = pumpId(this.#random.below(this.#pumps));
    const made = message(pump, {}, Date.now());
    return this.#random.pick<HubMessage>([
      { ...made, body: Buffer.from("{broken") },
      { ...made, body: Buffer.alloc(64, 0xff) },
      { ...made, contentType: "application/json", body: Buffer.from("[1,2]") },
      message(pump, { temperature: "hot", starts: 1.5, running: null }, Date.now()),
      message("stranger", { temperature: 1 }, Date.now()),
      message(pump, { colour: "red" }, Date.now()),
      { body: Buffer.from('{"temperature":1}'), partitionKey: pump },
    ]);
  }
}

function message(device: string, values: Record<string, unknown>, time: number): HubMessage {
  return {
    body: Buffer.from(JSON.stringify(values)),
    contentType: "application/json",
    partitionKey: device,
    applicationProperties: { "iothub-creation-time-utc": new Date(time).toISOString() },
    annotations: { "iothub-connection-device-id": device, "iothub-message-source": "Telemetry" },
  };
}
