/**
 * Decides what a device has to say: the fields that changed by more than their deadband since they were last sent, and
 * everything every 10 s. Used by the fleet between the simulation and the outbox.
 */
import { deadband } from "../simulation/instruments.ts";
import type { FieldValue, Reading } from "../simulation/readings.ts";

const FULL_REPORT_MS = 10_000;

interface Sent {
  fields: Record<string, FieldValue>;
  fullAt: number;
}

export class ReportFilter {
  readonly #sent = new Map<string, Sent>();

  /** The fields to send now; undefined when there is nothing to say. Remembers them as sent. */
  select(reading: Reading, now: number): Record<string, FieldValue> | undefined {
    const key = `${reading.deviceId}/${reading.component ?? ""}`;
    const last = this.#sent.get(key);
    if (last === undefined || now - last.fullAt >= FULL_REPORT_MS) {
      this.#sent.set(key, { fields: { ...reading.fields }, fullAt: now });
      return reading.fields;
    }
    const changed = Object.entries(reading.fields).filter(([name, value]) => differs(name, last.fields[name], value));
    if (changed.length === 0) return undefined;
    const fields = Object.fromEntries(changed);
    Object.assign(last.fields, fields);
    return fields;
  }
}

function differs(name: string, before: FieldValue | undefined, now: FieldValue): boolean {
  if (typeof before === "number" && typeof now === "number") return Math.abs(now - before) >= deadband(name);
  return before !== now;
}
