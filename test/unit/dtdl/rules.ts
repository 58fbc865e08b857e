// Hand-written cases: each rule and limit of DTDL v2 and v3 kept and broken once. `code` is the issue that is expected;
// a case without one is valid.
import { asList, type Json } from "./mutants/bricks.ts";

export interface Case {
  name: string;
  documents: unknown[];
  code?: string;
  /** Where the reference parser is known to judge otherwise, and why. */
  differs?: string;
}

type V = 2 | 3;
const context = (v: V): string => `dtmi:dtdl:context;${v}`;
const A = "dtmi:test:A;1";
const B = "dtmi:test:B;1";
const listOf = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const wrap = (levels: number, schema: unknown, how: (inner: unknown) => unknown): unknown =>
  levels === 0 ? schema : how(wrap(levels - 1, schema, how));
const array = (inner: unknown): Json => ({ "@type": "Array", elementSchema: inner });
const object = (...schemas: unknown[]): Json => ({
  "@type": "Object",
  fields: schemas.map((schema, i) => ({ name: `f${i}`, schema })),
});
const map = (inner: unknown): Json => ({
  "@type": "Map",
  mapKey: { name: "k", schema: "string" },
  mapValue: { name: "v", schema: inner },
});
const choice = (valueSchema: unknown, ...values: unknown[]): Json => ({
  "@type": "Enum",
  valueSchema,
  enumValues: values.map((enumValue, i) => ({ name: `e${i}`, enumValue })),
});
const property = (more: Json = {}): Json => ({ "@type": "Property", name: "p", schema: "double", ...more });
const telemetry = (schema: unknown): Json => ({ "@type": "Telemetry", name: "t", schema });
const relationship = (more: Json = {}): Json => ({ "@type": "Relationship", name: "r", ...more });
const command = (more: Json = {}): Json => ({ "@type": "Command", name: "c", ...more });
const component = (schema: unknown, name = "k"): Json => ({ "@type": "Component", name, schema });
const many = (n: number, prefix = "p"): Json[] => listOf(n, (i) => property({ name: `${prefix}${i}` }));

function model(v: V, contents: unknown = [], more: Json = {}): Json {
  return { "@context": context(v), "@id": A, "@type": "Interface", contents, ...more };
}

const cases: Case[] = [];

/** For both versions, or one. */
function rule(
  name: string,
  make: (v: V) => unknown,
  code?: string | { 2?: string; 3?: string },
  only?: V,
  differs?: string,
): void {
  for (const v of only === undefined ? ([2, 3] as const) : [only]) {
    const expected = typeof code === "string" ? code : code?.[v];
    const documents = JSON.parse(JSON.stringify([make(v)].flat())) as unknown[];
    cases.push({
      name: `v${v} ${name}`,
      documents,
      ...(expected === undefined ? {} : { code: expected }),
      ...(differs === undefined ? {} : { differs }),
    });
  }
}

const withProperty = (more: Json) => (v: V) => model(v, [property(more)]);
const withSchema = (schema: unknown) => (v: V) => model(v, [telemetry(schema)]);
const withId = (id: unknown) => (v: V) => model(v, [], { "@id": id });

// Documents and contexts
rule("an interface", (v) => model(v));
rule("a document that is a string", () => ["text"], "document.type");
rule("a document that is null", () => [null], "document.type");
rule("no context", (v) => model(v, [], { "@context": undefined }), "context.missing");
rule(
  "DTDL v4",
  (v) => model(v, [], { "@context": "dtmi:dtdl:context;4" }),
  "context.v4",
  undefined,
  "v4 is refused here",
);
rule("an unknown version", (v) => model(v, [], { "@context": "dtmi:dtdl:context;5" }), "context.version");
rule(
  "a context that is no DTMI",
  (v) => model(v, [], { "@context": [context(v), "http://example.org"] }),
  "context.dtmi",
);
rule("a local context", (v) => model(v, [], { "@context": [context(v), {}] }), "context.type");
rule("a minor version", (v) => model(v, [], { "@context": `${context(v)}.1` }), { 2: "context.version" });
rule("an extension's minor version", (v) => model(v, [], { "@context": [context(v), "dtmi:iotcentral:context;2.1"] }), {
  2: "context.minor",
});
rule(
  "an extension's minor version inside",
  (v) => model(v, [property({ "@context": "dtmi:dtdl:extension:annotation;1.1" })]),
  { 2: "context.minor" },
);
rule("an unknown extension", (v) => model(v, [], { "@context": [context(v), "dtmi:ex:foo;1"] }), {
  3: "context.extension",
});
rule(
  "an extension before the language",
  (v) => model(v, [], { "@context": ["dtmi:dtdl:extension:annotation;1", context(v)] }),
  "context.order",
);
rule("IoT Central before the language", (v) => model(v, [], { "@context": ["dtmi:iotcentral:context;2", context(v)] }));
rule("only an extension", (v) => model(v, [], { "@context": "dtmi:iotcentral:context;2" }), "context.missing");
rule("limits of v4", (v) => model(v, [], { "@context": [context(v), "dtmi:dtdl:limits:onvif;1"] }), "context.limits");
rule("a top-level Object", (v) => ({ "@context": context(v), "@id": A, ...object("double") }), "type.class");
rule("an interface of the same version inside", (v) =>
  model(v, [component({ "@context": context(v), "@type": "Interface", "@id": B })]),
);
rule(
  "v3 inside v2",
  () => model(2, [component({ "@context": context(3), "@type": "Interface", "@id": B })]),
  "version.nested",
  2,
);
rule(
  "v2 inside v3",
  () => model(3, [component({ "@context": context(2), "@type": "Interface", "@id": B })]),
  undefined,
  3,
);
rule(
  "v2 Field inside a v3 Object",
  () => model(3, [telemetry({ "@type": "Object", fields: { "@context": context(2), name: "f", schema: "double" } })]),
  "version.nested",
  3,
);
rule("v2 extends v3", () => [model(2, [], { extends: B }), { ...model(3), "@id": B }], "version.reference", 2);
rule("v3 extends v2", () => [model(3, [], { extends: B }), { ...model(2), "@id": B }], undefined, 3);

// Identifiers
for (const id of ["dtmi:a;1", "dtmi:a__b:C9;999999999", `dtmi:${"a".repeat(121)};1`]) {
  rule(`id ${id.slice(0, 24)}`, withId(id));
}
for (const id of [
  "dtmi:a_;1",
  "dtmi:_a;1",
  "dtmi:1a;1",
  "dtmi:a::b;1",
  "dtmi:a-b;1",
  "dtmi:a;0",
  "dtmi:a;01",
  "dtmi:a;1000000000",
  "DTMI:a;1",
  "a",
  "",
]) {
  rule(`id ${JSON.stringify(id)}`, withId(id), "id.pattern");
}
rule("id without version", withId("dtmi:a"), { 2: "id.pattern" });
rule("id with minor version", withId("dtmi:a;1.2"), { 2: "id.pattern" });
rule("id of 129 characters", withId(`dtmi:${"a".repeat(122)};1`), "id.length");
rule("id of the language", withId("dtmi:dtdl:a;1"), "id.reserved");
rule("id of the standard", withId("dtmi:standard:a;1"), "id.reserved");
rule("id that is a number", withId(5), "id.type");
rule("id that is an array", withId([A]), "id.type");
rule("no id", withId(undefined), "id.missing");
rule("id of content of 2048", (v) => model(v, [property({ "@id": `dtmi:${"a".repeat(2041)};1` })]));
rule("id of content of 2049", (v) => model(v, [property({ "@id": `dtmi:${"a".repeat(2042)};1` })]), "id.length");
rule("an interface twice", (v) => [model(v), model(v)], "id.duplicate");
rule(
  "two contents of one id",
  (v) => model(v, [property({ "@id": B }), property({ "@id": B, name: "q" })]),
  "id.duplicate",
);
rule("content with the interface's id", (v) => model(v, [property({ "@id": A })]), "id.duplicate");

// Types
rule("type by DTMI", (v) => model(v, [property({ "@type": `dtmi:dtdl:class:Property;${v}` })]));
rule(
  "type by DTMI of the other version",
  (v) => model(v, [property({ "@type": `dtmi:dtdl:class:Property;${5 - v}` })]),
  "type.unknown",
);
rule("no type", withProperty({ "@type": undefined }), "type.missing");
rule("an empty type", withProperty({ "@type": [] }), "type.missing");
rule("a type that is a number", withProperty({ "@type": 5 }), "type.type", undefined);
rule("two classes", withProperty({ "@type": ["Property", "Telemetry"] }), "type.multiple");
rule("a class twice", withProperty({ "@type": ["Property", "Property"] }));
rule("a class that cannot stand here", withProperty({ "@type": "Field" }), "type.class");
rule("an abstract class", withProperty({ "@type": ["Property", "Entity"] }), "type.class");
rule("a partner's type", withProperty({ "@type": ["Property", "Foo"] }), { 3: "type.unknown" });
rule("a partner's type with members", withProperty({ "@type": ["Property", "Foo"], foo: 1, "ex:a": 2 }), {
  3: "type.unknown",
});
rule("a partner's type with a colon", withProperty({ "@type": ["Property", "ex:Foo"] }), { 3: "type.unknown" });
rule("an unknown type by DTMI", withProperty({ "@type": ["Property", "dtmi:ex:Foo;1"] }), "type.unknown");
rule("a type that is a broken DTMI", withProperty({ "@type": ["Property", "dtmi:1"] }), "type.dtmi");
rule(
  "a part with only a co-type",
  (v) => model(v, [telemetry({ "@type": "Object", fields: { "@type": "Foo", name: "f", schema: "double" } })]),
  { 2: "type.missing", 3: "type.unknown" },
);

// Members
rule("an unknown member", withProperty({ foo: 1 }), "member.unknown");
rule("a member of another class", withProperty({ contents: [] }), "member.unknown");
rule("a prototype's member", withProperty({ constructor: 1 }), "member.unknown");
rule("a member by DTMI", (v) => model(v, [property({ name: undefined, [`dtmi:dtdl:property:name;${v}`]: "p" })]));
rule(
  "a member by term and DTMI",
  (v) => model(v, [property({ [`dtmi:dtdl:property:name;${v}`]: "p" })]),
  "member.duplicate",
);
rule("@graph", withProperty({ "@graph": [] }), "member.keyword");
rule("an unknown keyword", withProperty({ "@foo": 1 }), { 3: "member.keyword" });
rule("a member missing", withProperty({ schema: undefined }), "member.missing");
rule("an array of one", withProperty({ name: ["p"], schema: [["double"]], writable: [true] }));
rule("an array of two", withProperty({ name: ["p", "q"] }), "member.count");
rule("an empty array of a needed member", withProperty({ schema: [] }), "member.missing");
rule("an empty array of an optional member", withProperty({ writable: [] }));
rule("a typed literal", withProperty({ name: { "@value": "p", "@type": "xsd:string" } }));
rule("a literal of the wrong type", withProperty({ name: { "@value": "p", "@type": "xsd:integer" } }), "name.type");
rule("a literal with a language", withProperty({ name: { "@value": "p", "@language": "en" } }), { 3: "name.type" });
rule("a literal with an id", withProperty({ name: { "@value": "p", "@id": "x" } }), "name.type");
rule("writable that is text", withProperty({ writable: "true" }), "member.type");
rule("writable that is null", withProperty({ writable: null }), "member.type");

// Names and texts
for (const name of ["a", "A1", "a_b", "name"]) {
  rule(`name ${name}`, withProperty({ name }));
}
for (const name of ["a_", "_a", "1a", "a-b", "a b", "", "ä", "a.b", "$a"]) {
  rule(`name ${JSON.stringify(name)}`, withProperty({ name }), "name.pattern");
}
rule("name with a line break", withProperty({ name: "a\n" }), "name.pattern", undefined, ".NET's $ matches before it");
rule("name that is a number", withProperty({ name: 5 }), "name.type");
rule("a literal with an empty type", withProperty({ name: { "@value": "p", "@type": [] } }), "name.type");
rule("name of 64", withProperty({ name: "a".repeat(64) }));
rule("name of 65", withProperty({ name: "a".repeat(65) }), { 2: "name.length" });
rule("name of 512", withProperty({ name: "a".repeat(512) }), undefined, 3);
rule("name of 513", withProperty({ name: "a".repeat(513) }), "name.length");
rule("displayName of 64", withProperty({ displayName: "a".repeat(64) }));
rule("displayName of 65", withProperty({ displayName: "a".repeat(65) }), { 2: "displayName.length" });
rule("displayName of 513", withProperty({ displayName: "a".repeat(513) }), "displayName.length");
rule("description of 512", withProperty({ description: "a".repeat(512) }));
rule("description of 513", withProperty({ description: "a".repeat(513) }), "description.length");
rule("comment of 512", withProperty({ comment: "a".repeat(512) }));
rule("comment of 513", withProperty({ comment: "a".repeat(513) }), "comment.length");
rule("comment by language", withProperty({ comment: { en: "x" } }), "comment.type");
rule("text by language", withProperty({ displayName: { en: "a", "de-CH": "b", "zh-Hans": "c", "es-419": "d" } }));
rule("text with a bad language", withProperty({ displayName: { EN: "a" } }), "displayName.language");
rule("text that is a number", withProperty({ displayName: 5 }), "displayName.type");
rule("texts with tags", withProperty({ displayName: ["a", { "@value": "b", "@language": "de" }] }));
rule(
  "two texts of one language",
  withProperty({ displayName: ["a", { "@value": "b", "@language": "en" }] }),
  "displayName.language",
);
rule("a tagged text alone", withProperty({ displayName: { "@value": "a" } }), "displayName.language");
rule(
  "two contents of one name",
  (v) => model(v, [property(), { ...telemetry("double"), name: "p" }]),
  "name.duplicate",
);
rule(
  "an inherited name again",
  (v) => [model(v, [property()], { extends: B }), { ...model(v, [property()]), "@id": B }],
  "name.duplicate",
);
rule("a name on two ways from one interface", (v) => [
  model(v, [], { extends: [B, "dtmi:test:C;1"] }),
  { ...model(v, [], { extends: "dtmi:test:D;1" }), "@id": B },
  { ...model(v, [], { extends: "dtmi:test:D;1" }), "@id": "dtmi:test:C;1" },
  { ...model(v, [property()]), "@id": "dtmi:test:D;1" },
]);

// Schemas
for (const schema of [
  "boolean",
  "date",
  "dateTime",
  "double",
  "duration",
  "float",
  "integer",
  "long",
  "string",
  "time",
  "point",
  "multiPolygon",
]) {
  rule(`schema ${schema}`, withSchema(schema));
}
rule("schema by DTMI", (v) => model(v, [telemetry(`dtmi:dtdl:instance:Schema:double;${v}`)]));
rule("geospatial schema of v3", withSchema("dtmi:standard:schema:geospatial:point;3"), { 2: "version.reference" });
rule("an unknown schema", withSchema("int"), "schema.value");
rule("a schema that is a number", withSchema(5), "member.type");
rule("a missing schema", withSchema("dtmi:nowhere:S;1"), "reference.missing");
rule("an Interface as schema", withSchema(A), "reference.class");
rule("an object with only an id", withSchema({ "@id": "dtmi:test:S;1" }), "reference.object");
for (const [name, how] of Object.entries({ Array: array, Object: object, Map: map })) {
  rule(`${name} of 5 levels`, withSchema(wrap(5, "double", how)));
  rule(`${name} of 6 levels`, withSchema(wrap(6, "double", how)), "schema.depth");
}
rule("point at level 3", withSchema(wrap(3, "point", array)));
rule("point at level 4", withSchema(wrap(4, "point", array)), "schema.depth");
rule("Object of 30 fields", withSchema(object(...listOf(30, () => "double"))));
rule("Object of 31 fields", withSchema(object(...listOf(31, () => "double"))), { 2: "fields.count" });
rule("Object without fields", withSchema({ "@type": "Object" }), { 2: "member.missing" });
rule("Object of no fields", withSchema(object()), { 2: "fields.count" });
rule(
  "two fields of one name",
  withSchema({
    "@type": "Object",
    fields: [
      { name: "a", schema: "double" },
      { name: "a", schema: "float" },
    ],
  }),
  "name.duplicate",
);
rule("Enum of integers", withSchema(choice("integer", 1, -2147483648, 2147483647)));
rule("Enum of strings", withSchema(choice("string", "", "a b", "x".repeat(600))));
rule("Enum of doubles", withSchema(choice("double", 1)), "valueSchema.value");
rule("Enum of integers with text", withSchema(choice("integer", "1")), "enumValue.type");
rule("Enum of strings with a number", withSchema(choice("string", 1)), "enumValue.type");
rule("Enum with half a number", withSchema(choice("integer", 1.5)), "enumValue.type");
rule("Enum with a large number", withSchema(choice("integer", 2147483648)), "enumValue.type");
rule("Enum with a value twice", withSchema(choice("integer", 1, 1)), "enumValue.duplicate");
rule(
  "Enum with a name twice",
  withSchema({
    ...choice("integer"),
    enumValues: [
      { name: "a", enumValue: 1 },
      { name: "a", enumValue: 2 },
    ],
  }),
  "name.duplicate",
);
rule("Enum of 100", withSchema(choice("integer", ...listOf(100, (i) => i))));
rule("Enum of 101", withSchema(choice("integer", ...listOf(101, (i) => i))), { 2: "enumValues.count" });
rule("Enum without values", withSchema({ "@type": "Enum", valueSchema: "integer" }), { 2: "member.missing" });
rule(
  "Map with a key that is no string",
  withSchema({ ...map("double"), mapKey: { name: "k", schema: "integer" } }),
  "schema.value",
);
rule("Map without a key", withSchema({ "@type": "Map", mapValue: { name: "v", schema: "double" } }), "member.missing");
rule("Array without elements", withSchema({ "@type": "Array" }), "member.missing");
rule("Property of an Array", withProperty({ schema: array("double") }), { 2: "property.schema" });
rule("Property with an Array inside", withProperty({ schema: map(object(array("double"))) }), { 2: "property.schema" });
rule("Property of a point", withProperty({ schema: "point" }), { 2: "property.schema" });
rule(
  "Property of a relationship with an Array",
  (v) => model(v, [relationship({ properties: property({ schema: array("double") }) })]),
  { 2: "property.schema" },
);
rule("a reusable schema", (v) =>
  model(v, [telemetry("dtmi:test:S;1")], { schemas: { ...object("double"), "@id": "dtmi:test:S;1" } }),
);
rule("a reusable schema without id", (v) => model(v, [], { schemas: [object("double")] }), "id.missing");
rule("a reusable primitive", (v) => model(v, [], { schemas: ["double"] }), "schemas.value");
rule(
  "a schema of another interface",
  (v) => [
    model(v, [telemetry("dtmi:test:S;1")], { extends: B }),
    { ...model(v, [], { schemas: { ...object("double"), "@id": "dtmi:test:S;1" } }), "@id": B },
  ],
  "reference.partition",
);
rule(
  "a schema inside itself",
  (v) => model(v, [], { schemas: { ...object("dtmi:test:S;1"), "@id": "dtmi:test:S;1" } }),
  "schema.cycle",
);

// Contents
rule("300 contents", (v) => model(v, many(300)));
rule("301 contents", (v) => model(v, many(301)), { 2: "contents.count" });
rule(
  "301 contents by inheritance",
  (v) => [model(v, many(200), { extends: B }), { ...model(v, many(101, "q")), "@id": B }],
  { 2: "contents.count" },
);
rule(
  "more than 1 MiB",
  () =>
    model(
      3,
      listOf(2500, (i) => property({ name: `p${i}`, comment: "x".repeat(500) })),
    ),
  "interface.size",
  3,
);
rule(
  "more than 100,000 values",
  () => {
    const base = (id: string, name: string): Json => ({
      ...model(3, [{ ...telemetry(object(...listOf(25_001, () => "double"))), name }]),
      "@id": id,
    });
    return [model(3, [], { extends: [B, "dtmi:test:C;1"] }), base(B, "b"), base("dtmi:test:C;1", "c")];
  },
  "contents.count",
  3,
);
rule("Telemetry that is writable", (v) => model(v, [{ ...telemetry("double"), writable: true }]), "member.unknown");
rule("Command", (v) =>
  model(v, [command({ request: { name: "a", schema: "double" }, response: { name: "b", schema: array("long") } })]),
);
rule("Command with a commandType", (v) => model(v, [command({ commandType: "synchronous" })]));
rule("Command with an unknown commandType", (v) => model(v, [command({ commandType: "later" })]), "commandType.value");
rule(
  "CommandPayload",
  (v) => model(v, [command({ request: { "@type": "CommandPayload", name: "a", schema: "double" } })]),
  { 3: "type.class" },
);
rule(
  "CommandRequest",
  (v) => model(v, [command({ request: { "@type": "CommandRequest", name: "a", schema: "double" } })]),
  { 2: "type.class" },
);
rule(
  "CommandRequest as a response",
  (v) => model(v, [command({ response: { "@type": "CommandRequest", name: "a", schema: "double" } })]),
  "type.class",
);
rule(
  "Command with two requests",
  (v) =>
    model(v, [
      command({
        request: [
          { name: "a", schema: "double" },
          { name: "b", schema: "double" },
        ],
      }),
    ]),
  "member.count",
);
rule("Relationship", (v) =>
  model(v, [
    relationship({
      target: "dtmi:nowhere:X;1",
      minMultiplicity: 0,
      maxMultiplicity: 500,
      writable: true,
      properties: [property()],
    }),
  ]),
);
rule(
  "Relationship with minMultiplicity 1",
  (v) => model(v, [relationship({ minMultiplicity: 1 })]),
  "minMultiplicity.range",
);
rule(
  "Relationship with maxMultiplicity 0",
  (v) => model(v, [relationship({ maxMultiplicity: 0 })]),
  "maxMultiplicity.range",
);
rule("Relationship with maxMultiplicity 501", (v) => model(v, [relationship({ maxMultiplicity: 501 })]), {
  2: "maxMultiplicity.range",
});
rule(
  "Relationship with maxMultiplicity 1.5",
  (v) => model(v, [relationship({ maxMultiplicity: 1.5 })]),
  "maxMultiplicity.type",
);
rule("Relationship with a bad target", (v) => model(v, [relationship({ target: "nowhere" })]), "target.dtmi");
rule("Relationship with a target without version", (v) => model(v, [relationship({ target: "dtmi:a:b" })]), {
  2: "target.dtmi",
});
rule("Relationship with a target at the limit", (v) =>
  model(v, [relationship({ target: `dtmi:${"a".repeat(2041)};1` })]),
);
rule(
  "Relationship with too long a target",
  (v) => model(v, [relationship({ target: `dtmi:${"a".repeat(2042)};1` })]),
  "target.dtmi",
);
rule(
  "Relationship with Telemetry",
  (v) => model(v, [relationship({ properties: [telemetry("double")] })]),
  "type.class",
);
rule(
  "Relationship with a name twice",
  (v) => model(v, [relationship({ properties: [property(), property()] })]),
  "name.duplicate",
);
rule("Relationship with 301 properties", (v) => model(v, [relationship({ properties: many(301) })]), {
  2: "properties.count",
});
rule("Component", (v) => [model(v, [component(B), component(B, "l")]), { ...model(v), "@id": B }]);
rule("Component that is missing", (v) => model(v, [component(B)]), "reference.missing");
rule("Component of a schema", (v) => model(v, [component("double")]), "schema.value");
rule("Component of itself", (v) => model(v, [component(A)]), "component.cycle");
rule(
  "Component in a component",
  (v) => [
    model(v, [component(B)]),
    { ...model(v, [component("dtmi:test:C;1")]), "@id": B },
    { ...model(v), "@id": "dtmi:test:C;1" },
  ],
  "component.nested",
);
rule(
  "Component in what a component extends",
  (v) => [
    model(v, [component(B)]),
    { ...model(v, [], { extends: "dtmi:test:C;1" }), "@id": B },
    { ...model(v, [component("dtmi:test:D;1")]), "@id": "dtmi:test:C;1" },
    { ...model(v), "@id": "dtmi:test:D;1" },
  ],
  "component.nested",
);
rule("contents that are text", (v) => model(v, "p"), "contents.value");
rule("contents that are null", (v) => model(v, null), "member.type");

// Extends
const chain = (v: V, n: number): Json[] =>
  listOf(n + 1, (i) => ({
    ...model(v, [], i < n ? { extends: `dtmi:test:L${i + 1};1` } : {}),
    "@id": `dtmi:test:L${i};1`,
  }));
const fan = (v: V, n: number): Json[] => [
  model(v, [], { extends: listOf(n, (i) => `dtmi:test:L${i};1`) }),
  ...listOf(n, (i) => ({ ...model(v), "@id": `dtmi:test:L${i};1` })),
];
rule("extends what is missing", (v) => model(v, [], { extends: B }), "reference.missing");
rule("extends itself", (v) => model(v, [], { extends: A }), "extends.cycle");
rule(
  "extends in a circle",
  (v) => [model(v, [], { extends: B }), { ...model(v, [], { extends: A }), "@id": B }],
  "extends.cycle",
);
rule("extends through 10 levels", (v) => chain(v, 10));
rule("extends through 11 levels", (v) => chain(v, 11), "extends.depth");
rule("extends 2", (v) => fan(v, 2));
rule("extends 3", (v) => fan(v, 3), { 2: "extends.count" });
rule("extends 1024", () => fan(3, 1024), undefined, 3);
rule("extends 1025", () => fan(3, 1025), "extends.count", 3);

// Semantic types and extensions
const quantities = "dtmi:dtdl:extension:quantitativeTypes;1";
const extending = (v: V, extensions: readonly string[], contents: unknown, more: Json = {}): Json =>
  model(v, contents, { "@context": [context(v), ...extensions], ...more });
const semantic = (more: Json) => (v: V) =>
  extending(v, v === 3 ? [quantities] : [], [
    property({ "@type": ["Property", "Temperature"], unit: "kelvin", ...more }),
  ]);
rule("semantic type", semantic({}));
rule(
  "semantic type without its context",
  (v) => model(v, [property({ "@type": ["Property", "Temperature"], unit: "kelvin" })]),
  { 3: "type.unknown" },
);
rule(
  "a semantic type of v4's extension",
  (v) =>
    extending(
      v,
      ["dtmi:dtdl:extension:quantitativeTypes;2"],
      [property({ "@type": ["Property", "ApparentEnergy"], unit: "kilovoltAmpereHour" })],
    ),
  "cotype.version",
);
rule(
  "a unit type as schema",
  (v) => extending(v, [quantities], [telemetry("dtmi:dtdl:extension:quantitativeTypes:v1:enum:TemperatureUnit")]),
  { 2: "version.reference" },
);
rule("semantic type without unit", semantic({ unit: undefined }), "member.missing");
rule("semantic type with another's unit", semantic({ unit: "metre" }), "unit.value");
rule("semantic type on text", semantic({ schema: "string" }), "cotype.schema");
rule("two semantic types", semantic({ "@type": ["Property", "Temperature", "Length"] }), "cotype.conflict");
rule("a unit without semantic type", semantic({ "@type": "Property" }), "member.unknown");
rule(
  "the abstract semantic type",
  semantic({ "@type": ["Property", "QuantitativeType"], unit: undefined }),
  "cotype.abstract",
);
rule(
  "semantic type on a Field",
  (v) =>
    extending(v, v === 3 ? [quantities] : [], [
      telemetry({
        "@type": "Object",
        fields: { "@type": ["Field", "Temperature"], name: "f", schema: "double", unit: "kelvin" },
      }),
    ]),
  { 2: "cotype.class" },
);
rule(
  "semantic type on a Relationship",
  (v) =>
    extending(v, v === 3 ? [quantities] : [], [
      relationship({ "@type": ["Relationship", "Temperature"], unit: "kelvin" }),
    ]),
  "cotype.class",
);
rule("a unit type as schema", () => extending(3, [quantities], [telemetry("TemperatureUnit")]), undefined, 3);
rule(
  "Historized",
  (v) => extending(v, ["dtmi:dtdl:extension:historization;1"], [property({ "@type": ["Property", "Historized"] })]),
  { 2: "cotype.version" },
);
const annotating =
  (annotates: string, others: readonly Json[] = []) =>
  () =>
    extending(
      3,
      ["dtmi:dtdl:extension:annotation;2"],
      [telemetry("double"), property({ "@type": ["Property", "ValueAnnotation"], annotates }), ...others],
    );
rule("annotation", annotating("t"), undefined, 3);
rule("annotation of itself", annotating("p"), "annotates.target", 3);
rule("annotation of a Command", annotating("c", [command()]), "annotates.target", 3);
const overriding = (more: Json) => () =>
  extending(
    3,
    [quantities, "dtmi:dtdl:extension:annotation;1", "dtmi:dtdl:extension:overriding;1"],
    [
      { "@type": ["Telemetry", "Temperature"], name: "t", schema: "double", unit: "kelvin" },
      {
        "@type": ["Property", "ValueAnnotation", "Override"],
        name: "o",
        annotates: "t",
        overrides: "unit",
        schema: "TemperatureUnit",
        ...more,
      },
    ],
  );
rule("overriding", overriding({}), undefined, 3);
rule("overriding with another schema", overriding({ schema: "LengthUnit" }), "overrides.schema", 3);
rule("overriding what is not there", overriding({ overrides: "schema" }), "overrides.target", 3);
rule(
  "overriding without annotation",
  overriding({ "@type": ["Property", "Override"], annotates: undefined }),
  "cotype.beside",
  3,
);
rule(
  "Required",
  () =>
    extending(
      3,
      ["dtmi:dtdl:extension:requirement;1"],
      [telemetry({ "@type": "Object", fields: { "@type": ["Field", "Required"], name: "f", schema: "double" } })],
    ),
  undefined,
  3,
);
const mqtt =
  (more: Json, contents: unknown = []) =>
  () =>
    extending(3, ["dtmi:dtdl:extension:mqtt;1"], contents, {
      "@type": ["Interface", "Mqtt"],
      payloadFormat: "json",
      ...more,
    });
rule("Mqtt", mqtt({ telemetryTopic: "a/{b}/c" }), undefined, 3);
rule("Mqtt without format", mqtt({ payloadFormat: undefined }), "member.missing", 3);
rule("Mqtt with a bad topic", mqtt({ commandTopic: "a//b" }), "commandTopic.pattern", 3);
rule(
  "Cacheable without Idempotent",
  mqtt({}, [command({ "@type": ["Command", "Cacheable"], ttl: "x" })]),
  "ttl.type",
  3,
);
rule(
  "two of one index",
  mqtt({}, [
    { ...telemetry("double"), "@type": ["Telemetry", "Indexed"], index: 1 },
    { ...telemetry("double"), name: "u", "@type": ["Telemetry", "Indexed"], index: 1 },
  ]),
  "index.duplicate",
  3,
);
const central = (more: Json) => () =>
  extending(2, ["dtmi:iotcentral:context;2"], [{ ...telemetry("double"), ...more }]);
const partner = (type: string) => () =>
  extending(2, ["dtmi:ex:partner;1"], [{ ...telemetry("double"), "@type": ["Telemetry", type] }]);
for (const type of ["Word", "kelvin", "contents", "dtmi:ex:Word;1", "dtmi:dtdl:class:RatioUnit;2"]) {
  rule(`a partner's type ${type}`, partner(type), undefined, 2);
}
for (const type of ["Entity", "TemperatureUnit"]) {
  rule(`a partner's type ${type}, a type of the language`, partner(type), "type.class", 2);
}
for (const type of ["dtmi:dtdl:class:Entity;3", "dtmi:standard:class:RatioUnit;2"]) {
  rule(`a partner's type ${type}, a type of the language`, partner(type), "type.unknown", 2);
}
rule("an id of IoT Central", central({ "@id": "dtmi:iotcentral:x;2" }), "id.reserved", 2);
rule("an id of IoT Central without its context", (v) =>
  model(v, [{ ...telemetry("double"), "@id": "dtmi:iotcentral:x;2" }]),
);
rule("State of an Enum", central({ "@type": ["Telemetry", "State"], schema: choice("integer", 1) }), undefined, 2);
rule("State of a number", central({ "@type": ["Telemetry", "State"] }), "cotype.schema", 2);
rule("vector", central({ "@type": ["Telemetry", "VelocityVector"], schema: "vector", unit: "knot" }), undefined, 2);
rule("geopoint without its context", () => model(2, [telemetry("geopoint")]), "schema.value", 2);

export const RULES: readonly Case[] = cases.filter((one) => asList(one.documents).length > 0);
