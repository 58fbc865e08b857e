/**
 * Event notifications of Azure Digital Twins → TwinEvent: CloudEvents in AMQP application properties, a JSON body.
 *
 * Spec: "Digital twin event notifications" of the service's documentation. Called by decode.ts.
 */
import type { TwinData, TwinEvent, TwinEventType } from "../../twins/types.ts";
import { type JsonObject, jsonObject, patchOf, type RawEvent, textOf, timeOf, Undecodable } from "./rawEvent.ts";
import { toRelationship, toTwin } from "./twinShape.ts";

/** What the type of a notification decides: our type, and what becomes of the body. */
interface Kind {
  type: TwinEventType;
  data(body: JsonObject, raw: RawEvent): unknown;
  /** Where the subject is found when `cloudEvents:subject` is not it. */
  subject(raw: RawEvent, body: JsonObject): string | undefined;
}

const subjectOf = (raw: RawEvent) => textOf(raw.properties, "cloudEvents:subject");
const twinSubject = (raw: RawEvent, body: JsonObject) => subjectOf(raw) ?? textOf(body, "$dtId");
const relationshipSubject = (_: RawEvent, body: JsonObject) => {
  const { sourceId, id } = relationshipOf(body);
  return `${sourceId}/relationships/${id}`;
};
const relationshipOf = (body: JsonObject) => decodable(() => toRelationship(body));

function twinDataOf(body: JsonObject): TwinData {
  const { id: _, ...data } = decodable(() => toTwin(body));
  return data;
}

/** The body is JSON, yet not of the shape that the type of the notification promises. */
function decodable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof TypeError ? new Undecodable(error.message) : error;
  }
}

const updateData = (body: JsonObject) => ({ modelId: textOf(body, "modelId") ?? "", patch: patchOf(body) });

const KINDS: Readonly<Record<string, Kind>> = {
  "microsoft.digitaltwins.twin.create": { type: "twin.created", data: twinDataOf, subject: twinSubject },
  "microsoft.digitaltwins.twin.delete": { type: "twin.deleted", data: twinDataOf, subject: twinSubject },
  "microsoft.digitaltwins.twin.update": { type: "twin.updated", data: updateData, subject: subjectOf },
  "microsoft.digitaltwins.relationship.create": {
    type: "relationship.created",
    data: relationshipOf,
    subject: relationshipSubject,
  },
  "microsoft.digitaltwins.relationship.delete": {
    type: "relationship.deleted",
    data: relationshipOf,
    subject: relationshipSubject,
  },
  "microsoft.digitaltwins.relationship.update": { type: "relationship.updated", data: updateData, subject: subjectOf },
  "microsoft.iot.telemetry": { type: "telemetry.received", data: telemetryData, subject: telemetrySubject },
};

/** The subject of DTDL Telemetry, where it is given, is the component. */
function telemetryData(values: JsonObject, raw: RawEvent): unknown {
  const component = subjectOf(raw);
  return { ...(component === undefined ? {} : { component }), values };
}

/** `<host>/digitaltwins/<id>` → id. */
function telemetrySubject(raw: RawEvent): string | undefined {
  const [, id] = /\/digitaltwins\/([^/]+)/i.exec(textOf(raw.properties, "cloudEvents:source") ?? "") ?? [];
  try {
    return id === undefined ? undefined : decodeURIComponent(id);
  } catch {
    return id;
  }
}

/** undefined for types that are not about twins. Throws Undecodable. */
export function decodeNotification(raw: RawEvent, eventType: string): TwinEvent | undefined {
  const kind = KINDS[eventType.toLowerCase()];
  if (kind === undefined) return undefined;
  const body = jsonObject(raw);
  const subject = kind.subject(raw, body);
  if (subject === undefined) throw new Undecodable("The notification does not say which twin it is about.");
  const { properties, position } = raw;
  const traceparent = textOf(properties, "cloudEvents:traceparent");
  const dataschema = textOf(properties, "cloudEvents:dataschema");
  return {
    id: textOf(properties, "cloudEvents:id") ?? raw.messageId ?? `${position.partition}/${position.sequence}`,
    source: raw.source,
    subject,
    time: timeOf(properties["cloudEvents:time"]) ?? raw.enqueuedAt,
    enqueuedAt: raw.enqueuedAt,
    receivedAt: raw.receivedAt,
    type: kind.type,
    data: kind.data(body, raw),
    position,
    message: raw,
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(dataschema === undefined ? {} : { dataschema }),
  };
}
