// What a request may have in it that makes no sense, drawn from a seed: values, names, and valid bodies that are spoilt.
import { Random } from "../../emulator/adt/faults/Random.ts";

const SCRAPS: unknown[] = [
  null,
  true,
  -0,
  1e308,
  -1,
  0.5,
  "",
  "text",
  "\u0000",
  "\ud800",
  "y".repeat(5000),
  [],
  {},
  [[]],
  [null],
  { $metadata: null },
  { twinId: {} },
  JSON.parse('{"__proto__":{"x":1}}'),
  JSON.parse('{"constructor":{"prototype":1}}'),
];
const NAMES = ["__proto__", "constructor", "toString", "", "..", "%2F", "none", "x".repeat(200), "ü", "$dtId"];

export class Scraps {
  readonly #random: Random;

  constructor(seed: number, purpose: string) {
    this.#random = new Random(seed, purpose);
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random.next() * items.length)] as T;
  }

  happens(share: number): boolean {
    return this.#random.happens(share);
  }

  /** One of these mostly, else a name that is none. */
  name(good: readonly string[]): string {
    return this.happens(0.8) ? this.pick(good) : this.pick(NAMES);
  }

  /** As it is in half of the cases; else something in it is another value, is gone, or is too much. */
  spoilt(value: unknown): unknown {
    return this.happens(0.5) ? value : this.#spoil(value);
  }

  #spoil(value: unknown): unknown {
    const isDeeper = typeof value === "object" && value !== null && Object.keys(value).length > 0;
    if (!isDeeper || this.happens(0.2)) {
      return this.pick(SCRAPS);
    }
    const copy = structuredClone(value) as Record<string, unknown>;
    const key = this.pick(Object.keys(copy));
    switch (this.pick(["gone", "more", "deeper", "deeper", "deeper"])) {
      case "gone":
        delete copy[key];
        break;
      case "more":
        copy[this.pick(NAMES)] = this.pick(SCRAPS);
        break;
      default:
        copy[key] = this.#spoil(copy[key]);
    }
    return copy;
  }
}
