/**
 * An event of the service → the AMQP message that Azure Digital Twins sends to an event hub: CloudEvents 1.0 in binary mode,
 * attributes as application properties `cloudEvents:*`, data as JSON body.
 */
import { newUuid } from "../newUuid.ts";
import type { JsonObject, NotificationMessage } from "../types.ts";

export type ChangeType =
  | "Microsoft.DigitalTwins.Twin.Create"
  | "Microsoft.DigitalTwins.Twin.Update"
  | "Microsoft.DigitalTwins.Twin.Delete"
  | "Microsoft.DigitalTwins.Relationship.Create"
  | "Microsoft.DigitalTwins.Relationship.Update"
  | "Microsoft.DigitalTwins.Relationship.Delete";

export type TwinServiceEvent = { twinId: string } & (
  | { type: ChangeType; subject: string; body: JsonObject }
  | {
      type: "microsoft.iot.telemetry";
      body: JsonObject | string;
      dataschema: string;
      /** Path of the component; absent for the twin's own. */
      subject?: string;
      /** From the Message-Id header. */
      id: string;
    }
);

/** Where and when it happened: host of the service, time of the request, and its trace context if it had one. */
export interface EventOrigin {
  host: string;
  time: string;
  traceparent: string | undefined;
}

/** Names are written out: made for each message, they would be looked up among all names each time. */
export function toNotification(event: TwinServiceEvent, origin: EventOrigin): NotificationMessage {
  const applicationProperties =
    event.type === "microsoft.iot.telemetry" ? ofTelemetry(event, origin) : ofChange(event, origin);
  if (origin.traceparent !== undefined) {
    applicationProperties["cloudEvents:traceparent"] = origin.traceparent;
  }
  return {
    applicationProperties,
    body: JSON.stringify(event.body),
    contentType: "application/json",
    messageId: applicationProperties["cloudEvents:id"] ?? "",
    partitionKey: event.twinId,
  };
}

function ofChange(event: TwinServiceEvent & { type: ChangeType }, { host, time }: EventOrigin): Record<string, string> {
  return {
    "cloudEvents:id": newUuid(),
    "cloudEvents:source": host,
    "cloudEvents:time": time,
    "cloudEvents:subject": event.subject,
    "cloudEvents:specversion": "1.0",
    "cloudEvents:type": event.type,
  };
}

function ofTelemetry(
  { id, dataschema, subject, twinId, type }: TwinServiceEvent & { type: "microsoft.iot.telemetry" },
  { host }: EventOrigin,
): Record<string, string> {
  return {
    "cloudEvents:id": id,
    "cloudEvents:source": `${host}/digitaltwins/${encodeURIComponent(twinId)}`,
    "cloudEvents:dataschema": dataschema,
    ...(subject === undefined ? {} : { "cloudEvents:subject": subject }),
    "cloudEvents:specversion": "1.0",
    "cloudEvents:type": type,
  };
}

/** What the filters of event routes see. */
export function attributesOf(event: TwinServiceEvent, { applicationProperties }: NotificationMessage): JsonObject {
  const attributes: JsonObject = {};
  for (const [name, value] of Object.entries(applicationProperties)) {
    attributes[name.slice("cloudEvents:".length)] = value;
  }
  return { ...attributes, datacontenttype: "application/json", $eventType: event.type, $body: event.body };
}
