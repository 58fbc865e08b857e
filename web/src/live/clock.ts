/** The page's clock: a signal that ticks once a second, so that ages grow while nothing arrives. */
import { type ReadonlySignal, signal } from "@preact/signals";

const seconds = signal(Date.now());
window.setInterval(() => {
  seconds.value = Date.now();
}, 1000);

/** ms since epoch, at most a second old. */
export const now: ReadonlySignal<number> = seconds;
