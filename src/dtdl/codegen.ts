/**
 * TypeScript from models: a type per interface as a twin holds it, its Commands and Relationships, its form in room state,
 * and the union of those told apart by model; with decoders from the one to the other. Pure: text from a graph.
 * Called by the command `codegen` (src/cli/codegen.ts).
 */
import { decoderText } from "./codegen/decoderText.ts";
import { typeNames } from "./codegen/typeNames.ts";
import { docText, typeText, wireText } from "./codegen/typeText.ts";
import type {
  Command,
  CommandPayload,
  Dtmi,
  Interface,
  ModelGraph,
  Property,
  Relationship,
  Telemetry,
} from "./types.ts";

export interface CodegenOptions {
  /** DTDL name → name of its field in room state. Default: the same. */
  fieldName?: (name: string) => string;
  /** Whether room state has no class of its own for the model: its twins are generic. Default: none. */
  isGeneric?: (model: Dtmi) => boolean;
}

export interface GeneratedCode {
  /** A declaration file. */
  types: string;
  /** The ES module that it declares: the decoders. */
  decoders: string;
}

const HEAD = `// Generated from DTDL by "colyseus-digital-twins codegen". Changes here will be lost.
`;

const SHARED = `
/** What every twin has in room state. */
export interface TwinStateBase {
  /** Index into the room's \`models\`. */
  $model: number;
  $name: string;
  /** Source time of the newest value, whole seconds since epoch; 0 = never. */
  $seen: number;
  /** 0 live, 1 stale, 2 offline, 3 never seen. */
  $link: 0 | 1 | 2 | 3;
}

/** A twin whose model has too many fields for a class of its own: values by path, \`motor/current\`; Enum values as such. */
export interface GenericTwinState extends TwinStateBase {
  $numbers: { get(path: string): number | undefined };
  $texts: { get(path: string): string | undefined };
  $flags: { get(path: string): boolean | undefined };
}

export type ModelId = keyof Twins;

/** A twin in room state, told apart by \`model\`. */
export type RoomTwin = { [Id in ModelId]: { model: Id; state: TwinStates[Id] } }[ModelId];

/** Finds a twin's model; undefined for one that was not among the models when this was generated. */
export declare function roomTwin(state: TwinStateBase, models: Iterable<string>): RoomTwin | undefined;

/**
 * Values as the twin holds them, Telemetry among them, from their form in room state: enum values, parsed objects. Also of a
 * twin that is generic since its model came after the room.
 */
export declare function decodeTwin<Id extends ModelId>(twin: { model: Id; state: TwinStates[Id] }): TwinValues[Id];
`;

export function generateCode(graph: ModelGraph, options: CodegenOptions = {}): GeneratedCode {
  const { fieldName = (name: string) => name, isGeneric = () => false } = options;
  const names = typeNames(graph);
  const writer = new TypeWriter(graph, names, fieldName);
  const models = [...graph.interfaces.values()];
  const types = [HEAD, ...models.map((model) => writer.write(model)), indexes(models, names, isGeneric), SHARED].join(
    "",
  );
  return { types, decoders: `${HEAD}${decoderText(graph, fieldName)}` };
}

/** Types by model id: of the twin, of its values, and in room state. */
function indexes(
  models: readonly Interface[],
  names: ReadonlyMap<Dtmi, string>,
  isGeneric: (model: Dtmi) => boolean,
): string {
  const state = (type: string, id: Dtmi) => (isGeneric(id) ? "GenericTwinState" : `${type}State & TwinStateBase`);
  const index = (name: string, doc: string, typeOf: (type: string, id: Dtmi) => string): string => {
    const lines = models.map(({ id }) => `  ${JSON.stringify(id)}: ${typeOf(names.get(id) ?? "", id)};\n`);
    return `\n/** ${doc} */\nexport interface ${name} {\n${lines.join("")}}\n`;
  };
  return [
    index("Twins", "Model id → the twin's properties and components.", (type) => type),
    index("TwinValues", "Model id → properties, components and Telemetry.", (type) => `${type} & ${type}Telemetry`),
    index("TwinStates", "Model id → the twin in room state.", state),
  ].join("");
}

class TypeWriter {
  readonly #graph: ModelGraph;
  readonly #names: ReadonlyMap<Dtmi, string>;
  readonly #fieldName: (name: string) => string;

  constructor(graph: ModelGraph, names: ReadonlyMap<Dtmi, string>, fieldName: (name: string) => string) {
    this.#graph = graph;
    this.#names = names;
    this.#fieldName = fieldName;
  }

  write(model: Interface): string {
    const own = <T extends { definedIn: Dtmi }>(contents: ReadonlyMap<string, T>): T[] =>
      [...contents.values()].filter((content) => content.definedIn === model.id);
    const [properties, telemetries, components] = [
      own(model.properties),
      own(model.telemetries),
      own(model.components),
    ];
    const parts = components.map(({ name, schema }) => ({ name, type: this.#names.get(schema) ?? "object" }));
    const docs = components.map((component) => docText({ ...component, schema: undefined }, "  ", "Component."));
    return [
      this.#interface(model, "", [
        ...properties.map((property) => valueLine(property, "  ")),
        ...parts.map(({ name, type }, i) => `${docs[i]}  ${name}: ${type};\n`),
      ]),
      this.#interface(
        model,
        "Telemetry",
        telemetries.map((telemetry) => valueLine(telemetry, "  ")),
      ),
      this.#interface(model, "Commands", own(model.commands).map(commandLine)),
      this.#interface(
        model,
        "Relationships",
        own(model.relationships).map((one) => this.#relationshipLine(one)),
      ),
      this.#interface(model, "State", [
        ...[...properties, ...telemetries].map((value) => `  ${this.#field(value)}?: ${wireText(value.schema)};\n`),
        ...parts.map((part) => `  ${this.#field(part)}?: ${part.type}State;\n`),
      ]),
    ].join("");
  }

  #field({ name }: { name: string }): string {
    return this.#fieldName(name);
  }

  #relationshipLine(relationship: Relationship): string {
    const { name, target, properties } = relationship;
    const lines = [...properties.values()].map((property) => valueLine({ ...property, writable: true }, "    "));
    const type = lines.length === 0 ? "Record<string, never>" : `{\n${lines.join("")}  }`;
    const known = target !== undefined && this.#graph.get(target) !== undefined;
    const text = `{ target: ${known ? JSON.stringify(target) : "string"}; properties: ${type} }`;
    return `${docText({ ...relationship, writable: true }, "  ")}  ${name}: ${text};\n`;
  }

  #interface(model: Interface, suffix: string, lines: readonly string[]): string {
    const name = `${this.#names.get(model.id)}${suffix}`;
    const parents = model.extends.map((id) => `${this.#names.get(id)}${suffix}`);
    const extending = parents.length === 0 ? "" : ` extends ${parents.join(", ")}`;
    const doc = suffix === "" ? docText(model, "", `\`${model.id}\``) : `/** ${WHAT[suffix]} */\n`;
    const body = lines.length === 0 ? "{}" : `{\n${lines.join("")}}`;
    return `\n${doc}export interface ${name}${extending} ${body}\n`;
  }
}

const WHAT: Readonly<Record<string, string>> = {
  Telemetry: "What it sends.",
  Commands: "What it can be told to do.",
  Relationships: "What it can be related to.",
  State: "In room state: an Enum as its index, objects, maps, arrays and geometries as JSON text.",
};

function valueLine(value: Property | Telemetry, indent: string): string {
  return `${docText(value, indent)}${indent}${value.name}?: ${typeText(value.schema, indent)};\n`;
}

function commandLine(command: Command): string {
  const { name, request, response } = command;
  const text = `{ request: ${payloadText(request)}; response: ${payloadText(response)} }`;
  return `${docText(command, "  ")}  ${name}: ${text};\n`;
}

function payloadText(payload: CommandPayload | undefined): string {
  return payload === undefined ? "undefined" : typeText(payload.schema, "  ");
}
