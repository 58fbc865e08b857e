/** Retries an assertion until it holds: what tests use instead of sleeping. Rejects with its last error after `timeoutMs`. */
export async function eventually<T>(
  assertion: () => T | Promise<T>,
  { timeoutMs = 5000, everyMs = 20 } = {},
): Promise<T> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (performance.now() > until) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
