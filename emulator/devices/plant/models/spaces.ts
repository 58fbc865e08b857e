/**
 * Models of places: what contains what, and the climate of rooms. Every model of the plant begins at `Entity`, which
 * gives it a name. Spaces are the twins that have outgoing `contains` relationships.
 */
import { demo, model, property, quantity, relationship, setpoint } from "./dtdl.ts";

const coordinates = {
  "@type": "Object",
  fields: [
    { name: "latitude", schema: "double", displayName: "Latitude (degrees)" },
    { name: "longitude", schema: "double", displayName: "Longitude (degrees)" },
  ],
};

export const spaces: object[] = [
  model("Entity", undefined, "Entity", "Anything in the plant that has a name.", [
    property("name", "string", "Name", { writable: true, description: "What people call it." }),
  ]),
  model("Space", "Entity", "Space", "A place that contains equipment or other places.", [
    quantity("floorArea", "Area squareMetre", "Floor area"),
    relationship("contains", "Contains", "What stands in this place or belongs to it.", { target: demo("Entity") }),
  ]),
  model("Site", "Space", "Site", "A whole works with its buildings and outdoor areas.", [
    property("owner", "string", "Owner"),
    property("location", coordinates, "Location", { description: "Where on earth the gate is (WGS 84)." }),
  ]),
  model("Building", "Space", "Building", "A building with rooms.", [
    property("floors", "integer", "Floors"),
    property("yearBuilt", "integer", "Year built"),
  ]),
  model("OutdoorArea", "Space", "Outdoor area", "A fenced area under the open sky.", []),
  model("Hall", "Space", "Hall", "An indoor industrial hall with its own climate.", [
    quantity("temperature", "Temperature degreeCelsius", "Air temperature"),
    quantity("humidity", "RelativeHumidity percent", "Relative humidity"),
    setpoint(
      "targetTemperature",
      "Temperature degreeCelsius",
      "Target temperature",
      "Air temperature to hold, 5 to 35 °C.",
    ),
  ]),
  model("Room", "Space", "Room", "A room where people work, with comfort and air quality.", [
    quantity("temperature", "Temperature degreeCelsius", "Temperature"),
    quantity("humidity", "RelativeHumidity percent", "Relative humidity"),
    quantity("illuminance", "Illuminance lux", "Light"),
    property("co2", "double", "CO₂ (ppm)", {
      description: "Carbon dioxide in parts per million; above 1,000 open a window.",
    }),
    property("occupied", "boolean", "Occupied", { description: "Someone is in the room." }),
    setpoint(
      "targetTemperature",
      "Temperature degreeCelsius",
      "Target temperature",
      "Room temperature to hold, 15 to 28 °C.",
    ),
  ]),
];
