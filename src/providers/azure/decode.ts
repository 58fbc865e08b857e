/**
 * What arrives at a hub → TwinEvent: the second step of a value's way in. From its result on, nothing names Azure.
 *
 * Each message is told by its own marks: `cloudEvents:type` makes it a notification of Azure Digital Twins, IoT Hub's system
 * properties make it a device message. Pure; called by EventHubSource for every event.
 */
import { DEVICE_ID, decodeDeviceMessage, MESSAGE_SOURCE } from "./decodeDeviceMessage.ts";
import { decodeNotification } from "./decodeNotification.ts";
import { type Decoded, type RawEvent, textOf, Undecodable } from "./rawEvent.ts";

export type { Decoded, RawEvent } from "./rawEvent.ts";

/** Never throws. */
export function decode(raw: RawEvent): Decoded {
  try {
    const eventType = textOf(raw.properties, "cloudEvents:type");
    if (eventType !== undefined) return decodeNotification(raw, eventType);
    if (raw.systemProperties[DEVICE_ID] !== undefined || raw.systemProperties[MESSAGE_SOURCE] !== undefined) {
      return decodeDeviceMessage(raw);
    }
    return {
      reason: "The message is neither a notification of Azure Digital Twins nor from a device: it names no sender.",
    };
  } catch (error) {
    if (error instanceof Undecodable) return { reason: error.message };
    return { reason: `Decoding failed: ${error instanceof Error ? error.message : String(error)}` };
  }
}
