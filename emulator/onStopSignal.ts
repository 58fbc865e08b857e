/**
 * Ctrl-C and SIGTERM for the commands of this folder: the first stops in order, a later one ends the process at once. One
 * Ctrl-C arrives twice, from the terminal and from npm, which passes it on; that is the same one.
 */
const SAME_SIGNAL_MS = 500;

/** `stop` is called once. */
export function onStopSignal(stop: () => void): void {
  let since: number | undefined;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (since === undefined) {
        since = performance.now();
        stop();
      } else if (performance.now() - since > SAME_SIGNAL_MS) {
        process.exit(130);
      }
    });
  }
}
