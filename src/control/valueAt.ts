/** The value at a JSON Pointer in a twin's properties. Pure; used by WriteObserver. */
import { parsePointer } from "../twins/jsonPatch.ts";
import type { Pointer } from "../twins/types.ts";

/** `inArray`: the pointer goes through an array, whose elements may have moved. */
export function valueAt(properties: unknown, pointer: Pointer): { value: unknown; inArray: boolean } {
  let value = properties;
  let inArray = false;
  for (const segment of parsePointer(pointer)) {
    inArray ||= Array.isArray(value);
    const within = Object(value) as Record<string, unknown>;
    value = Object.hasOwn(within, segment) ? within[segment] : undefined;
  }
  return { value, inArray };
}
