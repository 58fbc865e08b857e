/** The mirror compares itself with the provider: what events missed is mended and counted, what is on its way is not. */
import assert from "node:assert/strict";
import { TwinError } from "../../../src/errors.ts";
import { GraphRepair, type GraphRepairOptions } from "../../../src/ingest/GraphRepair.ts";
import { ModelRepair } from "../../../src/ingest/ModelRepair.ts";
import type { Twin } from "../../../src/twins/types.ts";
import { MirrorValue } from "../../../src/twins/valueTime.ts";
import { eventually } from "../../support/eventually.ts";
import { GAUGE, MODELS, pump as newPumpTwin, relationship } from "../../support/hall.ts";
import { newPump, says } from "./newPump.ts";

const repairs: GraphRepair[] = [];
const gauge = MODELS.find((model) => model["@id"] === GAUGE) ?? assert.fail();

async function newPlant(options: Partial<GraphRepairOptions> = {}) {
  const plant = await newPump({ writeThrough: false });
  const { provider, mirror, pump, catalog, log } = plant;
  const now = { ms: 60_000 }; // everything in the mirror has settled
  const clock = () => Date.now() + now.ms;
  const models = new ModelRepair({ provider, catalog, log, graceMs: 5 });
  const parts = { provider, mirror, graph: pump.graph, models, log, clock, graceMs: 5 };
  const repair = new GraphRepair({ ...parts, ...options });
  repairs.push(repair);
  const corrupt = (id: string, path: string, value: unknown) => {
    mirror.get(id)?.values.get(path)?.put(value) ?? assert.fail(path);
  };
  return { ...plant, repair, corrupt };
}

describe("GraphRepair", () => {
  afterEach(async () => {
    await Promise.all(repairs.splice(0).map((r) => r.close()));
  });

  it("finds nothing where nothing is wrong, and reads no twin for it", async () => {
    const { repair, provider, mirror } = await newPlant();
    const { revision } = mirror;
    await repair.run();
    assert.deepEqual(repair.counts, { runs: 1, failed: 0, nominated: 0, mended: 0 });
    assert.deepEqual([provider.reads, mirror.revision], [0, revision]);
  });

  it("mends what was corrupted: a value, a removed one, one too many, a twin, a relationship; and tells of each", async () => {
    const { repair, mirror, corrupt, value } = await newPlant();
    const changes: string[] = [];
    corrupt("p1", "/temperature", 99);
    mirror.get("p1")?.values.delete("/setpoint");
    const tooMany = Object.assign(new MirrorValue(), mirror.get("g1")?.values.get("/level") ?? assert.fail());
    tooMany.put(5);
    mirror.get("p2")?.values.set("/temperature", tooMany);
    mirror.removeTwin("far");
    mirror.upsertTwin({ ...newPumpTwin("ghost"), times: {} }, 0);
    mirror.removeRelationship("hall", "hall-contains-p1");
    mirror.upsertRelationship(relationship("hall", "contains", "far"));
    mirror.onChange((change) => changes.push(change.kind));
    await repair.run();
    assert.equal(repair.counts.mended, 4 + 2, "four twins, two relationships");
    assert.deepEqual(
      [value("p1", "/temperature"), value("p1", "/setpoint"), value("p2", "/temperature")],
      [20, 5, undefined],
    );
    assert.deepEqual([mirror.get("far")?.modelId, mirror.get("ghost")], ["dtmi:test:Gauge;1", undefined]);
    assert.ok(mirror.relationship("hall", "hall-contains-p1"));
    assert.equal(mirror.relationship("hall", "hall-contains-far"), undefined);
    for (const kind of ["value", "twin.added", "twin.removed", "relationship.added", "relationship.removed"]) {
      assert.ok(changes.includes(kind), kind);
    }
    await repair.run();
    assert.equal(repair.counts.mended, 6, "once");
  });

  it("removes what vanished while nobody listened", async () => {
    const { repair, provider, mirror } = await newPlant();
    await provider.deleteRelationship("yard", "yard-contains-far");
    await provider.deleteTwin("far");
    await repair.run();
    assert.deepEqual([mirror.get("far"), [...mirror.outgoing("yard")]], [undefined, []]);
    assert.equal(repair.counts.mended, 2);
  });

  it("a page that is older than the mirror nominates, and the read says that all is well", async () => {
    const { repair, provider, mirror } = await newPlant();
    const old = await Array.fromAsync(provider.listTwins());
    await provider.patchTwin("p1", [{ op: "replace", path: "/temperature", value: 30 }]);
    mirror.upsertTwin((await provider.getTwin("p1")) as Twin, Date.now(), { since: mirror.revision });
    provider.listTwins = async function* () {
      yield* old;
    };
    await repair.run();
    assert.deepEqual([repair.counts.nominated, repair.counts.mended], [1, 0]);
    assert.equal(mirror.get("p1")?.values.get("/temperature")?.value, 30);
  });

  it("leaves alone what is on its way as an event", async () => {
    const { repair, provider, source } = await newPlant({ graceMs: 50 });
    const patch = [{ op: "replace" as const, path: "/temperature", value: 30 }];
    await provider.patchTwin("p1", patch);
    const running = repair.run();
    await eventually(() => assert.equal(provider.reads, 1));
    await source.deliver({ type: "twin.updated", subject: "p1", data: { modelId: "", patch } });
    await running;
    assert.deepEqual([repair.counts.nominated, repair.counts.mended], [1, 0]);
  });

  it("never takes a device's newer value back", async () => {
    const { repair, source, value } = await newPlant();
    await source.deliver(says("p1", { temperature: 50 }, { time: Date.now() + 1000 }));
    await repair.run();
    assert.deepEqual([repair.counts.mended, value("p1", "/temperature")], [0, 50]);
  });

  it("runs after the start and again at intervals; a service that is away does not end it", async () => {
    const { repair, provider } = await newPlant({ firstMs: 1, intervalMs: 5, reconnectMs: 1 });
    const { listTwins } = provider;
    provider.listTwins = () => {
      throw new TwinError("UNAVAILABLE", "away");
    };
    repair.start();
    await eventually(() => assert.ok(repair.counts.failed > 1));
    provider.listTwins = listTwins;
    await eventually(() => assert.ok(repair.counts.runs > 1));
  });

  it("runs when a link is back, and when a partition came from another process, long before the next interval", async () => {
    const { repair } = await newPlant({ firstMs: 1, intervalMs: 3_600_000, reconnectMs: 1 });
    repair.reconnected();
    await eventually(() => assert.equal(repair.counts.runs, 1));
    repair.takenOver();
    await eventually(() => assert.equal(repair.counts.runs, 2));
  });

  it("compares anew when a link came back during a comparison, which may have read before it", async () => {
    const { repair, provider, corrupt } = await newPlant({ intervalMs: 3_600_000, reconnectMs: 1 });
    const { listRelationships } = provider;
    const { promise, resolve } = Promise.withResolvers<void>();
    provider.listRelationships = async function* () {
      provider.listRelationships = listRelationships;
      await promise;
      yield* listRelationships.call(provider);
    };
    const running = repair.run();
    await eventually(() => assert.equal(provider.listRelationships, listRelationships));
    corrupt("p1", "/temperature", 99);
    repair.reconnected();
    resolve();
    await running;
    await eventually(() => assert.deepEqual([repair.counts.runs, repair.counts.mended], [2, 1]));
  });

  it("a link that is back does not put off the comparison that a partition from another process needs", async () => {
    const { repair } = await newPlant({ firstMs: 20, intervalMs: 3_600_000, reconnectMs: 1 });
    repair.takenOver();
    repair.reconnected();
    await eventually(() => assert.equal(repair.counts.runs, 2));
  });

  it("takes another model first, so that values are read by it in the same run; both are mended", async () => {
    const { repair, provider, mirror, catalog, value } = await newPlant();
    await provider.deleteModel(GAUGE);
    const motor = { "@type": "Component", name: "motor", schema: "dtmi:test:Motor;1" };
    await provider.putModels([{ ...gauge, contents: [...gauge.contents, motor] }]);
    await provider.putTwin({ id: "g1", modelId: GAUGE, properties: { level: 2, motor: { current: 3 } } });
    mirror.upsertTwin({ ...((await provider.getTwin("g1")) as Twin), times: {} }, 0);
    assert.deepEqual(value("g1", "/motor"), { current: 3 }, "by the model that was");
    await repair.run();
    assert.ok(catalog.graph.get(GAUGE)?.components.has("motor"));
    assert.deepEqual([value("g1", "/motor"), value("g1", "/motor/current")], [undefined, 3]);
  });

  it("compares the models at once when they are doubted, once in a while, and then the twins", async () => {
    const { repair, provider, catalog } = await newPlant({ intervalMs: 3_600_000 });
    const { listModels } = provider;
    let asked = 0;
    provider.listModels = () => {
      asked++;
      return listModels.call(provider);
    };
    await provider.deleteModel(GAUGE);
    repair.modelsDoubted();
    repair.modelsDoubted();
    await eventually(() => assert.equal(repair.counts.runs, 1));
    assert.deepEqual([catalog.graph.get(GAUGE), asked], [undefined, 2 + 1]);
    repair.modelsDoubted();
    assert.equal(asked, 3, "not again so soon");
  });

  it("ends at once when the server closes", async () => {
    const { repair, provider, corrupt } = await newPlant({ graceMs: 60_000 });
    corrupt("p1", "/temperature", 99);
    const running = repair.run();
    await eventually(() => assert.equal(provider.reads, 1));
    await repair.close();
    await running;
    assert.equal(repair.counts.mended, 0);
  });
});
