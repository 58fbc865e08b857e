// What a large room shows whom: alarms to all, near cells as far as the budget goes, and how much is left out.
import assert from "node:assert/strict";
import { mock } from "node:test";
import { StateView } from "@colyseus/schema";
import { Alarm } from "../../../src/schema/entities.ts";
import { eventually } from "../../support/eventually.ts";
import { relationship } from "../../support/hall.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newQuietRoom, type QuietClient, type QuietRoom } from "../../support/newQuietRoom.ts";

const COUNT = 60;

describe("NearViews", () => {
  let twins: MemoryTwins;
  let room: QuietRoom;
  beforeEach(async () => {
    twins = await newMemoryTwins();
    await twins.ready;
    for (let i = 0; i < COUNT; i++) {
      const id = `n${i}`;
      twins.services.mirror.upsertTwin({ id, modelId: "dtmi:test:Gauge;1", properties: {}, times: {} }, 1);
      twins.services.mirror.upsertRelationship(relationship("hall", "contains", id));
    }
  });
  afterEach(async () => {
    room.close();
    await twins.close();
  });

  const open = async (budget: number, more: { cellSize?: number; perSecond?: number } = {}) => {
    room = newQuietRoom(twins.services, { interest: { threshold: 1, cellSize: 10, budget, ...more } });
    const { size } = twins.services.spaces.members("hall");
    await eventually(() => {
      room.patch();
      assert.deepEqual([room.sync.world.twins.size, room.sync.world.status], [size, "live"]);
    });
  };
  const place = (from: number, to: number, x: number) => {
    for (let i = from; i < to; i++) {
      room.sync.placed(`n${i}`, { x, z: 5 });
    }
  };
  const ids = (client: QuietClient) => {
    room.patch();
    room.patch();
    return Object.keys(client.read()).sort();
  };
  const thinned = (client: QuietClient) =>
    (client.world() as { players: Record<string, { thinned?: number }> }).players[client.sessionId]?.thinned ?? 0;
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `n${from + i}`).sort();

  it("shows the nearest cells that the budget has room for, counts the rest, and fits again when twins go", async () => {
    await open(12);
    place(0, 5, 5); // where the client stands
    place(5, 15, 15); // next to it: too many
    place(15, 20, -5); // on the other side
    place(20, 25, 500);
    const client = room.join();
    assert.deepEqual(ids(client), [...range(0, 5), ...range(15, 20)].sort());
    assert.equal(thinned(client), 10);
    place(7, 15, 500);
    assert.deepEqual(ids(client), [...range(0, 7), ...range(15, 20)].sort());
    assert.equal(thinned(client), 0);
    place(20, 25, 15);
    assert.deepEqual(ids(client), [...range(0, 5), ...range(15, 20)].sort());
    assert.equal(thinned(client), 7);
  });

  it("the cell in which one stands, and what one watches, is shown whatever the budget; with its last value", async () => {
    await open(3);
    place(0, 5, 5);
    place(5, 8, 15);
    const client = room.join();
    await room.ask(client, "twin.watch", { twinIds: ["n6", "n20"] });
    assert.deepEqual(ids(client), [...range(0, 5), "n20", "n6"].sort());
    assert.equal(thinned(client), 2); // n6 is shown
    twins.says("n6", { level: 0.5 });
    await new Promise((resolve) => setImmediate(resolve));
    room.patch();
    assert.equal(client.read()["n6"]?.["level"], 0.5);
  });

  it("a twin with an active alarm is in everybody's view until the alarm is cleared", async () => {
    await open(100);
    place(0, 3, 5);
    place(3, 6, 500);
    const [here, there] = [room.join(), room.join()];
    room.sync.moved(there.client, { x: 500, z: 5 });
    const alarm = new Alarm({ twinId: "n4", cleared: 0 });
    room.sync.world.alarms.set("a", alarm);
    assert.deepEqual(ids(here), ["n0", "n1", "n2", "n4"]);
    assert.deepEqual(ids(there), ["n3", "n4", "n5"]);
    twins.says("n4", { level: 0.7 });
    await new Promise((resolve) => setImmediate(resolve));
    room.patch();
    assert.deepEqual(
      [here, there].map((c) => c.read()["n4"]?.["level"]),
      [0.7, 0.7],
    );
    const late = room.join();
    assert.equal(late.read()["n4"]?.["level"], 0.7);
    await room.ask(here, "twin.watch", { twinIds: ["n4"] });
    alarm.cleared = 1;
    assert.deepEqual(ids(here), ["n0", "n1", "n2", "n4"]); // still watched
    await room.ask(here, "twin.watch", { twinIds: [] });
    assert.deepEqual(ids(here), ["n0", "n1", "n2"]);
    assert.deepEqual(ids(there), ["n3", "n4", "n5"]); // still near
    assert.deepEqual(ids(late), ["n0", "n1", "n2"]);
  });

  it("what is left out for the budget and shown for another reason is not counted as left out", async () => {
    await open(5);
    place(0, 3, 5);
    place(3, 10, 15);
    place(10, 12, 500);
    const client = room.join();
    const counts = () => [ids(client).length, thinned(client)];
    assert.deepEqual(counts(), [3, 7]);
    const { alarms } = room.sync.world;
    for (const n of [1, 3, 4, 10, 30]) {
      alarms.set(`n${n}`, new Alarm({ twinId: `n${n}`, cleared: 0 })); // one is near, two are left out, two are elsewhere
    }
    assert.deepEqual(counts(), [7, 5]);
    await room.ask(client, "twin.watch", { twinIds: ["n0", "n4", "n5", "n11"] });
    room.sync.selected(client.client, "n6");
    assert.deepEqual(counts(), [10, 3]);
    place(3, 6, 500); // still shown
    assert.deepEqual(counts(), [10, 3]);
    twins.services.mirror.removeRelationship("hall", "hall-contains-n7");
    await eventually(() => assert.deepEqual(counts(), [10, 2]));
    place(3, 6, 15);
    alarms.clear();
    room.sync.selected(client.client, "");
    assert.deepEqual(counts(), [6, 4]);
    await room.ask(client, "twin.watch", { twinIds: [] });
    assert.deepEqual(counts(), [3, 6]);
    place(3, 10, 500);
    assert.deepEqual(counts(), [3, 0]);
  });

  it("no cell is taken for another one, however small cells are and however far from the middle", async () => {
    await open(100, { cellSize: 0.1 });
    const [least, most, row] = [-1e6, 1e6, 0.1 * 2 ** 16];
    const client = room.join();
    let n = 0;
    for (const x of [least, 0, most]) {
      for (const z of [least, 0, most]) {
        const [near, ...others] = range(n, n + 5) as [string, ...string[]];
        n += 5;
        room.sync.moved(client.client, { x, z });
        room.sync.placed(near, { x: x + 0.1, z });
        const spots = [
          { x: x + row, z: z - 0.1 },
          { x: x - row, z },
          { x: x === 0 ? most : -x, z: z + 0.1 },
          { x, z: z + 0.3 },
        ];
        others.forEach((id, i) => {
          room.sync.placed(id, spots[i]);
        });
        assert.deepEqual(ids(client), [near], `${x}, ${z}`);
        room.sync.moved(client.client, { x: x + 0.11, z: z - 0.01 }); // not deep enough in another one
        room.sync.placed(near, { x: x - 0.1, z });
        assert.deepEqual(ids(client), [near], `${x}, ${z}`);
        for (const id of [near, ...others]) {
          room.sync.placed(id, undefined);
        }
      }
    }
  });

  it("a spot that is not finite is none: clients and twins stay where they were", async () => {
    await open(100);
    place(0, 5, 5);
    const client = room.join();
    for (const x of [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]) {
      room.sync.moved(client.client, { x, z: 5 });
      room.sync.placed("n0", { x: 5, z: x });
      assert.deepEqual(ids(client), range(0, 5));
    }
    room.sync.moved(client.client, { x: 500, z: 5 });
    assert.deepEqual(ids(client), []);
    room.sync.moved(client.client, { x: 5, z: 5 });
    assert.deepEqual(ids(client), range(0, 5));
  });

  it("what those get who stand in one place is put together once, and packed once if they are a crowd", async () => {
    await open(100);
    place(0, COUNT, 5);
    const few = Array.from({ length: 6 }, () => room.join());
    const far = room.join();
    room.sync.moved(far.client, { x: 500, z: 5 });
    room.patch();
    const kindOf = ({ sessionId }: QuietClient) => Number(sessionId.slice(1)) % 3;
    let told = 0;
    const got = async (clients: readonly QuietClient[]) => {
      told++;
      for (let i = 0; i < COUNT; i++) {
        twins.says(`n${i}`, { level: told / 2 });
      }
      await new Promise((resolve) => setImmediate(resolve));
      const before = far.received.length;
      room.patch();
      assert.equal(far.received.length, before);
      assert.ok(clients.every((client) => client.read()["n7"]?.["level"] === told / 2));
      // By kind of socket: messages, frames, frames that may be packed.
      return [0, 1, 2].map((kind) => new Set(clients.filter((c) => kindOf(c) === kind).map((c) => c.received.at(-1))));
    };
    const [messages, frames, alsoPlain] = await got(few);
    assert.deepEqual([messages?.size, frames?.size], [1, 1]);
    assert.deepEqual(alsoPlain, frames);
    room.leave(far);
    const more = Array.from({ length: 18 }, () => room.join());
    for (const client of more) {
      room.sync.moved(client.client, { x: 6, z: 5 });
    }
    room.patch();
    const crowd = [...few, ...more];
    const [, plain, packed] = await got(crowd);
    assert.deepEqual([plain?.size, packed?.size], [1, 1]);
    const lengths = [plain, packed].map((sent) => [...(sent ?? [])][0]?.length ?? 0) as [number, number];
    assert.ok(lengths[1] < lengths[0] * 0.9, lengths.join(", "));
  });

  it("what a client has selected is shown wherever it is, beside what it watches, and takes room in its budget", async () => {
    await open(6);
    place(0, 3, 5);
    place(3, 6, 15);
    const client = room.join();
    assert.deepEqual(ids(client), range(0, 6));
    room.sync.selected(client.client, "n20");
    assert.deepEqual(ids(client), [...range(0, 3), "n20"].sort());
    assert.equal(thinned(client), 3);
    await room.ask(client, "twin.watch", { twinIds: ["n21"] });
    room.sync.selected(client.client, "n22");
    assert.deepEqual(ids(client), [...range(0, 3), "n21", "n22"].sort());
    await room.ask(client, "twin.watch", { twinIds: [] });
    room.sync.selected(client.client, "");
    assert.deepEqual(ids(client), range(0, 6));
    assert.equal(thinned(client), 0);
    room.sync.world.alarms.set("a", new Alarm({ twinId: "n30", cleared: 0 }));
    assert.deepEqual(ids(client), [...range(0, 3), "n30"].sort());
  });

  describe("how much of it is new", () => {
    let now = 0;
    beforeEach(() => {
      now = 1000;
      mock.method(performance, "now", () => now);
    });
    afterEach(() => mock.restoreAll());

    it("who jumps to and fro is shown so many twins a second, nearest cells first; in the end all of them", async () => {
      await open(100, { perSecond: 4 });
      place(0, 6, 5);
      place(6, 8, 505);
      place(8, 14, 515);
      const client = room.join();
      const goes = (x: number) => room.sync.moved(client.client, { x, z: 5 });
      assert.deepEqual(ids(client), range(0, 6)); // who joins is shown all
      goes(505);
      assert.deepEqual(ids(client), range(6, 14)); // eight at once
      for (let jumps = 0; jumps < 10; jumps++) {
        goes(5);
        assert.deepEqual(ids(client), []);
        assert.equal(thinned(client), 6);
        goes(505);
        assert.deepEqual(ids(client), []);
        assert.equal(thinned(client), 8);
      }
      now += 499;
      assert.deepEqual(ids(client), []);
      now += 2;
      assert.deepEqual(ids(client), range(6, 8));
      assert.equal(thinned(client), 6);
      now += 1500;
      assert.deepEqual(ids(client), range(6, 14));
      assert.equal(thinned(client), 0);
    });

    it("where one was between two patches costs nothing; more than is allowed at once is paid off afterwards", async () => {
      await open(100, { perSecond: 4 });
      place(0, 20, 5);
      place(20, 32, 505);
      const client = room.join();
      for (let x = 1005; x >= 505; x -= 500) {
        room.sync.moved(client.client, { x: 5, z: 5 });
        room.sync.moved(client.client, { x, z: 5 });
      }
      assert.deepEqual(ids(client), range(20, 32));
      room.sync.moved(client.client, { x: 5, z: 5 });
      now += 2990;
      assert.deepEqual(ids(client), []);
      now += 20;
      assert.deepEqual(ids(client), range(0, 20));
    });

    it("so is who watches others all the time; the last list counts, and the selected twin comes first", async () => {
      await open(100, { perSecond: 2 });
      const client = room.join();
      const watch = (...twinIds: string[]) => room.ask(client, "twin.watch", { twinIds });
      for (let n = 0; n < 10; n++) {
        await watch(...range(10 * (n % 5), 10 * (n % 5) + 10));
      }
      await watch("n1", "n2", "n3", "n4");
      assert.deepEqual(ids(client), range(1, 5));
      await watch("n4", "n5", "n6");
      room.sync.selected(client.client, "n7");
      assert.deepEqual(ids(client), ["n4"]);
      now += 501;
      assert.deepEqual(ids(client), ["n4", "n7"]);
      twins.says("n6", { level: 0.5 });
      await new Promise((resolve) => setImmediate(resolve));
      now += 501;
      assert.deepEqual(ids(client), ["n4", "n5", "n7"]);
      now += 500;
      assert.deepEqual(ids(client), range(4, 8));
      assert.equal(client.read()["n6"]?.["level"], 0.5);
    });

    it("twins that come where one stands are shown at once, and with other roles everything", async () => {
      await open(100, { perSecond: 2 });
      place(0, 10, 505);
      const client = room.join();
      place(10, 20, 5);
      assert.deepEqual(ids(client), range(10, 20));
      room.sync.moved(client.client, { x: 505, z: 5 });
      assert.deepEqual(ids(client), range(0, 10));
      room.sync.moved(client.client, { x: 5, z: 5 });
      assert.deepEqual(ids(client), []);
      room.sync.rightsChanged(client.client);
      assert.deepEqual(ids(client), range(10, 20));
    });
  });

  it("a client whose roles change stays where it is, and goes on watching, with the view that it has", async () => {
    await open(100);
    place(0, 3, 5);
    place(3, 6, 500);
    const client = room.join();
    room.sync.moved(client.client, { x: 500, z: 5 });
    await room.ask(client, "twin.watch", { twinIds: ["n20"] });
    room.sync.selected(client.client, "n21");
    const before = ids(client);
    assert.deepEqual(before, [...range(3, 6), "n20", "n21"].sort());
    let disposed = 0;
    const counted = ({ view }: QuietClient["client"]) => {
      assert.ok(view);
      const dispose = view.dispose.bind(view);
      view.dispose = () => {
        disposed++;
        dispose();
      };
    };
    counted(client.client);
    room.sync.rightsChanged(client.client);
    assert.deepEqual(ids(client), before);
    assert.equal(disposed, 0);
    room.leave(client);
    assert.equal(disposed, 1);
  });

  it("a view that a game gives to several clients is refused: what is near is another thing for each of them", async () => {
    await open(100);
    const view = new StateView();
    room.join({}, view);
    assert.throws(() => room.join({}, view), /a view of its own/);
  });

  it("twins go from the list that a game's view may keep, and what the game put there stays", async () => {
    await open(100);
    place(0, 3, 5);
    place(3, 6, 500);
    const view = new StateView(true);
    const client = room.join({}, view);
    const { models } = room.sync.world;
    view.add(models as unknown as Parameters<StateView["add"]>[0]);
    assert.equal(view.items.length, 4);
    room.sync.rightsChanged(client.client);
    assert.equal(view.items.length, 4);
    assert.deepEqual(ids(client), range(0, 3));
    view.clear();
    assert.deepEqual(ids(client), []);
  });

  it("what could not be sent, since one client's socket threw, everybody gets with its next value", async () => {
    await open(100);
    place(0, 3, 5);
    const clients = [room.join(), room.join(), room.join()] as const;
    const tell = async (level: number) => {
      twins.says("n0", { level });
      await new Promise((resolve) => setImmediate(resolve));
    };
    await tell(0.25);
    room.patch();
    await tell(0.5);
    const { client } = clients[2];
    const { raw } = client;
    client.raw = () => {
      throw new Error("socket");
    };
    assert.throws(() => room.patch(), /socket/);
    client.raw = raw;
    await tell(0.75);
    room.patch();
    assert.deepEqual(
      clients.map((one) => one.read()["n0"]?.["level"]),
      [0.75, 0.75, 0.75],
    );
  });

  it("a game that sets its state again while something waits in cells loses nothing, and mixes nothing up", async () => {
    await open(100);
    place(0, 3, 5);
    place(3, 6, 500);
    const clients = [room.join(), room.join()] as const;
    room.sync.moved(clients[1].client, { x: 500, z: 5 });
    clients.map(ids);
    const tell = async (...told: [string, number][]) => {
      for (const [id, level] of told) {
        twins.says(id, { level });
      }
      await new Promise((resolve) => setImmediate(resolve));
    };
    const { onBeforePatch } = room.room;
    room.room.onBeforePatch = (state) => {
      onBeforePatch?.(state);
      room.room.onBeforePatch = onBeforePatch;
      room.setAgain();
    };
    await tell(["n3", 0.1], ["n0", 0.1]);
    room.patch();
    await tell(["n0", 1], ["n3", 1], ["n1", 1], ["n4", 1], ["n2", 1], ["n5", 1]);
    room.patch();
    const levels = clients.map((client) => Object.values(client.read()).map((twin) => twin["level"]));
    assert.deepEqual(levels, [
      [1, 1, 1],
      [1, 1, 1],
    ]);
  });

  it("a room of a query shows what is near, to who came before the answer too", async () => {
    room = newQuietRoom(twins.services, {
      scope: { query: "SELECT * FROM digitaltwins" },
      interest: { threshold: -1, cellSize: 10 },
    });
    const early = room.join();
    await eventually(() => assert.ok(room.sync.world.twins.size > 3));
    const [here = "", there = ""] = room.sync.world.twins.keys();
    room.sync.placed(here, { x: 5, z: 5 });
    room.sync.placed(there, { x: 500, z: 5 });
    const late = room.join();
    assert.deepEqual([ids(early), ids(late)], [[here], [here]]);
  });
});
