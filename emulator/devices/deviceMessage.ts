/**
 * What a device's message looks like in the telemetry hub: as Azure IoT Hub's built-in endpoint gives it, JSON body,
 * system properties as message annotations. Made by the simulated devices and by the replay.
 */
export interface DeviceReport {
  deviceId: string;
  /** DTDL component that the values belong to; absent for the device itself. */
  component?: string;
  /** Model of the device (`dt-dataschema`), where it is known. */
  modelId?: string;
  /** When the values were measured, ms since epoch. */
  time: number;
  values: Record<string, unknown>;
}

/** The part of the SDK's AmqpAnnotatedMessage that such a message uses. */
export interface DeviceMessage {
  body: Record<string, unknown>;
  bodyType: "data";
  header: { durable: boolean };
  properties: { contentType: string; contentEncoding: string };
  applicationProperties: Record<string, string>;
  messageAnnotations: Record<string, string | Date>;
}

/** `enqueuedAt`: ms since epoch at which the hub is told to have got it. */
export function deviceMessage(report: DeviceReport, enqueuedAt: number): DeviceMessage {
  return {
    body: report.values,
    bodyType: "data",
    // Without a header the service does not route by partition key.
    header: { durable: true },
    properties: { contentType: "application/json", contentEncoding: "utf-8" },
    applicationProperties: { "iothub-creation-time-utc": new Date(report.time).toISOString() },
    messageAnnotations: {
      // @azure/event-hubs 6.0.4 puts the key of `sendBatch(…, { partitionKey })` into plain events only, not into these.
      "x-opt-partition-key": report.deviceId,
      "iothub-connection-device-id": report.deviceId,
      "iothub-connection-auth-method": '{"scope":"device","type":"sas","issuer":"iothub"}',
      "iothub-enqueuedtime": new Date(enqueuedAt),
      "iothub-message-source": "Telemetry",
      ...(report.modelId === undefined ? {} : { "dt-dataschema": report.modelId }),
      ...(report.component === undefined ? {} : { "dt-subject": report.component }),
    },
  };
}
