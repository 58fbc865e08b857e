// A room fills in chunks: what is done in one turn of the event loop is bounded, however many twins there are.
import assert from "node:assert/strict";
import { relationship } from "../../support/hall.ts";
import { newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newQuietRoom } from "../../support/newQuietRoom.ts";

const COUNT = 1500;
const CHUNK = 200;

describe("Members", () => {
  it("shows at most 200 twins in a turn of the event loop, and all of them in the end", async () => {
    const twins = await newMemoryTwins();
    await twins.ready;
    const { mirror } = twins.services;
    for (let i = 0; i < COUNT; i++) {
      mirror.upsertTwin({ id: `n${i}`, modelId: "dtmi:test:Gauge;1", properties: {}, times: {} }, 1);
      mirror.upsertRelationship(relationship("hall", "contains", `n${i}`));
    }
    await new Promise((resolve) => setImmediate(resolve));
    const room = newQuietRoom(twins.services, { interest: false });
    const { world } = room.sync;
    const steps: number[] = [];
    for (let before = -1; world.twins.size < COUNT && steps.length < 10_000; ) {
      await new Promise((resolve) => setImmediate(resolve));
      steps.push(world.twins.size - Math.max(before, 0));
      before = world.twins.size;
    }
    assert.ok(world.twins.size >= COUNT);
    assert.ok(Math.max(...steps) <= CHUNK, `${Math.max(...steps)} in one turn`);
    room.close();
    await twins.close();
  });
});
