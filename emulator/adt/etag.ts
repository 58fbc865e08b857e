/**
 * Entity tags and the preconditions on them (RFC 9110, sections 8.8.3 and 13.1), as strict as the real service.
 */
import { newUuid } from "./newUuid.ts";
import { alreadyThere, etagOutdated, ifMatchMalformed, ifNoneMatchMalformed } from "./refusals.ts";

export function newEtag(): string {
  return `W/"${newUuid()}"`;
}

const LIST = /^\s*(?:W\/)?"[^"]*"(?:\s*,\s*(?:W\/)?"[^"]*")*\s*$/;

/**
 * Throws PreconditionFailed unless `header` is absent, or there is an entity and it is `*` or names its `etag`;
 * InvalidArgument when it is malformed.
 */
export function checkIfMatch(header: string | undefined, etag: string | undefined): void {
  if (header === undefined || (header.trim() === "*" && etag !== undefined)) {
    return;
  }
  if (header.trim() !== "*" && !LIST.test(header)) {
    throw ifMatchMalformed();
  }
  if (!header.split(",").some((candidate) => candidate.trim() === etag)) {
    throw etagOutdated(header);
  }
}

/** Throws PreconditionFailed when `If-None-Match: *` is given and `entity` exists; nothing but `*` is allowed. */
export function checkIfNoneMatch(
  header: string | undefined,
  exists: boolean,
  entity: { kind: "twin" | "relationship"; id: string },
): void {
  if (header === undefined) {
    return;
  }
  if (header.trim() !== "*") {
    throw ifNoneMatchMalformed();
  }
  if (exists) {
    throw alreadyThere(entity.kind, entity.id);
  }
}
