/** One nested class per component interface, shared by the models that have it. Used by TwinSchemas. */
import { schema } from "@colyseus/schema";
import type { ModelGraph } from "../dtdl/types.ts";
import { fieldName } from "../protocol/names.ts";
import type { Dtmi, Pointer } from "../twins/types.ts";
import { builder } from "./fieldTypes.ts";
import type { Restrictions } from "./Restrictions.ts";
import { slotsOf } from "./slotsOf.ts";
import type { Fields, Slot, TwinClass } from "./states.ts";

/** Of one class of schema 5. */
export const MAX_FIELDS = 63;

type Made = { Class: TwinClass; slots: ReadonlyMap<Pointer, Slot>; restricted: boolean } | "too large";

export class ComponentClasses {
  readonly #graph: ModelGraph;
  readonly #restrictions: Restrictions;
  readonly #made = new Map<Dtmi, Made | undefined>();

  constructor(graph: ModelGraph, restrictions: Restrictions) {
    this.#graph = graph;
    this.#restrictions = restrictions;
  }

  /** undefined: there is nothing in it to show. */
  get(id: Dtmi): Made | undefined {
    if (!this.#made.has(id)) {
      this.#made.set(id, this.#make(id));
    }
    return this.#made.get(id);
  }

  #make(id: Dtmi): Made | undefined {
    const model = this.#graph.get(id);
    const contents = model ? [...model.properties.values(), ...model.telemetries.values()] : [];
    if (contents.length === 0 || contents.length > MAX_FIELDS) {
      return contents.length === 0 ? undefined : "too large";
    }
    const tags = contents.map((c) => this.#restrictions.tagOf(id, c.name));
    const fields = Object.fromEntries(contents.map((c, i) => [fieldName(c.name), builder(c.schema, tags[i])]));
    const Class = schema(fields as Fields, `${className(id)}Component`) as unknown as TwinClass;
    return { Class, slots: slotsOf(Class, contents), restricted: tags.some((tag) => tag !== undefined) };
  }
}

/** `dtmi:com:example:Pump;1` → `Pump1`; for debugging only, the wire carries type ids. */
export function className(id: Dtmi): string {
  return (id.split(":").at(-1) ?? "Twin").replace(/\W/g, "");
}
