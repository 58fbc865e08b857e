// A room fills in chunks: what is done in one turn of the event loop is bounded, however many twins there are.
import assert from "node:assert/strict";
import type { ModelCatalog } from "../../../src/twins/ModelCatalog.ts";
import { eventually } from "../../support/eventually.ts";
import { GAUGE, MODELS, relationship } from "../../support/hall.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newQuietRoom, type QuietRoom } from "../../support/newQuietRoom.ts";

const COUNT = 1500;
const CHUNK = 200;
const EXTRA = { "@type": "Property", name: "extra", schema: "double" };

describe("Members", () => {
  let twins: MemoryTwins;
  let room: QuietRoom;
  beforeEach(async () => {
    twins = await newMemoryTwins();
    await twins.ready;
  });
  afterEach(async () => {
    room.close();
    await twins.close();
  });

  const fill = async (space: string) => {
    const { mirror } = twins.services;
    for (let i = 0; i < COUNT; i++) {
      mirror.upsertTwin({ id: `n${i}`, modelId: "dtmi:test:Gauge;1", properties: {}, times: {} }, 1);
      mirror.upsertRelationship(relationship(space, "contains", `n${i}`));
    }
    await turn();
  };

  /** The most that came or went in one turn of the event loop, until it holds. */
  const mostInATurn = async (isDone: (size: number) => boolean) => {
    const size = () => room.sync.world.twins.size;
    let most = 0;
    for (let n = 0, before = size(); !isDone(size()) && n < 10_000; n++) {
      await turn();
      most = Math.max(most, Math.abs(size() - before));
      before = size();
    }
    assert.ok(isDone(size()), `${size()} twins`);
    return most;
  };

  it("shows at most 200 twins in a turn of the event loop, and all of them in the end", async () => {
    await fill("hall");
    room = newQuietRoom(twins.services, { interest: false });
    const most = await mostInATurn((size) => size >= COUNT);
    assert.ok(most <= CHUNK, `${most} in one turn`);
  });

  it("does so too where one relationship brings and takes that many", async () => {
    await fill("yard");
    room = newQuietRoom(twins.services, { space: "hall", interest: false });
    await eventually(() => assert.ok(room.sync.world.twins.size > 0));
    const before = room.sync.world.twins.size;
    twins.services.mirror.upsertRelationship(relationship("hall", "contains", "yard"));
    const came = await mostInATurn((size) => size >= before + COUNT);
    twins.services.mirror.removeRelationship("hall", "hall-contains-yard");
    const went = await mostInATurn((size) => size === before);
    assert.ok(came <= CHUNK && went <= CHUNK, `${came} and ${went} in one turn`);
  });

  it("shows twins anew whose model is another one now, some in a turn, and tells no more by what it was", async () => {
    const { mirror, models } = twins.services;
    await fill("hall");
    room = newQuietRoom(twins.services, { interest: false });
    await mostInATurn((size) => size >= COUNT);
    const client = room.join();
    room.patch();
    assert.deepEqual(Object.keys(client.read()["n7"] ?? {}).includes("$numbers"), false);
    const catalog = models as ModelCatalog;
    catalog.remove(GAUGE);
    catalog.add([{ id: GAUGE, model: { ...MODELS.find((model) => model["@id"] === GAUGE), contents: [EXTRA] } }]);
    const stamp = { source: 2, received: 2, sequence: 2, origin: "test" };
    for (let i = 0; i < COUNT; i++) {
      mirror.setValues(`n${i}`, [["/level", i]], stamp);
    }
    const anew = () => [...room.sync.world.twins.values()].filter((twin) => "$numbers" in twin).length;
    let most = 0;
    for (let before = anew(); before < COUNT; before = anew()) {
      room.patch();
      const told = Object.entries(client.read()).filter(([id, { level }]) => /^n\d/.test(id) && level !== undefined);
      assert.deepEqual(told, []);
      await turn();
      most = Math.max(most, anew() - before);
    }
    assert.ok(most <= CHUNK, `${most} in one turn`);
    room.patch();
    assert.deepEqual(client.read()["n7"]?.["$numbers"], { level: 7 });
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
