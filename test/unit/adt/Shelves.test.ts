// Records whose texts grow: they move to a new shelf before the old one is mostly empty, and say the same all the time.
import assert from "node:assert/strict";
import { Random } from "../../../emulator/adt/faults/Random.ts";
import { TwinRecord } from "../../../emulator/adt/records.ts";
import { Shelves } from "../../../emulator/adt/Shelves.ts";

const TWINS = 3_000;
const ROUNDS = 20;
const GROWTH = 200;
const MB = 1024 * 1024;

/** Records as they must be, and somebody who holds on to some of them now and then. */
class Model {
  most = 0;
  readonly #records = new Map<number, TwinRecord>();
  readonly #shelves = new Shelves(() => this.#records.values());
  readonly #wanted = new Map<number, string>();
  #held: { release: () => void; said: (readonly [TwinRecord, string])[] } | undefined;

  put(id: number, length: number): void {
    const text = `${id}:${"x".repeat(length)}`;
    const record = new TwinRecord({ ordinal: id, id: `${id}`, modelId: "dtmi:x;1", etag: `W/"${text.length}"` }, text);
    const before = this.#records.get(id);
    this.#records.set(id, record);
    this.#wanted.set(id, text);
    this.#shelves.put(record, before);
  }

  commit(): void {
    this.#shelves.tidy();
    this.most = Math.max(this.most, this.#shelves.bytes);
  }

  hold(): void {
    const said = [...this.#records.values()].slice(0, 50).map((record) => [record, record.text] as const);
    this.#held = { release: this.#shelves.hold(), said };
  }

  release(): void {
    for (const [record, text] of this.#held?.said ?? []) {
      assert.deepEqual([record.text, record.etag], [text, `W/"${text.length}"`]);
    }
    this.#held?.release();
    this.#held = undefined;
  }

  check(): void {
    for (const [id, record] of this.#records) {
      assert.equal(record.text, this.#wanted.get(id));
      assert.equal(record.etag, `W/"${record.text.length}"`);
    }
  }
}

describe("Shelves", () => {
  it("need no more than thrice the room of texts that grow, and lose none (seeded)", () => {
    const random = new Random(3, "shelves");
    const model = new Model();
    for (let n = 0; n < ROUNDS * TWINS; n++) {
      model.put(n % TWINS, Math.floor((n / TWINS + random.next()) * GROWTH));
      if (n % 25 === 0) {
        model.commit();
      }
      if (n % 1_000 === 0) {
        model.hold();
      } else if (n % 1_000 === 100) {
        model.release();
      } else if (n % TWINS === 1) {
        model.check();
      }
    }
    model.check();
    const live = TWINS * ROUNDS * GROWTH;
    assert.ok(model.most < 3 * live + 8 * MB, `${model.most} bytes for ${live}`);
  });
});
