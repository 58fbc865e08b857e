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
  const order: Order<T, number> = {
    place: ({ ordinal }) => ordinal,
    compare: ({ ordinal }, place) => ordinal - place,
    isPlace: (given) => typeof given === "number",
  };
  return cutPage(request, records, { order, size: pageSizeOf, show });
}

/** One page of relationships, by their ids; clients have no say in how long it is. */
export function pageById<T extends { id: string; sourceId: string }>(
  request: ServiceRequest,
  records: Iterable<T>,
  show: (record: T) => object,
): ServiceResponse {
  const order: Order<T, [id: string, sourceId: string]> = {
    place: ({ id, sourceId }) => [id, sourceId],
    compare: (record, [id, sourceId]) => compareText(record.id, id) || compareText(record.sourceId, sourceId),
    isPlace: (given) => Array.isArray(given) && given.length === 2 && given.every((part) => typeof part === "string"),
  };
  return cutPage(request, records, { order, size: () => RELATIONSHIPS_PAGE, show });
}

/** What a record's place in a list is; no two have the same. */
interface Order<T, Place> {
  place: (record: T) => Place;
  /** Negative: the record stands before this place. */
  compare: (record: T, place: Place) => number;
  /** Of what a token holds. */
  isPlace: (given: unknown) => boolean;
}

interface List<T, Place> {
  order: Order<T, Place>;
  size: (request: ServiceRequest) => number;
  show: (record: T) => object;
}

function cutPage<T, Place>(
  request: ServiceRequest,
  records: Iterable<T>,
  { order, size: sizeOf, show }: List<T, Place>,
): ServiceResponse {
  const token = request.query.get("continuationToken");
  const { after, size } = token === null ? { after: undefined, size: sizeOf(request) } : decodeToken(token);
  if ((token !== null && !order.isPlace(after)) || typeof size !== "number" || size < 1) {
    throw new ServiceError("BadRequest", "The continuation token is invalid.");
  }
  const count = Math.min(Math.floor(size), LARGEST_PAGE);
  const found = firstAfter(records, order, after as Place | undefined, count + 1);
  const page = found.slice(0, count);
  const last = page.at(-1);
  const nextLink = found.length > count && last !== undefined ? link(request, { after: last.at, size: count }) : null;
  return { status: 200, body: { value: page.map(({ record }) => show(record)), nextLink } };
}

/** The first `count` records after a place, in order: without sorting all, of which a twin can have 50,000. */
function firstAfter<T, Place>(
  records: Iterable<T>,
  { place, compare }: Order<T, Place>,
  after: Place | undefined,
  count: number,
): { at: Place; record: T }[] {
  const kept: { at: Place; record: T }[] = [];
  for (const record of records) {
    const last = kept.length < count ? undefined : kept.at(-1);
    const isBefore = last === undefined || compare(record, last.at) < 0;
    if (isBefore && (after === undefined || compare(record, after) > 0)) {
      const index = kept.findLastIndex(({ at }) => compare(record, at) > 0) + 1;
      kept.splice(index, 0, { at: place(record), record });
      kept.length = Math.min(kept.length, count);
    }
  }
  return kept;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function link(request: ServiceRequest, position: object): string {
  const query = new URLSearchParams(request.query);
  query.set("continuationToken", encodeToken(position));
  return `/${request.path.map(encodeURIComponent).join("/")}?${query}`;
}
