/**
 * Pages of lists. A continuation token is opaque to clients: where the last page ended, and how long pages are.
 *
 * `nextLink` is relative: the official SDK refuses to follow an absolute `http://` one.
 */
import { ServiceError } from "../ServiceError.ts";
import { isObject, type Json } from "../types.ts";
import type { ServiceRequest, ServiceResponse } from "./types.ts";

const DEFAULT_PAGE = 100;
/** Of the real service's lists of relationships, as recorded. */
const RELATIONSHIPS_PAGE = 10;
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

/** One page of records in the order of creation, as long as the client asks, as `{ value, nextLink }`; null: the last one. */
export function pageOf<T extends { ordinal: number }>(
  request: ServiceRequest,
  records: Iterable<T>,
  show: (record: T) => object,
): ServiceResponse {
  const list: List<T, number> = { size: pageSizeOf, first: 0, place: ({ ordinal }) => ordinal, show };
  return cutPage(request, records, list);
}

/** One page of relationships, by their ids; clients have no say in how long it is. */
export function pageById<T extends { id: string; sourceId: string }>(
  request: ServiceRequest,
  records: Iterable<T>,
  show: (record: T) => object,
): ServiceResponse {
  const place = ({ id, sourceId }: T) => `${id}\u0000${sourceId}`;
  return cutPage(request, records, { size: () => RELATIONSHIPS_PAGE, first: "", place, show });
}

interface List<T, Place extends number | string> {
  size: (request: ServiceRequest) => number;
  /** Before all others. */
  first: Place;
  /** Where in the list a record stands: no two have the same. */
  place: (record: T) => Place;
  show: (record: T) => object;
}

function cutPage<T, Place extends number | string>(
  request: ServiceRequest,
  records: Iterable<T>,
  { size: sizeOf, first, place, show }: List<T, Place>,
): ServiceResponse {
  const token = request.query.get("continuationToken");
  const { after, size } = token === null ? { after: first, size: sizeOf(request) } : decodeToken(token);
  if (typeof after !== typeof first || typeof size !== "number" || !(size > 0)) {
    throw new ServiceError("BadRequest", "The continuation token is invalid.");
  }
  const found = firstAfter(records, place, after as Place, Math.min(size, LARGEST_PAGE) + 1);
  const page = found.slice(0, size);
  const last = page.at(-1);
  const nextLink = found.length > size && last !== undefined ? link(request, { after: last.at, size }) : null;
  return { status: 200, body: { value: page.map(({ record }) => show(record)), nextLink } };
}

/** The first `count` records after a place, in order: without sorting all, of which a twin can have 50,000. */
function firstAfter<T, Place extends number | string>(
  records: Iterable<T>,
  place: (record: T) => Place,
  after: Place,
  count: number,
): { at: Place; record: T }[] {
  const kept: { at: Place; record: T }[] = [];
  for (const record of records) {
    const at = place(record);
    const last = kept.at(-1);
    if (at > after && (kept.length < count || (last !== undefined && at < last.at))) {
      kept.splice(kept.findLastIndex((other) => other.at < at) + 1, 0, { at, record });
      kept.length = Math.min(kept.length, count);
    }
  }
  return kept;
}

function link(request: ServiceRequest, position: object): string {
  const query = new URLSearchParams(request.query);
  query.set("continuationToken", encodeToken(position));
  return `/${request.path.map(encodeURIComponent).join("/")}?${query}`;
}
