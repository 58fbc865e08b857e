/**
 * Pages of lists. A continuation token is opaque to clients: where the last page ended, and how long pages are.
 *
 * `nextLink` is relative: the official SDK refuses to follow an absolute `http://` one.
 */
import { ServiceError } from "../ServiceError.ts";
import { isObject, type Json } from "../types.ts";
import type { ServiceRequest, ServiceResponse } from "./types.ts";

const DEFAULT_PAGE = 100;
const LARGEST_PAGE = 2_000;

/** `max-items-per-page`; InvalidArgument unless it is a whole number above 0. */
export function pageSizeOf(request: ServiceRequest, standard = DEFAULT_PAGE): number {
  const header = request.header("max-items-per-page");
  if (header === undefined) {
    return standard;
  }
  if (!/^\d+$/.test(header) || Number(header) < 1) {
    throw new ServiceError("InvalidArgument", `max-items-per-page may be a whole number above 0, not '${header}'.`);
  }
  return Math.min(Number(header), LARGEST_PAGE);
}

export function encodeToken(content: object): string {
  return Buffer.from(JSON.stringify(content)).toString("base64url");
}

/** BadRequest when it is not one of ours. */
export function decodeToken(token: string): { [key: string]: Json } {
  try {
    const content: unknown = JSON.parse(Buffer.from(token, "base64url").toString());
    if (isObject(content)) {
      return content;
    }
  } catch {
    // Told below.
  }
  throw new ServiceError("BadRequest", "The continuation token is invalid.");
}

/** One page of records in the order of creation, as `{ value, nextLink }`; null: the last one. */
export function pageOf<T extends { ordinal: number }>(
  request: ServiceRequest,
  records: Iterable<T>,
  show: (record: T) => object,
): ServiceResponse {
  const token = request.query.get("continuationToken");
  const { after, size } = token === null ? { after: 0, size: pageSizeOf(request) } : decodeToken(token);
  if (typeof after !== "number" || typeof size !== "number") {
    throw new ServiceError("BadRequest", "The continuation token is invalid.");
  }
  const rest = [...records].filter((record) => record.ordinal > after).sort((a, b) => a.ordinal - b.ordinal);
  const page = rest.slice(0, size);
  const last = page.at(-1);
  const nextLink = rest.length > size && last !== undefined ? link(request, { after: last.ordinal, size }) : null;
  return { status: 200, body: { value: page.map(show), nextLink } };
}

function link(request: ServiceRequest, position: object): string {
  const query = new URLSearchParams(request.query);
  query.set("continuationToken", encodeToken(position));
  return `/${request.path.map(encodeURIComponent).join("/")}?${query}`;
}
