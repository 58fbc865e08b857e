/**
 * What goes wrong on demand: settings, the sequences that decide in which case, and the clock. The same requests in the same
 * order with the same seed meet the same faults.
 *
 * Asked by http/handleRequests before and after each operation and by Service for each notification; set by the admin route
 * and by options.
 */
import type { ServiceRequest, ServiceResponse } from "../http/types.ts";
import type { Instance } from "../Instance.ts";
import { ServiceError } from "../ServiceError.ts";
import type { LaggingView } from "./LaggingView.ts";
import type { Hold } from "./NotificationHolds.ts";
import { Random } from "./Random.ts";
import { RateLimits } from "./RateLimits.ts";
import { changeSettings, type FaultSettings, NO_FAULTS } from "./settings.ts";

/** How often a notification is sent, and how late. */
export interface NotificationFate {
  copies: number;
  hold: Hold | undefined;
}
export type Failure = "before" | "after" | undefined;

const AS_IT_SHOULD: NotificationFate = { copies: 1, hold: undefined };
/** A notification that others are to pass goes on when none comes, after this many ms. */
const LONGEST_WAIT = 1_000;
const MOST_PASSING = 5;

export class Faults {
  readonly #clock: () => number;
  readonly #view: LaggingView;
  readonly #limits: RateLimits;
  #settings = NO_FAULTS;
  #random = newRandom(NO_FAULTS.seed);

  constructor(options: { clock: () => number; view: LaggingView; instance: Instance }) {
    this.#clock = options.clock;
    this.#view = options.view;
    this.#limits = new RateLimits(options.instance);
  }

  get settings(): FaultSettings {
    return this.#settings;
  }

  /** InvalidArgument when a member makes no sense; then nothing has changed. Begins all sequences anew. */
  change(change: unknown): void {
    this.#settings = changeSettings(this.#settings, change, this.#clock);
    this.#random = newRandom(this.#settings.seed);
    this.#view.lag = this.#settings.queryLag;
  }

  clear(): void {
    this.#settings = NO_FAULTS;
    this.#random = newRandom(NO_FAULTS.seed);
    this.#view.lag = 0;
  }

  /** The service's time, ms since epoch. */
  now(): number {
    const { offset, frozenAt } = this.#settings.clock;
    return frozenAt ?? this.#clock() + offset;
  }

  /** Undefined: the request is within all rates. */
  throttled(request: ServiceRequest): ServiceResponse | undefined {
    const { throttle, retryAfter } = this.#settings;
    if (throttle === null) {
      return undefined;
    }
    const rate = this.#limits.exceeded(request, throttle, this.now());
    if (rate === undefined) {
      return undefined;
    }
    const seconds = Math.round(this.#random.retryAfter.between(...retryAfter));
    const message = `The request rate is over ${throttle[rate]} per second (${rate}). Try again after ${seconds} s.`;
    return { status: 429, body: { error: { statusCode: 429, message } }, headers: { "Retry-After": String(seconds) } };
  }

  charge(queryUnits: number): void {
    if (this.#settings.throttle !== null) {
      this.#limits.charge(queryUnits, this.now());
    }
  }

  /** ms that this request takes longer. */
  latency(): number {
    return this.#random.latency.between(...this.#settings.latency);
  }

  /** Whether this request fails before or after its work is done. */
  failure(): Failure {
    const { rate, applied } = this.#settings.errors;
    if (!this.#random.errors.happens(rate)) {
      return undefined;
    }
    return this.#random.errors.happens(applied) ? "after" : "before";
  }

  failed(): ServiceResponse {
    const { status } = this.#settings.errors;
    const error = new ServiceError("InternalServerError", "The service failed, as it was asked to.");
    return { status, body: error.toJSON(), headers: { "x-ms-error-code": error.code } };
  }

  notification(): NotificationFate {
    const { dropped, duplicated, delayed, delay, reordered } = this.#settings.notifications;
    if (dropped + duplicated + delayed + reordered === 0) {
      return AS_IT_SHOULD;
    }
    const random = this.#random.notifications;
    if (random.happens(dropped)) {
      return { copies: 0, hold: undefined };
    }
    const copies = random.happens(duplicated) ? 2 : 1;
    if (random.happens(delayed)) {
      return { copies, hold: { delay: random.between(...delay), passing: 0 } };
    }
    const passing = random.happens(reordered) ? 1 + Math.floor(random.next() * MOST_PASSING) : 0;
    return { copies, hold: passing === 0 ? undefined : { delay: LONGEST_WAIT, passing } };
  }
}

function newRandom(seed: number) {
  const of = (purpose: string) => new Random(seed, purpose);
  return {
    retryAfter: of("retryAfter"),
    latency: of("latency"),
    errors: of("errors"),
    notifications: of("notifications"),
  };
}
