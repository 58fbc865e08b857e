// Values of twins on the short way to a patch: what clients get is what they would get the long way.
import assert from "node:assert/strict";
import { $changes } from "@colyseus/schema";
import type { TwinState } from "../../../src/schema/states.ts";
import { eventually } from "../../support/eventually.ts";
import { PUMP, relationship } from "../../support/hall.ts";
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

  const set = (path: string, value: unknown, time = Date.now() + ++sequence) => {
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

  it("the twin's object has the newest value when somebody reads it, also without a patch, and in JSON", async () => {
    const { room, client, patch, twin } = await newRoom();
    patch();
    const read = () => twin() as unknown as { temperature: number };
    set("/temperature", 7);
    assert.equal(read().temperature, 7);
    set("/temperature", 8);
    patch();
    set("/temperature", 9);
    assert.equal((twin().toJSON() as unknown as { temperature: number }).temperature, 9);
    assert.equal(client.read()["p1"]?.["temperature"], 8);
    assert.equal(patch()?.["temperature"], 9); // read meanwhile, and told all the same
    set("/temperature", 10);
    patch();
    assert.equal(twin().$seen, Math.floor((twins.services.mirror.get("p1")?.seen ?? 0) / 1000));
    assert.equal(room.join().read()["p1"]?.["temperature"], 10);
    room.close();
  });

  it("values that go and come between two patches are told as they are in the end", async () => {
    const { room, client, patch, twin } = await newRoom();
    set("/temperature", 1);
    patch();
    const told = (...values: unknown[]) => {
      for (const value of values) {
        set("/temperature", value);
      }
      return patch()?.["temperature"];
    };
    assert.equal(told(2), 2);
    assert.equal(told(undefined, 1), 1); // the object still has 1, clients had 2
    assert.equal(told(3, undefined), undefined);
    assert.equal(told(4, undefined, 5), 5);
    assert.equal(told(undefined), undefined);
    assert.equal(told(6), 6);
    assert.equal((twin() as unknown as { temperature: number }).temperature, 6);
    assert.equal(told(undefined), undefined);
    assert.equal(told("no number"), undefined);
    assert.equal(told(7, "no number"), undefined);
    assert.equal(told(8, 9, 8), 8);
    assert.deepEqual(room.join().read(), client.read());
    room.close();
  });

  it("when a twin was seen is told also where the value that told of it was removed again", async () => {
    const { room, client, patch, twin } = await newRoom();
    set("/temperature", 1);
    patch();
    const later = Date.now() + 60_000;
    set("/temperature", 2, later);
    assert.equal(twin().$seen, Math.floor(later / 1000)); // read: the object has it now
    set("/temperature", undefined, later + 1);
    assert.equal(patch()?.["temperature"], undefined);
    assert.equal(client.read()["p1"]?.["$seen"], Math.floor(later / 1000));
    room.close();
  });

  it("when a twin was seen never goes back, whatever changes between two patches and in which order", async () => {
    const { room, client, patch } = await newRoom();
    patch();
    const from = Math.ceil(Date.now() / 1000) * 1000 + 60_000;
    const seen = () => (patch()?.["$seen"] as number) - from / 1000;
    for (const [i, path] of ["/temperature", "/setpoint", "/temperature"].entries()) {
      set(path, i, from + i * 1000);
    }
    assert.equal(seen(), 2);
    set("/temperature", 7, from + 3000);
    set("/name", "Pump", from + 5000); // told before what was noted
    assert.equal(seen(), 5);
    assert.deepEqual(room.join().read(), client.read());
    room.close();
  });

  it("a value that is told again is not sent again, and only once a second when the twin was seen", async () => {
    const { room, client, patch } = await newRoom();
    set("/temperature", 1);
    patch();
    const at = (twins.services.mirror.get("p1")?.seen ?? 0) + 10_000;
    const again = (time: number) => {
      const stamp = { source: time, received: time, sequence: ++sequence, origin: "test" };
      twins.services.mirror.setValues("p1", [["/temperature", 1]], stamp);
      const before = client.received.length;
      patch();
      return client.received.slice(before).map(({ length }) => length);
    };
    const second = Math.ceil(at / 1000) * 1000;
    const [seen = 99, ...others] = again(second);
    assert.ok(seen < 20 && others.length === 0, `${seen} bytes`);
    assert.deepEqual(again(second + 1), []);
    assert.equal(client.read()["p1"]?.["$seen"], second / 1000);
    room.close();
  });

  it("a twin that leaves the room is not told of any more, whatever waits", async () => {
    const { room, client, patch } = await newRoom();
    patch();
    set("/temperature", 1);
    set("/motor/current", 1);
    twins.services.mirror.removeTwin("p1");
    const { length } = client.received;
    patch();
    assert.equal(client.read()["p1"], undefined);
    assert.ok((client.received[length]?.length ?? 99) < 20);
    room.close();
  });

  it("a room without patches keeps what changed, whatever the number of changes", async () => {
    const { room, client, patch, twin } = await newRoom();
    patch();
    const time = Date.now();
    for (let n = 0; n < 70_000; n++) {
      set("/temperature", n, time + n);
    }
    const temperature = () => (twin() as unknown as { temperature: number }).temperature;
    assert.equal(temperature(), 69_999);
    set("/setpoint", 5, time + 70_000);
    assert.equal(patch()?.["temperature"], 69_999);
    assert.equal(client.read()["p1"]?.["$seen"], Math.floor((time + 70_000) / 1000));
    for (let n = 0; n < 140_000; n++) {
      set("/temperature", n % 2 === 0 ? 69_999 : n, time + 80_000 + n);
    }
    set("/temperature", 69_999, time + 300_000); // as clients have it, and the object had it while it was read
    assert.equal(temperature(), 69_999);
    set("/temperature", 1, time + 300_001);
    assert.equal(patch()?.["temperature"], 1);
    assert.deepEqual(room.join().read(), client.read());
    room.close();
  });

  it("rooms that show the same twin hear of it each for itself, and no more when they are closed", async () => {
    const rooms = [await newRoom(), await newRoom(), await newRoom(), await newRoom()] as const;
    const read = () => rooms.map(({ patch }) => patch()?.["temperature"]);
    read();
    const order = [1, 3, 0, 2] as const; // in the middle, the newest, and the ends of what is left
    for (const [n, gone] of order.entries()) {
      set("/temperature", n);
      const open = rooms.filter((_, i) => !order.slice(0, n).includes(i as never));
      assert.deepEqual(
        open.map(({ patch }) => patch()?.["temperature"]),
        open.map(() => n),
      );
      rooms[gone].room.close();
    }
    const { follower, others } = twins.services.mirror.get("p1") ?? {};
    assert.deepEqual([follower, others], [undefined, []]);
  });

  it("a twin that left keeps its last values, also when another one has taken its number", async () => {
    const { room, client, patch, twin } = await newRoom();
    const { mirror } = twins.services;
    patch();
    const old = twin() as unknown as { temperature: number };
    set("/temperature", 5);
    mirror.removeTwin("p1");
    patch();
    assert.equal(old.temperature, 5);
    mirror.upsertTwin({ id: "p9", modelId: PUMP, properties: { motor: {} }, times: {} }, 0);
    mirror.upsertRelationship(relationship("hall", "contains", "p9"));
    await eventually(() => assert.ok(room.sync.world.twins.has("p9")));
    patch();
    mirror.setValues("p9", [["/temperature", 6]], { source: Date.now(), received: 0, sequence: 0, origin: "test" });
    patch();
    assert.equal(client.read()["p9"]?.["temperature"], 6);
    assert.equal((room.sync.world.twins.get("p9") as unknown as typeof old).temperature, 6);
    assert.equal(old.temperature, 5);
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
