/**
 * Last stage of parseModels: elements without fault → `Interface`s with their inherited contents flattened in. Schemas
 * are built once per element and shared.
 */
import type { Find } from "./checkElements.ts";
import type { Element, Members, Ref } from "./Element.ts";
import type {
  Command,
  CommandPayload,
  Component,
  Dtmi,
  EnumValue,
  Field,
  Interface,
  ModelGraph,
  Property,
  Relationship,
  Schema,
  Telemetry,
} from "./types.ts";

type Content = Property | Telemetry | Command | Relationship | Component;

/** Own contents of an Interface, before inheritance. */
type Own = Content[];

export class InterfaceBuilder {
  readonly #find: Find;
  readonly #known: ModelGraph | undefined;
  readonly #schemas = new Map<Element, Schema>();
  readonly #own = new Map<Element, Own>();
  readonly #built = new Map<Dtmi, Interface>();

  constructor(find: Find, known: ModelGraph | undefined) {
    this.#find = find;
    this.#known = known;
  }

  build(element: Element): Interface {
    const id = element.id ?? "";
    const done = this.#built.get(id) ?? this.#known?.get(id);
    if (done !== undefined) {
      return done;
    }
    const parents = (element.members.extends ?? [])
      .map((ref) => this.#find(ref))
      .filter((parent) => parent !== undefined);
    const built = this.#flatten(
      element,
      parents.map((parent) => this.build(parent)),
    );
    this.#built.set(id, built);
    return built;
  }

  #flatten(element: Element, parents: readonly Interface[]): Interface {
    const ancestors = new Set<Dtmi>();
    const made = {
      properties: new Map<string, Property>(),
      telemetries: new Map<string, Telemetry>(),
      commands: new Map<string, Command>(),
      relationships: new Map<string, Relationship>(),
      components: new Map<string, Component>(),
    };
    for (const parent of parents) {
      ancestors.add(parent.id);
      for (const ancestor of parent.ancestors) {
        ancestors.add(ancestor);
      }
      copy(parent.properties, made.properties);
      copy(parent.telemetries, made.telemetries);
      copy(parent.commands, made.commands);
      copy(parent.relationships, made.relationships);
      copy(parent.components, made.components);
    }
    for (const content of this.#ownContents(element)) {
      mapOf(made, content).set(content.name, content);
    }
    return {
      id: element.id ?? "",
      dtdlVersion: element.version,
      ...texts(element.members),
      extends: parents.map((parent) => parent.id),
      ancestors,
      ...made,
      source: element.source,
    };
  }

  #ownContents(element: Element): Own {
    const done = this.#own.get(element);
    if (done !== undefined) {
      return done;
    }
    const own: Own = [];
    for (const ref of element.members.contents ?? []) {
      const content = this.#find(ref);
      if (content !== undefined) {
        own.push(this.#content(content, element.id ?? ""));
      }
    }
    this.#own.set(element, own);
    return own;
  }

  #content(element: Element, definedIn: Dtmi): Content {
    const { members } = element;
    const base = { name: members.name ?? "", definedIn, ...texts(members), ...optional("comment", members.comment) };
    switch (element.cls) {
      case "Property":
        return { kind: "Property", ...base, ...this.#valued(element), writable: members.writable ?? false };
      case "Telemetry":
        return { kind: "Telemetry", ...base, ...this.#valued(element) };
      case "Command":
        return {
          kind: "Command",
          ...base,
          ...optional("request", this.#payload(members.request)),
          ...optional("response", this.#payload(members.response)),
        };
      case "Relationship":
        return {
          kind: "Relationship",
          ...base,
          ...optional("target", members.target),
          ...optional("minMultiplicity", members.minMultiplicity),
          ...optional("maxMultiplicity", members.maxMultiplicity),
          writable: members.writable ?? false,
          properties: this.#relationshipProperties(members.properties ?? [], definedIn),
        };
      default:
        return { kind: "Component", ...base, schema: this.#find(members.schema)?.id ?? "" };
    }
  }

  #relationshipProperties(refs: readonly Ref[], definedIn: Dtmi): ReadonlyMap<string, Property> {
    const properties = new Map<string, Property>();
    for (const ref of refs) {
      const element = this.#find(ref);
      const content = element === undefined ? undefined : this.#content(element, definedIn);
      if (content?.kind === "Property") {
        properties.set(content.name, content);
      }
    }
    return properties;
  }

  #valued(element: Element): { schema: Schema; semanticTypes: readonly string[]; unit?: string } {
    const { schema, unit } = element.members;
    return { schema: this.#schema(schema), semanticTypes: element.cotypes, ...optional("unit", unit) };
  }

  #payload(ref: Ref | undefined): CommandPayload | undefined {
    const element = this.#find(ref);
    return element === undefined ? undefined : { ...this.#field(element), nullable: element.members.nullable ?? false };
  }

  #field(element: Element): Field {
    const { members } = element;
    return {
      name: members.name ?? "",
      schema: this.#schema(members.schema),
      ...texts(members),
      ...optional("unit", members.unit),
    };
  }

  #schema(ref: Ref | undefined): Schema {
    const element = this.#find(ref);
    if (element === undefined) {
      return { kind: "string" };
    }
    const done = this.#schemas.get(element);
    if (done !== undefined) {
      return done;
    }
    const made = this.#makeSchema(element);
    this.#schemas.set(element, made);
    return made;
  }

  #makeSchema(element: Element): Schema {
    const { members } = element;
    const id = optional("id", element.id);
    switch (element.cls) {
      case "Array":
        return { kind: "Array", ...id, element: this.#schema(members.elementSchema) };
      case "Object":
        return { kind: "Object", ...id, fields: this.#each(members.fields, (field) => this.#field(field)) };
      case "Map": {
        const [key, value] = [this.#find(members.mapKey), this.#find(members.mapValue)];
        return {
          kind: "Map",
          ...id,
          key: { name: key?.members.name ?? "" },
          value: { name: value?.members.name ?? "", schema: this.#schema(value?.members.schema) },
        };
      }
      case "Enum": {
        const valueSchema = this.#find(members.valueSchema)?.primitive === "integer" ? "integer" : "string";
        return { kind: "Enum", ...id, valueSchema, values: this.#each(members.enumValues, enumValue) };
      }
      default:
        return { kind: element.primitive ?? "string" };
    }
  }

  #each<T>(refs: readonly Ref[] | undefined, make: (element: Element) => T): T[] {
    return (refs ?? [])
      .map((ref) => this.#find(ref))
      .filter((element) => element !== undefined)
      .map(make);
  }
}

function enumValue({ members }: Element): EnumValue {
  return { name: members.name ?? "", value: members.enumValue ?? "", ...texts(members) };
}

function mapOf(
  made: {
    properties: Map<string, Property>;
    telemetries: Map<string, Telemetry>;
    commands: Map<string, Command>;
    relationships: Map<string, Relationship>;
    components: Map<string, Component>;
  },
  { kind }: Content,
): Map<string, Content> {
  const maps: Record<Content["kind"], Map<string, never>> = {
    Property: made.properties as Map<string, never>,
    Telemetry: made.telemetries as Map<string, never>,
    Command: made.commands as Map<string, never>,
    Relationship: made.relationships as Map<string, never>,
    Component: made.components as Map<string, never>,
  };
  return maps[kind] as Map<string, Content>;
}

function copy<T>(from: ReadonlyMap<string, T>, to: Map<string, T>): void {
  for (const [name, content] of from) {
    to.set(name, content);
  }
}

function texts({ displayName, description }: Members): { displayName?: string; description?: string } {
  return { ...optional("displayName", displayName), ...optional("description", description) };
}

/** `{ key: value }`, or nothing when there is no value: as exactOptionalPropertyTypes wants it. */
function optional<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: T };
}
