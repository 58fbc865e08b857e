// The language extensions of v3 and the partners' of v2.
import type { Random } from "../../../support/Random.ts";
import { asList, type Json, type Rule, set, withKey } from "./bricks.ts";

/** A partner's, and words of the language that are types and that are not. */
const PARTNER_TYPES = [
  "dtmi:ex:Word;1",
  "dtmi:ex:Word",
  "Word",
  "ex:Word",
  "kelvin",
  "contents",
  "double",
  "Entity",
  "TemperatureUnit",
  "dtmi:standard:unit:kelvin;2",
  "dtmi:standard:class:RatioUnit;2",
  "dtmi:dtdl:class:RatioUnit;2",
  "dtmi:dtdl:class:Entity;3",
  "dtmi:dtdl:class:CommandRequest;2",
  "dtmi:dtdl:property:name;2",
];

export const EXTENSIONS: readonly Rule[] = [
  {
    name: "annotates",
    where: withKey("annotates"),
    change: set("annotates", (r: Random) =>
      r.pick([
        "level",
        "temperature",
        "stop",
        "feeds",
        "motor",
        "nothing",
        "note",
        "serial",
        "",
        5,
        null,
        ["level"],
        [],
        ["level", "level"],
        {},
      ]),
    ),
  },
  {
    name: "overrides",
    where: withKey("overrides"),
    change: set("overrides", (r: Random) =>
      r.pick([
        "unit",
        "schema",
        "name",
        "annotates",
        "index",
        "foo",
        "ttl",
        5,
        null,
        ["unit"],
        "dtmi:dtdl:extension:quantitativeTypes:v1:property:unit",
      ]),
    ),
  },
  {
    name: "unit type as schema",
    where: withKey("overrides"),
    change: set("schema", (r: Random) =>
      r.pick(["TemperatureUnit", "PowerUnit", "LengthUnit", "double", "string", "integer"]),
    ),
  },
  {
    name: "index",
    where: withKey("index"),
    change: set("index", (r: Random) => r.pick([0, 1, 2, 3, -1, 1.5, "1", null, [1], 2 ** 31])),
  },
  {
    name: "mqtt",
    where: withKey("payloadFormat"),
    change: (o, r) => {
      o[r.pick(["payloadFormat", "telemetryTopic", "commandTopic", "cmdServiceGroupId", "telemServiceGroupId"])] =
        r.pick([
          "a",
          "a/b",
          "a/{b}",
          "{a:b}",
          "$a",
          "a//b",
          "a b",
          "+",
          "#",
          "",
          "a/",
          "/a",
          "{}",
          "é",
          5,
          null,
          ["a"],
          "~|`^",
        ]);
    },
  },
  {
    name: "extension type",
    where: withKey("@type"),
    change: set("@type", (r: Random, o: Json) => [
      ...asList(o["@type"]),
      r.pick([
        "Historized",
        "ValueAnnotation",
        "Override",
        "Required",
        "Mqtt",
        "Idempotent",
        "Cacheable",
        "Transparent",
        "Indexed",
        "State",
        "Event",
        "Location",
        "VelocityVector",
        "Temperature",
      ]),
    ]),
  },
  {
    name: "extension type gone",
    where: (o) => Array.isArray(o["@type"]),
    change: (o, r) => {
      const types = asList(o["@type"]);
      types.splice(r.below(types.length), 1);
      o["@type"] = types;
    },
  },
  {
    name: "extension context gone",
    where: (o) => Array.isArray(o["@context"]),
    change: (o, r) => {
      const contexts = asList(o["@context"]);
      contexts.splice(r.below(contexts.length), 1);
      o["@context"] = contexts;
    },
  },
  {
    name: "extension context",
    where: (o) => Array.isArray(o["@context"]),
    change: (o, r) => {
      o["@context"] = [
        ...asList(o["@context"]),
        r.pick([
          "dtmi:dtdl:extension:annotation;1",
          "dtmi:dtdl:extension:annotation;2",
          "dtmi:dtdl:extension:mqtt;1",
          "dtmi:dtdl:extension:mqtt;2",
          "dtmi:dtdl:extension:historization;2",
          "dtmi:dtdl:extension:quantitativeTypes;2",
          "dtmi:dtdl:extension:nothing;1",
          "dtmi:iotcentral:context;2",
          "dtmi:dtdl:context;2",
        ]),
      ];
    },
  },
  {
    name: "a partner's context and type",
    where: withKey("@type"),
    change: (o, r, documents) => {
      const context = r.pick(["dtmi:ex:partner;1", "dtmi:ex:partner", "http://partner.example/context"]);
      for (const document of documents) {
        document["@context"] = [...asList(document["@context"]), context];
      }
      o["@type"] = [...asList(o["@type"]), r.pick(PARTNER_TYPES)];
      o["word"] = 1;
    },
  },
];
