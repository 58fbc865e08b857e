// Values of twins on the short way to a patch: what clients get is what they would get the long way.
import assert from "node:assert/strict";
import { $changes } from "@colyseus/schema";
import type { TwinState } from "../../../src/schema/states.ts";
import { eventually } from "../../support/eventually.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newQuietRoom } from "../../support/newQuietRoom.ts";

describe("ValueLane", () => {
  let twins: MemoryTwins;
  let sequence = 0;
  beforeEach(async () => {
    twins = await newMemoryTwins();
    await twins.ready;
  });
  afterEach(() => twins.close());

  const set = (path: string, value: unknown) => {
    const time = Date.now() + ++sequence;
    const stamp = { source: time, received: time, sequence, origin: "test" };
    twins.services.mirror.setValues("p1", [[path, value]], stamp);
  };
  const isTracked = (twin: unknown) =>
    (twin as Record<symbol, { changesNode?: unknown }>)[$changes]?.changesNode !== undefined;
  const newRoom = async () => {
    const room = newQuietRoom(twins.services, { interest: false });
    await eventually(() => assert.ok(room.sync.world.twins.has("p1")));
    const client = room.join();
    const patch = () => {
      room.patch();
      return client.read()["p1"];
    };
    return { room, client, patch, twin: () => room.sync.world.twins.get("p1") as TwinState };
  };

  it("takes values, first ones and those of components too, once a patch has told of the twin", async () => {
    const { room, client, patch, twin } = await newRoom();
    patch();
    const { onBeforePatch } = room.room;
    let tracked: boolean | undefined;
    room.room.onBeforePatch = (state) => {
      onBeforePatch?.(state);
      tracked = isTracked(twin());
    };
    for (const value of [1.5, 2.5, Number.NaN, 1e300]) {
      set("/temperature", value);
      assert.equal(patch()?.["temperature"], value);
      assert.equal(tracked, false);
    }
    set("/motor/current", 3);
    assert.deepEqual(patch()?.["motor"], { current: 3 });
    assert.equal(tracked, true); // the component is new
    set("/motor/current", 4);
    assert.deepEqual(patch()?.["motor"], { current: 4 });
    assert.equal(tracked, false);
    set("/temperature", undefined);
    assert.equal(patch()?.["temperature"], undefined);
    assert.equal(tracked, true);
    assert.deepEqual(room.join().read(), client.read());
    room.close();
  });

  it("sends a value that changes often once for each patch, and nothing when nothing changes", async () => {
    const { room, client, patch } = await newRoom();
    patch();
    for (let n = 0; n < 50; n++) {
      set("/temperature", n);
    }
    patch();
    const frames = client.received;
    assert.ok((frames.at(-1)?.length ?? 0) < 40, `${frames.at(-1)?.length} bytes`);
    assert.equal(client.read()["p1"]?.["temperature"], 49);
    const before = frames.length;
    patch();
    assert.equal(client.received.length, before);
    room.close();
  });

  it("long texts and many values make the buffer grow", async () => {
    const { room, patch } = await newRoom();
    patch();
    const name = "ü€🚰".repeat(200);
    set("/name", name);
    const twin = patch();
    assert.equal(twin?.["name"], name);
    assert.equal(twin?.["$name"], name);
    room.close();
  });
});
