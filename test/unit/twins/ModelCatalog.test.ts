import assert from "node:assert/strict";
import { forAzure } from "../../../src/dtdl/index.ts";
import { ModelCatalog } from "../../../src/twins/ModelCatalog.ts";
import { GAUGE, HALL, MODELS, PUMP, PUMP2 } from "../../support/hall.ts";
import { silentLog } from "../../support/silentLog.ts";

const stored = MODELS.map((model) => ({ id: model["@id"], model }));
const newCatalog = () => new ModelCatalog({ log: silentLog });

describe("ModelCatalog", () => {
  it("resolves what it learns, in whatever order, and tells once", () => {
    const catalog = newCatalog();
    let told = 0;
    catalog.onChange(() => told++);
    assert.equal(catalog.add([...stored].reverse()), stored.length);
    assert.ok(catalog.graph.isA(PUMP2, PUMP));
    assert.equal(told, 1);
  });

  it("adding leaves known ids alone", () => {
    const catalog = newCatalog();
    catalog.add(stored);
    const { graph } = catalog;
    assert.equal(catalog.add([{ id: PUMP, model: { "@id": PUMP, "@type": "Interface" } }]), 0);
    assert.equal(catalog.graph, graph);
  });

  it("a bad stored model is left out with what depends on it; the others stay", () => {
    const catalog = newCatalog();
    const bad = { "@context": "dtmi:dtdl:context;3", "@id": "dtmi:test:Bad;1", "@type": "Interface", contents: 7 };
    const child = {
      "@context": "dtmi:dtdl:context;3",
      "@id": "dtmi:test:Child;1",
      "@type": "Interface",
      extends: bad["@id"],
    };
    catalog.add([{ id: child["@id"], model: child }, { id: bad["@id"], model: bad }, ...stored]);
    assert.deepEqual([...catalog.graph.interfaces.keys()].sort(), stored.map((s) => s.id).sort());
    assert.equal([...catalog.stored()].length, stored.length + 2);
  });

  it("a model that was missing lets what waited for it in", () => {
    const catalog = newCatalog();
    catalog.add(stored.filter((s) => s.id !== "dtmi:test:Asset;1"));
    assert.equal(catalog.graph.get(PUMP), undefined);
    catalog.add(stored);
    assert.ok(catalog.graph.get(PUMP));
  });

  it("forgets a deleted model, and tells; a stranger is no change", () => {
    const catalog = newCatalog();
    catalog.add(stored);
    let told = 0;
    const stop = catalog.onChange(() => told++);
    catalog.remove("dtmi:test:Nobody;1");
    catalog.remove(PUMP2);
    stop();
    catalog.remove(PUMP);
    assert.equal(catalog.graph.get(PUMP2), undefined);
    assert.equal(told, 1);
  });

  it("tells what a listing has otherwise, and takes it over; a document without Commands is the same model", () => {
    const catalog = newCatalog();
    catalog.add(stored.filter(({ id }) => id !== GAUGE));
    const { graph } = catalog;
    const hall = { ...stored.find(({ id }) => id === HALL)?.model, contents: [] };
    const listed = [
      ...stored
        .filter(({ id }) => id !== PUMP2 && id !== HALL)
        .map(({ id, model }) => ({ id, model: forAzure(model) })),
      { id: HALL, model: hall },
    ];
    const changes = catalog.differences(listed);
    const gauge = listed.find(({ id }) => id === GAUGE)?.model ?? assert.fail();
    assert.deepEqual(changes, [
      { kind: "gone", id: PUMP2 },
      { kind: "added", id: GAUGE, model: gauge },
      { kind: "changed", id: HALL, model: hall },
    ]);
    assert.equal(catalog.graph, graph, "telling changes nothing");
    catalog.take(changes);
    assert.deepEqual(
      [
        catalog.graph.get(PUMP2),
        catalog.graph.get(HALL)?.relationships.size,
        catalog.graph.get(GAUGE)?.properties.has("level"),
      ],
      [undefined, 0, true],
    );
    assert.ok(catalog.graph.get(PUMP)?.commands.has("run"), "the whole document stays");
    assert.deepEqual(catalog.differences(listed), []);
  });
});
