/**
 * Schemas of the public types from elements, each element's once. Used by InterfaceBuilder.
 */
import type { Element, Members, Ref } from "./Element.ts";
import type { ElementGraph } from "./ElementGraph.ts";
import type { CommandPayload, EnumValue, Field, Localized, LocalizedTexts, Schema } from "./types.ts";

const NO_TYPES: readonly string[] = Object.freeze([]);
const STRING: Schema = Object.freeze({ kind: "string" });

export class SchemaBuilder {
  readonly #graph: ElementGraph;
  readonly #schemas = new Map<Element, Schema>();

  constructor(graph: ElementGraph) {
    this.#graph = graph;
  }

  valued(element: Element): { schema: Schema; semanticTypes: readonly string[]; unit?: string } {
    const { schema, unit } = element.members;
    const semanticTypes = element.types.length === 0 ? NO_TYPES : Object.freeze(element.types);
    return { schema: this.schema(schema), semanticTypes, ...(unit === undefined ? {} : { unit }) };
  }

  payload(ref: Ref): CommandPayload {
    const element = this.#graph.find(ref);
    return element === undefined
      ? { name: "", schema: STRING, nullable: false }
      : Object.freeze({ ...this.field(element), nullable: false });
  }

  field(element: Element): Field {
    const { members, types, cotypes } = element;
    const { unit } = members;
    const field: Field = { name: members.name ?? "", schema: this.schema(members.schema) };
    addTexts(field, members);
    if (types.length > 0) {
      field.semanticTypes = Object.freeze(types);
    }
    if (unit !== undefined) {
      field.unit = unit;
    }
    if (cotypes.some((cotype) => cotype.term === "Required")) {
      field.required = true;
    }
    return Object.freeze(field);
  }

  schema(ref: Ref | undefined): Schema {
    const element = this.#graph.find(ref);
    if (element === undefined) {
      return STRING;
    }
    const done = this.#schemas.get(element);
    if (done !== undefined) {
      return done;
    }
    const made = this.#make(element);
    Object.freeze(made);
    this.#schemas.set(element, made);
    return made;
  }

  #make(element: Element): Schema {
    const { members } = element;
    const id = element.id === undefined ? {} : { id: element.id };
    switch (element.cls) {
      case "Array":
        return { kind: "Array", ...id, element: this.schema(members.elementSchema) };
      case "Object":
        return { kind: "Object", ...id, fields: this.#fields(members.fields) };
      case "Map": {
        const key = this.#graph.find(members.mapKey);
        const value = this.#graph.find(members.mapValue);
        return {
          kind: "Map",
          ...id,
          key: Object.freeze({ name: key?.members.name ?? "" }),
          value: value === undefined ? { name: "", schema: STRING } : this.field(value),
        };
      }
      case "Enum": {
        const valueSchema = this.#graph.find(members.valueSchema)?.primitive === "integer" ? "integer" : "string";
        return { kind: "Enum", ...id, valueSchema, values: this.#enumValues(members.enumValues) };
      }
      default:
        return { kind: element.primitive ?? "string" };
    }
  }

  #fields(refs: readonly Ref[] | undefined): readonly Field[] {
    return Object.freeze(this.#graph.each(refs).map((field) => this.field(field)));
  }

  #enumValues(refs: readonly Ref[] | undefined): readonly EnumValue[] {
    return Object.freeze(this.#graph.each(refs).map(enumValue));
  }
}

function enumValue({ members }: Element): EnumValue {
  const made: EnumValue = { name: members.name ?? "", value: members.enumValue ?? "" };
  addTexts(made, members);
  return Object.freeze(made);
}

interface Texts {
  displayName?: string;
  description?: string;
  localized?: LocalizedTexts;
}

/** Sets one text each, English where there is one; all languages where there are more. */
export function addTexts(target: Texts, { displayName, description }: Members): void {
  if (displayName !== undefined) {
    setText(target, "displayName", displayName);
  }
  if (description !== undefined) {
    setText(target, "description", description);
  }
  if (isMany(displayName) || isMany(description)) {
    target.localized = Object.freeze({
      ...(displayName === undefined ? {} : { displayName: Object.freeze(displayName) }),
      ...(description === undefined ? {} : { description: Object.freeze(description) }),
    });
  }
}

function setText(target: Texts, member: "displayName" | "description", localized: Localized): void {
  const text = localized["en"] ?? localized["en-US"] ?? localized["en-GB"] ?? Object.values(localized)[0];
  if (text !== undefined) {
    target[member] = text;
  }
}

function isMany(localized: Localized | undefined): boolean {
  return localized !== undefined && (localized["en"] === undefined || Object.keys(localized).length > 1);
}
