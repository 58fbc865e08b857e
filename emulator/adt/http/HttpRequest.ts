/**
 * A request of node:http as operations see it. What an operation does not ask for is not worked out.
 */
import type { IncomingMessage } from "node:http";
import { emptyBody } from "../refusals.ts";
import { ServiceError } from "../ServiceError.ts";
import { formatTime } from "../serviceTime.ts";
import { isTooDeep } from "./isTooDeep.ts";
import type { ServiceRequest } from "./types.ts";

/** Those of 2023 are as 2022-05-31, which is what all SDKs have in common; they add jobs, which are not served. */
const API_VERSIONS = [
  "2020-10-31",
  "2021-06-30-preview",
  "2022-05-31",
  "2023-02-27-preview",
  "2023-06-30",
  "2023-10-31",
];
/** What nearly every request has. */
const USUAL_QUERY = "api-version=2022-05-31";

export class HttpRequest implements ServiceRequest {
  readonly method: string;
  readonly path: readonly string[];
  readonly apiVersion: string;
  readonly bodyBytes: number;
  readonly #message: IncomingMessage;
  readonly #body: Buffer;
  readonly #now: number;
  readonly #queryText: string;
  #query: URLSearchParams | undefined;
  #time: string | undefined;
  #json: { value: unknown } | undefined;

  /** `now` in ms. Throws ServiceError when path or api-version are not well-formed. */
  constructor(message: IncomingMessage, body: Buffer, now: number) {
    const url = message.url ?? "/";
    const cut = url.indexOf("?");
    this.#message = message;
    this.#body = body;
    this.#now = now;
    this.#queryText = cut < 0 ? "" : url.slice(cut + 1);
    this.method = message.method ?? "GET";
    this.path = decodePath(cut < 0 ? url : url.slice(0, cut));
    this.bodyBytes = body.byteLength;
    this.apiVersion = this.#queryText === USUAL_QUERY ? "2022-05-31" : checkVersion(this.query.get("api-version"));
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.#queryText);
    return this.#query;
  }

  get time(): string {
    this.#time ??= formatTime(this.#now);
    return this.#time;
  }

  header(name: string): string | undefined {
    const value = this.#message.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  text(): string {
    return this.#body.toString("utf8");
  }

  json(): unknown {
    this.#json ??= { value: parseJson(this.#body) };
    return this.#json.value;
  }
}

/** Without query; also of the absolute form that a proxy would get. */
function decodePath(path: string): string[] {
  const segments = path
    .replace(/^https?:\/\/[^/]*/i, "")
    .replace(/^\/+|\/+$/g, "")
    .split("/");
  if (!path.includes("%")) {
    return segments;
  }
  try {
    return segments.map(decodeURIComponent);
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
    throw emptyBody();
  }
  if (isTooDeep(body)) {
    throw new ServiceError("InvalidArgument", "The JSON of the body is nested deeper than 64 levels.");
  }
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw new ServiceError("InvalidArgument", `The body is not JSON: ${(error as Error).message}`);
  }
}
