/** How far the replay is: a bar that is redrawn on a terminal, else a line every few seconds. And what had to be skipped. */
export interface ProgressOutput {
  write(text: string): unknown;
  isTTY?: boolean;
}

export interface Standing {
  /** 0 to 1. */
  done: number;
  sent: number;
  skipped: number;
}

const BAR = 30;
const REDRAW_MS = 100;
const LINE_MS = 5000;

export class Progress {
  readonly #out: ProgressOutput;
  readonly #clock: () => number;
  readonly #began: number;
  #shownAt: number;
  #barShown = false;

  constructor(out: ProgressOutput, clock: () => number = Date.now) {
    this.#out = out;
    this.#clock = clock;
    this.#began = clock();
    this.#shownAt = this.#began;
  }

  /** Call as often as you like. */
  update(standing: Standing): void {
    const now = this.#clock();
    if (now - this.#shownAt < (this.#out.isTTY === true ? REDRAW_MS : LINE_MS)) return;
    this.#shownAt = now;
    const text = this.#text(standing, now);
    if (this.#out.isTTY === true) {
      const filled = Math.round(BAR * Math.min(1, standing.done));
      this.#out.write(`\r\x1b[K[${"█".repeat(filled)}${"·".repeat(BAR - filled)}] ${text}`);
      this.#barShown = true;
    } else this.#out.write(`${text}\n`);
  }

  /** A line of its own, above the bar. */
  line(text: string): void {
    this.clear();
    this.#out.write(`${text}\n`);
  }

  clear(): void {
    if (this.#barShown) this.#out.write("\r\x1b[K");
    this.#barShown = false;
  }

  #text({ done, sent, skipped }: Standing, now: number): string {
    const rate = Math.round(sent / Math.max(0.001, (now - this.#began) / 1000));
    const skip = skipped === 0 ? "" : `, ${count(skipped)} skipped`;
    return `${Math.floor(done * 100)} %  ${count(sent)} rows sent (${count(rate)}/s)${skip}`;
  }
}

export const count = (number: number): string => number.toLocaleString("en-US");
