/**
 * What the hub tells its Event Hub about devices: telemetry with IoT Hub's own system properties, changes of device twins,
 * lifecycle and connection events. Partitioned by device, as Azure does. Pure; used by IotHub.
 */
import type { HubMessage, JsonObject } from "./types.ts";

type Source = "Telemetry" | "twinChangeEvents" | "deviceLifecycleEvents" | "deviceConnectionStateEvents";
const AUTH = '{"scope":"device","type":"sas","issuer":"iothub"}';

/** `properties`: the topic's property bag, system properties (`$.…`) among them. */
export function telemetryEvent(
  deviceId: string,
  o: { body: Uint8Array; properties: Record<string, string>; modelId: string; now: number },
): HubMessage {
  const { "$.ct": contentType, "$.ce": contentEncoding, "$.mid": messageId, "$.sub": subject, ...rest } = o.properties;
  const { "$.ctime": created, "$.cid": correlationId, ...own } = rest;
  const application = Object.entries(own).filter(([name]) => !name.startsWith("$."));
  return {
    body: o.body,
    partitionKey: deviceId,
    ...(contentType === undefined ? {} : { contentType }),
    ...(messageId === undefined ? {} : { messageId }),
    applicationProperties: {
      ...Object.fromEntries(application),
      ...(created === undefined ? {} : { "iothub-creation-time-utc": created }),
    },
    annotations: {
      ...system(deviceId, "Telemetry", o.now),
      "iothub-connection-auth-method": AUTH,
      ...(contentEncoding === undefined ? {} : { "content-encoding": contentEncoding }),
      ...(correlationId === undefined ? {} : { "correlation-id": correlationId }),
      ...(subject === undefined ? {} : { "dt-subject": subject }),
      ...(o.modelId === "" ? {} : { "dt-dataschema": o.modelId }),
    },
  };
}

/** A change of a device twin; `properties`: `{ desired | reported: { …, $metadata, $version } }`. */
export function twinChangeEvent(
  hub: string,
  deviceId: string,
  o: { properties: JsonObject; version: number; modelId: string; now: number },
): HubMessage {
  const body = { version: o.version, properties: o.properties };
  const told = event(hub, deviceId, { source: "twinChangeEvents", opType: "updateTwin", body, now: o.now });
  return o.modelId === "" ? told : { ...told, annotations: { ...told.annotations, "dt-dataschema": o.modelId } };
}

export function lifecycleEvent(
  hub: string,
  deviceId: string,
  o: { opType: "createDeviceIdentity" | "deleteDeviceIdentity"; body: JsonObject; now: number },
): HubMessage {
  return event(hub, deviceId, { ...o, source: "deviceLifecycleEvents" });
}

export function connectionEvent(
  hub: string,
  deviceId: string,
  o: { isConnected: boolean; sequence: number; now: number },
): HubMessage {
  const opType = o.isConnected ? "deviceConnected" : "deviceDisconnected";
  const body = { sequenceNumber: o.sequence.toString(16).padStart(50, "0") };
  return event(hub, deviceId, { source: "deviceConnectionStateEvents", opType, body, now: o.now });
}

function event(
  hub: string,
  deviceId: string,
  o: { source: Source; opType: string; body: JsonObject; now: number },
): HubMessage {
  return {
    body: Buffer.from(JSON.stringify(o.body)),
    partitionKey: deviceId,
    contentType: "application/json",
    applicationProperties: {
      hubName: hub,
      deviceId,
      opType: o.opType,
      operationTimestamp: new Date(o.now).toISOString(),
      "iothub-message-schema": o.source,
    },
    annotations: { ...system(deviceId, o.source, o.now), "content-encoding": "utf-8" },
  };
}

function system(deviceId: string, source: Source, now: number) {
  return {
    "iothub-connection-device-id": deviceId,
    "iothub-enqueuedtime": new Date(now),
    "iothub-message-source": source,
  };
}
