/**
 * An event of the service → the AMQP message that Azure Digital Twins sends to an event hub: CloudEvents 1.0 in binary mode,
 * attributes as application properties `cloudEvents:*`, data as JSON body.
 */
import { randomUUID } from "node:crypto";
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

export interface Notification {
  /** What route filters see. */
  attributes: JsonObject;
  message: NotificationMessage;
}

export function toNotification(event: TwinServiceEvent, origin: EventOrigin): Notification {
  const own =
    event.type === "microsoft.iot.telemetry" ? telemetryAttributes(event, origin) : changeAttributes(event, origin);
  const traceparent = origin.traceparent === undefined ? {} : { traceparent: origin.traceparent };
  const attributes: Record<string, string> = { ...own, specversion: "1.0", type: event.type, ...traceparent };
  const applicationProperties: Record<string, string> = {};
  for (const name in attributes) {
    applicationProperties[`cloudEvents:${name}`] = attributes[name] ?? "";
  }
  return {
    attributes: { ...attributes, datacontenttype: "application/json", $eventType: event.type, $body: event.body },
    message: {
      applicationProperties,
      body: JSON.stringify(event.body),
      contentType: "application/json",
      messageId: String(attributes["id"]),
      partitionKey: event.twinId,
    },
  };
}

function changeAttributes(event: TwinServiceEvent & { type: ChangeType }, { host, time }: EventOrigin) {
  return { id: randomUUID(), source: host, time, subject: event.subject };
}

function telemetryAttributes(event: TwinServiceEvent & { type: "microsoft.iot.telemetry" }, { host }: EventOrigin) {
  const { id, dataschema, subject, twinId } = event;
  return {
    id,
    source: `${host}/digitaltwins/${encodeURIComponent(twinId)}`,
    dataschema,
    ...(subject === undefined ? {} : { subject }),
  };
}
