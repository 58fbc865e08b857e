/** A second server on the first one's checkpoints: the SDK's load balancing gives it partitions that the first one is reading. */
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import type { ServerProcess } from "./ServerProcess.ts";

const LOOK_MS = 100;

export class Rival {
  steals = 0;
  readonly #server: ServerProcess;
  readonly #file: string;

  /** `file`: the checkpoint store that both use. */
  constructor(server: ServerProcess, file: string) {
    this.#server = server;
    this.#file = file;
  }

  get crashes(): number {
    return this.#server.crashes;
  }

  /** Resolves when it has partitions beside the first one, or at `end` (performance.now). */
  async come(end: number): Promise<void> {
    await this.#server.start();
    while (performance.now() < end) {
      if (this.#owners() > 1) {
        this.steals++;
        return;
      }
      await delay(LOOK_MS);
    }
  }

  async leave(how: "kill" | "stop"): Promise<void> {
    await this.#server[how]();
  }

  /** Of the hub that most share; the processes that have ended keep theirs until somebody takes them. */
  #owners(): number {
    const db = new DatabaseSync(this.#file, { readOnly: true });
    try {
      db.exec("PRAGMA busy_timeout = 1000");
      const rows = db.prepare("SELECT hub, partition, process FROM ownerships WHERE owner <> ''").all();
      const alive = rows.filter(({ process }) => isAlive(Number(String(process).split("/")[1])));
      const byHub = Map.groupBy(alive, ({ hub }) => hub);
      return Math.max(0, ...Array.from(byHub.values(), (of) => new Set(of.map(({ process }) => process)).size));
    } finally {
      db.close();
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
