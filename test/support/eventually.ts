// Waits for something to become true without guessing how long it takes: what tests use instead of sleeping.
import { setTimeout as delay } from "node:timers/promises";

/** Tries until the assertion no longer throws, and gives what it returns; after `timeoutMs` throws what it threw last. */
export async function eventually<T>(
  assertion: () => T | Promise<T>,
  { timeoutMs = 10_000, intervalMs = 10 }: { timeoutMs?: number; intervalMs?: number } = {},
): Promise<T> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (Date.now() >= until) {
        throw error;
      }
      await delay(intervalMs);
    }
  }
}
