/**
 * Nested properties of a twin → pointers. Object-valued properties stay whole, components are opened. Used by the mirror.
 */
import type { Interface } from "../dtdl/types.ts";
import type { Pointer } from "./types.ts";

export function* flattenProperties(
  model: Interface | undefined,
  properties: Readonly<Record<string, unknown>>,
): Generator<[Pointer, unknown]> {
  const components = model?.components;
  for (const [name, value] of Object.entries(properties)) {
    if (components?.has(name) && typeof value === "object" && value !== null) {
      for (const [inner, innerValue] of Object.entries(value)) {
        yield [`/${name}/${inner}`, innerValue];
      }
    } else {
      yield [`/${name}`, value];
    }
  }
}
