/**
 * Bounds the link credit of Event Hubs consumers, so that backpressure reaches the broker.
 *
 * `@azure/event-hubs` 6.0.4 adds its prefetch again on every receive, also when nothing came: idle links pile up credit
 * (2,100 → 6,600 in 20 s), and the next burst sits in memory. Azure/azure-sdk-for-js#39452, open. Called by EventHubSource.
 */
import { Receiver } from "rhea-promise";

let bound = false;

/** Tops the credit up to what is asked for, instead of adding to it. Once per process; needs ESM, as the SDK itself does. */
export function boundCredit(): void {
  if (bound) return;
  bound = true;
  const addCredit = Receiver.prototype.addCredit;
  Receiver.prototype.addCredit = function (this: Receiver, credit: number) {
    const missing = credit - this.credit;
    if (missing > 0) addCredit.call(this, missing);
  };
}
