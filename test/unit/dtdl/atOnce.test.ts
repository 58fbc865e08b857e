// Faults of different kinds in one parse: none hides another, and none makes up others.
import assert from "node:assert/strict";
import { DtdlParseError, parseModels } from "../../../src/dtdl/index.ts";

type Json = Record<string, unknown>;

const model = (name: string, more: Json): Json => ({
  "@context": "dtmi:dtdl:context;3",
  "@id": `dtmi:test:${name};1`,
  "@type": "Interface",
  ...more,
});
const property = (name: string, schema: unknown = "double"): Json => ({ "@type": "Property", name, schema });
const object = (inner: unknown): Json => ({ "@type": "Object", fields: [{ name: "f", schema: inner }] });
const nested = (levels: number): unknown => (levels === 0 ? "double" : object(nested(levels - 1)));

function codes(...documents: Json[]): string[] {
  try {
    parseModels(documents);
    return [];
  } catch (error) {
    assert.ok(error instanceof DtdlParseError, String(error));
    return error.issues.map((issue) => `${issue.code} ${issue.interface}${issue.path}`).toSorted();
  }
}

describe("faults of all kinds at once", () => {
  const one = model("One", { extends: "dtmi:test:Two;1", contents: [property("a")] });
  const two = model("Two", { extends: "dtmi:test:One;1", contents: [property("b")] });
  const cycle = "extends.cycle dtmi:test:Two;1/extends";

  it("a cycle of extends alone is one fault", () => {
    assert.deepEqual(codes(one, two), [cycle]);
  });

  it("a cycle of extends hides no fault of schemas, co-types, names, depth or size", () => {
    const other = model("Other", {
      "@context": ["dtmi:dtdl:context;3", "dtmi:dtdl:extension:quantitativeTypes;1"],
      contents: [
        property("deep", nested(6)),
        { ...property("hot", "string"), "@type": ["Property", "Temperature"], unit: "kelvin" },
        property("twice"),
        property("twice"),
      ],
    });
    const large = model("Large", { contents: [{ ...property("p"), comment: "x".repeat(500) }] });
    (large["contents"] as Json[]).push(
      ...Array.from({ length: 2_100 }, (_, i) => ({ ...property(`p${i}`), description: "x".repeat(480) })),
    );
    assert.deepEqual(codes(one, two, other, large), [
      "cotype.schema dtmi:test:Other;1/contents/1/@type",
      cycle,
      "interface.size dtmi:test:Large;1",
      "name.duplicate dtmi:test:Other;1/contents/3/name",
      "schema.depth dtmi:test:Other;1/contents/0/schema",
    ]);
  });

  it("a fault of an inline Interface without an id is told by its place in the document around it", () => {
    const inline = { "@type": "Interface", contents: [property("a_")] };
    assert.deepEqual(codes(model("Outer", { contents: [{ "@type": "Component", name: "c", schema: inline }] })), [
      "id.missing dtmi:test:Outer;1/contents/0/schema/@id",
      "name.pattern dtmi:test:Outer;1/contents/0/schema/contents/0/name",
    ]);
  });

  it("names that clash in a cycle are told beside it", () => {
    const clashing = { ...two, contents: [property("a")] };
    assert.deepEqual(codes(one, clashing), [cycle, "name.duplicate dtmi:test:One;1/contents"]);
  });

  it("a schema that leads into a cycle is not measured, one beside it is", () => {
    const ring = (name: string, next: string) => ({
      "@id": `dtmi:test:Rings:${name};1`,
      "@type": "Object",
      fields: [{ name: "f", schema: `dtmi:test:Rings:${next};1` }],
    });
    const names = ["a", "b", "c", "d", "e", "g", "h"];
    const schemas = names.map((name, i) => ring(name, names[(i + 1) % names.length] ?? ""));
    const rings = model("Rings", { schemas, contents: [property("p", nested(6))] });
    assert.deepEqual(codes(rings), [
      "schema.cycle dtmi:test:Rings;1/schemas/6/fields/0/schema",
      "schema.depth dtmi:test:Rings;1/contents/0/schema",
    ]);
  });

  it("what extends too deeply, what is missing and what is not written as it should be are told together", () => {
    const chain = Array.from({ length: 12 }, (_, i) =>
      model(`C${i}`, i === 0 ? { displayName: 5 } : { extends: `dtmi:test:C${i - 1};1` }),
    );
    const lost = model("Lost", { extends: "dtmi:test:Nowhere;1" });
    assert.deepEqual(codes(...chain, lost, one, two), [
      "displayName.type dtmi:test:C0;1/displayName",
      cycle,
      "extends.depth dtmi:test:C11;1/extends",
      "reference.missing dtmi:test:Lost;1/extends",
    ]);
  });
});
