// Clients that come back, over and over or all at once: each needs a state made anew, and it is made for all of them together.
import assert from "node:assert/strict";
import { mock } from "node:test";
import { Encoder } from "@colyseus/schema";
import { eventually } from "../../support/eventually.ts";
import { GAUGE, relationship } from "../../support/hall.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newQuietRoom, type QuietRoom } from "../../support/newQuietRoom.ts";

/** About 1 MB of state, a fourth of what may be made at once. */
const TWINS = 1000;
const NAME = "n".repeat(1000);

describe("clients that come back to a busy room", () => {
  let twins: MemoryTwins;
  let room: QuietRoom;
  let now = 1e6;
  let sequence = 1;
  const { BUFFER_SIZE } = Encoder;
  before(() => {
    Encoder.BUFFER_SIZE = 4 << 20; // else it complains
  });
  after(() => {
    Encoder.BUFFER_SIZE = BUFFER_SIZE;
  });
  beforeEach(async () => {
    twins = await newMemoryTwins();
    await twins.ready;
    const { mirror } = twins.services;
    for (let i = 0; i < TWINS; i++) {
      mirror.upsertTwin({ id: `n${i}`, modelId: GAUGE, properties: { name: NAME }, times: {} }, 1);
      mirror.upsertRelationship(relationship("hall", "contains", `n${i}`));
    }
    mock.method(performance, "now", () => now);
    room = newQuietRoom(twins.services, { interest: false });
    await eventually(() => assert.ok(room.sync.world.twins.size >= TWINS));
    room.patch();
  });
  afterEach(async () => {
    mock.restoreAll();
    room.close();
    await twins.close();
  });

  const change = (level: number) => {
    const stamp = { source: ++sequence, received: sequence, sequence, origin: "test" };
    twins.services.mirror.setValues("n0", [["/level", level]], stamp);
    room.patch();
  };
  const levelOf = (client: ReturnType<QuietRoom["join"]>) => client.read()["n0"]?.["level"];

  it("one that does so all the time has few states made for it, and holds the last one in the end", () => {
    let client = room.join();
    room.patch();
    const encodeAll = mock.method(Encoder.prototype, "encodeAll");
    for (let level = 1; level <= 30; level++) {
      client = room.rejoin(client);
      change(level);
    }
    const made = encodeAll.mock.callCount();
    assert.ok(made >= 2 && made <= 6, `${made} states`);
    now += 4000;
    change(31);
    assert.equal(encodeAll.mock.callCount(), made + 1);
    change(32);
    assert.equal(levelOf(client), 32);
  });

  it("many at once share a few, and hear of all that comes after", () => {
    let clients = Array.from({ length: 12 }, () => room.join());
    room.patch();
    const encodeAll = mock.method(Encoder.prototype, "encodeAll");
    clients = clients.map((client, level) => {
      change(level);
      return room.rejoin(client);
    });
    now += 4000;
    change(100);
    const made = encodeAll.mock.callCount();
    assert.ok(made >= 2 && made <= 6, `${made} states`);
    change(101);
    assert.deepEqual(
      [clients[0], clients[11]].map((client) => client && levelOf(client)),
      [101, 101],
    );
  });
});
