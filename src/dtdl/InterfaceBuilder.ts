/**
 * Last stage of parseModels: elements without fault → `Interface`s with their inherited contents flattened in. Contents
 * and schemas are built once per element and shared by all who inherit them.
 */
import type { Element, Ref } from "./Element.ts";
import type { ElementGraph } from "./ElementGraph.ts";
import { frozenMap, frozenSet } from "./frozen.ts";
import { addTexts, SchemaBuilder } from "./SchemaBuilder.ts";
import type {
  Command,
  CommandPayload,
  Component,
  Dtmi,
  Interface,
  ModelGraph,
  Property,
  Relationship,
  Telemetry,
} from "./types.ts";

type Content = Property | Telemetry | Command | Relationship | Component;

interface Flat {
  properties: ReadonlyMap<string, Property>;
  telemetries: ReadonlyMap<string, Telemetry>;
  commands: ReadonlyMap<string, Command>;
  relationships: ReadonlyMap<string, Relationship>;
  components: ReadonlyMap<string, Component>;
}

const NO_ANCESTORS: ReadonlySet<Dtmi> = frozenSet<Dtmi>([]);
const NONE: ReadonlyMap<string, never> = frozenMap<string, never>([]);

export class InterfaceBuilder {
  readonly #graph: ElementGraph;
  readonly #fresh: ReadonlyMap<Dtmi, Element>;
  readonly #known: ModelGraph | undefined;
  readonly #schemas: SchemaBuilder;
  readonly #contents = new Map<Element, Content>();
  readonly #built = new Map<Dtmi, Interface>();

  /** `fresh`: elements of this parse, which are built even if `known` has their id. */
  constructor(graph: ElementGraph, fresh: ReadonlyMap<Dtmi, Element>, known: ModelGraph | undefined) {
    this.#graph = graph;
    this.#fresh = fresh;
    this.#known = known;
    this.#schemas = new SchemaBuilder(graph);
  }

  build(element: Element): Interface {
    const id = element.id ?? "";
    const done = this.#built.get(id) ?? (this.#fresh.has(id) ? undefined : this.#known?.get(id));
    if (done !== undefined) {
      return done;
    }
    const parents = [...new Set(this.#graph.each(element.members.extends))].map((parent) => this.build(parent));
    const { comment } = element.members;
    const { properties, telemetries, commands, relationships, components } = this.#flatten(element, parents);
    const built: Interface = {
      id,
      dtdlVersion: element.version,
      extends: Object.freeze(parents.map((parent) => parent.id)),
      ancestors: ancestorsOf(parents),
      properties,
      telemetries,
      commands,
      relationships,
      components,
      source: element.source,
    };
    addTexts(built, element.members);
    if (comment !== undefined) {
      built.comment = comment;
    }
    Object.freeze(built);
    this.#built.set(id, built);
    return built;
  }

  /** Maps are shared with the parent as far as nothing is added to them. */
  #flatten(element: Element, parents: readonly Interface[]): Flat {
    const own = this.#graph.each(element.members.contents).map((content) => this.#content(content));
    return {
      properties: merged([...parents.map((parent) => parent.properties), mapOf(own, "Property")]),
      telemetries: merged([...parents.map((parent) => parent.telemetries), mapOf(own, "Telemetry")]),
      commands: merged([...parents.map((parent) => parent.commands), mapOf(own, "Command")]),
      relationships: merged([...parents.map((parent) => parent.relationships), mapOf(own, "Relationship")]),
      components: merged([...parents.map((parent) => parent.components), mapOf(own, "Component")]),
    };
  }

  #content(element: Element): Content {
    const done = this.#contents.get(element);
    if (done !== undefined) {
      return done;
    }
    const made = this.#make(element);
    Object.freeze(made);
    this.#contents.set(element, made);
    return made;
  }

  #make(element: Element): Content {
    const { members, id } = element;
    const content = this.#ofKind(element, members.name ?? "", element.owner);
    addTexts(content, members);
    if (id !== undefined) {
      content.id = id;
    }
    if (members.comment !== undefined) {
      content.comment = members.comment;
    }
    return content;
  }

  #ofKind(element: Element, name: string, definedIn: Dtmi): Content {
    const { members, cls } = element;
    switch (cls) {
      case "Property": {
        const { schema, semanticTypes, unit } = this.#schemas.valued(element);
        const made: Property = {
          kind: cls,
          name,
          definedIn,
          schema,
          writable: members.writable ?? false,
          semanticTypes,
        };
        return unit === undefined ? made : { ...made, unit };
      }
      case "Telemetry":
        return { kind: cls, name, definedIn, ...this.#schemas.valued(element) };
      case "Command":
        return {
          kind: cls,
          name,
          definedIn,
          ...some({ request: this.#payload(members.request), response: this.#payload(members.response) }),
        };
      case "Relationship": {
        const { target, minMultiplicity, maxMultiplicity, writable = false } = members;
        const properties = this.#properties(members.properties);
        return {
          kind: cls,
          name,
          definedIn,
          ...some({ target, minMultiplicity, maxMultiplicity }),
          writable,
          properties,
        };
      }
      default:
        return { kind: "Component", name, definedIn, schema: this.#graph.find(members.schema)?.id ?? "" };
    }
  }

  #payload(ref: Ref | undefined): CommandPayload | undefined {
    return ref === undefined ? undefined : this.#schemas.payload(ref);
  }

  #properties(refs: readonly Ref[] | undefined): ReadonlyMap<string, Property> {
    const properties = new Map<string, Property>();
    for (const element of this.#graph.each(refs)) {
      const content = this.#content(element);
      if (content.kind === "Property") {
        properties.set(content.name, content);
      }
    }
    return properties.size === 0 ? NONE : frozenMap(properties);
  }
}

/** The members that have a value, as exactOptionalPropertyTypes wants it. */
function some<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const present: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const key of Object.keys(members) as (keyof T)[]) {
    const value = members[key];
    if (value !== undefined) {
      present[key] = value as Exclude<T[keyof T], undefined>;
    }
  }
  return present;
}

function mapOf<K extends Content["kind"]>(
  contents: readonly Content[],
  kind: K,
): ReadonlyMap<string, Extract<Content, { kind: K }>> {
  let map: Map<string, Extract<Content, { kind: K }>> | undefined;
  for (const content of contents) {
    if (content.kind === kind) {
      map ??= new Map();
      map.set(content.name, content as Extract<Content, { kind: K }>);
    }
  }
  return map === undefined ? NONE : frozenMap(map);
}

/** All at once: a map copied anew for each of a thousand parents takes minutes. */
function merged<T>(maps: readonly ReadonlyMap<string, T>[]): ReadonlyMap<string, T> {
  const filled = new Set(maps.filter((map) => map.size > 0));
  const [first = NONE] = filled;
  return filled.size < 2 ? first : frozenMap([...filled].flatMap((map) => [...map]));
}

function ancestorsOf(parents: readonly Interface[]): ReadonlySet<Dtmi> {
  if (parents.length === 0) {
    return NO_ANCESTORS;
  }
  const ancestors = new Set<Dtmi>();
  for (const parent of parents) {
    ancestors.add(parent.id);
    for (const ancestor of parent.ancestors) {
      ancestors.add(ancestor);
    }
  }
  return frozenSet(ancestors);
}
