// Mutants of valid models: each takes a few interfaces that belong together and breaks (or bends) one rule in one place.
// Seeded: the same seed gives the same mutants.
export type Json = Record<string, unknown>;

export interface Mutant {
  rule: string;
  documents: unknown[];
}

/** mulberry32 */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === "object" && !Array.isArray(value);

export const asList = (value: unknown): unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** Every object below, itself included. */
export function objectsIn(value: unknown, found: Json[] = []): Json[] {
  if (Array.isArray(value)) {
    for (const item of value) {
      objectsIn(item, found);
    }
  } else if (isObject(value)) {
    found.push(value);
    for (const item of Object.values(value)) {
      objectsIn(item, found);
    }
  }
  return found;
}

const typed = (type: string) => (object: Json) => asList(object["@type"]).includes(type);
const withKey = (key: string) => (object: Json) => key in object;
const version = (documents: readonly unknown[]): 2 | 3 =>
  JSON.stringify(documents).includes("dtmi:dtdl:context;3") ? 3 : 2;

type Change = (target: Json, random: Random, documents: Json[]) => unknown;
interface Rule {
  name: string;
  where: (object: Json) => boolean;
  change: Change;
}

const named = (object: Json): boolean => typeof object["name"] === "string";
const valued = (object: Json): boolean => typed("Property")(object) || typed("Telemetry")(object);
const anyContent = (object: Json): boolean =>
  ["Property", "Telemetry", "Command", "Relationship", "Component"].some((type) => typed(type)(object));
const anything = (): boolean => true;

const set =
  (key: string, value: unknown | ((random: Random, target: Json) => unknown)): Change =>
  (target, random) => {
    target[key] = typeof value === "function" ? value(random, target) : value;
  };
const remove =
  (key: string): Change =>
  (target) => {
    delete target[key];
  };
const listOf = (n: number, make: (i: number) => unknown): unknown[] => Array.from({ length: n }, (_, i) => make(i));
const double = (name: string): Json => ({ name, schema: "double" });
const property = (i: number): Json => ({ "@type": "Property", name: `extra${i}`, schema: "double" });
const wrap = (levels: number, schema: unknown, how: (inner: unknown) => unknown): unknown =>
  levels === 0 ? schema : how(wrap(levels - 1, schema, how));
const array = (inner: unknown): unknown => ({ "@type": "Array", elementSchema: inner });
const object = (inner: unknown): unknown => ({ "@type": "Object", fields: [{ name: "f", schema: inner }] });
const map = (inner: unknown): unknown => ({
  "@type": "Map",
  mapKey: { name: "k", schema: "string" },
  mapValue: { name: "v", schema: inner },
});
const integers = (n: number): Json => ({
  "@type": "Enum",
  valueSchema: "integer",
  enumValues: listOf(n, (i) => ({ name: `v${i}`, enumValue: i })),
});

const NAMES = [
  "1st",
  "_a",
  "a_",
  "a b",
  "a-b",
  "ä",
  "",
  "a.b",
  "$a",
  "a/b",
  "x".repeat(64),
  "x".repeat(65),
  "y".repeat(512),
  "y".repeat(513),
  5,
  null,
  true,
  ["ok"],
  ["a", "b"],
  { "@value": "ok" },
  { "@value": 5 },
  { "@value": "ok", "@type": "xsd:string" },
  { "@value": "ok", "@type": "xsd:boolean" },
];
const IDS = [
  "dtmi:a",
  "dtmi:a:b",
  "dtmi:a;0",
  "dtmi:a;01",
  "dtmi:a;1.2",
  "dtmi:1a;1",
  "dtmi:a_;1",
  "dtmi:a b;1",
  "urn:a;1",
  "a",
  "",
  7,
  null,
  ["dtmi:a;1"],
  "dtmi:dtdl:a;1",
  "dtmi:standard:a;1",
  `dtmi:${"a".repeat(121)};1`,
  `dtmi:${"a".repeat(122)};1`,
  "dtmi:a;999999999",
  "dtmi:a;1000000000",
];
const TYPES = [
  "Property",
  "Telemetry",
  "Command",
  "Relationship",
  "Component",
  "Interface",
  "Object",
  "Enum",
  "Map",
  "Array",
  "Field",
  "EnumValue",
  "MapKey",
  "MapValue",
  "CommandPayload",
  "CommandRequest",
  "CommandResponse",
  "Double",
  "Schema",
  "Content",
  "Entity",
  "Unit",
  "property",
  "Foo",
  "ex:Foo",
  "dtmi:ex:Foo;1",
  "dtmi:ex:1;1",
  "dtmi:dtdl:class:Property;2",
  "dtmi:dtdl:class:Property;3",
  5,
  null,
  [],
];
const COTYPES = [
  "Temperature",
  "Humidity",
  "ApparentPower",
  "Foo",
  "ex:Foo",
  "dtmi:ex:Foo;1",
  "dtmi:x",
  "Property",
  "Telemetry",
  "kelvin",
  "TemperatureUnit",
  "QuantitativeType",
  "Entity",
  "Historized",
  "SemanticType",
  "dtmi:standard:class:Temperature;2",
  "constructor",
];
const SCHEMAS = [
  "double",
  "float",
  "integer",
  "long",
  "boolean",
  "string",
  "date",
  "dateTime",
  "time",
  "duration",
  "point",
  "polygon",
  "multiPoint",
  "lineString",
  "multiLineString",
  "multiPolygon",
  "int",
  "object",
  "kelvin",
  "Double",
  "dtmi:nowhere:x;1",
  "dtmi:dtdl:instance:Schema:double;2",
  "dtmi:dtdl:instance:Schema:double;3",
  "dtmi:standard:schema:geospatial:point;2",
  "dtmi:standard:schema:geospatial:point;3",
  "",
  5,
  null,
  true,
  {},
  [],
  ["double"],
  ["double", "double"],
  [["double"]],
];
const UNITS = [
  "kelvin",
  "metre",
  "percent",
  "unity",
  "gray",
  "hectopascal",
  "degreeCelsius",
  "foo",
  5,
  null,
  ["kelvin"],
  "dtmi:standard:unit:kelvin;2",
  "dtmi:standard:unit:kelvin;3",
];
const TEXTS = [
  "x",
  "",
  "x".repeat(64),
  "x".repeat(65),
  "x".repeat(512),
  "x".repeat(513),
  5,
  null,
  true,
  ["x"],
  ["x", "y"],
  {},
  [],
  { en: "x" },
  { EN: "x" },
  { "en-US": "x", de: "y" },
  { "en-us": "x" },
  { en: 5 },
  { "@value": "x" },
  [{ "@value": "x", "@language": "en" }],
  [{ "@value": "x" }, "y"],
  [
    { "@value": "x", "@language": "de" },
    { "@value": "y", "@language": "de" },
  ],
  [5],
  [{}],
];
const BOOLEANS = [
  true,
  false,
  "true",
  1,
  0,
  null,
  [true],
  [],
  [true, false],
  { "@value": true },
  { "@value": "true" },
  { "@value": true, "@type": "xsd:boolean" },
  {},
];
const MULTIPLICITIES = [0, 1, 2, 500, 501, -1, 1.5, "1", null, 2 ** 31 - 1, 2 ** 31, [1], [], [1, 2], { "@value": 1 }];
const TARGETS = [
  "dtmi:nowhere:x;1",
  "dtmi:nowhere:x",
  "nowhere",
  "",
  5,
  null,
  ["dtmi:a:b;1"],
  ["dtmi:a:b;1", "dtmi:a:c;1"],
  {},
  "Interface",
  "dtmi:1:b;1",
];
const KEYS = [
  "foo",
  "ex:foo",
  "dtmi:ex:foo;1",
  "dtmi:1",
  "@foo",
  "@graph",
  "@value",
  "contents",
  "name",
  "schema",
  "writable",
  "unit",
  "constructor",
  "toString",
  "languageMajorVersion",
  "Temperature",
];
const CONTEXTS = [
  undefined,
  null,
  "",
  "dtmi:dtdl:context;1",
  "dtmi:dtdl:context;2",
  "dtmi:dtdl:context;3",
  "dtmi:dtdl:context;5",
  "dtmi:dtdl:context;2.1",
  "dtmi:dtdl:context;3.1",
  "http://example.org",
  [],
  {},
  ["dtmi:dtdl:context;2", "dtmi:ex:foo;1"],
  ["dtmi:dtdl:context;3", "dtmi:ex:foo;1"],
  ["dtmi:ex:foo;1", "dtmi:dtdl:context;2"],
  ["dtmi:dtdl:context;2", "dtmi:dtdl:context;3"],
  ["dtmi:dtdl:context;3", "dtmi:dtdl:context;2"],
  ["dtmi:dtdl:context;2", "dtmi:iotcentral:context;2"],
  ["dtmi:iotcentral:context;2", "dtmi:dtdl:context;2"],
  ["dtmi:dtdl:context;3", "dtmi:dtdl:extension:quantitativeTypes;1"],
  ["dtmi:dtdl:context;3", {}],
  ["dtmi:dtdl:context;2", "dtmi:ex:foo"],
];
const JUNK = [
  null,
  true,
  0,
  -1,
  1e21,
  "",
  "x",
  [],
  {},
  [[]],
  [null],
  { "@value": null },
  { "@id": "dtmi:a:b;1" },
  "dtmi:a:b;1",
];

const RULES: readonly Rule[] = [
  { name: "name", where: named, change: set("name", (r: Random) => r.pick(NAMES)) },
  { name: "name missing", where: named, change: remove("name") },
  { name: "id of interface", where: typed("Interface"), change: set("@id", (r: Random) => r.pick(IDS)) },
  { name: "id of interface missing", where: typed("Interface"), change: remove("@id") },
  {
    name: "id of content",
    where: anyContent,
    change: set("@id", (r: Random) => r.pick([...IDS, `dtmi:${"a".repeat(2041)};1`, `dtmi:${"a".repeat(2042)};1`])),
  },
  { name: "id of anything", where: anything, change: set("@id", (r: Random) => r.pick(IDS)) },
  {
    name: "id duplicate",
    where: anyContent,
    change: (target, _r, documents) => {
      target["@id"] = documents[0]?.["@id"];
    },
  },
  { name: "type", where: withKey("@type"), change: set("@type", (r: Random) => r.pick(TYPES)) },
  { name: "type missing", where: withKey("@type"), change: remove("@type") },
  {
    name: "type on the untyped",
    where: (o) => named(o) && !("@type" in o),
    change: set("@type", (r: Random) => r.pick(TYPES)),
  },
  {
    name: "cotype",
    where: withKey("@type"),
    change: set("@type", (r: Random, o: Json) => [...asList(o["@type"]), r.pick(COTYPES)]),
  },
  {
    name: "cotype with unit",
    where: valued,
    change: (o, r) => {
      o["@type"] = [...asList(o["@type"]), r.pick(COTYPES)];
      o["unit"] = r.pick(UNITS);
    },
  },
  {
    name: "semantic type",
    where: valued,
    change: (o, r) => {
      o["@type"] = [...asList(o["@type"]).slice(0, 1), "Temperature"];
      o["unit"] = r.pick(UNITS);
      o["schema"] = r.pick(SCHEMAS);
    },
  },
  { name: "unit without type", where: valued, change: set("unit", (r: Random) => r.pick(UNITS)) },
  { name: "unit", where: withKey("unit"), change: set("unit", (r: Random) => r.pick(UNITS)) },
  { name: "unit missing", where: withKey("unit"), change: remove("unit") },
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
  { name: "displayName", where: anything, change: set("displayName", (r: Random) => r.pick(TEXTS)) },
  { name: "description", where: anything, change: set("description", (r: Random) => r.pick(TEXTS)) },
  { name: "comment", where: anything, change: set("comment", (r: Random) => r.pick(TEXTS)) },
  {
    name: "writable",
    where: (o) => typed("Property")(o) || typed("Relationship")(o),
    change: set("writable", (r: Random) => r.pick(BOOLEANS)),
  },
  { name: "writable elsewhere", where: (o) => !typed("Property")(o), change: set("writable", true) },
  {
    name: "unknown member",
    where: anything,
    change: (o, r) => {
      o[r.pick(KEYS)] = r.pick([1, "x", {}]);
    },
  },
  {
    name: "member by DTMI",
    where: named,
    change: (o, r, documents) => {
      const v = r.pick([version(documents), 2, 3]);
      o[`dtmi:dtdl:property:name;${v}`] = o["name"];
      delete o["name"];
    },
  },
  {
    name: "member by term and DTMI",
    where: named,
    change: (o, _r, documents) => {
      o[`dtmi:dtdl:property:name;${version(documents)}`] = o["name"];
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
  { name: "context", where: withKey("@context"), change: set("@context", (r: Random) => r.pick(CONTEXTS)) },
  { name: "context inside", where: anything, change: set("@context", (r: Random) => r.pick(CONTEXTS)) },
  {
    name: "interface again",
    where: typed("Interface"),
    change: (o, _r, documents) => {
      documents.push(structuredClone(o));
    },
  },
  {
    name: "interface gone",
    where: typed("Interface"),
    change: (o, _r, documents) => {
      const at = documents.indexOf(o);
      if (at >= 0) {
        documents.splice(at, 1);
      }
    },
  },
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
    name: "any member gone",
    where: anything,
    change: (o, r) => {
      delete o[r.pick(Object.keys(o))];
    },
  },
  {
    name: "any member junk",
    where: anything,
    change: (o, r) => {
      o[r.pick(Object.keys(o))] = r.pick(JUNK);
    },
  },
  {
    name: "any member in an array",
    where: anything,
    change: (o, r) => {
      const key = r.pick(Object.keys(o));
      o[key] = [o[key]];
    },
  },
  {
    name: "any member twice in an array",
    where: anything,
    change: (o, r) => {
      const key = r.pick(Object.keys(o));
      o[key] = [...asList(o[key]), ...asList(o[key])];
    },
  },
  {
    name: "two members swapped",
    where: anything,
    change: (o, r) => {
      const [a, b] = [r.pick(Object.keys(o)), r.pick(Object.keys(o))];
      [o[a], o[b]] = [o[b], o[a]];
    },
  },
];

/** Mutants of `bases`, spread evenly over the rules; a mutation that changes nothing is tried again elsewhere. */
export function* mutantsOf(bases: readonly (readonly Json[])[], count: number, seed: number): Generator<Mutant> {
  const random = new Random(seed);
  let made = 0;
  for (let attempt = 0; made < count && attempt < count * 20; attempt++) {
    const rule = RULES[attempt % RULES.length] as Rule;
    const documents = structuredClone(random.pick(bases)) as Json[];
    const before = JSON.stringify(documents);
    const targets = objectsIn(documents)
      .filter(rule.where)
      .filter((target) => Object.keys(target).length > 0);
    if (targets.length > 0) {
      rule.change(random.pick(targets), random, documents);
      // What JSON cannot say (undefined) goes.
      const text = JSON.stringify(documents);
      if (text !== before) {
        made++;
        yield { rule: rule.name, documents: JSON.parse(text) as unknown[] };
      }
    }
  }
}

/** The same models in DTDL v3, with its extension for semantic types. */
export function asV3(documents: readonly Json[]): Json[] {
  const context = ["dtmi:dtdl:context;3", "dtmi:dtdl:extension:quantitativeTypes;1"];
  return documents.map((document) => ({ ...structuredClone(document), "@context": context }));
}

/** An interface and all that it needs: parents and component schemas. undefined when something is missing or it is large. */
export function closureOf(id: string, byId: ReadonlyMap<string, Json>, most: number): Json[] | undefined {
  const closure = new Map<string, Json>();
  const queue = [id];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const found = byId.get(next);
    if (found === undefined || closure.size > most) {
      return undefined;
    }
    if (!closure.has(next)) {
      closure.set(next, found);
      for (const text of [
        ...asList(found["extends"]),
        ...asList(found["contents"])
          .filter(isObject)
          .filter(typed("Component"))
          .map((c) => c["schema"]),
      ]) {
        if (typeof text === "string") {
          queue.push(text);
        }
      }
    }
  }
  return [...closure.values()];
}
