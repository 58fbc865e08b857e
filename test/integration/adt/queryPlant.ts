// A plant to query: a building of floors, rooms and sensors, pipes that feed each other in a ring, and every kind of value.
import { collect, newDigitalTwins } from "../../support/newDigitalTwins.ts";

const CONTEXT = "dtmi:dtdl:context;3";
const property = (name: string, schema: unknown) => ({ "@type": "Property", name, schema });
const relationship = (name: string, ...properties: object[]) => ({ "@type": "Relationship", name, properties });

const NODE = {
  "@id": "dtmi:plant:Node;1",
  "@type": "Interface",
  "@context": CONTEXT,
  contents: [
    property("name", "string"),
    property("temperature", "double"),
    property("on", "boolean"),
    property("GROUP", "string"),
    property("levels", { "@type": "Array", elementSchema: "integer" }),
    property("size", { "@type": "Object", fields: [{ name: "width", schema: "double" }] }),
    property("tags", {
      "@type": "Map",
      mapKey: { name: "key", schema: "string" },
      mapValue: { name: "value", schema: "string" },
    }),
    relationship("contains", property("order", "integer")),
    relationship("feeds", property("length", "double"), property("state", "string")),
    relationship("monitors"),
  ],
};
const extending = (id: string, parent: string) => ({
  "@id": id,
  "@type": "Interface",
  "@context": CONTEXT,
  extends: parent,
});
const MODELS = [
  NODE,
  extending("dtmi:plant:Room;1", NODE["@id"]),
  extending("dtmi:plant:Room;2", NODE["@id"]),
  extending("dtmi:plant:Lab;1", "dtmi:plant:Room;2"),
];

/** Twin → model and properties. */
const TWINS: Record<string, [string, object]> = {
  building: ["Node;1", { name: "Head office", GROUP: "a" }],
  floor1: ["Node;1", { levels: [1, 2] }],
  floor2: ["Node;1", { levels: [2, 3], on: false }],
  room1: ["Room;1", { temperature: 21, size: { width: 4 } }],
  room2: ["Room;2", { temperature: 24.5, on: true, tags: { red: "yes", "1st": "x" } }],
  lab: ["Lab;1", { temperature: 18, name: "O'Hara's" }],
  sensor: ["Node;1", { on: true, temperature: 55 }],
  pipe1: ["Node;1", {}],
  pipe2: ["Node;1", {}],
  pipe3: ["Node;1", {}],
};
/** Source, name, target, properties. */
const RELATIONSHIPS: [string, string, string, object?][] = [
  ["building", "contains", "floor1", { order: 1 }],
  ["building", "contains", "floor2", { order: 2 }],
  ["floor1", "contains", "room1"],
  ["floor1", "contains", "room2"],
  ["floor2", "contains", "lab"],
  ["sensor", "monitors", "room1"],
  ["sensor", "monitors", "lab"],
  ["pipe1", "feeds", "pipe2", { length: 10, state: "clean" }],
  ["pipe2", "feeds", "pipe3", { length: 20 }],
  ["pipe3", "feeds", "pipe1", { length: 30 }],
  ["pipe1", "feeds", "room1", { length: 5 }],
];

export async function newPlant() {
  const plant = await newDigitalTwins();
  const { client } = plant;
  await client.createModels(MODELS);
  for (const [id, [model, properties]] of Object.entries(TWINS)) {
    await client.upsertDigitalTwin(id, JSON.stringify({ $metadata: { $model: `dtmi:plant:${model}` }, ...properties }));
  }
  for (const [source, name, target, properties] of RELATIONSHIPS) {
    const ends = { $relationshipName: name, $targetId: target };
    await client.upsertRelationship(source, `${source}-${target}`, { ...ends, ...properties });
  }
  const ask = (query: string) => collect(client.queryTwins(query)) as Promise<Record<string, unknown>[]>;
  /** The only column of each row, in order of the alphabet; twins as their ids. */
  const column = async (query: string): Promise<unknown[]> => {
    const values = (await ask(query)).map((row) => {
      const [value] = Object.values(row).filter((field) => typeof field !== "function");
      return typeof value === "object" && value !== null && "$dtId" in value ? value.$dtId : value;
    });
    return values.sort();
  };
  const ids = async (where: string): Promise<unknown[]> => column(`SELECT T.$dtId FROM DIGITALTWINS T WHERE ${where}`);
  return { ...plant, ask, column, ids };
}
