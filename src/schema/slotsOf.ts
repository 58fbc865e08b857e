/** Where the values of one class stand, by pointer. Used by TwinSchemas and ComponentClasses. */
import { getEncodeDescriptor } from "@colyseus/schema";
import type { Schema as DtdlSchema } from "../dtdl/types.ts";
import { fieldName } from "../protocol/names.ts";
import type { Pointer } from "../twins/types.ts";
import { wireForm } from "./fieldTypes.ts";
import type { EncodeValue, Field, Slot, TwinClass } from "./states.ts";

/** `late`: names of those that are in the object only when they are read. */
export function slotsOf(
  Class: TwinClass,
  contents: readonly { name: string; schema: DtdlSchema }[],
  late?: ReadonlySet<string>,
): Map<Pointer, Slot> {
  const fields = fieldsOf(Class);
  return new Map(
    contents.map(({ name, schema }, order) => {
      const field = fields.get(fieldName(name)) as Field;
      const told = { wireForm: wireForm(schema), isDouble: schema.kind === "double", isLate: late?.has(name) === true };
      return [`/${name}`, { ...field, ...told, component: undefined, order }];
    }),
  );
}

/** The plain fields of a class, by name. */
export function fieldsOf(Class: TwinClass): Map<string, Field> {
  const { names, tags, encoders } = getEncodeDescriptor(new Class());
  return new Map(
    names.map((field, index) => [
      field,
      { field, index, tag: tags[index] ?? 0, encode: encoders[index] as EncodeValue },
    ]),
  );
}
