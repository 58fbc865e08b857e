// Each defect of Colyseus 0.18: cured here, and still there in stock. When the second half of a pair fails, Colyseus has
// cured it and the cure may go.
import assert from "node:assert/strict";
import { Encoder, StateView, schema, t } from "@colyseus/schema";
import { type Kind, newSerializedRoom } from "./newSerializedRoom.ts";

const Item = schema({ n: t.float64().default(0), text: t.string().optional() }, "Item");
const Open = schema({ items: t.map(Item), note: t.string().default("") }, "Open");
const Listed = schema({ list: t.array("string") }, "Listed");
const Moved = schema({ list: t.array("string"), text: t.string().optional() }, "Moved");
const Viewed = schema({ items: t.map(Item).view(), open: t.map(Item) }, "Viewed");

function fill(map: { set(id: string, item: InstanceType<typeof Item>): unknown }, count: number) {
  for (let n = 0; n < count; n++) {
    map.set(`item-${n}`, new Item({ n }));
  }
}

/** Answers what a client that reads late knows, and what is so. */
const DEFECTS: Record<string, (kind: Kind) => { seen: unknown; is: unknown }> = {
  "a patch in a full socket is not overwritten by the next one": (kind) => {
    const state = new Open();
    fill(state.items, 3);
    const room = newSerializedRoom(state, kind);
    const client = room.join();
    client.read();
    for (let n = 0; n < 5; n++) {
      fill(state.items, 3 + n);
      (state.items.get("item-1") as InstanceType<typeof Item>).n = 100 + n;
      room.patch();
    }
    return { seen: attempt(() => client.read()), is: state.toJSON() };
  },
  "a full state in a full socket is not overwritten by that of the next who joins": (kind) => {
    const state = new Open();
    fill(state.items, 50);
    const room = newSerializedRoom(state, kind);
    const early = room.join();
    const before = structuredClone(state.toJSON());
    state.items.delete("item-3");
    state.note = "something longer than there was";
    room.join();
    return { seen: attempt(() => early.read()), is: before };
  },
  "a public part larger than the buffer arrives whole with a view": (kind) => {
    const state = new Viewed();
    fill(state.open, 2000);
    fill(state.items, 1);
    const view = new StateView();
    const room = newSerializedRoom(state, kind);
    view.add(state.items.get("item-0") as InstanceType<typeof Item>);
    return { seen: attempt(() => room.join(view).read()), is: state.toJSON() };
  },
  "a view that clients share reaches each of them when nothing else changed": (kind) => {
    const state = new Viewed();
    fill(state.items, 3);
    const view = new StateView();
    const room = newSerializedRoom(state, kind);
    const clients = [room.join(view), room.join(view)];
    room.patch();
    view.add(state.items.get("item-2") as InstanceType<typeof Item>);
    room.patch();
    const only = { items: { "item-2": { n: 2 } }, open: {} };
    return { seen: clients.map((c) => c.read()), is: [only, only] };
  },
  "texts longer than the buffer come into a view whole, and so does what is behind them": (kind) => {
    const state = new Viewed();
    const view = new StateView();
    const room = newSerializedRoom(state, kind);
    for (const [id, length] of [
      ["a", 20],
      ["b", 50_000],
      ["c", 20],
      ["d", 90_000],
    ] as const) {
      const item = new Item();
      item.text = "é".repeat(length);
      state.items.set(id, item);
    }
    const client = room.join(view);
    room.patch();
    for (const id of ["a", "b", "c", "d"]) {
      view.add(state.items.get(id) as InstanceType<typeof Item>);
    }
    room.patch();
    return { seen: attempt(() => client.read()), is: state.toJSON() };
  },
  "who joins while an array's elements have moved up is not told of it twice": (kind) => {
    const state = new Listed();
    state.list.push("a", "b", "c", "d");
    const room = newSerializedRoom(state, kind);
    const early = room.join();
    room.patch();
    state.list.shift();
    state.list.push("e");
    const late = room.join();
    room.patch();
    return { seen: [attempt(() => early.read()), attempt(() => late.read())], is: [state.toJSON(), state.toJSON()] };
  },
};

function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return error;
  }
}

describe("TwinSerializer", () => {
  const { warn, error } = console;
  const bufferSize = Encoder.BUFFER_SIZE;
  before(() => {
    console.warn = () => undefined; // the encoder's words about its buffer, the decoder's about what it cannot read
    console.error = () => undefined;
    Encoder.BUFFER_SIZE = 16 * 1024;
  });
  after(() => {
    Object.assign(console, { warn, error });
    Encoder.BUFFER_SIZE = bufferSize;
  });

  for (const [name, scene] of Object.entries(DEFECTS)) {
    it(name, () => {
      const { seen, is } = scene("ours");
      assert.deepEqual(JSON.parse(JSON.stringify(seen)), JSON.parse(JSON.stringify(is)));
    });

    it(`… which Colyseus itself gets wrong: ${name}`, () => {
      const { seen, is } = scene("stock");
      assert.notDeepEqual(JSON.parse(JSON.stringify(seen)), JSON.parse(JSON.stringify(is)));
    });
  }

  it("encodes the full state once between two patches, and a patch once for all who see the same", () => {
    const state = new Open();
    fill(state.items, 10);
    const room = newSerializedRoom(state);
    room.join();
    room.patch();
    const clients = [room.join(), room.join()];
    assert.equal(clients[0]?.queue[0], clients[1]?.queue[0]);
    state.note = "changed";
    room.patch();
    assert.equal(clients[0]?.queue[1], clients[1]?.queue[1]);
    assert.notEqual(room.join().queue[0], clients[0]?.queue[0]);
  });

  it("puts patches behind the full state that it has, until they are half as long", () => {
    const state = new Open();
    fill(state.items, 100);
    const room = newSerializedRoom(state);
    const { encoder } = room.serializer as unknown as { encoder: Encoder };
    const encodeAll = encoder.encodeAll.bind(encoder);
    let made = 0;
    encoder.encodeAll = (...given) => {
      made++;
      return encodeAll(...given);
    };
    room.join();
    for (let n = 0; n < 20; n++) {
      state.items.delete(`item-${n}`);
      state.items.set(`new-${n}`, new Item({ n, text: "new" }));
      (state.items.get("item-50") as InstanceType<typeof Item>).n = 1000 + n;
      room.patch();
      assert.deepEqual(room.join().read(), state.toJSON(), `after ${n + 1} patches`);
    }
    assert.ok(made > 1 && made < 5, `${made} full states were encoded`);
  });

  it("tells who joins also what changed since the last patch", () => {
    const state = new Open();
    fill(state.items, 3);
    const room = newSerializedRoom(state);
    room.join();
    room.patch();
    const clients = [room.join()];
    state.items.set("late", new Item({ n: 7, text: "x" }));
    state.items.delete("item-0");
    clients.push(room.join());
    assert.deepEqual(clients[1]?.read(), state.toJSON());
    room.patch();
    for (const client of clients) {
      assert.deepEqual(client.read(), state.toJSON());
    }
  });

  it("tells who comes back which fields are empty now", () => {
    const state = new Open();
    state.items.set("a", new Item({ n: 1, text: "old" }));
    const room = newSerializedRoom(state);
    const client = room.join();
    assert.deepEqual(client.read()["items"], { a: { n: 1, text: "old" } });
    (state.items.get("a") as { text: string | undefined }).text = undefined;
    const again = room.rejoin(client);
    room.patch();
    assert.deepEqual(again.read()["items"], { a: { n: 1 } });
  });

  it("tells it also who comes back while an array's elements have moved, for which the others get a patch first", () => {
    const state = new Moved();
    state.list.push("a", "b");
    const room = newSerializedRoom(state);
    const [client, other] = [room.join(), room.join()];
    state.text = "old";
    room.patch();
    assert.deepEqual(client.read(), { list: ["a", "b"], text: "old" });
    state.text = undefined;
    room.patch();
    client.queue.length = 0; // it was away
    state.list.shift();
    const again = room.rejoin(client);
    room.patch();
    assert.deepEqual(again.read(), { list: ["b"] });
    assert.deepEqual(other.read(), { list: ["b"] });
  });
});

describe("Backpressure", () => {
  const state = () => {
    const made = new Open();
    fill(made.items, 5);
    return made;
  };
  const LIMITS = { maxBufferedBytes: 1000, slowForMs: 0, maxBytes: 10_000 };

  it("sends no patches to who does not read, and one full state when he has caught up", () => {
    const made = state();
    const room = newSerializedRoom(made, "ours", { ...LIMITS, slowForMs: 60_000 });
    const [slow, quick] = [room.join(), room.join()];
    slow.buffered = 2000;
    for (let n = 0; n < 10; n++) {
      made.note = `${n}`;
      made.items.delete(`item-${n}`);
      room.patch();
    }
    assert.equal(room.backpressure.slow, 1);
    assert.equal(slow.queue.length, 1);
    assert.deepEqual(quick.read(), made.toJSON());
    slow.buffered = 0;
    room.patch();
    assert.equal(room.backpressure.slow, 0);
    made.note = "after";
    room.patch();
    assert.deepEqual(slow.read(), made.toJSON());
  });

  it("closes who stays slow, with a code of its own; what is not a patch has a bound too", () => {
    const made = state();
    const room = newSerializedRoom(made, "ours", LIMITS);
    const [slow, stuck] = [room.join(), room.join()];
    slow.buffered = 2000;
    made.note = "x";
    room.patch();
    made.note = "y";
    room.patch();
    assert.equal(slow.closedWith, 4010);
    stuck.buffered = 20_000;
    stuck.raw(Buffer.from([13, 1, 2]));
    assert.equal(stuck.closedWith, 1006);
  });
});
