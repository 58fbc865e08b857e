import assert from "node:assert/strict";
import { forAzure, interfacesForAzure, parseModels, separateInterfaces } from "../../../src/dtdl/index.ts";
import { extended, mutationBases, rich, thermostats } from "./fixtures.ts";
import type { Json } from "./mutants/bricks.ts";
import { mutantsOf } from "./mutants.ts";

const MACHINE = "dtmi:com:example:rich:Machine;1";
const azure = { dialect: "azure" } as const;

function accepts(documents: unknown[], options = {}): boolean {
  try {
    parseModels(documents, options);
    return true;
  } catch {
    return false;
  }
}

describe("models for Azure", () => {
  it("takes what forAzure makes", () => {
    const models = [...rich(), ...extended(), ...thermostats()];
    const before = JSON.stringify(models);
    const graph = parseModels(models.map(forAzure), { dialect: "azure" });
    assert.equal(graph.get(MACHINE)?.commands.size, 0);
    assert.equal(graph.get(MACHINE)?.properties.size, 6);
    assert.equal(JSON.stringify(models), before);
  });

  it("leaves out Commands that are typed by DTMI", () => {
    const [machine] = rich() as [Json];
    const contents = (machine["contents"] as Json[]).filter((content) => content["@type"] === "Command");
    const typed = contents.map((content) => ({ ...content, "@type": ["dtmi:dtdl:class:Command;2"] }));
    assert.deepEqual(forAzure({ ...machine, contents: typed }), { ...machine, contents: [] });
  });

  it("takes inline interfaces that interfacesForAzure moved to the top", () => {
    const outer = {
      "@context": "dtmi:dtdl:context;2",
      "@id": "dtmi:test:O;1",
      "@type": "Interface",
      extends: [{ "@id": "dtmi:test:Base;1", "@type": "Interface", contents: { "@type": "Command", name: "go" } }],
      contents: { "@type": "Component", name: "c", schema: { "@id": "dtmi:test:Part;1", "@type": "Interface" } },
    };
    const models = interfacesForAzure([outer]);
    assert.deepEqual([...parseModels(models, { dialect: "azure" }).interfaces.keys()].toSorted(), [
      "dtmi:test:Base;1",
      "dtmi:test:O;1",
      "dtmi:test:Part;1",
    ]);
  });

  it("finds what stands in sets of sets, and under the DTMI of a member", () => {
    const part = { "@id": "dtmi:test:Part;1", "@type": ["dtmi:dtdl:class:Interface;3"] };
    const outer = {
      "@context": "dtmi:dtdl:context;3",
      "@id": "dtmi:test:O;1",
      "@type": "Interface",
      "dtmi:dtdl:property:contents;3": [
        [
          { "@type": "Command", name: "go" },
          { "@type": "Component", name: "c", schema: [[part]] },
        ],
        [[{ "@type": "Property", name: "p", schema: "double" }]],
      ],
    };
    assert.deepEqual(interfacesForAzure([[[outer]]]), [
      {
        ...outer,
        "dtmi:dtdl:property:contents;3": [
          { "@type": "Component", name: "c", schema: ["dtmi:test:Part;1"] },
          { "@type": "Property", name: "p", schema: "double" },
        ],
      },
      { ...part, "@context": "dtmi:dtdl:context;3" },
    ]);
    assert.equal(parseModels(interfacesForAzure([[[outer]]]), azure).interfaces.size, 2);
  });

  it("gives an inline Interface the context that is in force where it stands", () => {
    const quantities = "dtmi:dtdl:extension:quantitativeTypes;1";
    const inner = {
      "@context": "dtmi:dtdl:context;3",
      "@id": "dtmi:test:Part;1",
      "@type": "Interface",
      contents: [{ "@type": ["Property", "Temperature"], name: "t", schema: "double", unit: "kelvin" }],
    };
    const outer = {
      "@context": ["dtmi:dtdl:context;3", quantities],
      "@id": "dtmi:test:O;1",
      "@type": "Interface",
      contents: [{ "@type": "Component", name: "c", schema: inner }],
    };
    const separate = interfacesForAzure([outer]);
    assert.deepEqual((separate[1] as Json)["@context"], ["dtmi:dtdl:context;3", quantities]);
    assert.equal(parseModels(separate, azure).get("dtmi:test:Part;1")?.properties.get("t")?.unit, "kelvin");
  });

  it("ends on Interfaces that stand in themselves, and on any depth of them", () => {
    const self: Json = { "@context": "dtmi:dtdl:context;3", "@id": "dtmi:test:S;1", "@type": "Interface" };
    self["extends"] = [self];
    assert.deepEqual(interfacesForAzure([self]), [{ ...self, extends: ["dtmi:test:S;1"] }]);
    let deep: Json = { "@id": "dtmi:test:D0;1", "@type": "Interface" };
    for (let i = 1; i < 20_000; i++) {
      deep = { "@id": `dtmi:test:D${i};1`, "@type": "Interface", extends: deep };
    }
    assert.equal(interfacesForAzure([deep]).length, 20_000);
  });

  it("makes of every valid model what Azure takes, and changes nothing that it takes already", function () {
    this.timeout(40_000);
    let changed = 0;
    let same = 0;
    for (const { documents, rule } of mutantsOf(mutationBases(), 2_000, 7)) {
      if (!accepts(documents)) {
        continue;
      }
      const made = interfacesForAzure(documents);
      assert.ok(accepts(made, azure), `${rule}: ${JSON.stringify(documents)}`);
      assert.deepEqual(interfacesForAzure(made), made, rule);
      assert.ok(accepts(separateInterfaces(documents)), rule);
      if (accepts(documents, azure)) {
        same++;
        assert.deepEqual(made, documents.flat(), rule);
      } else {
        changed++;
      }
    }
    assert.ok(changed > 100 && same > 100, `${changed} changed, ${same} not`);
  });
});
