import assert from "node:assert/strict";
import { DtdlParseError, parseModels } from "../../../src/dtdl/index.ts";

const listOf = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const model = (more: object, id = "dtmi:h:A;1"): object => ({
  "@context": "dtmi:dtdl:context;3",
  "@id": id,
  "@type": "Interface",
  ...more,
});

/** Ends in a DtdlParseError or a graph, soon. */
function endsSoon(documents: unknown[], milliseconds = 4_000): DtdlParseError | undefined {
  const start = performance.now();
  let fault: DtdlParseError | undefined;
  try {
    parseModels(documents);
  } catch (error) {
    assert.ok(error instanceof DtdlParseError, String(error));
    fault = error;
  }
  const took = performance.now() - start;
  assert.ok(took < milliseconds, `took ${Math.round(took)} ms`);
  assert.ok((fault?.issues.length ?? 0) <= 1_000);
  return fault;
}

function nested(levels: number, wrap: (inner: unknown) => unknown, core: unknown): unknown {
  let value = core;
  for (let i = 0; i < levels; i++) {
    value = wrap(value);
  }
  return value;
}

describe("hostile models", () => {
  it("ends for arrays that hold themselves many times over", () => {
    const array: unknown[] = [];
    array.push(array, array, array, array);
    assert.throws(() => parseModels([array]), DtdlParseError);
    const contents = {
      "@context": "dtmi:dtdl:context;3",
      "@id": "dtmi:test:A;1",
      "@type": "Interface",
      contents: array,
    };
    assert.throws(() => parseModels([contents]), DtdlParseError);
  });

  it("nesting without end", () => {
    const array = nested(20_000, (inner) => ({ "@type": "Array", elementSchema: inner }), "double");
    assert.ok(endsSoon([model({ contents: [{ "@type": "Telemetry", name: "t", schema: array }] })]));
    assert.ok(endsSoon([model({ contents: nested(20_000, (inner) => [inner], "x") })]));
    assert.ok(endsSoon([nested(20_000, (inner) => [inner], model({}))]));
    assert.ok(endsSoon([model({ junk: nested(20_000, (inner) => ({ a: inner }), 1) })]));
    assert.ok(endsSoon([model({ displayName: nested(20_000, (inner) => [inner], "x") })]));
    assert.ok(endsSoon([model({ "@type": nested(20_000, (inner) => [inner], "Interface") })]));
    assert.ok(
      endsSoon([model({ extends: nested(20_000, (inner) => ({ ...model({ extends: inner }) }), "dtmi:h:B;1") })]),
    );
  });

  it("cyclic objects", () => {
    const cyclic: Record<string, unknown> = { "@type": "Array" };
    cyclic["elementSchema"] = cyclic;
    assert.ok(endsSoon([model({ contents: { "@type": "Telemetry", name: "t", schema: cyclic } })]));
    const list: unknown[] = [];
    list.push(list);
    assert.ok(endsSoon([list]));
    assert.ok(endsSoon([model({ contents: list })]));
  });

  it("10 MB of junk", () => {
    assert.ok(endsSoon([listOf(300_000, (i) => ({ a: i, b: "junk" }))]));
    assert.ok(endsSoon(["x".repeat(10_000_000)]));
    assert.ok(endsSoon([model({ contents: listOf(200_000, (i) => ({ "@type": "Nothing", name: i })) })]));
    assert.ok(endsSoon([model(Object.fromEntries(listOf(200_000, (i) => [`m${i}`, i])))]));
    assert.ok(endsSoon([model({ "@id": `dtmi:${"a:".repeat(3_000_000)}b;1` })]));
    assert.ok(endsSoon([model({ comment: "x".repeat(10_000_000) })]));
    assert.ok(endsSoon([model({ extends: listOf(500_000, () => "dtmi:h:B;1") })]));
    assert.ok(endsSoon([model({ "@type": listOf(300_000, () => "Interface") })]));
    assert.ok(endsSoon([model({ "@context": listOf(300_000, () => "dtmi:ex:a;1") })]));
  });

  it("many ways up: diamonds upon diamonds", () => {
    const layers = listOf(10, (l) =>
      listOf(2, (i) =>
        model(l === 9 ? {} : { extends: [`dtmi:h:L${l + 1}x0;1`, `dtmi:h:L${l + 1}x1;1`] }, `dtmi:h:L${l}x${i};1`),
      ),
    );
    assert.equal(endsSoon(layers.flat()), undefined);
    const wide = listOf(900, (i) =>
      model({ extends: listOf(Math.min(i, 40), (k) => `dtmi:h:W${i - 1 - k};1`) }, `dtmi:h:W${i};1`),
    );
    assert.ok(endsSoon(wide));
  });

  it("a thousand parents, each with contents of its own", () => {
    const parents = listOf(1_000, (i) =>
      model(
        { contents: listOf(20, (k) => ({ "@type": "Property", name: `p${i}x${k}`, schema: "double" })) },
        `dtmi:h:P${i};1`,
      ),
    );
    const heirs = listOf(20, (i) => model({ extends: listOf(1_000, (k) => `dtmi:h:P${k};1`) }, `dtmi:h:Heir${i};1`));
    assert.equal(endsSoon([...parents, ...heirs]), undefined);
  });

  it("an id of a megabyte, which every issue would tell", () => {
    const contents = listOf(1_000, () => ({ "@type": "Nothing" }));
    for (const id of [`dtmi:${"a".repeat(1_000_000)};1`, "x".repeat(1_000_000)]) {
      const fault = endsSoon([model({ contents }, id)]);
      assert.equal(fault?.issues.length, 1_000);
      assert.ok(JSON.stringify(fault.issues).length < 1_000_000);
      assert.ok(fault.message.length < 10_000);
    }
  });

  it("schemas that refer to each other in all ways", () => {
    const schemas = listOf(60, (i) => ({
      "@id": `dtmi:h:S${i};1`,
      "@type": "Object",
      fields: listOf(60, (k) => ({ name: `f${k}`, schema: `dtmi:h:S${k};1` })),
    }));
    assert.ok(endsSoon([model({ schemas })]));
    const tower = listOf(40, (i) => ({
      "@id": `dtmi:h:S${i};1`,
      "@type": "Object",
      fields: listOf(8, (k) => ({ name: `f${k}`, schema: i === 39 ? "double" : `dtmi:h:S${i + 1};1` })),
    }));
    assert.ok(endsSoon([model({ schemas: tower })]));
  });

  it("chains without end", () => {
    const schemas = listOf(20_000, (i) => ({
      "@id": `dtmi:h:S${i};1`,
      "@type": "Array",
      elementSchema: i === 19_999 ? "double" : `dtmi:h:S${i + 1};1`,
    }));
    assert.ok(endsSoon([model({ schemas })]));
    const interfaces = listOf(20_000, (i) =>
      model(i === 19_999 ? {} : { extends: `dtmi:h:C${i + 1};1` }, `dtmi:h:C${i};1`),
    );
    assert.ok(endsSoon(interfaces));
    assert.ok(endsSoon(interfaces.toReversed()));
  });

  it("keys of the prototype", () => {
    const text =
      '{"@context":"dtmi:dtdl:context;3","@id":"dtmi:h:A;1","@type":"Interface","__proto__":{"contents":[]}}';
    assert.ok(endsSoon([JSON.parse(text)]));
    assert.ok(endsSoon([model({ contents: [{ "@type": "Property", name: "p", schema: "constructor" }] })]));
    assert.ok(endsSoon([model({ displayName: JSON.parse('{"__proto__":"x"}') })]));
    for (const name of ["constructor", "toString", "hasOwnProperty", "valueOf"]) {
      const graph = parseModels([model({ contents: [{ "@type": "Property", name, schema: "double" }] })]);
      assert.deepEqual([...(graph.get("dtmi:h:A;1")?.properties.keys() ?? [])], [name]);
    }
  });

  it("odd values where documents should be", () => {
    for (const junk of [
      undefined,
      null,
      0,
      "",
      true,
      Symbol("x"),
      () => 1,
      new Date(),
      new Map(),
      Object.create(null),
      5n,
    ]) {
      assert.ok(endsSoon([junk]));
      assert.ok(endsSoon([model({ contents: junk === undefined ? 1 : junk })]));
    }
    assert.ok(endsSoon(null as unknown as unknown[]));
    assert.equal(endsSoon([]), undefined);
    assert.equal(endsSoon([[]]), undefined);
  });
});
