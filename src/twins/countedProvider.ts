/**
 * Counts the calls of a provider, whoever makes them: how many, how they ended, how long they took. runtime.ts puts it in
 * front of the provider that everything else receives; read by /metrics.
 */
import { toTwinError } from "../errors.ts";
import type { TwinProvider } from "./types.ts";

export interface CallCount {
  /** Name of the port's method. */
  operation: string;
  /** "OK", or the code of the TwinError. */
  outcome: string;
  calls: number;
  /** Of all of them together; for lists until the last item was taken. */
  seconds: number;
}

export class CallCounts {
  readonly #counts = new Map<string, CallCount>();

  list(): readonly CallCount[] {
    return [...this.#counts.values()];
  }

  add(operation: string, outcome: string, seconds: number): void {
    const key = `${operation} ${outcome}`;
    const count = this.#counts.get(key) ?? { operation, outcome, calls: 0, seconds: 0 };
    this.#counts.set(key, { ...count, calls: count.calls + 1, seconds: count.seconds + seconds });
  }
}

type Method = (...args: unknown[]) => unknown;

/** The same provider; its methods are wrapped once each, at their first call. */
export function countedProvider(provider: TwinProvider, counts: CallCounts): TwinProvider {
  const wrapped = new Map<PropertyKey, Method>();
  return new Proxy(provider, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") {
        return value;
      }
      const known =
        wrapped.get(name) ??
        counted(String(name), (...args) => (Reflect.get(target, name, target) as Method).apply(target, args), counts);
      wrapped.set(name, known);
      return known;
    },
  });
}

function counted(operation: string, call: Method, counts: CallCounts): Method {
  return (...args) => {
    const began = performance.now();
    const end = (error?: unknown) => {
      const outcome = error === undefined ? "OK" : toTwinError(error).code;
      counts.add(operation, outcome, (performance.now() - began) / 1000);
    };
    const result = call(...args);
    if (result instanceof Promise) {
      result.then(() => end(), end);
    }
    return isIterable(result) ? countedItems(result, end) : result;
  };
}

function isIterable(result: unknown): result is AsyncIterable<unknown> {
  return typeof result === "object" && result !== null && Symbol.asyncIterator in result;
}

/** A caller that has seen enough ends it well. */
async function* countedItems(items: AsyncIterable<unknown>, end: (error?: unknown) => void): AsyncGenerator<unknown> {
  let failure: unknown;
  try {
    yield* items;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    end(failure);
  }
}
