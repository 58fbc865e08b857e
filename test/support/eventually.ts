// Waits for something to become true without guessing how long it takes.
import { setTimeout as delay } from "node:timers/promises";

/** Tries until the assertion no longer throws; after `timeoutMs` throws what it threw last. */
export async function eventually(
  assertion: () => void | Promise<void>,
  { timeoutMs = 5000, intervalMs = 10 }: { timeoutMs?: number; intervalMs?: number } = {},
): Promise<void> {
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
