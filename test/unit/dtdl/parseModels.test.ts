import assert from "node:assert/strict";
import { DtdlParseError, parseModels, resolvePath, validatePatch } from "../../../src/dtdl/index.ts";

const thermostat = {
  "@context": "dtmi:dtdl:context;2",
  "@id": "dtmi:com:example:Thermostat;1",
  "@type": "Interface",
  contents: [
    { "@type": "Property", name: "target", schema: "double", writable: true },
    { "@type": "Property", name: "serial", schema: "string" },
  ],
};

describe("parseModels", () => {
  it("flattens what an interface inherits", () => {
    const child = { ...thermostat, "@id": "dtmi:com:example:Child;1", contents: [], extends: [thermostat["@id"]] };
    const graph = parseModels([child, thermostat]);
    assert.deepEqual([...(graph.get("dtmi:com:example:Child;1")?.properties.keys() ?? [])], ["target", "serial"]);
    assert.ok(graph.isA("dtmi:com:example:Child;1", "dtmi:com:example:Thermostat;1"));
  });

  it("reports every fault at once", () => {
    const bad = { ...thermostat, contents: [{ "@type": "Property", name: "1x" }] };
    assert.throws(
      () => parseModels([bad]),
      (error: unknown) => {
        assert.ok(error instanceof DtdlParseError);
        assert.deepEqual(error.issues.map((issue) => issue.code).toSorted(), ["member.missing", "name.pattern"]);
        return true;
      },
    );
  });

  it("takes models that are known already", () => {
    const known = parseModels([thermostat]);
    const child = { ...thermostat, "@id": "dtmi:com:example:Child;1", contents: [], extends: thermostat["@id"] };
    assert.equal(parseModels([child], { known }).interfaces.size, 2);
  });
});

describe("validatePatch", () => {
  it("tells path and writable of a wrong value", () => {
    const graph = parseModels([thermostat]);
    const [issue] = validatePatch(graph, thermostat["@id"], [{ op: "replace", path: "/target", value: "hot" }]);
    assert.equal(issue?.path, "/target");
    assert.equal(issue?.writable, true);
    assert.equal(resolvePath(graph, thermostat["@id"], "/serial")?.schema?.kind, "string");
  });
});
