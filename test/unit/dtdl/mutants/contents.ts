// What an Interface holds and extends: components, relationships, commands, parents.
import type { Random } from "../../../support/Random.ts";
import { array, asList, double, type Json, listOf, property, type Rule, set, typed, wrap } from "./bricks.ts";
import { BOOLEANS, MULTIPLICITIES, TARGETS } from "./values.ts";

export const CONTENTS: readonly Rule[] = [
  {
    name: "writable",
    where: (o) => typed("Property")(o) || typed("Relationship")(o),
    change: set("writable", (r: Random) => r.pick(BOOLEANS)),
  },
  { name: "writable elsewhere", where: (o) => !typed("Property")(o), change: set("writable", true) },
  {
    name: "multiplicity",
    where: typed("Relationship"),
    change: (o, r) => {
      o[r.pick(["minMultiplicity", "maxMultiplicity"])] = r.pick(MULTIPLICITIES);
    },
  },
  { name: "target", where: typed("Relationship"), change: set("target", (r: Random) => r.pick(TARGETS)) },
  {
    name: "relationship properties",
    where: typed("Relationship"),
    change: set("properties", (r: Random) =>
      r.pick([
        [property(1)],
        [property(1), property(1)],
        property(1),
        [double("x")],
        [{ ...property(1), "@type": "Telemetry" }],
        listOf(300, property),
        listOf(301, property),
        null,
        [],
        "x",
        [{ ...property(1), schema: array("double") }],
      ]),
    ),
  },
  {
    name: "request",
    where: typed("Command"),
    change: (o, r) => {
      o[r.pick(["request", "response"])] = r.pick([
        double("x"),
        [double("x")],
        [double("x"), double("y")],
        { name: "x" },
        {},
        null,
        "x",
        [],
        { ...double("x"), "@type": "CommandPayload" },
        { ...double("x"), "@type": "CommandRequest" },
        { ...double("x"), "@type": "CommandResponse" },
        { ...double("x"), nullable: true },
        { ...double("x"), schema: array("double") },
      ]);
    },
  },
  {
    name: "commandType",
    where: typed("Command"),
    change: set("commandType", (r: Random) =>
      r.pick([
        "synchronous",
        "asynchronous",
        "both",
        null,
        ["synchronous"],
        "dtmi:dtdl:instance:CommandType:synchronous;2",
        "dtmi:dtdl:instance:CommandType:synchronous;3",
      ]),
    ),
  },
  {
    name: "component schema",
    where: typed("Component"),
    change: set("schema", (r: Random) =>
      r.pick([
        "double",
        "dtmi:nowhere:x;1",
        {},
        { "@type": "Interface", "@id": "dtmi:mutant:Inline;1" },
        { "@type": "Interface" },
        [],
        {
          "@type": "Interface",
          "@id": "dtmi:mutant:Inline;1",
          contents: { "@type": "Component", name: "c", schema: { "@type": "Interface", "@id": "dtmi:mutant:Inner;1" } },
        },
      ]),
    ),
  },
  {
    name: "component of itself",
    where: typed("Interface"),
    change: (o) => {
      o["contents"] = [...asList(o["contents"]), { "@type": "Component", name: "me", schema: o["@id"] }];
    },
  },
  {
    name: "component of another",
    where: typed("Interface"),
    change: (o, r, documents) => {
      o["contents"] = [
        ...asList(o["contents"]),
        { "@type": "Component", name: "other", schema: r.pick(documents)["@id"] },
      ];
    },
  },
  {
    name: "contents",
    where: typed("Interface"),
    change: set("contents", (r: Random) =>
      r.pick([
        null,
        "x",
        5,
        {},
        [null],
        [5],
        property(1),
        [[property(1)]],
        ["dtmi:nowhere:x;1"],
        listOf(300, property),
        listOf(301, property),
        [property(1), property(1)],
        [{ ...property(1), "@type": undefined }],
      ]),
    ),
  },
  {
    name: "contents twice",
    where: typed("Interface"),
    change: (o, r) => {
      const contents = asList(o["contents"]);
      if (contents.length > 0) {
        o["contents"] = [...contents, r.pick(contents)];
      }
    },
  },
  {
    name: "contents of a parent again",
    where: typed("Interface"),
    change: (o, r, documents) => {
      const other = r.pick(documents);
      const contents = asList(other["contents"]);
      if (contents.length > 0) {
        o["contents"] = [...asList(o["contents"]), r.pick(contents)];
      }
    },
  },
  {
    name: "extends",
    where: typed("Interface"),
    change: set("extends", (r: Random, o: Json) =>
      r.pick([
        o["@id"],
        "dtmi:nowhere:x;1",
        ["dtmi:nowhere:x;1"],
        null,
        [],
        "x",
        5,
        {},
        { "@type": "Interface", "@id": "dtmi:mutant:Base;1" },
        { "@id": "dtmi:mutant:Base;1" },
        [
          { "@type": "Interface", "@id": "dtmi:mutant:A;1" },
          { "@type": "Interface", "@id": "dtmi:mutant:B;1" },
          { "@type": "Interface", "@id": "dtmi:mutant:C;1" },
        ],
        wrap(r.pick([9, 10, 11]), { "@type": "Interface", "@id": "dtmi:mutant:Top;1" }, (inner) => ({
          "@type": "Interface",
          "@id": `dtmi:mutant:L${r.below(1e9)};1`,
          extends: inner,
        })),
      ]),
    ),
  },
  {
    name: "extends another",
    where: typed("Interface"),
    change: (o, r, documents) => {
      o["extends"] = [...asList(o["extends"]), r.pick(documents)["@id"]];
    },
  },
];
