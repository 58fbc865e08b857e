/** Two halls, a tank, and twelve pumps of two models, one extending the other, with a motor as component. */
const context = "dtmi:dtdl:context;2";
const property = (name: string, schema: string, writable = false) => ({ "@type": "Property", name, schema, writable });

export const MODELS = [
  { "@context": context, "@id": "dtmi:test:Motor;1", "@type": "Interface", contents: [property("current", "double")] },
  {
    "@context": context,
    "@id": "dtmi:test:Asset;1",
    "@type": "Interface",
    displayName: { en: "Asset", de: "Anlage" },
    contents: [property("name", "string", true)],
  },
  {
    "@context": context,
    "@id": "dtmi:test:Pump;1",
    "@type": "Interface",
    extends: "dtmi:test:Asset;1",
    displayName: "Pump",
    contents: [
      property("speed", "double", true),
      property("flow", "double"),
      { "@type": "Telemetry", name: "vibration", schema: "double" },
      { "@type": "Command", name: "start" },
      { "@type": "Component", name: "motor", schema: "dtmi:test:Motor;1" },
      { "@type": "Relationship", name: "feeds", properties: [property("diameter", "integer", true)] },
    ],
  },
  {
    "@context": context,
    "@id": "dtmi:test:Booster;1",
    "@type": "Interface",
    extends: "dtmi:test:Pump;1",
    contents: [],
  },
  {
    "@context": context,
    "@id": "dtmi:test:Hall;1",
    "@type": "Interface",
    extends: "dtmi:test:Asset;1",
    contents: [{ "@type": "Relationship", name: "contains" }],
  },
];

const pump = (n: number) => ({
  id: `pump-${String(n).padStart(2, "0")}`,
  modelId: n % 4 === 0 ? "dtmi:test:Booster;1" : "dtmi:test:Pump;1",
  properties: { name: `Feed pump ${n}`, speed: n, flow: n / 2, motor: { current: 3 } },
});
const pumps = Array.from({ length: 12 }, (_, i) => pump(i + 1));

export const TWINS = [
  { id: "hall", modelId: "dtmi:test:Hall;1", properties: { name: "Hall" } },
  { id: "annex", modelId: "dtmi:test:Hall;1", properties: { name: "Annex" } },
  { id: "store", modelId: "dtmi:test:Asset;1", properties: { name: "Store" } },
  ...pumps,
];

const contains = (sourceId: string, targetId: string) => ({
  id: `${sourceId}-${targetId}`,
  sourceId,
  targetId,
  name: "contains",
  properties: {},
});

export const RELATIONSHIPS = [
  contains("hall", "annex"),
  contains("annex", "store"),
  ...pumps.map(({ id }) => contains("hall", id)),
  { id: "main", sourceId: "pump-01", targetId: "pump-02", name: "feeds", properties: { diameter: 80 } },
];
