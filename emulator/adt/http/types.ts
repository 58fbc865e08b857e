/**
 * A request as operations see it and an answer as they give it: HTTP without sockets. Made by handleRequests.
 */

export interface ServiceRequest {
  method: string;
  /** Decoded segments of the path. */
  path: readonly string[];
  query: URLSearchParams;
  /** A header's value by its name in lower case. */
  header(name: string): string | undefined;
  /** Length of the body. */
  bodyBytes: number;
  /** The parsed body. BadRequest when there is none, InvalidArgument when it is no JSON. */
  json(): unknown;
  /** The body as it came. */
  text(): string;
  /** Those before 2022-05-31 show no `$lastUpdateTime` in twins. */
  apiVersion: string;
  /** When it came in, in the service's form: the time of all that it writes. */
  time: string;
}

export interface ServiceResponse {
  status: number;
  body?: object;
  /** Instead of a body: its JSON. */
  text?: string;
  headers?: Record<string, string>;
}

/** What a pattern's `:name` segments stand for in this request. */
export type Parameters = Readonly<Record<string, string>>;
export type Operation = (request: ServiceRequest, parameters: Parameters) => ServiceResponse;
