/**
 * Azure's published functional limits, those that are not adjustable and those by default, with the codes that the service
 * has for them.
 */
import type { ServiceRequest } from "../http/types.ts";
import { ServiceError } from "../ServiceError.ts";
import { isObject, type Json, type JsonObject } from "../types.ts";

export const LIMITS = {
  /** Characters of the ids of twins, relationships and event routes. */
  id: 128,
  twins: 2_000_000,
  relationships: 20_000_000,
  /** In, and again out. */
  relationshipsOfTwin: 50_000,
  models: 10_000,
  modelsPerCall: 250,
  /** Bytes of one model. */
  model: 1024 * 1024,
  eventRoutes: 6,
  /** Bytes of the body of a request, and of a twin without what the service keeps in it. */
  twin: 32 * 1024,
  /** Bytes in UTF-8. */
  string: 4 * 1024,
  name: 1024,
} as const;

/** LimitExceeded when the body of a request about twins is too large. */
export function checkPayload({ bodyBytes }: ServiceRequest): void {
  if (bodyBytes > LIMITS.twin) {
    throw new ServiceError("LimitExceeded", `The payload has ${bodyBytes} bytes; at most ${LIMITS.twin} are allowed.`);
  }
}

/**
 * LimitExceeded when a twin is too large. `bound` is what it has at most by what is known: measuring costs more than the
 * rest of a patch. Gives the new bound.
 */
export function checkTwinSize(document: JsonObject, bound: number): number {
  if (bound <= LIMITS.twin) {
    return bound;
  }
  const bytes = sizeOf(document);
  if (bytes > LIMITS.twin) {
    throw new ServiceError("LimitExceeded", `The twin would have ${bytes} bytes; at most ${LIMITS.twin} are allowed.`);
  }
  return bytes;
}

/** Bytes of a document without $etag and $metadata. */
export function sizeOf(document: JsonObject): number {
  const { $etag: _, $metadata: __, ...contents } = document;
  return Buffer.byteLength(JSON.stringify(contents));
}

/** What is too long in a value that a client sent, in words. */
export function tooLong(value: Json | undefined, path: string): string[] {
  if (typeof value === "string") {
    const isLong = value.length > LIMITS.string / 3 && Buffer.byteLength(value) > LIMITS.string;
    return isLong ? [`${path}: a string has at most ${LIMITS.string} bytes.`] : [];
  }
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => tooLong(item, `${path}/${index}`));
  }
  return isObject(value)
    ? Object.entries(value).flatMap(([name, member]) =>
        name.length > LIMITS.name / 3 && Buffer.byteLength(name) > LIMITS.name
          ? [`${path}: a name has at most ${LIMITS.name} bytes.`]
          : tooLong(member, `${path}/${name}`),
      )
    : [];
}
