/**
 * Texts outside V8's heap, where the garbage collector neither marks nor moves them: one that takes another's place leaves
 * nothing behind (docs/adr/0012-records-as-text.md).
 *
 * Segments of bytes, cut into blocks. The block of a text that is no longer wanted is used again for one of about its size,
 * but not before `sweep`, so that whoever replaces a text can read it to the end of what he does; and not while there is a
 * `hold`. No segment is given back: what texts that grow leave empty is won by moving to a new shelf, see Shelves.
 */

const SEGMENT = 1024 * 1024;
/** Blocks begin at multiples of it, so that a place is a small integer. */
const UNIT = 8;
const UNITS = SEGMENT / UNIT;
/** The lengths of a block's label and text, in one word. */
const HEADER = 4;
const LABEL_LENGTHS = 256;
const LONGEST = SEGMENT / 4;
/** Sizes of blocks from one power of two to the next: an eighth of a block is empty at most. */
const STEPS = 8;

interface Segment {
  readonly bytes: Buffer;
  readonly words: Uint32Array;
}

export class TextShelf {
  readonly #segments: Segment[] = [];
  /** Units of the last segment that are in use. */
  #used = UNITS;
  /** Units of a block → places of those that are free. */
  readonly #free = new Map<number, number[]>();
  #retired: number[] = [];
  #holds = 0;
  /** Units of the blocks that are taken. */
  #taken = 0;

  /** Bytes of all segments, and of the blocks that are taken. */
  get size(): { all: number; taken: number } {
    return { all: this.#segments.length * SEGMENT, taken: this.#taken * UNIT };
  }

  /** The place of a text and of its label, which is ASCII; undefined: they are too long for a shelf. */
  put(label: string, text: string): number | undefined {
    const length = Buffer.byteLength(text);
    if (length > LONGEST || label.length >= LABEL_LENGTHS) {
      return undefined;
    }
    const place = this.#take(unitsFor(label.length + length));
    const { bytes, words } = this.#segment(place);
    const at = offsetOf(place);
    words[at / HEADER] = length * LABEL_LENGTHS + label.length;
    bytes.write(label, at + HEADER, label.length, "latin1");
    bytes.write(text, at + HEADER + label.length, length, "utf8");
    return place;
  }

  label(place: number): string {
    const { bytes, words } = this.#segment(place);
    const at = offsetOf(place);
    const lengths = words[at / HEADER] ?? 0;
    return bytes.toString("latin1", at + HEADER, at + HEADER + (lengths % LABEL_LENGTHS));
  }

  text(place: number): string {
    const { bytes, words } = this.#segment(place);
    const at = offsetOf(place);
    const lengths = words[at / HEADER] ?? 0;
    const from = at + HEADER + (lengths % LABEL_LENGTHS);
    return bytes.toString("utf8", from, from + Math.floor(lengths / LABEL_LENGTHS));
  }

  /** Nobody will ask for this place after the next `sweep`. */
  retire(place: number): void {
    this.#retired.push(place);
  }

  /** Until the function that this gives is called, also retired texts stay where they are. */
  hold(): () => void {
    this.#holds += 1;
    return () => {
      this.#holds -= 1;
    };
  }

  sweep(): void {
    if (this.#holds === 0 && this.#retired.length > 0) {
      for (const place of this.#retired) {
        this.#remove(place);
      }
      this.#retired = [];
    }
  }

  #remove(place: number): void {
    const lengths = this.#segment(place).words[offsetOf(place) / HEADER] ?? 0;
    const units = unitsFor((lengths % LABEL_LENGTHS) + Math.floor(lengths / LABEL_LENGTHS));
    this.#taken -= units;
    const free = this.#free.get(units);
    if (free === undefined) {
      this.#free.set(units, [place]);
    } else {
      free.push(place);
    }
  }

  #segment(place: number): Segment {
    const segment = this.#segments[Math.floor(place / UNITS)];
    if (segment === undefined) {
      throw new RangeError(`There is no place ${place} on this shelf.`);
    }
    return segment;
  }

  #take(units: number): number {
    this.#taken += units;
    const free = this.#free.get(units)?.pop();
    if (free !== undefined) {
      return free;
    }
    if (this.#used + units > UNITS) {
      const bytes = Buffer.allocUnsafeSlow(SEGMENT);
      this.#segments.push({ bytes, words: new Uint32Array(bytes.buffer) });
      this.#used = 0;
    }
    const place = (this.#segments.length - 1) * UNITS + this.#used;
    this.#used += units;
    return place;
  }
}

function offsetOf(place: number): number {
  return (place % UNITS) * UNIT;
}

/** Of a block for so many bytes, rounded up so that there are few sizes. */
function unitsFor(bytes: number): number {
  const units = Math.ceil((HEADER + bytes) / UNIT);
  const step = Math.max(1, 2 ** (31 - Math.clz32(units)) / STEPS);
  return Math.ceil(units / step) * step;
}
