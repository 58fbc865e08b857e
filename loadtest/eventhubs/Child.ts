/** One process of the event hub benchmark, as its parent sees it: ask, and get the answer. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

interface Answer {
  id: number;
  answer: unknown;
}

export class Child {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  #id = 0;

  private constructor(process: ChildProcess) {
    this.#process = process;
    process.on("message", ({ id, answer }: Answer) => {
      this.#waiting.get(id)?.(answer);
      this.#waiting.delete(id);
    });
  }

  /** `role` is the name of a file beside this one. */
  static start(role: "broker" | "consumer" | "producer", ...argv: string[]): Child {
    return new Child(fork(fileURLToPath(new URL(`./${role}.ts`, import.meta.url)), argv));
  }

  ask<T>(name: string, argument?: unknown): Promise<T> {
    return new Promise((resolve) => {
      this.#waiting.set(++this.#id, resolve as (answer: unknown) => void);
      this.#process.send({ id: this.#id, name, argument: argument ?? null });
    });
  }

  /** CPU time so far, µs. */
  cpu(): Promise<number> {
    return this.ask("cpu");
  }

  async end(): Promise<void> {
    const exited = once(this.#process, "exit");
    this.#process.disconnect();
    await exited;
  }
}
