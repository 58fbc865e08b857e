/** What the pump keeps of a device's message that could not be applied. */
import type { TwinEvent, UndecodableEvent } from "../../../src/twins/types.ts";

export function deadLetter(
  event: Pick<TwinEvent, "subject" | "data">,
  reason = "refused",
  sequence = 1,
): UndecodableEvent {
  const now = Date.now();
  const position = { partition: "0", sequence, generation: "1" };
  const times = { time: now, enqueuedAt: now, receivedAt: now };
  const whole: TwinEvent = { id: "1", source: "ns/hub", type: "telemetry.received", ...times, position, ...event };
  return { source: "ns/hub", position, receivedAt: now, raw: Buffer.from(JSON.stringify(whole)), reason };
}
