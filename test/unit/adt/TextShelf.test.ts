// Texts on a shelf, held against a Map of strings: what was put is there until it was retired and swept.
import assert from "node:assert/strict";
import { Random } from "../../../emulator/adt/faults/Random.ts";
import { TextShelf } from "../../../emulator/adt/TextShelf.ts";

interface Kept {
  place: number;
  label: string;
  text: string;
}

function newText(random: Random, n: number): string {
  const letter = ["a", "ü", "€", "😀", '"'][n % 5] ?? "";
  return `${n}:${letter.repeat(random.between(0, n % 50 === 0 ? 30_000 : 300))}`;
}

/** A shelf, and what must be on it. */
class Model {
  readonly #random: Random;
  readonly #shelf = new TextShelf();
  readonly #wanted: Kept[] = [];
  #retired: Kept[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  step(n: number): void {
    if (this.#wanted.length > 300 || this.#random.happens(0.4)) {
      this.#retireOne();
    } else {
      this.#put(`W/"${n}"`.slice(0, n % 9), newText(this.#random, n));
    }
    if (this.#random.happens(0.02)) {
      check(this.#shelf, this.#retired);
      this.#shelf.sweep();
      this.#retired = [];
    }
  }

  check(): void {
    check(this.#shelf, this.#wanted);
  }

  #put(label: string, text: string): void {
    const place = this.#shelf.put(label, text);
    assert.ok(place !== undefined);
    this.#wanted.push({ place, label, text });
  }

  #retireOne(): void {
    const at = Math.floor(this.#random.between(0, this.#wanted.length));
    for (const gone of this.#wanted.splice(at, 1)) {
      this.#shelf.retire(gone.place);
      this.#retired.push(gone);
    }
  }
}

function check(shelf: TextShelf, all: Iterable<Kept>): void {
  for (const { place, label, text } of all) {
    assert.equal(shelf.label(place), label);
    assert.equal(shelf.text(place), text);
  }
}

describe("TextShelf", () => {
  it("keeps each text with its label until it is retired and swept, whatever comes and goes (seeded)", () => {
    const model = new Model(new Random(7, "shelf"));
    for (let n = 0; n < 20_000; n++) {
      model.step(n);
      if (n % 500 === 0) {
        model.check();
      }
    }
    model.check();
  });

  it("uses a place again, so that replacing texts for ever takes no more room", () => {
    const shelf = new TextShelf();
    const places = new Set<number>();
    let place = shelf.put("e", "x".repeat(400)) ?? -1;
    for (let n = 0; n < 10_000; n++) {
      shelf.retire(place);
      shelf.sweep();
      place = shelf.put("e", "y".repeat(400)) ?? -1;
      places.add(place);
    }
    assert.equal(places.size, 1);
  });

  it("leaves retired texts where they are as long as somebody holds", () => {
    const shelf = new TextShelf();
    const place = shelf.put("", "before") ?? -1;
    const releases = [shelf.hold(), shelf.hold()];
    shelf.retire(place);
    for (const release of releases) {
      shelf.sweep();
      assert.notEqual(shelf.put("", "after!"), place);
      assert.equal(shelf.text(place), "before");
      release();
    }
    shelf.sweep();
    assert.equal(shelf.put("", "after!"), place);
  });

  it("takes none that is too long for it", () => {
    const shelf = new TextShelf();
    assert.equal(shelf.put("", "x".repeat(256 * 1024 + 1)), undefined);
    assert.equal(shelf.put("x".repeat(256), ""), undefined);
    assert.equal(shelf.text(shelf.put("x".repeat(255), "x".repeat(256 * 1024)) ?? -1).length, 256 * 1024);
    assert.throws(() => shelf.text(10_000_000), /no place/);
  });
});
