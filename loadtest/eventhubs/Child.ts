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
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #id = 0;

  private constructor(process: ChildProcess) {
    this.#process = process;
    process.on("message", ({ id, answer }: Answer) => {
      this.#waiting.get(id)?.resolve(answer);
      this.#waiting.delete(id);
    });
    process.on("exit", (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`A process of the benchmark ended (${code}).`));
    });
  }

  /** `role` is the name of a file beside this one. */
  static start(role: "broker" | "consumer" | "producer", ...argv: string[]): Child {
    return new Child(fork(fileURLToPath(new URL(`./${role}.ts`, import.meta.url)), argv));
  }

  /** Rejects when the process ends before it has answered. */
  async ask<T>(name: string, argument?: unknown): Promise<T> {
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(++this.#id, answer);
    this.#process.send({ id: this.#id, name, argument: argument ?? null });
    return (await answer.promise) as T;
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
