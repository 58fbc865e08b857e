// The newest entries of a partition in a buffer that goes round, beside a plain list of them.
import assert from "node:assert/strict";
import { Tail } from "../../../emulator/eventhubs/Tail.ts";
import type { Entry } from "../../../emulator/eventhubs/types.ts";
import { Random } from "../../support/Random.ts";

const MOST = 2048;
const MOST_BYTES = 4 * 1024 * 1024;

function newEntry(sequence: number, length: number): Entry {
  const bytes = Buffer.alloc(length, `${sequence} `);
  return { sequence, offset: sequence * 100 + 0.5, enqueuedAt: 1e12 + sequence, annotationsAt: length % 7, bytes };
}

describe("Tail", () => {
  for (const [what, seed, lengthOf] of [
    ["short events", 1, (random: Random) => 1 + Math.floor(random.next() * 800)],
    ["events of all lengths", 2, (random: Random) => 1 + Math.floor(random.next() ** 4 * 900_000)],
    ["events as large as all of it", 3, (random: Random) => Math.ceil(random.next() ** 0.1 * MOST_BYTES)],
  ] as const) {
    it(`has the newest, each as it came: ${what}`, () => {
      const random = new Random(seed);
      const tail = new Tail();
      let all: Entry[] = [];
      let next = 40;
      for (let round = 0; round < (seed === 3 ? 40 : 6_000); round++) {
        const entry = newEntry(next++, lengthOf(random));
        tail.push(entry);
        all.push(entry);
        if (random.next() < 0.01) {
          const first = next - Math.floor(random.next() * 300);
          tail.dropBefore(first);
          all = all.filter(({ sequence }) => sequence >= first);
        }
        assert.deepEqual(tail.at(next - 1), all.at(-1));
        if (round % 97 === 0) {
          check(tail, all, next);
        }
      }
      check(tail, all, next);
    });
  }

  /** Those that it has are the newest, and it has as many as its bounds let it. */
  function check(tail: Tail, all: readonly Entry[], next: number): void {
    const held = all.filter(({ sequence }) => tail.at(sequence) !== undefined);
    assert.deepEqual(held, all.slice(all.length - held.length));
    for (const entry of held) {
      assert.deepEqual(tail.at(entry.sequence), entry);
    }
    const largest = Math.max(...all.map(({ bytes }) => bytes.length));
    const bytes = held.reduce((sum, entry) => sum + entry.bytes.length, 0);
    const isFull = held.length === all.length || held.length === MOST || bytes + 2 * largest > MOST_BYTES;
    assert.ok(isFull, `${held.length} of ${all.length} entries, ${bytes} bytes`);
    assert.equal(tail.at(next), undefined);
  }

  it("keeps none that is larger than all of it, and goes on behind", () => {
    const tail = new Tail();
    tail.push(newEntry(0, 10));
    tail.push(newEntry(1, MOST_BYTES + 1));
    assert.deepEqual([tail.at(0), tail.at(1)], [undefined, undefined]);
    tail.push(newEntry(2, 10));
    assert.deepEqual(tail.at(2), newEntry(2, 10));
  });

  it("begins anew where numbers were left out", () => {
    const tail = new Tail();
    tail.push(newEntry(0, 10));
    tail.push(newEntry(7, 10));
    assert.deepEqual([tail.at(0), tail.at(6), tail.at(7)], [undefined, undefined, newEntry(7, 10)]);
  });
});
