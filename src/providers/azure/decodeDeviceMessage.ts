/**
 * Device-to-cloud messages as IoT Hub's built-in endpoint shows them → TwinEvent.
 *
 * The device, the component and the kind of message are system properties; the body is the device's JSON. JSON of any
 * other producer is read the same way: it names no device, and a mapping rule has to. Called by decode.ts.
 */
import type { Pointer, TwinEvent } from "../../twins/types.ts";
import { isObject, type JsonObject, jsonObject, type RawEvent, textOf, timeOf, Undecodable } from "./rawEvent.ts";

export const DEVICE_ID = "iothub-connection-device-id";
export const MESSAGE_SOURCE = "iothub-message-source";

type Told = Pick<TwinEvent, "type" | "subject" | "time" | "data">;

/** undefined for sources that say nothing of a twin's values: lifecycle, what was asked of a device. Throws Undecodable. */
export function decodeDeviceMessage(raw: RawEvent): TwinEvent | undefined {
  const told = tell(raw);
  if (told === undefined) return undefined;
  const { source, position, enqueuedAt, receivedAt } = raw;
  // One literal and no spreads: this runs for every message.
  const event: TwinEvent = {
    id: raw.messageId ?? `${position.partition}/${position.sequence}`,
    source,
    type: told.type,
    subject: told.subject,
    time: told.time,
    enqueuedAt,
    receivedAt,
    data: told.data,
    position,
    message: raw,
  };
  const traceparent = textOf(raw.properties, "traceparent");
  if (traceparent !== undefined) event.traceparent = traceparent;
  const dataschema = textOf(raw.systemProperties, "dt-dataschema");
  if (dataschema !== undefined) event.dataschema = dataschema;
  return event;
}

function tell(raw: RawEvent): Told | undefined {
  switch (textOf(raw.systemProperties, MESSAGE_SOURCE) ?? "Telemetry") {
    case "Telemetry":
      return telemetry(raw);
    case "deviceConnectionStateEvents":
      return connectionState(raw);
    case "twinChangeEvents":
      return reported(raw);
    default:
      return undefined;
  }
}

function telemetry(raw: RawEvent): Told {
  const { properties, systemProperties } = raw;
  const component = textOf(systemProperties, "dt-subject");
  const values = jsonObject(raw);
  return {
    type: "telemetry.received",
    subject: textOf(systemProperties, DEVICE_ID) ?? "",
    time:
      timeOf(properties["iothub-creation-time-utc"]) ??
      timeOf(systemProperties["iothub-enqueuedtime"]) ??
      raw.enqueuedAt,
    data: component === undefined ? { values } : { component, values },
  };
}

/**
 * What a device says of itself in its device twin is its word about those properties, as telemetry is about others. An
 * update tells what changed, down into objects; a twin that was replaced tells all, old ones too: each value has the time
 * at which the hub took it from the device.
 */
function reported(raw: RawEvent): Told | undefined {
  const { properties } = jsonObject(raw);
  const section = isObject(properties) ? properties["reported"] : undefined;
  if (!isObject(section)) return undefined;
  const time = updatedAt(section["$metadata"]) ?? timeOf(raw.systemProperties["iothub-enqueuedtime"]) ?? raw.enqueuedAt;
  const values = plainValues(section);
  const times = timesOf(section, section["$metadata"], time);
  return {
    type: "telemetry.received",
    subject: deviceOf(raw),
    time,
    data: {
      values,
      ...(Object.keys(times).length === 0 ? {} : { times }),
      ...(textOf(raw.properties, "opType") === "replaceTwin" ? {} : { merge: true }),
    },
  };
}

/** Of the values whose time is not `time`; `metadata` has the section's shape, with `$lastUpdated` at each value. */
function timesOf(section: JsonObject, metadata: unknown, time: number, base: Pointer = ""): Record<Pointer, number> {
  const times: Record<Pointer, number> = {};
  for (const [name, value] of isObject(metadata) ? ownEntries(section) : []) {
    const about = (metadata as JsonObject)[name];
    const own = updatedAt(about);
    if (base === "" && isObject(value) && "__t" in value) Object.assign(times, timesOf(value, about, time, `/${name}`));
    else if (own !== undefined && own !== time) times[`${base}/${name}`] = own;
  }
  return times;
}

/** Never written is the year 1, which says nothing. */
function updatedAt(metadata: unknown): number | undefined {
  const time = isObject(metadata) ? timeOf(metadata["$lastUpdated"]) : undefined;
  return time !== undefined && time > 0 ? time : undefined;
}

/** Without what is the hub's; IoT Plug and Play marks components with `__t`, and wraps what was asked for with its answer. */
function plainValues(section: object): Record<string, unknown> {
  return Object.fromEntries(ownEntries(section).map(([name, value]) => [name, plainValue(value)]));
}

function ownEntries(section: object): [string, unknown][] {
  return Object.entries(section).filter(([name]) => !name.startsWith("$") && name !== "__t");
}

function plainValue(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  if ("__t" in value) return plainValues(value);
  return "value" in value && "ac" in value ? value.value : value;
}

function connectionState(raw: RawEvent): Told | undefined {
  const kind = textOf(raw.properties, "opType");
  if (kind !== "deviceConnected" && kind !== "deviceDisconnected") return undefined;
  return {
    type: kind === "deviceConnected" ? "device.connected" : "device.disconnected",
    subject: deviceOf(raw),
    time: timeOf(raw.properties["operationTimestamp"]) ?? raw.enqueuedAt,
    data: null,
  };
}

function deviceOf({ systemProperties, properties }: RawEvent): string {
  const id = textOf(systemProperties, DEVICE_ID) ?? textOf(properties, "deviceId");
  if (id === undefined) throw new Undecodable("The message does not say which device it is from.");
  return id;
}
