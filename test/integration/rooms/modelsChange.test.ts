// A model that others delete and upload again with other content: open rooms keep their classes, new ones have new ones.
import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.ts";
import { GAUGE, relationship } from "../../support/hall.ts";
import { ask } from "./ask.ts";
import { type Hall, live, newHall, seen } from "./newHall.ts";

const MOOD = "dtmi:test:Mood;1";
const model = (schema: string, more: object[] = []) => ({
  "@context": "dtmi:dtdl:context;3",
  "@id": MOOD,
  "@type": "Interface",
  contents: [{ "@type": "Property", name: "mood", schema }, ...more],
});
const extra = { "@type": "Property", name: "extra", schema: "boolean" };

describe("models that others change", () => {
  let hall: Hall;
  afterEach(() => hall.close());

  async function add(properties: Record<string, unknown>): Promise<void> {
    await hall.provider.putTwin({ id: "m1", modelId: MOOD, properties });
    await hall.provider.putRelationship(relationship("hall", "contains", "m1"));
  }

  it("another model is noticed by a twin that does not fit the old one; rooms show what twin.get tells", async () => {
    hall = await newHall({ models: [model("string")], comparison: { graceMs: 1 } });
    await hall.ready;
    const open = await live(await hall.join());
    await hall.provider.deleteModel(MOOD);
    await hall.provider.putModels([model("integer", [extra])]);
    await add({ mood: 5, extra: true });
    await eventually(() => assert.ok(hall.services.models.graph.get(MOOD)?.properties.has("extra")));
    const fresh = await live(await hall.join({}, "later"));
    await eventually(() => assert.deepEqual([seen(fresh, "m1", "mood"), seen(fresh, "m1", "extra")], [5, true]));
    const { twin } = (await ask(fresh, "twin.get", { twinId: "m1" })) as { twin: Record<string, unknown> };
    assert.deepEqual([twin["mood"], twin["extra"]], [5, true]);
    const generic = (kind: string, name: string) => (seen(open, "m1", kind) as Map<string, unknown>).get(name);
    await eventually(() => assert.deepEqual([generic("$numbers", "mood"), generic("$flags", "extra")], [5, true]));
  });

  it("a model that is gone or another is noticed without any event, by the comparison", async () => {
    hall = await newHall({ models: [model("string")], comparison: { firstMs: 1, intervalMs: 10, graceMs: 1 } });
    await hall.ready;
    await hall.provider.deleteModel(GAUGE);
    await hall.provider.deleteModel(MOOD);
    await hall.provider.putModels([model("integer")]);
    await eventually(() => {
      const { graph } = hall.services.models;
      assert.equal(graph.get(GAUGE), undefined);
      assert.equal(graph.get(MOOD)?.properties.get("mood")?.schema.kind, "integer");
    });
    assert.deepEqual(
      [GAUGE, MOOD].map((id) => hall.services.schemas.current().models.includes(id)),
      [false, true],
    );
  });
});
