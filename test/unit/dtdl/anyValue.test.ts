// Documents and values that did not come from JSON: every one ends in issues, none in an exception of somebody else's.
import assert from "node:assert/strict";
import {
  DtdlParseError,
  parseModels,
  validatePatch,
  validateRelationship,
  validateTwin,
  validateValue,
} from "../../../src/dtdl/index.ts";
import type { Schema } from "../../../src/dtdl/types.ts";
import { rich } from "./fixtures.ts";

const MACHINE = "dtmi:com:example:rich:Machine;1";

const throwing = {
  get name(): string {
    throw new Error("no name");
  },
};
const refusing = new Proxy(
  {},
  {
    ownKeys: () => {
      throw new Error("no keys");
    },
    getPrototypeOf: () => {
      throw new Error("no prototype");
    },
  },
);
const cyclic: Record<string, unknown> = {};
cyclic["self"] = cyclic;
const cyclicList: unknown[] = [];
cyclicList.push(cyclicList, cyclicList);

const ODD: readonly [string, unknown][] = [
  ["undefined", undefined],
  ["null", null],
  ["a symbol", Symbol("s")],
  ["a bigint", 10n ** 400n],
  ["a function", () => 1],
  ["NaN", Number.NaN],
  ["a Date", new Date(0)],
  ["a Map", new Map([["a", 1]])],
  ["a class's object", new (class Odd {})()],
  ["an object without prototype", Object.create(null)],
  ["a sparse array", new Array(5)],
  ["a cyclic object", cyclic],
  ["a cyclic array", cyclicList],
  ["a typed array", new Uint8Array(3)],
  [
    "toJSON that throws",
    {
      toJSON() {
        throw new Error("no JSON");
      },
    },
  ],
  ["a getter that throws", throwing],
  ["a Proxy that throws", refusing],
];

const graph = parseModels(rich());
const schemas: Schema[] = [
  { kind: "string" },
  { kind: "long" },
  { kind: "polygon" },
  { kind: "Array", element: { kind: "double" } },
  { kind: "Enum", valueSchema: "integer", values: [{ name: "a", value: 1 }] },
  { kind: "Object", fields: [{ name: "name", schema: { kind: "string" } }] },
  { kind: "Map", key: { name: "k" }, value: { name: "v", schema: { kind: "double" } } },
];

describe("values that are not JSON", () => {
  for (const [what, odd] of ODD) {
    it(`${what} in the place of a document or of any part of one`, () => {
      const [machine] = rich() as [Record<string, unknown>];
      const places: unknown[][] = [[odd], [[odd]], [{ ...machine, contents: odd }, ...rich().slice(1)]];
      for (const key of ["@id", "@type", "@context", "extends", "displayName", "schemas", "x"]) {
        places.push([{ ...machine, [key]: odd }, ...rich().slice(1)]);
      }
      for (const key of ["@type", "name", "schema", "writable", "unit"]) {
        places.push([{ ...machine, contents: [{ "@type": "Property", name: "p", schema: "double", [key]: odd }] }]);
      }
      for (const documents of places) {
        try {
          parseModels(documents);
        } catch (error) {
          assert.ok(error instanceof DtdlParseError, String(error));
        }
      }
    });

    it(`${what} beside what an unknown extension of v3 may add`, () => {
      const document = {
        "@context": ["dtmi:dtdl:context;3", "dtmi:partner:context;1"],
        "@id": "dtmi:test:A;1",
        "@type": ["Interface", "Labelled"],
        label: odd,
      };
      const parse = () => parseModels([document], { unknownExtensions: "ignore" });
      if (what.includes("cyclic")) {
        assert.throws(parse, /too long/); // as text it would have no end
      } else {
        assert.equal(parse().interfaces.size, 1);
      }
    });

    it(`${what} as a value, a twin, a relationship and a patch`, () => {
      for (const schema of schemas) {
        validateValue(graph, schema, odd);
        validateValue(graph, { kind: "Array", element: schema }, [odd]);
      }
      assert.ok(validateTwin(graph, odd).length > 0);
      const withOdd = validateTwin(graph, { $metadata: { $model: MACHINE }, motor: odd });
      assert.equal(withOdd.length > 0, what !== "an object without prototype");
      assert.ok(validateTwin(graph, { $metadata: odd }).length > 0);
      assert.ok(validateRelationship(graph, MACHINE, odd).length > 0);
      assert.ok(validateRelationship(graph, MACHINE, { $relationshipName: odd }).length > 0);
      assert.ok(validatePatch(graph, MACHINE, odd).length > 0);
      assert.ok(validatePatch(graph, MACHINE, [odd]).length > 0);
      assert.ok(validatePatch(graph, MACHINE, [{ op: "add", path: "/level", value: odd }]).length > 0);
      assert.ok(validatePatch(graph, MACHINE, [{ op: odd, path: odd, value: odd }]).length > 0);
    });
  }

  it("says what threw", () => {
    assert.throws(() => parseModels([refusing]), /no (keys|prototype)|does not say/);
    const [issue] = validateValue(graph, schemas[5] as Schema, throwing);
    assert.deepEqual([issue?.code, issue?.message], ["unreadable", "The value cannot be read: no name"]);
  });
});
