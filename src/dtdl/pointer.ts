/**
 * RFC 6901 JSON Pointers, as far as models, twins and patches need them.
 */

/** A segment, escaped for use in a pointer. */
export function escapeSegment(segment: string): string {
  return segment.includes("~") || segment.includes("/") ? segment.replaceAll("~", "~0").replaceAll("/", "~1") : segment;
}

/** Segments of a pointer, unescaped; undefined when it is no pointer. "" is the whole: no segments. */
export function parsePointer(pointer: string): string[] | undefined {
  if (pointer === "") {
    return [];
  }
  if (!pointer.startsWith("/")) {
    return undefined;
  }
  const segments = pointer.slice(1).split("/");
  if (!pointer.includes("~")) {
    return segments;
  }
  return /~(?![01])/.test(pointer) ? undefined : segments.map((s) => s.replaceAll("~1", "/").replaceAll("~0", "~"));
}
