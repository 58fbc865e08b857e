/**
 * Waiting with an end: a limit for work of others, a pause that a stop interrupts. Used by EventHubSource.
 */

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

export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
