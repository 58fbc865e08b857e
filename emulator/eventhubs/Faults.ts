/**
 * Faults on demand: what a network, a throttled namespace or another consumer would do to clients, done at will.
 *
 * Tests and fault runs hold it as `endpoint.faults`. It only keeps what is wished for and makes chance repeatable; links,
 * producers and the server ask it. The same seed gives the same delays and cuts for the same calls.
 */

/** Least and most, ms; one number: always that much. */
export type Span = number | readonly [least: number, most: number];

/** As a broken network does, or as a service that closes without a word. The SDK takes the two differently. */
export type Cut = "reset" | "end";

/** What the parts of the endpoint do for a fault. */
export interface FaultActions {
  /** Ends the connections for which `isChosen` says so. Returns how many. */
  cut(how: Cut, isChosen: () => boolean): number;
  /** Detaches a partition's readers of a group. Returns how many. */
  steal(hub: string, partition: string, group: string): number;
  /** Removes the oldest events of a partition down to `keep`. Returns the first sequence number that is left. */
  expire(hub: string, partition: string, keep: number): number;
  /** Deliveries are wanted again. */
  resume(): void;
}

export class Faults {
  /** Connections that were refused, over all times. */
  refused = 0;
  readonly #actions: FaultActions;
  readonly #random: () => number;
  #refusing = false;
  #frozen = false;
  #busy = false;
  #deliver: Span = 0;
  #accept: Span = 0;

  constructor(seed: number, actions: FaultActions) {
    this.#actions = actions;
    this.#random = seeded(seed);
  }

  /** Ends client connections, all or a share of them at random (0 to 1); new ones are taken. Returns how many. */
  cut(share = 1, how: Cut = "reset"): number {
    return this.#actions.cut(how, () => share >= 1 || this.#random() < share);
  }

  /** While on, new connections are reset at once; those that are there go on. */
  refuse(on: boolean): void {
    this.#refusing = on;
  }

  /** While on, everything is taken, appended and answered, but no event goes to a consumer. */
  freeze(on: boolean): void {
    this.#frozen = on;
    if (!on) this.#actions.resume();
  }

  /** While on, every append from a client is rejected with `com.microsoft:server-busy`, as a throttled namespace does. */
  throttle(on: boolean): void {
    this.#busy = on;
  }

  /** Events reach consumers, or their acceptance reaches producers, that much later; order stays. No argument: no delay. */
  delay({ deliver = 0, accept = 0 }: { deliver?: Span; accept?: Span } = {}): void {
    this.#deliver = deliver;
    this.#accept = accept;
    this.#actions.resume();
  }

  /** Readers of the partition lose it, as if one with a higher epoch had come and gone. Returns how many did. */
  loseEpoch(hub: string, partition: string, group = "$Default"): number {
    return this.#actions.steal(hub, partition, group);
  }

  /**
   * Retention takes the oldest events of a partition at once, down to `keep`, whatever a consumer has not read yet.
   * Returns the sequence number of the first that is left.
   */
  expire(hub: string, partition: string, keep = 0): number {
    return this.#actions.expire(hub, partition, keep);
  }

  /** Ends all faults that last. */
  clear(): void {
    this.#refusing = false;
    this.#busy = false;
    this.delay();
    this.freeze(false);
  }

  /** Asked once for each new connection; counts. */
  isRefused(): boolean {
    if (this.#refusing) this.refused++;
    return this.#refusing;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** ms that the next deliveries on a link wait. */
  deliverAfter(): number {
    return this.#pick(this.#deliver);
  }

  /** ms that the next acceptance waits. */
  acceptAfter(): number {
    return this.#pick(this.#accept);
  }

  #pick(span: Span): number {
    if (typeof span === "number") return span;
    const [least, most] = span;
    return least + this.#random() * (most - least);
  }
}

/** Numbers from 0 to 1, always the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
