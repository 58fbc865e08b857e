/**
 * What arrives at a hub → TwinEvent: the second step of a value's way in. From its result on, nothing names Azure.
 *
 * Each message is told by its own marks: `cloudEvents:type` makes it a notification of Azure Digital Twins; everything else
 * is a device's message, by IoT Hub's system properties or by a mapping rule. Pure; called by EventHubSource for every event.
 */
import { decodeDeviceMessage } from "./decodeDeviceMessage.ts";
import { decodeNotification } from "./decodeNotification.ts";
import { type Decoded, type RawEvent, textOf, Undecodable } from "./rawEvent.ts";

export type { Decoded, RawEvent } from "./rawEvent.ts";

/** Never throws. */
export function decode(raw: RawEvent): Decoded {
  try {
    const eventType = textOf(raw.properties, "cloudEvents:type");
    if (eventType !== undefined) return decodeNotification(raw, eventType);
    return decodeDeviceMessage(raw);
  } catch (error) {
    if (error instanceof Undecodable) return { reason: error.message };
    return { reason: `Decoding failed: ${error instanceof Error ? error.message : String(error)}` };
  }
}
