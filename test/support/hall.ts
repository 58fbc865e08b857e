// A small world for tests: a hall with an annex, pumps and a gauge. Every kind of DTDL content occurs once.
import type { Relationship, Twin } from "../../src/twins/types.ts";

const context = "dtmi:dtdl:context;3";
const property = (name: string, schema: unknown, writable = false) => ({ "@type": "Property", name, schema, writable });
const telemetry = (name: string, schema: unknown) => ({ "@type": "Telemetry", name, schema });
const command = (name: string, request?: string, response?: string) => ({
  "@type": "Command",
  name,
  ...(request === undefined ? {} : { request: { name: "request", schema: request } }),
  ...(response === undefined ? {} : { response: { name: "response", schema: response } }),
});
const model = (name: string, contents: object[], more: object = {}) => ({
  "@context": context,
  "@id": `dtmi:test:${name};1`,
  "@type": "Interface",
  contents,
  ...more,
});

export const MODELS = [
  model("Asset", [property("name", "string", true)]),
  model("Motor", [
    property("current", "double"),
    property("limit", "double", true),
    telemetry("noise", "double"),
    command("start"),
  ]),
  model(
    "Pump",
    [
      property("temperature", "double"),
      property("setpoint", "double", true),
      property("running", "boolean", true),
      property("starts", "integer"),
      property(
        "mode",
        {
          "@type": "Enum",
          valueSchema: "string",
          enumValues: [
            { name: "off", enumValue: "off" },
            { name: "auto", enumValue: "auto" },
          ],
        },
        true,
      ),
      property(
        "tags",
        { "@type": "Map", mapKey: { name: "k", schema: "string" }, mapValue: { name: "v", schema: "string" } },
        true,
      ),
      property("steps", { "@type": "Array", elementSchema: "integer" }, true),
      telemetry("vibration", "double"),
      command("reset"),
      command("run", "integer", "string"),
      { "@type": "Component", name: "motor", schema: "dtmi:test:Motor;1" },
    ],
    { extends: "dtmi:test:Asset;1" },
  ),
  model("Pump2", [property("power", "double")], { extends: "dtmi:test:Pump;1" }),
  model("Gauge", [property("level", "double")], { extends: "dtmi:test:Asset;1" }),
  model(
    "Hall",
    [
      { "@type": "Relationship", name: "contains" },
      { "@type": "Relationship", name: "isPartOf" },
      { "@type": "Relationship", name: "feeds" },
    ],
    { extends: "dtmi:test:Asset;1" },
  ),
];
export const PUMP = "dtmi:test:Pump;1";
export const PUMP2 = "dtmi:test:Pump2;1";
export const GAUGE = "dtmi:test:Gauge;1";
export const HALL = "dtmi:test:Hall;1";

type NewTwin = Pick<Twin, "id" | "modelId" | "properties">;
export const pump = (id: string, properties: Record<string, unknown> = {}): NewTwin => ({
  id,
  modelId: PUMP,
  properties: { motor: {}, ...properties },
});
export const TWINS: NewTwin[] = [
  { id: "hall", modelId: HALL, properties: { name: "Pump hall" } },
  { id: "annex", modelId: HALL, properties: { name: "Annex" } },
  { id: "yard", modelId: HALL, properties: { name: "Yard" } },
  pump("p1", { name: "Pump 1", temperature: 20, setpoint: 5, mode: "auto", tags: { line: "a" }, steps: [1, 2] }),
  pump("p2", { name: "Pump 2" }),
  { id: "g1", modelId: GAUGE, properties: { name: "Gauge", level: 1.5 } },
  { id: "far", modelId: GAUGE, properties: { name: "Far gauge" } },
];

export const relationship = (sourceId: string, name: string, targetId: string): Relationship => ({
  id: `${sourceId}-${name}-${targetId}`,
  sourceId,
  targetId,
  name,
  properties: {},
});
/** hall ∋ p1, p2, annex ∋ g1 · yard ∋ far */
export const RELATIONSHIPS = [
  relationship("hall", "contains", "p1"),
  relationship("hall", "contains", "p2"),
  relationship("hall", "contains", "annex"),
  relationship("annex", "contains", "g1"),
  relationship("yard", "contains", "far"),
];
