/** Where the values of one class stand, by pointer. Used by TwinSchemas and ComponentClasses. */
import { getEncodeDescriptor } from "@colyseus/schema";
import type { Schema as DtdlSchema } from "../dtdl/types.ts";
import { fieldName } from "../protocol/names.ts";
import type { Pointer } from "../twins/types.ts";
import { wireForm } from "./fieldTypes.ts";
import type { Slot, TwinClass } from "./states.ts";

export function slotsOf(
  Class: TwinClass,
  contents: readonly { name: string; schema: DtdlSchema }[],
): Map<Pointer, Slot> {
  const { names } = getEncodeDescriptor(new Class());
  return new Map(
    contents.map(({ name, schema }) => {
      const field = fieldName(name);
      return [`/${name}`, { component: undefined, field, index: names.indexOf(field), wireForm: wireForm(schema) }];
    }),
  );
}
