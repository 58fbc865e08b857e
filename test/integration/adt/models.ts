// A small house: inheritance, a component, an enum, a relationship with a property and a target, an object, a map.
const CONTEXT = "dtmi:dtdl:context;2";

export const THERMOSTAT = {
  "@id": "dtmi:test:Thermostat;1",
  "@type": "Interface",
  "@context": CONTEXT,
  displayName: "Thermostat",
  contents: [
    { "@type": "Property", name: "setPoint", schema: "double", writable: true },
    { "@type": "Property", name: "serial", schema: "string" },
    { "@type": "Telemetry", name: "current", schema: "double" },
  ],
};

export const SPACE = {
  "@id": "dtmi:test:Space;1",
  "@type": "Interface",
  "@context": CONTEXT,
  displayName: { en: "Space", de: "Raum" },
  description: "Somewhere",
  contents: [
    { "@type": "Property", name: "name", schema: "string" },
    {
      "@type": "Relationship",
      name: "contains",
      target: "dtmi:test:Space;1",
      properties: [{ "@type": "Property", name: "order", schema: "integer" }],
    },
    { "@type": "Relationship", name: "seenBy" },
  ],
};

export const ROOM = {
  "@id": "dtmi:test:Room;1",
  "@type": "Interface",
  "@context": CONTEXT,
  extends: SPACE["@id"],
  contents: [
    { "@type": "Property", name: "temperature", schema: "double" },
    { "@type": "Property", name: "humidity", schema: "double" },
    { "@type": "Component", name: "thermostat", schema: THERMOSTAT["@id"] },
    {
      "@type": "Property",
      name: "mode",
      schema: {
        "@type": "Enum",
        valueSchema: "string",
        enumValues: [
          { name: "eco", enumValue: "eco" },
          { name: "comfort", enumValue: "comfort" },
        ],
      },
    },
    {
      "@type": "Property",
      name: "size",
      schema: {
        "@type": "Object",
        fields: [
          { name: "width", schema: "double" },
          { name: "depth", schema: "double" },
        ],
      },
    },
    {
      "@type": "Property",
      name: "labels",
      schema: {
        "@type": "Map",
        mapKey: { name: "key", schema: "string" },
        mapValue: { name: "value", schema: "string" },
      },
    },
  ],
};

export const CAMERA = {
  "@id": "dtmi:test:Camera;1",
  "@type": "Interface",
  "@context": CONTEXT,
  contents: [{ "@type": "Property", name: "on", schema: "boolean" }],
};

export const MODELS = [ROOM, SPACE, THERMOSTAT, CAMERA];

/** A room as a client sends it. */
export function room(properties: object = {}): string {
  return JSON.stringify({ $metadata: { $model: ROOM["@id"] }, thermostat: { $metadata: {} }, ...properties });
}

export function space(properties: object = {}): string {
  return JSON.stringify({ $metadata: { $model: SPACE["@id"] }, ...properties });
}
