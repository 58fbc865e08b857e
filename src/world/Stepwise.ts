/**
 * Work in small steps, in the order in which it was given: few steps are done at once, many in turns between which the
 * event loop is free, and all that is left at once when somebody cannot wait. Part of SpaceLayout.
 */
import { inTurns } from "../twins/inTurns.ts";
import type { Log } from "../twins/types.ts";

export class Stepwise {
  readonly #log: Log;
  readonly #todo: Generator<void>[] = [];
  /** Goes through the steps of all that is to be done; undefined: nothing is. */
  #steps: Generator<void> | undefined;
  #turns: Promise<unknown> = Promise.resolve();
  #isInStep = false;
  #isClosed = false;

  constructor(log: Log) {
    this.#log = log;
  }

  do(work: Generator<void>): void {
    this.#todo.push(work);
    if (this.#steps) {
      return;
    }
    const steps = this.#all();
    this.#steps = steps;
    this.#turns = inTurns(
      steps,
      () => {},
      () => this.#isClosed,
    );
  }

  /** Resolves when what was to be done is done, or it is closed. */
  async done(): Promise<void> {
    await this.#turns;
  }

  /** Does what is left, unless a step asks for it itself. */
  finish(): void {
    const steps = this.#isInStep ? undefined : this.#steps;
    while (steps?.next().done === false) {}
  }

  close(): void {
    this.#isClosed = true;
  }

  *#all(): Generator<void> {
    for (let work = this.#todo.shift(); work; work = this.#todo.shift()) {
      while (this.#step(work)) {
        yield;
      }
    }
    this.#steps = undefined;
  }

  /** False: that was the last one. */
  #step(work: Generator<void>): boolean {
    this.#isInStep = true;
    try {
      return work.next().done !== true;
    } catch (error) {
      this.#log.error({ err: error }, "a part of a layout could not be worked out");
      return false;
    } finally {
      this.#isInStep = false;
    }
  }
}
