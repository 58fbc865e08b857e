/**
 * The replay itself: rows of the files, one after the other, go to the hub as device messages when their time has come.
 * Called by `runReplay`; a row that cannot be used is told and skipped, and what was sent and skipped is the result.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { DeviceReport } from "../deviceMessage.ts";
import { columnsOf, type Mapping } from "./mapping.ts";
import type { ReplayOptions } from "./options.ts";
import type { Standing } from "./Progress.ts";
import { timeParser } from "./parseTime.ts";
import { openRows, type Row, type RowFile } from "./rows.ts";
import { type RowReports, toReports } from "./toReports.ts";

export interface ReplayParts {
  options: Pick<ReplayOptions, "files" | "speed" | "keepTime" | "zone" | "loop">;
  mapping: Mapping;
  send: (deviceId: string, reports: readonly DeviceReport[]) => Promise<void>;
  onProgress: (standing: Standing) => void;
  onSkip: (skip: Skip) => void;
  signal: AbortSignal;
  clock?: () => number;
}

export interface Skip {
  file: string;
  unit: RowFile["unit"];
  number: number;
  problem: string;
}

/** Rows that wait to be sent together, at most. */
const GROUP = 200;
/** Waits shorter than this are not worth a batch of their own, ms. */
const SHORTEST_WAIT = 15;
const LONGEST_TIMER = 2 ** 31 - 1;

export class Replay {
  sent = 0;
  readonly skips: Skip[] = [];
  readonly #p: ReplayParts;
  readonly #clock: () => number;
  #group: RowReports[] = [];
  #began: { wall: number; row: number } | undefined;
  #previous: number | undefined;

  constructor(parts: ReplayParts) {
    this.#p = parts;
    this.#clock = parts.clock ?? Date.now;
  }

  /** Resolves at the end of the files, or when aborted; `sent` and `skips` hold in any case, also when it rejects. */
  async run(): Promise<void> {
    const { options, signal } = this.#p;
    try {
      do {
        const before = this.sent;
        await this.#pass();
        if (this.sent === before) break;
      } while (options.loop && !signal.aborted);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #pass(): Promise<void> {
    const { options, mapping } = this.#p;
    this.#began = undefined;
    this.#previous = undefined;
    const parseTime = timeParser(mapping.time.format, options.zone);
    const { delimiter } = mapping;
    for (const [i, path] of options.files.entries()) {
      const file = openRows(path, { columns: columnsOf(mapping), ...(delimiter === undefined ? {} : { delimiter }) });
      for await (const row of file.rows) {
        const found = toReports(row, mapping, parseTime, this.#previous);
        if (typeof found === "string") this.#skip(path, file, row, found);
        else await this.#schedule(found);
        this.#tell((i + file.progress()) / options.files.length);
      }
    }
    await this.#flush();
    this.#tell(1);
  }

  #tell(done: number): void {
    this.#p.onProgress({ done, sent: this.sent, skipped: this.skips.length });
  }

  #skip(file: string, { unit }: RowFile, { number }: Row, problem: string): void {
    const skip = { file, unit, number, problem };
    this.skips.push(skip);
    this.#p.onSkip(skip);
  }

  /** Waits until the row is due, then keeps it for the next group. */
  async #schedule(row: RowReports): Promise<void> {
    const { speed, keepTime } = this.#p.options;
    this.#previous = row.time;
    this.#began ??= { wall: this.#clock(), row: row.time };
    const due = speed === Infinity ? this.#clock() : this.#began.wall + (row.time - this.#began.row) / speed;
    await this.#waitUntil(due);
    // The past is believed, the future is not: a faster replay squeezes the times with the pace.
    this.#group.push(keepTime ? row : withTime(row, Math.round(due)));
    if (this.#group.length >= GROUP) await this.#flush();
  }

  async #waitUntil(due: number): Promise<void> {
    if (due - this.#clock() < SHORTEST_WAIT) return;
    await this.#flush();
    for (let left = due - this.#clock(); left > 0; left = due - this.#clock()) {
      await delay(Math.min(left, LONGEST_TIMER), undefined, { signal: this.#p.signal });
    }
  }

  async #flush(): Promise<void> {
    this.#p.signal.throwIfAborted();
    const group = this.#group.splice(0);
    const byDevice = Map.groupBy(group, (it) => it.deviceId);
    const sending = [...byDevice].map(async ([deviceId, rows]) => {
      await this.#p.send(
        deviceId,
        rows.flatMap((it) => it.reports),
      );
      this.sent += rows.length;
    });
    await Promise.all(sending);
  }
}

const withTime = (row: RowReports, time: number): RowReports => ({
  ...row,
  time,
  reports: row.reports.map((it) => ({ ...it, time })),
});
