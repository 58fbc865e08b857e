/**
 * The services' side: IoT Hub's REST API (2021-04-12) as far as registering devices, their twins, direct methods and DTDL
 * Commands go, and `/$admin/faults`. Refusals are worded as the hub words them.
 */
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { type IotHub, twinOf } from "./IotHub.ts";
import { queryDevices } from "./queryDevices.ts";
import { type Device, HubRefusal, isObject, type JsonObject, type Log } from "./types.ts";

export interface ServiceOptions {
  hub: IotHub;
  /** Does the caller have the rights? */
  lets: (authorization: string) => boolean;
  log: Log;
}
interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}
type Handler = (
  hub: IotHub,
  params: string[],
  request: { body: unknown; query: URLSearchParams; headers: IncomingHttpHeaders },
) => Answer | Promise<Answer>;

const MAX_BODY = 512 * 1024;
const MAX_METHOD_S = 300;

const ROUTES: [string, RegExp, Handler][] = [
  ["GET", /^\/devices$/, (hub) => ({ status: 200, body: [...hub.registry.list()].map((d) => identity(hub, d)) })],
  [
    "POST",
    /^\/devices\/query$/,
    (hub, _, { body, headers }) => ({ status: 200, ...queryDevices(hub, body, ...pageOf(headers)) }),
  ],
  ["GET", /^\/devices\/([^/]+)$/, (hub, [id = ""]) => ({ status: 200, body: identity(hub, hub.registry.get(id)) })],
  [
    "PUT",
    /^\/devices\/([^/]+)$/,
    (hub, [id = ""], { body }) => ({ status: 200, body: identity(hub, hub.ensureDevice(id, keyIn(body))) }),
  ],
  [
    "DELETE",
    /^\/devices\/([^/]+)$/,
    (hub, [id = ""]) => {
      hub.removeDevice(id);
      return { status: 204 };
    },
  ],
  ["GET", /^\/twins\/([^/]+)$/, (hub, [id = ""]) => ({ status: 200, body: twinOf(hub, hub.registry.get(id)) })],
  ["PATCH", /^\/twins\/([^/]+)$/, patchTwin],
  ["POST", /^\/twins\/([^/]+)\/methods$/, callMethod],
  [
    "POST",
    /^\/digitaltwins\/([^/]+)\/commands\/([^/]+)$/,
    (hub, [id = "", name = ""], request) => callCommand(hub, id, name, request),
  ],
  [
    "POST",
    /^\/digitaltwins\/([^/]+)\/components\/([^/]+)\/commands\/([^/]+)$/,
    (hub, [id = "", component = "", name = ""], request) => callCommand(hub, id, `${component}*${name}`, request),
  ],
  ["GET", /^\/\$admin\/faults$/, (hub) => ({ status: 200, body: hub.faults.settings })],
  [
    "POST",
    /^\/\$admin\/faults$/,
    (hub, _, { body }) => {
      hub.faults.change(body);
      return { status: 200, body: hub.faults.settings };
    },
  ],
  [
    "DELETE",
    /^\/\$admin\/faults$/,
    (hub) => {
      hub.faults.clear();
      return { status: 200, body: hub.faults.settings };
    },
  ],
];

export function handleService(options: ServiceOptions): RequestListener {
  return (request, response) => {
    serve(options, request).then(
      (answer) => send(response, answer),
      (error: unknown) => {
        if (!(error instanceof HubRefusal)) {
          options.log.warn({ err: error }, "iot hub: a request failed in an unforeseen way");
        }
        send(response, refusal(error));
      },
    );
  };
}

async function serve({ hub, lets }: ServiceOptions, request: IncomingMessage): Promise<Answer> {
  const { pathname, searchParams: query } = new URL(request.url ?? "/", "http://hub");
  const isAdmin = pathname.startsWith("/$admin/");
  if (!lets(request.headers.authorization ?? "")) {
    throw new HubRefusal(401, "IotHubUnauthorizedAccess", 401002, "Unauthorized");
  }
  const body = await readBody(request);
  if (!isAdmin) {
    hub.faults.passService();
  }
  for (const [method, pattern, handler] of ROUTES) {
    const found = request.method === method ? pattern.exec(pathname) : null;
    if (found) {
      const { headers } = request;
      return handler(hub, found.slice(1).map(decodeURIComponent), { body, query, headers });
    }
  }
  throw new HubRefusal(404, "InvalidOperation", 404000, `${request.method} ${pathname} is not served`);
}

function pageOf(headers: IncomingHttpHeaders): [count: string, continuation: string] {
  return [String(headers["x-ms-max-item-count"] ?? ""), String(headers["x-ms-continuation"] ?? "")];
}

function patchTwin(hub: IotHub, [id = ""]: string[], { body, headers }: Parameters<Handler>[2]): Answer {
  const ifMatch = headers["if-match"];
  const device = hub.registry.get(id);
  const { properties, tags } = isObject(body) ? body : {};
  const desired = isObject(properties) ? properties["desired"] : undefined;
  if (!isObject(desired) && !isObject(tags)) {
    throw new HubRefusal(400, "ArgumentInvalid", 400004, "expected { properties: { desired: {…} } } or { tags: {…} }");
  }
  const etag = String(twinOf(hub, device)["etag"]);
  if (ifMatch !== undefined && ifMatch !== "*" && ifMatch.replaceAll('"', "") !== etag) {
    throw new HubRefusal(412, "PreconditionFailed", 412001, `The twin of ${id} has another etag`);
  }
  const tagged = isObject(tags)
    ? hub.registry.save({ ...device, tags: { ...device.tags, ...tags }, etag: device.etag + 1 })
    : device;
  const changed = isObject(desired) ? hub.setDesired(id, desired) : tagged;
  return { status: 200, body: twinOf(hub, changed) };
}

async function callMethod(hub: IotHub, [id = ""]: string[], { body }: Parameters<Handler>[2]): Promise<Answer> {
  if (!isObject(body) || typeof body["methodName"] !== "string") {
    throw new HubRefusal(
      400,
      "ArgumentInvalid",
      400004,
      "expected { methodName, payload?, responseTimeoutInSeconds? }",
    );
  }
  const { methodName, payload, responseTimeoutInSeconds = 30, connectTimeoutInSeconds = 0 } = body;
  const answer = await hub.invoke(id, {
    methodName: String(methodName),
    payload,
    responseTimeoutMs: seconds("responseTimeoutInSeconds", responseTimeoutInSeconds, 5),
    connectTimeoutMs: seconds("connectTimeoutInSeconds", connectTimeoutInSeconds, 0),
  });
  return { status: 200, body: answer };
}

/** The device's status comes in a header, its answer is the body. */
async function callCommand(
  hub: IotHub,
  id: string,
  methodName: string,
  { body, query }: Parameters<Handler>[2],
): Promise<Answer> {
  const { status, payload } = await hub.invoke(id, {
    methodName,
    payload: body,
    responseTimeoutMs: seconds("responseTimeoutInSeconds", Number(query.get("responseTimeoutInSeconds") ?? 30), 5),
    connectTimeoutMs: seconds("connectTimeoutInSeconds", Number(query.get("connectTimeoutInSeconds") ?? 0), 0),
  });
  return { status: 200, body: payload, headers: { "x-ms-command-statuscode": String(status) } };
}

function seconds(name: string, value: unknown, least: number): number {
  if (typeof value !== "number" || !(value >= least) || value > MAX_METHOD_S) {
    throw new HubRefusal(400, "ArgumentInvalid", 400004, `${name} has to be from ${least} to ${MAX_METHOD_S}`);
  }
  return value * 1000;
}

function identity(hub: IotHub, { deviceId, key, etag }: Device): JsonObject {
  const connectionState = hub.gateway.isConnected(deviceId) ? "Connected" : "Disconnected";
  const authentication = { type: "sas", symmetricKey: { primaryKey: key, secondaryKey: key } };
  return { deviceId, etag: String(etag), status: "enabled", connectionState, authentication };
}

function keyIn(body: unknown): string | undefined {
  const key = ["authentication", "symmetricKey", "primaryKey"].reduce<unknown>(
    (at, name) => (isObject(at) ? at[name] : undefined),
    body,
  );
  return typeof key === "string" && key !== "" ? key : undefined;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) {
      throw new HubRefusal(413, "MessageTooLarge", 413001, "The body is larger than 512 KB");
    }
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  try {
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  } catch {
    throw new HubRefusal(400, "ArgumentInvalid", 400004, "The body is no JSON");
  }
}

function refusal(error: unknown): Answer {
  const e = error instanceof HubRefusal ? error : new HubRefusal(500, "ServerError", 500001, "A fault of the emulator");
  const body = { Message: `ErrorCode:${e.code};${e.message}`, ExceptionMessage: `errorCode ${e.number}` };
  return { status: e.status, body, headers: { "iothub-errorcode": e.code } };
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  response.writeHead(status, {
    ...headers,
    ...(body === undefined ? {} : { "content-type": "application/json; charset=utf-8" }),
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
