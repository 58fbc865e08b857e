/** Models that others upload, change and delete: what the provider lists is taken over, what is on its way is left alone. */
import assert from "node:assert/strict";
import { ModelRepair } from "../../../src/ingest/ModelRepair.ts";
import { eventually } from "../../support/eventually.ts";
import { GAUGE, HALL, MODELS, PUMP2 } from "../../support/hall.ts";
import { silentLog } from "../../support/silentLog.ts";
import { newPump } from "./newPump.ts";

const gauge = MODELS.find((model) => model["@id"] === GAUGE) ?? assert.fail();
const LATE = "dtmi:test:Late;1";
const late = { ...gauge, "@id": LATE };
const other = { ...gauge, contents: [{ "@type": "Property", name: "level", schema: "string" }] };
const never = new AbortController().signal;

async function newModels(graceMs = 1) {
  const doubts = { count: 0 };
  const plant = await newPump({ writeThrough: false, doubtModels: () => doubts.count++ });
  const { provider, catalog } = plant;
  const told: [string, object][] = [];
  const tell = (level: string) => (facts: object) => void told.push([level, facts]);
  const log = { ...silentLog, info: tell("info"), warn: tell("warn") };
  const models = new ModelRepair({ provider, catalog, log, graceMs });
  const levelOf = () => catalog.graph.get(GAUGE)?.properties.get("level")?.schema.kind;
  const listings = { count: 0 };
  const { listModels } = provider;
  provider.listModels = async function* () {
    yield* listModels.call(provider);
    listings.count++;
  };
  return { ...plant, models, told, levelOf, listings, doubts };
}

describe("ModelRepair", () => {
  it("where nothing differs: one reading, no new graph", async () => {
    const { models, catalog, told, listings } = await newModels();
    const { graph } = catalog;
    assert.equal(await models.run(never), 0);
    assert.deepEqual([told, catalog.graph === graph, listings.count], [[], true, 1]);
  });

  it("takes over what was deleted, what is another and what is new, and says which", async () => {
    const { models, provider, catalog, told, levelOf } = await newModels();
    await provider.deleteModel(PUMP2);
    await provider.deleteModel(GAUGE);
    await provider.putModels([other, late]);
    assert.equal(await models.run(never), 3);
    assert.deepEqual([catalog.graph.get(PUMP2), levelOf(), catalog.graph.get(LATE)?.id], [undefined, "string", LATE]);
    assert.deepEqual(told, [["warn", { added: [LATE], changed: [GAUGE], gone: [PUMP2] }]]);
    assert.equal(await models.run(never), 0);
  });

  it("a model that is uploaded again as it was is the same; new ones alone are no warning", async () => {
    const { models, provider, told } = await newModels();
    await provider.deleteModel(GAUGE);
    await provider.putModels([structuredClone(gauge), late]);
    await models.run(never);
    assert.deepEqual(told, [["info", { added: [LATE] }]]);
  });

  it("leaves alone what this server itself is about to do", async () => {
    const { models, provider, catalog, listings, told } = await newModels(50);
    await provider.deleteModel(HALL);
    await provider.putModels([late]);
    const running = models.run(never);
    await eventually(() => assert.equal(listings.count, 1));
    catalog.remove(HALL); // the service has answered
    catalog.add([{ id: LATE, model: { ...late, comment: "whole" } }]);
    await provider.deleteModel(LATE);
    await provider.putModels([{ ...late, comment: "whole" }]);
    assert.equal(await running, 0);
    assert.deepEqual(told, []);
  });

  it("reads again when the models here changed meanwhile: the answer may be older", async () => {
    const { models, provider, catalog, listings } = await newModels();
    const { listModels } = provider;
    provider.listModels = async function* () {
      provider.listModels = listModels;
      yield* listModels.call(provider);
      await provider.putModels([late]);
      catalog.add([{ id: LATE, model: late }]);
    };
    assert.equal(await models.run(never), 0);
    assert.deepEqual([listings.count, catalog.graph.get(LATE)?.id], [2, LATE]);
  });

  it("an unknown one is asked for once, and again when it was there and is gone", async () => {
    const { models, provider, catalog, listings } = await newModels();
    await Promise.all([models.learn(LATE), models.learn(LATE)]);
    await models.learn(LATE);
    assert.equal(listings.count, 1);
    await provider.putModels([late]);
    await models.run(never);
    await provider.deleteModel(LATE);
    await models.run(never);
    assert.equal(catalog.graph.get(LATE), undefined);
    await provider.putModels([late]);
    await models.learn(LATE);
    assert.equal(catalog.graph.get(LATE)?.id, LATE);
  });

  it("a twin that does not fit its model raises doubt, one that fits does not", async () => {
    const { source, doubts } = await newModels();
    const come = (subject: string, properties: Record<string, unknown>) =>
      source.deliver({ type: "twin.created", subject, data: { modelId: GAUGE, properties, times: {} } });
    await come("new-1", { level: 2 });
    assert.equal(doubts.count, 0);
    await come("new-2", { level: "high" });
    await come("new-3", { level: 2, extra: true });
    assert.equal(doubts.count, 2);
  });
});
