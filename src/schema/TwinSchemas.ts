/**
 * Makes the synchronized classes for one set of models: a flat class per DTDL model, the world that holds them.
 *
 * Way in: TwinMirror → TwinSyncPlugin → a field of one of these → state patch → client. @colyseus/schema resolves the
 * subclasses of a map's child when the first encoder of a root class is made, so all classes are made here at once, under
 * a Twin base of their own; another set of models gets new classes (`TwinSchemaCache`), and rooms that are open keep theirs.
 * A class holds 63 fields (schema 5): larger models, and models that came later, are GenericTwin.
 */
import { type MapSchema, type Schema, schema, TypeContext, t } from "@colyseus/schema";
import type { Schema as DtdlSchema, Interface, ModelGraph } from "../dtdl/types.ts";
import type { WorldStatus } from "../protocol/names.ts";
import { fieldName } from "../protocol/names.ts";
import type { Dtmi, Link, Pointer } from "../twins/types.ts";
import { type Alarm, type Lease, type Operation, type Placement, type Player, ViewedWorld, World } from "./entities.ts";
import { type Restriction, Restrictions } from "./Restrictions.ts";

const MAX_FIELDS = 63;
/** Tag of a field that no role may see. */
const NOBODY = 1 << 30;
/** `$model`, `$name`, `$seen`, `$link`. */
const BASE_FIELDS = 4;

/** What every twin has in state; its model's fields beside that. */
export interface TwinState extends Schema {
  $model: number;
  $name: string;
  /** Source time of the newest value, whole seconds since epoch; 0 = never. */
  $seen: number;
  $link: Link;
}
/** A twin whose model has no class of its own here: values by pointer without the leading slash. */
interface GenericTwin extends TwinState {
  $numbers: MapSchema<number>;
  $texts: MapSchema<string>;
  $flags: MapSchema<boolean>;
}

/** The plugin's state: root of the ready-made room, or one field of a game's own state. */
export interface WorldState extends Schema {
  space: string;
  name: string;
  status: WorldStatus;
  /** ms since epoch. */
  statusSince: number;
  total: number;
  models: Schema & Iterable<string> & { push(id: string): number; length: number; indexOf(id: string): number };
  twins: MapSchema<TwinState>;
  placements: MapSchema<Placement>;
  visuals: MapSchema<string>;
  players: MapSchema<Player>;
  operations: MapSchema<Operation>;
  leases: MapSchema<Lease>;
  alarms: MapSchema<Alarm>;
}
export type WorldClass = new () => WorldState;

type Fields = Parameters<typeof schema>[0];
// biome-ignore lint/complexity/noBannedTypes: the constructors that schema() makes at run time have no better type.
type TwinClass = Function & { new (): TwinState; extend(fields: Fields, name: string): TwinClass };
type Write = (twin: TwinState, value: unknown) => void;

export class TwinSchemas {
  /** Model ids whose classes exist; `WorldState.models` starts with these, in this order. */
  readonly models: readonly Dtmi[];
  readonly World: WorldClass;
  /** The same, with twins that a client gets by its view only. */
  readonly ViewedWorld: WorldClass;
  readonly restrictions: Restrictions;
  readonly #generic: TwinClass;
  /** Components that are made with the twin: rights are given to what is there. */
  readonly #eager = new Map<Dtmi, readonly [string, TwinClass][]>();
  readonly #classes = new Map<Dtmi, TwinClass>();
  readonly #writers = new Map<Dtmi, ReadonlyMap<Pointer, Write>>();

  constructor(graph: ModelGraph, restricted: readonly Restriction[] = []) {
    this.restrictions = new Restrictions(graph, restricted);
    const Twin = schema(
      {
        $model: t.uint16().default(0),
        $name: t.string().default(""),
        $seen: t.uint32().default(0),
        $link: t.uint8().default(3),
      },
      "Twin",
    ) as unknown as TwinClass;
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
    const Class = this.#classes.get(modelId) ?? this.#generic;
    const twin = new Class();
    twin.$model = index;
    for (const [field, Component] of this.#eager.get(modelId) ?? []) {
      (twin as unknown as Record<string, unknown>)[field] = new Component();
    }
    return twin;
  }

  /**
   * Writes one value in wire form (contract, TwinState). Values that the model does not know are left out, and in a generic
   * twin those that not everybody may see: its maps have no fields that could be kept back.
   */
  write(twin: TwinState, modelId: Dtmi, path: Pointer, value: unknown): void {
    const writers = this.#writers.get(modelId);
    if (writers) {
      writers.get(path)?.(twin, value);
    } else if (this.restrictions.allows("player", modelId, path)) {
      writeGeneric(twin as GenericTwin, path.slice(1), value);
    }
  }

  #define(Twin: TwinClass, model: Interface, components: ComponentClasses): void {
    const fields: Record<string, unknown> = {};
    const writers = new Map<Pointer, Write>();
    const eager: [string, TwinClass][] = [];
    let fits = true;
    for (const content of [...model.properties.values(), ...model.telemetries.values()]) {
      const field = fieldName(content.name);
      fields[field] = builder(content.schema, this.restrictions.tagOf(model.id, content.name));
      writers.set(`/${content.name}`, writer(field, content.schema));
    }
    for (const component of model.components.values()) {
      const field = fieldName(component.name);
      const made = components.get(component.schema);
      fits &&= made !== "too large";
      if (typeof made === "object") {
        fields[field] = t.ref(made.Class as never).optional();
        if (made.restricted) {
          eager.push([field, made.Class]);
        }
        for (const [path, write] of made.writers) {
          writers.set(`/${component.name}${path}`, nested(field, made.Class, write));
        }
      }
    }
    if (fits && Object.keys(fields).length + BASE_FIELDS <= MAX_FIELDS) {
      this.#classes.set(model.id, Twin.extend(fields as Fields, className(model.id)));
      this.#writers.set(model.id, writers);
      this.#eager.set(model.id, eager);
    }
  }
}

type Made = { Class: TwinClass; writers: Map<Pointer, Write>; restricted: boolean } | "too large";

/** One nested class per component interface, shared by the models that have it. */
class ComponentClasses {
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
    const writers = new Map(contents.map((c) => [`/${c.name}`, writer(fieldName(c.name), c.schema)]));
    const Class = schema(fields as Fields, `${className(id)}Component`) as unknown as TwinClass;
    return { Class, writers, restricted: tags.some((tag) => tag !== undefined) };
  }
}

function heirOf(base: typeof World, twins: unknown): WorldClass {
  const Concrete = base.extend({ twins } as Fields, base.name) as unknown as WorldClass;
  nameHeir(base, Concrete);
  return Concrete;
}

/**
 * Makes `heir` the one subclass that encoders made from now on know for fields declared as `base`. @colyseus/schema looks
 * for subclasses once per root class and keeps what it found; by itself it would go on using the classes of the models
 * that there were when the first room of a game was created. Encoders that exist keep theirs.
 */
function nameHeir(base: unknown, heir: unknown): void {
  const classes = TypeContext as unknown as {
    inheritedTypes: Map<unknown, Set<unknown>>;
    cachedContexts: Map<unknown, { has(type: unknown): boolean }>;
  };
  classes.inheritedTypes.set(base, new Set([heir]));
  for (const [root, context] of classes.cachedContexts) {
    if (context.has(base)) {
      classes.cachedContexts.delete(root);
    }
  }
}

/** Wire type of a DTDL schema (contract, TwinState). Doubles stay doubles: schema's `number` would round them. */
const BUILDERS: Partial<Record<DtdlSchema["kind"], () => unknown>> = {
  double: () => t.float64().optional(),
  float: () => t.float32().optional(),
  integer: () => t.int32().optional(),
  long: () => t.int64().optional(),
  boolean: () => t.boolean().optional(),
  Enum: () => t.uint16().optional(),
};

/** `tag`: bits of the roles for which the field is. */
function builder({ kind }: DtdlSchema, tag?: number): unknown {
  const made = (BUILDERS[kind]?.() ?? t.string().optional()) as { view(tag: number): unknown };
  return tag === undefined ? made : made.view(tag === 0 ? NOBODY : tag);
}

function writer(field: string, dtdl: DtdlSchema): Write {
  const encode = encoder(dtdl);
  return (twin, value) => {
    (twin as unknown as Record<string, unknown>)[field] = value === undefined ? undefined : encode(value);
  };
}

function nested(field: string, Class: TwinClass, write: Write): Write {
  return (twin, value) => {
    const holder = twin as unknown as Record<string, TwinState | undefined>;
    holder[field] ??= new Class();
    write(holder[field], value);
  };
}

function encoder(dtdl: DtdlSchema): (value: unknown) => unknown {
  if (dtdl.kind === "Enum") {
    const index = new Map(dtdl.values.map((v, i) => [v.value, i]));
    return (value) => index.get(value as string | number);
  }
  if (dtdl.kind === "boolean") {
    return (value) => (typeof value === "boolean" ? value : undefined);
  }
  return BUILDERS[dtdl.kind] ? (value) => (typeof value === "number" ? value : undefined) : text;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
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

/** `dtmi:com:example:Pump;1` → `Pump1`; for debugging only, the wire carries type ids. */
function className(id: Dtmi): string {
  return (id.split(":").at(-1) ?? "Twin").replace(/\W/g, "");
}

/** The classes for the models as they are now; made when first asked for, and again after the models changed. */
export class TwinSchemaCache {
  readonly #graph: () => ModelGraph;
  readonly #restricted: readonly Restriction[];
  #made: { graph: ModelGraph; schemas: TwinSchemas } | undefined;

  constructor(graph: () => ModelGraph, restricted: readonly Restriction[] = []) {
    this.#graph = graph;
    this.#restricted = restricted;
  }

  current(): TwinSchemas {
    const graph = this.#graph();
    if (this.#made?.graph !== graph) {
      this.#made = { graph, schemas: new TwinSchemas(graph, this.#restricted) };
    }
    return this.#made.schemas;
  }
}
