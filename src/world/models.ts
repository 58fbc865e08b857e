/**
 * The models of ours in which the layout of a world is kept (ADR 0002), so that no model of a plant needs to know of it.
 *
 * A World names its layers and the space that each belongs to; a Layer holds the placements of one space, at most about
 * a hundred. They refer to the plant's twins by id only: there is no relationship that could keep one from being deleted.
 * DTDL v2, which every instance takes. Stored by Placements at its first write.
 */
import type { Dtmi } from "../twins/types.ts";

export const WORLD_MODEL: Dtmi = "dtmi:digitaltwins:colyseus:World;1";
export const LAYER_MODEL: Dtmi = "dtmi:digitaltwins:colyseus:Layer;1";

const property = (name: string, schema: unknown, description: string): object => ({
  "@type": "Property",
  name,
  description,
  schema,
  writable: true,
});
const map = (key: string, value: string, schema: unknown): object => ({
  "@type": "Map",
  mapKey: { name: key, schema: "string" },
  mapValue: { name: value, schema },
});
const field = (schema: string) => (name: string) => ({ name, schema });

const placement = {
  "@type": "Object",
  fields: [
    ...["twinId", "visual", "by"].map(field("string")),
    ...["x", "y", "z", "qx", "qy", "qz", "qw", "s"].map(field("double")),
  ],
};

export const WORLD_MODELS: readonly object[] = [
  {
    "@id": WORLD_MODEL,
    "@type": "Interface",
    "@context": "dtmi:dtdl:context;2",
    displayName: "World",
    description: "The layout of the spaces of a plant in a metaverse.",
    contents: [
      property("layers", map("layer", "space", "string"), "Layer twin's id → id of the twin whose space it is."),
    ],
  },
  {
    "@id": LAYER_MODEL,
    "@type": "Interface",
    "@context": "dtmi:dtdl:context;2",
    displayName: "Layer",
    description: "Placements of twins in one space.",
    contents: [
      property("space", "string", "Id of the twin whose space it is."),
      property("placements", map("id", "placement", placement), "Metres, y up; unit quaternion; uniform scale."),
    ],
  },
];

export const VISUALS_MODEL: Dtmi = "dtmi:digitaltwins:colyseus:Visuals;1";

/** Stored by Visuals at its first write. */
export const VISUALS_MODELS: readonly object[] = [
  {
    "@id": VISUALS_MODEL,
    "@type": "Interface",
    "@context": "dtmi:dtdl:context;2",
    displayName: "Visuals",
    description: "How twins of each model look in all spaces.",
    contents: [property("templates", map("key", "template", "string"), "JSON of { model, template }.")],
  },
];
