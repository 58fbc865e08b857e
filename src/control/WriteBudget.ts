/**
 * The writes per second that all people of this server together may cause in the twin service: it has limits of its own that
 * others share, and a script in one room must not use them up. Refused at once, not queued: who asks is told when to try again.
 *
 * Way back: between control or layout and the provider (runtime.ts). Write-through has its own pace.
 */
import { TwinError } from "../errors.ts";
import type { Clock, TwinProvider } from "../twins/types.ts";

/** A bucket that holds what one second gives. */
export class WriteBudget {
  readonly #perSecond: number;
  readonly #clock: Clock;
  #left: number;
  #at: number;

  constructor({ perSecond, clock }: { perSecond: number; clock: Clock }) {
    this.#perSecond = perSecond;
    this.#clock = clock;
    this.#left = perSecond;
    this.#at = clock();
  }

  /** @throws TwinError RATE_LIMITED with `retryAfterMs` */
  take(): void {
    const now = this.#clock();
    const earned = (Math.max(0, now - this.#at) / 1000) * this.#perSecond;
    this.#left = Math.min(this.#perSecond, this.#left + earned);
    this.#at = now;
    if (this.#left < 1) {
      throw new TwinError(
        "RATE_LIMITED",
        `This server sends at most ${this.#perSecond} writes per second to the twin service; try again in a second.`,
        { retryAfterMs: 1000 },
      );
    }
    this.#left--;
  }
}

/** The port's methods that change something. */
export const WRITES = [
  "putModels",
  "deleteModel",
  "putTwin",
  "patchTwin",
  "deleteTwin",
  "putRelationship",
  "patchRelationship",
  "deleteRelationship",
  "publishTelemetry",
] as const satisfies readonly (keyof TwinProvider)[];
const IS_WRITE: ReadonlySet<PropertyKey> = new Set(WRITES);

/** The provider with a budget on its writes; what it reads is free. */
export function budgeted(provider: TwinProvider, budget: WriteBudget): TwinProvider {
  return new Proxy(provider, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") {
        return member;
      }
      const call = member.bind(target) as (...given: unknown[]) => unknown;
      const counted = async (...given: unknown[]) => {
        budget.take();
        return await call(...given);
      };
      return IS_WRITE.has(name) ? counted : call;
    },
  });
}
