// Schemas: of every kind, at and beyond their limits, and what they are made of.
import type { Random } from "../../../support/Random.ts";
import {
  array,
  asList,
  double,
  integers,
  isObject,
  type Json,
  listOf,
  map,
  object,
  type Rule,
  remove,
  set,
  typed,
  valued,
  withKey,
  wrap,
} from "./bricks.ts";
import { SCHEMAS } from "./values.ts";

export const SCHEMA: readonly Rule[] = [
  { name: "schema word", where: withKey("schema"), change: set("schema", (r: Random) => r.pick(SCHEMAS)) },
  { name: "schema missing", where: withKey("schema"), change: remove("schema") },
  {
    name: "schema Array",
    where: valued,
    change: set("schema", (r: Random) => wrap(1 + r.below(6), r.pick(SCHEMAS.slice(0, 16)), array)),
  },
  {
    name: "schema Object",
    where: valued,
    change: set("schema", (r: Random) => wrap(1 + r.below(6), r.pick(SCHEMAS.slice(0, 16)), object)),
  },
  {
    name: "schema Map",
    where: valued,
    change: set("schema", (r: Random) => wrap(1 + r.below(6), r.pick(SCHEMAS.slice(0, 16)), map)),
  },
  {
    name: "schema mixed",
    where: valued,
    change: set("schema", (r: Random) =>
      wrap(1 + r.below(7), r.pick([...SCHEMAS.slice(0, 16), integers(2)]), (inner) =>
        r.pick([array, object, map])(inner),
      ),
    ),
  },
  { name: "schema Enum", where: valued, change: set("schema", (r: Random) => integers(r.pick([0, 1, 5, 100, 101]))) },
  {
    name: "schema Object of many",
    where: valued,
    change: set("schema", (r: Random) => ({
      "@type": "Object",
      fields: listOf(r.pick([0, 1, 30, 31]), (i) => double(`f${i}`)),
    })),
  },
  {
    name: "schema in schemas",
    where: typed("Interface"),
    change: (o, r) => {
      o["schemas"] = [
        {
          ...(r.pick([object, array, map])("double") as Json),
          ...(r.below(3) === 0 ? {} : { "@id": "dtmi:mutant:Schema;1" }),
        },
      ];
      o["contents"] = [
        ...asList(o["contents"]),
        { "@type": "Telemetry", name: "ofSchemas", schema: "dtmi:mutant:Schema;1" },
      ];
    },
  },
  {
    name: "schema of itself",
    where: typed("Interface"),
    change: (o) => {
      o["schemas"] = { ...(object("dtmi:mutant:Schema;1") as Json), "@id": "dtmi:mutant:Schema;1" };
    },
  },
  {
    name: "schema of another interface",
    where: valued,
    change: (o, _r, documents) => {
      const owner = documents.at(-1);
      if (owner !== undefined) {
        owner["schemas"] = { ...(object("double") as Json), "@id": "dtmi:mutant:Schema;1" };
      }
      o["schema"] = "dtmi:mutant:Schema;1";
    },
  },
  {
    name: "enumValue",
    where: withKey("enumValue"),
    change: set("enumValue", (r: Random) =>
      r.pick([0, 1, 2, "0", "1", 1.5, null, true, [1], ["1"], {}, { "@value": 1 }, 2 ** 31, "a b"]),
    ),
  },
  {
    name: "enumValue twice",
    where: withKey("enumValues"),
    change: (o, r) => {
      const values = asList(o["enumValues"]);
      const one = r.pick(values);
      if (isObject(one)) {
        o["enumValues"] = [...values, { ...one, name: r.pick([one["name"], "other"]) }];
      }
    },
  },
  { name: "valueSchema", where: withKey("valueSchema"), change: set("valueSchema", (r: Random) => r.pick(SCHEMAS)) },
  { name: "valueSchema missing", where: withKey("valueSchema"), change: remove("valueSchema") },
  {
    name: "enumValues",
    where: withKey("enumValues"),
    change: set("enumValues", (r: Random) =>
      r.pick([[], {}, null, "x", 5, integers(101)["enumValues"], [{ name: "a" }], [{ enumValue: 1 }]]),
    ),
  },
  {
    name: "fields",
    where: withKey("fields"),
    change: set("fields", (r: Random) =>
      r.pick([
        [],
        {},
        null,
        "x",
        listOf(31, (i) => double(`f${i}`)),
        [double("a"), double("a")],
        [{ name: "a" }],
        double("a"),
      ]),
    ),
  },
  {
    name: "mapKey",
    where: withKey("mapKey"),
    change: set("mapKey", (r: Random) =>
      r.pick([
        undefined,
        null,
        {},
        "x",
        double("k"),
        { name: "k", schema: "string" },
        [{ name: "k", schema: "string" }],
        { "@type": "MapKey", name: "k", schema: "string" },
        { "@type": "MapValue", name: "k", schema: "string" },
      ]),
    ),
  },
  {
    name: "mapValue",
    where: withKey("mapValue"),
    change: set("mapValue", (r: Random) =>
      r.pick([
        undefined,
        null,
        {},
        "x",
        double("v"),
        [double("v")],
        [double("v"), double("w")],
        { name: "v", schema: map("double") },
      ]),
    ),
  },
  {
    name: "elementSchema",
    where: withKey("elementSchema"),
    change: set("elementSchema", (r: Random) => r.pick(SCHEMAS)),
  },
];
