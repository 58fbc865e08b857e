/**
 * HTTP in, HTTP out: reads a request, finds its operation, waits until what it did is on disk, answers.
 *
 * Every failure becomes the service's error body; what nobody foresaw is logged and answered with 500.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { ServiceError } from "../ServiceError.ts";
import { formatTime } from "../serviceTime.ts";
import type { Log } from "../types.ts";
import type { Operation, Parameters, ServiceRequest, ServiceResponse } from "./types.ts";

/** Pattern such as `/digitaltwins/:id` → method → operation. */
export type Routes = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

const API_VERSIONS = ["2020-10-31", "2022-05-31"];
const LARGEST_BODY = 16 * 1024 * 1024;

interface Handling {
  routes: Routes;
  /** Resolves when all that operations have done so far is durable. */
  settled: () => Promise<void>;
  clock: () => number;
  log: Log;
}

export function handleRequests({ routes, settled, clock, log }: Handling) {
  const find = compileRoutes(routes);

  async function respond(message: IncomingMessage): Promise<ServiceResponse> {
    try {
      const body = await readBody(message);
      const request = toRequest(message, body, formatTime(clock()));
      const { operation, parameters } = find(request);
      const response = operation(request, parameters);
      await settled();
      return response;
    } catch (error) {
      return toFailure(error, log);
    }
  }

  return (message: IncomingMessage, reply: ServerResponse): void => {
    respond(message).then(
      (response) => send(reply, response),
      (error: unknown) => log.error({ err: error }, "a request could not be answered"),
    );
  };
}

function toFailure(error: unknown, log: Log): ServiceResponse {
  if (!(error instanceof ServiceError)) {
    log.error({ err: error }, "the twin service failed");
  }
  const failure =
    error instanceof ServiceError ? error : new ServiceError("InternalServerError", "The service failed; see its log.");
  return { status: failure.status, body: failure.toJSON(), headers: { "x-ms-error-code": failure.code } };
}

function send(reply: ServerResponse, { status, body, headers }: ServiceResponse): void {
  if (reply.destroyed) {
    return;
  }
  if (body === undefined) {
    reply.writeHead(status, { ...headers, "Content-Length": 0 }).end();
    return;
  }
  const bytes = Buffer.from(JSON.stringify(body));
  reply
    .writeHead(status, {
      ...headers,
      "Content-Type": "application/json; charset=utf-8",
      "Content-Length": bytes.byteLength,
    })
    .end(bytes);
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of message as AsyncIterable<Buffer>) {
      length += chunk.byteLength;
      // The rest is read and forgotten, so that the answer can be heard.
      if (length <= LARGEST_BODY) {
        chunks.push(chunk);
      }
    }
  } catch {
    throw new ServiceError("BadRequest", "The request was cut off.");
  }
  if (length > LARGEST_BODY) {
    throw new ServiceError("RequestEntityTooLarge", `The body is larger than ${LARGEST_BODY} bytes.`);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

function toRequest(message: IncomingMessage, body: Buffer, time: string): ServiceRequest {
  const url = message.url ?? "/";
  const cut = url.indexOf("?");
  const query = new URLSearchParams(cut < 0 ? "" : url.slice(cut + 1));
  return {
    method: message.method ?? "GET",
    path: decodePath(cut < 0 ? url : url.slice(0, cut)),
    query,
    header: (name) => message.headersDistinct[name]?.join(", "),
    json: () => parseJson(body),
    apiVersion: checkVersion(query.get("api-version")),
    time,
  };
}

function decodePath(path: string): string[] {
  try {
    return path
      .replace(/^\/+|\/+$/g, "")
      .split("/")
      .map(decodeURIComponent);
  } catch {
    throw new ServiceError("InvalidArgument", "The path is not a well-formed URL path.");
  }
}

function checkVersion(version: string | null): string {
  if (version === null || version === "") {
    throw new ServiceError("ApiVersionUnspecified", "An API version is required: ?api-version=2022-05-31.");
  }
  if (!API_VERSIONS.includes(version)) {
    throw new ServiceError(
      "UnsupportedApiVersion",
      `API version '${version}' is not one of ${API_VERSIONS.join(", ")}.`,
    );
  }
  return version;
}

function parseJson(body: Buffer): unknown {
  if (body.byteLength === 0) {
    return undefined;
  }
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw new ServiceError("InvalidArgument", `The body is not JSON: ${(error as Error).message}`);
  }
}

function compileRoutes(routes: Routes) {
  const patterns = Object.entries(routes).map(([pattern, methods]) => ({
    segments: pattern.slice(1).split("/"),
    methods: new Map(Object.entries(methods)),
  }));

  return (request: ServiceRequest): { operation: Operation; parameters: Parameters } => {
    const found = patterns.find(({ segments }) => matches(segments, request.path));
    if (found === undefined) {
      throw new ServiceError("NotFound", `There is nothing at /${request.path.join("/")}.`);
    }
    const operation = found.methods.get(request.method);
    if (operation === undefined) {
      throw new ServiceError("MethodNotAllowed", `${request.method} is not served at /${request.path.join("/")}.`);
    }
    const named = found.segments.flatMap((segment, index) =>
      segment.startsWith(":") ? [[segment.slice(1), request.path[index] ?? ""] as const] : [],
    );
    return { operation, parameters: Object.fromEntries(named) };
  };
}

function matches(segments: readonly string[], path: readonly string[]): boolean {
  return (
    segments.length === path.length &&
    segments.every((segment, index) => segment.startsWith(":") || segment === path[index]?.toLowerCase())
  );
}
