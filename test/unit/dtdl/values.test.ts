import assert from "node:assert/strict";
import fc from "fast-check";
import { parseModels, type Schema, validateValue } from "../../../src/dtdl/index.ts";
import type { PrimitiveKind } from "../../../src/dtdl/types.ts";

const graph = parseModels([]);
const codes = (schema: Schema, value: unknown): string[] =>
  validateValue(graph, schema, value).map((issue) => `${issue.code}${issue.path}`);
const fits = (schema: Schema, value: unknown): boolean => codes(schema, value).length === 0;

/** What each primitive takes, at its bounds; and one past them or wrong, with the code. */
const TABLE: Record<PrimitiveKind, { good: unknown[]; bad: [unknown, string][] }> = {
  boolean: {
    good: [true, false],
    bad: [
      [0, "type"],
      ["true", "type"],
      [null, "type"],
      [undefined, "type"],
    ],
  },
  integer: {
    good: [0, -0, 2147483647, -2147483648, 1e3, 5n],
    bad: [
      [2147483648, "range"],
      [-2147483649, "range"],
      [1.5, "type"],
      ["1", "type"],
      [null, "type"],
      [Number.NaN, "type"],
      [Number.POSITIVE_INFINITY, "range"],
      [2147483648n, "range"],
    ],
  },
  long: {
    good: [
      0,
      Number.MAX_SAFE_INTEGER,
      Number.MIN_SAFE_INTEGER,
      -(2 ** 63),
      9223372036854775807n,
      -9223372036854775808n,
    ],
    bad: [
      [2 ** 63, "range"],
      [9223372036854775808n, "range"],
      [-9223372036854775809n, "range"],
      [0.5, "type"],
      ["1", "type"],
    ],
  },
  float: {
    good: [0, 1.5, -1e-45, 3.4028234663852886e38, -3.4028234663852886e38, 3.4028235e38, -3.4028235e38],
    bad: [
      [3.4028236e38, "range"],
      [3.5e38, "range"],
      [-1e39, "range"],
      ["1", "type"],
      [Number.NaN, "type"],
      [null, "type"],
    ],
  },
  double: {
    good: [0, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 1],
    bad: [
      [Number.POSITIVE_INFINITY, "range"],
      [Number.NaN, "type"],
      ["1", "type"],
      [null, "type"],
      [[], "type"],
    ],
  },
  string: {
    good: ["", "x", "\u0000", "𝄞"],
    bad: [
      [1, "type"],
      [null, "type"],
      [["x"], "type"],
      [{}, "type"],
    ],
  },
  date: {
    good: ["2024-02-29", "0001-01-01", "9999-12-31", "2000-02-29"],
    bad: [
      ["0000-01-01", "format"],
      ["2023-02-29", "format"],
      ["1900-02-29", "format"],
      ["2024-13-01", "format"],
      ["2024-00-01", "format"],
      ["2024-04-31", "format"],
      ["2024-1-1", "format"],
      ["2024-01-01T00:00:00Z", "format"],
      ["", "format"],
      [20240101, "type"],
    ],
  },
  dateTime: {
    good: [
      "2024-12-31T23:59:59Z",
      "2024-12-31t23:59:59z",
      "2024-12-31T23:59:59.123456789+14:00",
      "2016-12-31T23:59:60Z",
      "2017-01-01T00:59:60+01:00",
    ],
    bad: [
      ["2024-12-31", "format"],
      ["2024-12-31T23:59:59", "format"],
      ["2024-12-31T24:00:00Z", "format"],
      ["2024-12-31T23:60:00Z", "format"],
      ["2024-12-31T12:00:60Z", "format"],
      ["0000-01-01T00:00:00Z", "format"],
      ["2024-12-31 23:59:59Z", "format"],
      ["2024-12-31T23:59Z", "format"],
      ["2024-12-31T23:59:59+24:00", "format"],
      [0, "type"],
    ],
  },
  time: {
    good: ["00:00:00Z", "23:59:59.999-11:30", "23:59:60Z"],
    bad: [
      ["24:00:00Z", "format"],
      ["12:00:00", "format"],
      ["12:00Z", "format"],
      ["1:00:00Z", "format"],
      [12, "type"],
    ],
  },
  duration: {
    good: ["P1Y2M3DT4H5M6.7S", "PT0S", "P2W", "P1D", "PT1.5H", "P0.5Y", "P2W4DT8H9M5S", "P1WT1H", "P3W1.5D", "P3.4W"],
    bad: [
      ["P", "format"],
      ["PT", "format"],
      ["1D", "format"],
      ["P1S", "format"],
      ["P1.5Y2M", "format"],
      ["P1Y2W", "format"],
      ["P2W1M", "format"],
      ["P3.4W5D", "format"],
      ["P1WT", "format"],
      ["P1,5D", "format"],
      ["-P1D", "format"],
      ["P1D2M", "format"],
      [60, "type"],
    ],
  },
};

describe("values of primitives", () => {
  for (const [kind, { good, bad }] of Object.entries(TABLE)) {
    const schema = { kind: kind as PrimitiveKind };
    for (const value of good) {
      it(`${kind} takes ${String(value)}`, () => assert.deepEqual(codes(schema, value), []));
    }
    for (const [value, code] of bad) {
      it(`${kind} refuses ${JSON.stringify(value, (_k, v) => (typeof v === "bigint" ? `${v}n` : v))} as ${code}`, () => {
        assert.deepEqual(codes(schema, value), [code]);
      });
    }
  }
});

describe("values, by property", () => {
  const primitive = (kind: PrimitiveKind): Schema => ({ kind });

  it("integer takes exactly the 32-bit integers", () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger()), (n) => {
        assert.equal(fits(primitive("integer"), n), Number.isInteger(n) && (n | 0) === n + 0);
      }),
    );
  });

  it("long takes exactly the 64-bit integers", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }), (n) => {
        assert.equal(fits(primitive("long"), n), BigInt.asIntN(64, n) === n);
      }),
    );
  });

  it("float takes what a 32-bit float holds without overflow", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (n) => {
        const overflows = !Number.isFinite(new Float32Array([n])[0]);
        assert.equal(fits(primitive("float"), n), !overflows);
      }),
    );
  });

  it("dateTime takes every instant that JavaScript writes", () => {
    const years = { min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true };
    fc.assert(
      fc.property(fc.date(years), (date) => {
        const text = date.toISOString();
        assert.deepEqual(codes(primitive("dateTime"), text), []);
        assert.deepEqual(codes(primitive("date"), text.slice(0, 10)), []);
        assert.deepEqual(codes(primitive("time"), text.slice(11)), []);
      }),
    );
  });

  it("a date is what the calendar has", () => {
    const part = (max: number): fc.Arbitrary<string> => fc.nat(max).map((n) => String(n).padStart(2, "0"));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9999 }), part(14), part(33), (year, month, day) => {
        const text = `${String(year).padStart(4, "0")}-${month}-${day}`;
        const date = new Date(`${text}T00:00:00Z`);
        const real = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
        assert.equal(fits(primitive("date"), text), real);
      }),
    );
  });

  it("no value makes it throw, whatever the schema", () => {
    fc.assert(
      fc.property(
        schemas(),
        fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true }),
        (schema, value) => {
          assert.ok(Array.isArray(validateValue(graph, schema, value)));
        },
      ),
    );
  });

  it("a value made to a schema fits it", () => {
    fc.assert(
      fc.property(
        schemas().chain((schema) => fc.tuple(fc.constant(schema), fitting(schema))),
        ([schema, value]) => assert.deepEqual(codes(schema, value), []),
      ),
    );
  });
});

function schemas(): fc.Arbitrary<Schema> {
  const leaf = fc.constantFrom<Schema>(
    { kind: "boolean" },
    { kind: "integer" },
    { kind: "double" },
    { kind: "string" },
    {
      kind: "Enum",
      valueSchema: "integer",
      values: [
        { name: "a", value: 1 },
        { name: "b", value: 2 },
      ],
    },
  );
  return fc.letrec<{ schema: Schema }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      tie("schema").map((element): Schema => ({ kind: "Array", element })),
      tie("schema").map((schema): Schema => ({ kind: "Map", key: { name: "k" }, value: { name: "v", schema } })),
      fc.tuple(tie("schema"), tie("schema")).map(
        ([a, b]): Schema => ({
          kind: "Object",
          fields: [
            { name: "a", schema: a },
            { name: "b", schema: b },
          ],
        }),
      ),
    ),
  })).schema;
}

function fitting(schema: Schema): fc.Arbitrary<unknown> {
  switch (schema.kind) {
    case "Array":
      return fc.array(fitting(schema.element), { maxLength: 3 });
    case "Map":
      return fc.dictionary(fc.stringMatching(/^[a-z_]{1,10}$/), fitting(schema.value.schema), { maxKeys: 3 });
    case "Object":
      return fc.record(Object.fromEntries(schema.fields.map((field) => [field.name, fitting(field.schema)])), {
        requiredKeys: [],
      });
    case "Enum":
      return fc.constantFrom(...schema.values.map((value) => value.value));
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer();
    case "double":
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    default:
      return fc.string();
  }
}

describe("values of complex schemas", () => {
  const point: Schema = { kind: "point" };
  const polygon: Schema = { kind: "polygon" };
  const level: Schema = { kind: "Enum", valueSchema: "string", values: [{ name: "low", value: "LOW" }] };
  const limits: Schema = {
    kind: "Object",
    fields: [
      { name: "low", schema: { kind: "double" } },
      { name: "high", schema: { kind: "double" }, required: true },
    ],
  };

  it("an Enum takes its values, not its names", () => {
    assert.deepEqual(codes(level, "LOW"), []);
    assert.deepEqual(codes(level, "low"), ["enum"]);
    assert.deepEqual(codes(level, 1), ["type"]);
  });

  it("an Object tells each field by its pointer", () => {
    assert.deepEqual(codes(limits, { low: "x", high: 1, more: 2 }), ["type/low", "unknown/more"]);
    assert.deepEqual(codes(limits, { low: 1 }), ["required/high"]);
    assert.deepEqual(codes(limits, []), ["type"]);
  });

  it("a Map takes any text as key that Azure stores, and tells a value by its escaped pointer", () => {
    const map: Schema = { kind: "Map", key: { name: "k" }, value: { name: "v", schema: { kind: "integer" } } };
    assert.deepEqual(codes(map, { a: 1, "b/c~d": "x" }), ["type/b~1c~0d"]);
    assert.deepEqual(codes(map, JSON.parse('{"__proto__":"x"}')), ["type/__proto__"]);
    assert.deepEqual(codes(map, { $a: 1 }), ["key/$a"]);
  });

  it("an Array tells the index", () => {
    assert.deepEqual(codes({ kind: "Array", element: { kind: "boolean" } }, [true, 1]), ["type/1"]);
  });

  it("GeoJSON: type, positions, ranges, rings", () => {
    assert.deepEqual(codes(point, { type: "Point", coordinates: [8.5, 47.4] }), []);
    assert.deepEqual(codes(point, { type: "Point", coordinates: [8.5, 47.4, 400] }), []);
    assert.deepEqual(codes(point, { type: "Polygon", coordinates: [8.5, 47.4] }), ["type/type"]);
    assert.deepEqual(codes(point, { type: "Point", coordinates: [8.5] }), ["type/coordinates"]);
    assert.deepEqual(codes(point, { type: "Point", coordinates: [200, 0] }), ["range/coordinates"]);
    assert.deepEqual(codes(point, "POINT(1 2)"), ["type"]);
    assert.deepEqual(codes(point, { type: "Point", coordinates: [8.5, 47.4], bbox: [8, 47, 9, 48] }), []);
    for (const bbox of ["8,47,9,48", null, [8, 47, 9], [8, 47, 9, "48"]]) {
      assert.deepEqual(codes(point, { type: "Point", coordinates: [8.5, 47.4], bbox }), ["type/bbox"]);
    }
    assert.deepEqual(codes(point, { type: "Point", coordinates: [8.5, 47.4], "a/b": 1 }), ["unknown/a~1b"]);
    const ring = [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 0],
    ];
    assert.deepEqual(codes(polygon, { type: "Polygon", coordinates: [ring] }), []);
    assert.deepEqual(codes(polygon, { type: "Polygon", coordinates: [ring.slice(0, 3)] }), ["type/coordinates/0"]);
    assert.deepEqual(codes(polygon, { type: "Polygon", coordinates: [[...ring.slice(0, 3), [2, 2]]] }), [
      "range/coordinates/0",
    ]);
  });

  it("bounds what it tells of a large wrong value, and ends on a cyclic one", () => {
    assert.equal(
      validateValue(graph, { kind: "Array", element: { kind: "integer" } }, new Array(1e5).fill("x")).length,
      100,
    );
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    let schema: Schema = { kind: "integer" };
    for (let i = 0; i < 100; i++) {
      schema = { kind: "Array", element: schema };
    }
    assert.deepEqual(
      validateValue(graph, schema, cyclic).map((issue) => issue.code),
      ["depth"],
    );
  });
});
