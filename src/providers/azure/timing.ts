/**
 * Waiting with an end: a limit for work of others, a pause that a stop interrupts. Used by EventHubSource.
 */
import { setTimeout as delay } from "node:timers/promises";

/** Whether the work ended, one way or the other, within the time. */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const inTime = await Promise.race([
    late,
    work.then(
      () => true,
      () => true,
    ),
  ]);
  clearTimeout(timer);
  return inTime;
}

/** Ends early when the signal is aborted; never rejects. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
