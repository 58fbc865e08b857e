// A room fills in chunks: what is done in one turn of the event loop is bounded, however many twins there are.
import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.ts";
import { relationship } from "../../support/hall.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newQuietRoom, type QuietRoom } from "../../support/newQuietRoom.ts";

const COUNT = 1500;
const CHUNK = 200;

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
});

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
