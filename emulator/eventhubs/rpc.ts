/**
 * The two request-and-reply nodes of Event Hubs: `$cbs` takes tokens, `$management` tells about hubs and partitions.
 *
 * A request is a message on the client's sender; the reply goes out on the link whose source is the same node and whose
 * target or name the request gives as reply-to.
 */
import rhea, { type Connection, type Receiver, type Sender } from "rhea";
import type { Claims } from "./Claims.ts";
import type { Hubs } from "./Hub.ts";
import { HubError } from "./types.ts";

const { types } = rhea;

export interface RpcServices {
  hubs: Hubs;
  claims: Claims;
}

/** The decoded request, as far as it is used. */
interface Request {
  message_id?: unknown;
  reply_to?: unknown;
  body?: unknown;
  application_properties?: Record<string, unknown>;
}

interface Reply {
  status: number;
  description: string;
  condition?: string;
  body?: unknown;
}

export function isRpcAddress(address: string): boolean {
  return address === "$cbs" || address === "$management" || address.endsWith("/$management");
}

/** Answers one request that arrived on `receiver`. */
export function answer(services: RpcServices, receiver: Receiver, bytes: Buffer): void {
  const request = rhea.message.decode(bytes) as Request;
  const reply = attempt(() =>
    receiver.target.address === "$cbs"
      ? putToken(services, receiver.connection, request)
      : read(services, receiver.connection, request),
  );
  replyLink(receiver, request)?.send({
    ...(typeof request.reply_to === "string" ? { to: request.reply_to } : {}),
    ...(isMessageId(request.message_id) ? { correlation_id: request.message_id } : {}),
    application_properties: {
      "status-code": types.wrap_int(reply.status),
      statusCode: types.wrap_int(reply.status),
      "status-description": reply.description,
      ...(reply.condition === undefined ? {} : { "error-condition": reply.condition }),
    },
    body: reply.body,
  });
}

function isMessageId(id: unknown): id is string | number | Buffer {
  return typeof id === "string" || typeof id === "number" || Buffer.isBuffer(id);
}

function replyLink(receiver: Receiver, request: Request): Sender | undefined {
  const node = receiver.target.address;
  const here = (sender: Sender) => sender.source?.address === node;
  return (
    receiver.connection.find_sender(
      (sender: Sender) =>
        here(sender) && (sender.name === request.reply_to || sender.target?.address === request.reply_to),
    ) ?? receiver.session.find_sender(here)
  );
}

const STATUS: Record<string, number> = {
  "amqp:unauthorized-access": 401,
  "amqp:not-found": 404,
  "com.microsoft:argument-out-of-range": 400,
  "amqp:not-implemented": 501,
};

/** What `$management` can be asked about. */
const TYPES: ReadonlySet<string> = new Set(["com.microsoft:eventhub", "com.microsoft:partition"]);

function attempt(work: () => Reply): Reply {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    return { status: STATUS[error.condition] ?? 400, description: error.message, condition: error.condition };
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : Buffer.isBuffer(value) ? value.toString("utf8") : String(value ?? "");
}

/** The body of a put-token request is a string value; some clients send it as a data section. */
function tokenOf(body: unknown): string {
  return typeof body === "object" && body !== null && "content" in body ? text(body.content) : text(body);
}

function putToken({ claims }: RpcServices, connection: Connection, request: Request): Reply {
  const asked = request.application_properties ?? {};
  claims.put(connection, text(asked["name"]), text(asked["type"]), tokenOf(request.body));
  return { status: 202, description: "Accepted" };
}

function read({ hubs, claims }: RpcServices, connection: Connection, request: Request): Reply {
  const asked = request.application_properties ?? {};
  const type = text(asked["type"]);
  if (text(asked["operation"]) !== "READ" || !TYPES.has(type)) {
    throw new HubError("amqp:not-implemented", `There is no operation '${text(asked["operation"])}' on '${type}'.`);
  }
  const hub = hubs.get(text(asked["name"]));
  claims.demand(connection, `${hub.name}/$management`);
  if (type === "com.microsoft:eventhub") {
    const ids = hub.partitions.map((partition) => partition.id);
    return ok({
      name: hub.name,
      type,
      created_at: new Date(hub.createdAt),
      partition_count: types.wrap_int(ids.length),
      partition_ids: types.wrap_array(ids, 0xa1, undefined),
      georeplication_factor: types.wrap_int(1),
    });
  }
  const partition = hub.partition(text(asked["partition"]));
  const info = partition.info();
  return ok({
    name: hub.name,
    type,
    partition: partition.id,
    begin_sequence_number: types.wrap_long(info.first),
    last_enqueued_sequence_number: types.wrap_long(info.last),
    last_enqueued_offset: info.lastOffset,
    last_enqueued_time_utc: new Date(info.lastEnqueuedAt),
    is_partition_empty: info.empty,
  });
}

function ok(body: unknown): Reply {
  return { status: 200, description: "OK", body };
}
