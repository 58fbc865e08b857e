/**
 * Makes the synchronized classes for one set of models: a flat class per DTDL model, the world that holds them.
 *
 * Way in: TwinMirror → TwinSyncPlugin → a field of one of these → state patch → client. @colyseus/schema resolves the
 * subclasses of a map's child when the first encoder of a root class is made, so all classes are made here at once, under
 * a Twin base of their own; another set of models gets new classes (`TwinSchemaCache`), and rooms that are open keep theirs.
 * A class holds 63 fields (schema 5): larger models, and models that came later or are others now, are GenericTwin.
 */
import { type MapSchema, schema, t } from "@colyseus/schema";
import type { Interface, ModelGraph } from "../dtdl/types.ts";
import { fieldName } from "../protocol/names.ts";
import type { Dtmi, Pointer } from "../twins/types.ts";
import { ComponentClasses, className, MAX_FIELDS } from "./ComponentClasses.ts";
import { ViewedWorld, World } from "./entities.ts";
import { builder, isNumber, text } from "./fieldTypes.ts";
import { heirOf } from "./heirOf.ts";
import { makeLate } from "./lateFields.ts";
import { modelShape } from "./modelShape.ts";
import { type Restriction, Restrictions } from "./Restrictions.ts";
import { keepMapKeysSafe } from "./safeMapKeys.ts";
import { fieldsOf, slotsOf } from "./slotsOf.ts";
import type { Field, Fields, GenericTwin, ModelSlots, Slot, TwinClass, TwinState, WorldClass } from "./states.ts";

/** `$model`, `$name`, `$seen`, `$link`. */
const BASE_FIELDS = 4;

/** The class of a model. */
interface ModelClass {
  readonly Class: TwinClass;
  readonly slots: ModelSlots;
  /** Components that are made with the twin: rights are given to what is there. */
  readonly eager: readonly [string, TwinClass][];
  /** Of the model from which it was made. */
  readonly shape: string;
}

export class TwinSchemas {
  /** Model ids whose classes exist; `WorldState.models` starts with these, in this order. */
  readonly models: readonly Dtmi[];
  readonly World: WorldClass;
  /** The same, with twins that a client gets by its view only. */
  readonly ViewedWorld: WorldClass;
  /** By the models as they are now; only the classes keep those with which they were made. */
  readonly restrictions: Restrictions;
  /** What is told of every twin, in each class at the same place. */
  readonly base: Readonly<Record<"$name" | "$seen" | "$link", Field>>;
  readonly #generic: TwinClass;
  readonly #classes = new Map<Dtmi, ModelClass>();
  /** Of `#shapesOf`, as far as they were asked for. */
  readonly #shapes = new Map<Dtmi, string>();
  #shapesOf: ModelGraph | undefined;

  constructor(graph: ModelGraph, restrictions = new Restrictions(() => graph)) {
    keepMapKeysSafe();
    this.restrictions = restrictions;
    const Twin = schema(
      {
        $model: t.uint16().default(0),
        $name: t.string().default(""),
        $seen: t.uint32().default(0),
        $link: t.uint8().default(3),
      },
      "Twin",
    ) as unknown as TwinClass;
    const base = fieldsOf(Twin);
    const field = (name: string) => base.get(name) as Field;
    this.base = { $name: field("$name"), $seen: field("$seen"), $link: field("$link") };
    this.#generic = Twin.extend(
      { $numbers: t.map("float64"), $texts: t.map("string"), $flags: t.map("boolean") } as Fields,
      "GenericTwin",
    );
    this.models = [...graph.interfaces.keys()];
    const components = new ComponentClasses(graph, this.restrictions);
    for (const model of graph.interfaces.values()) {
      this.#define(Twin, model, components);
    }
    this.World = heirOf(World, t.map(Twin as never));
    this.ViewedWorld = heirOf(ViewedWorld, t.map(Twin as never).view());
  }

  /** A new twin object with no values. `index` is the model's place in the room's `models`. */
  create(modelId: Dtmi, index: number): TwinState {
    const { Class = this.#generic, eager = [] } = this.#classOf(modelId) ?? {};
    const twin = new Class();
    twin.$model = index;
    for (const [field, Component] of eager) {
      (twin as unknown as Record<string, unknown>)[field] = new Component();
    }
    return twin;
  }

  /** Where the values of a twin stand that is made now; undefined: it is generic. */
  slots(modelId: Dtmi): ModelSlots | undefined {
    return this.#classOf(modelId)?.slots;
  }

  /** Another one than before: the model was deleted, or is another one now under its id, and its twins are to be made anew. */
  shape(modelId: Dtmi): string {
    const { models } = this.restrictions;
    if (this.#shapesOf !== models) {
      this.#shapesOf = models;
      this.#shapes.clear();
    }
    const shape = this.#shapes.get(modelId) ?? modelShape(modelId, this.restrictions);
    this.#shapes.set(modelId, shape);
    return shape;
  }

  /**
   * Writes one value in wire form (contract, TwinState). Values that the model does not know are left out, and in a generic
   * twin those that not everybody may see: its maps have no fields that could be kept back.
   */
  write(twin: TwinState, modelId: Dtmi, path: Pointer, value: unknown): void {
    if (twin instanceof this.#generic) {
      writeGeneric(twin as GenericTwin, path.slice(1), this.restrictions.openPart(modelId, path, value));
      return;
    }
    const slot = this.#classes.get(modelId)?.slots.byPath.get(path);
    if (slot) {
      holderOf(twin, slot)[slot.field] = value === undefined ? undefined : slot.wireForm(value);
    }
  }

  /** undefined: there is none, or not for what the model is now. */
  #classOf(modelId: Dtmi): ModelClass | undefined {
    const known = this.#classes.get(modelId);
    return known && known.shape === this.shape(modelId) ? known : undefined;
  }

  #define(Twin: TwinClass, model: Interface, components: ComponentClasses): void {
    const fields: Record<string, unknown> = {};
    const nested = new Map<Pointer, Slot>();
    const eager: [string, TwinClass][] = [];
    const contents = [...model.properties.values(), ...model.telemetries.values()];
    const late = new Set<string>();
    let fits = true;
    for (const { name, schema: kind } of contents) {
      const tag = this.restrictions.tagOf(model.id, name);
      fields[fieldName(name)] = builder(kind, tag);
      if (tag === undefined && isNumber(kind) && name !== "name") {
        late.add(name); // a name is told of together with `$name`
      }
    }
    for (const { name, schema: id } of model.components.values()) {
      const field = fieldName(name);
      const made = components.get(id);
      fits &&= made !== "too large";
      if (typeof made === "object") {
        fields[field] = t.ref(made.Class as never).optional();
        if (made.restricted) {
          eager.push([field, made.Class]);
        }
        for (const [path, slot] of made.slots) {
          const order = contents.length + nested.size;
          nested.set(`/${name}${path}`, { ...slot, order, component: { field, Class: made.Class } });
        }
      }
    }
    if (fits && Object.keys(fields).length + BASE_FIELDS <= MAX_FIELDS) {
      const Class = Twin.extend(fields as Fields, className(model.id));
      const byPath = new Map([...slotsOf(Class, contents, late), ...nested]);
      const lateSlots = [...byPath].filter(([, slot]) => slot.isLate).map(([path, slot]) => ({ path, slot }));
      makeLate(Class, [this.base.$seen, ...lateSlots.map(({ slot }) => slot)]);
      const slots = { byPath, late: lateSlots };
      this.#classes.set(model.id, { Class, slots, eager, shape: this.shape(model.id) });
    }
  }
}

/** The object that holds the value: the twin, or a component of it, which is made if it is not there. */
export function holderOf(twin: TwinState, { component }: Slot): Record<string, unknown> {
  const fields = twin as unknown as Record<string, unknown>;
  if (!component) {
    return fields;
  }
  fields[component.field] ??= new component.Class();
  return fields[component.field] as Record<string, unknown>;
}

function writeGeneric(twin: GenericTwin, key: string, value: unknown): void {
  const kind = value === undefined ? undefined : typeof value;
  put(twin.$numbers, key, kind === "number" ? (value as number) : undefined);
  put(twin.$flags, key, kind === "boolean" ? (value as boolean) : undefined);
  put(twin.$texts, key, kind === undefined || kind === "number" || kind === "boolean" ? undefined : text(value));
}

function put<T>(map: MapSchema<T>, key: string, value: T | undefined): void {
  if (value !== undefined) {
    map.set(key, value);
  } else if (map.has(key)) {
    map.delete(key);
  }
}

/** The classes for the models as they are now; made when first asked for, and again after the models changed. */
export class TwinSchemaCache {
  readonly restrictions: Restrictions;
  readonly #graph: () => ModelGraph;
  #made: { graph: ModelGraph; schemas: TwinSchemas } | undefined;

  constructor(graph: () => ModelGraph, restricted: readonly Restriction[] = []) {
    this.#graph = graph;
    this.restrictions = new Restrictions(graph, restricted);
  }

  current(): TwinSchemas {
    const graph = this.#graph();
    if (this.#made?.graph !== graph) {
      this.#made = { graph, schemas: new TwinSchemas(graph, this.restrictions) };
    }
    return this.#made.schemas;
  }
}
