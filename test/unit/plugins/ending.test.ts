import assert from "node:assert/strict";
import { StateView } from "@colyseus/schema";
import type { TwinSyncOptions, TwinSyncPlugin } from "../../../plugins/TwinSyncPlugin.ts";
import { eventually } from "../../support/eventually.ts";
import { heapBytes } from "../../support/heap.ts";
import { newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newQuietRoom } from "../../support/newQuietRoom.ts";
import { RESTRICTED } from "./convergeModes.ts";

describe("a room that ended", () => {
  const near = { interest: { threshold: -1 } };
  const rooms: [string, Partial<TwinSyncOptions>, newView?: () => StateView][] = [
    ["shared views", { interest: false }],
    ["near views", near],
    ["views of the game's", near, () => new StateView()],
  ];
  for (const [name, options, newView] of rooms) {
    it(`is let go, though somebody never left it: ${name}`, async () => {
      const twins = await newMemoryTwins({ restricted: RESTRICTED });
      await twins.ready;
      const openAndEnd = async () => {
        const room = newQuietRoom(twins.services, options);
        await eventually(() => assert.ok(room.sync.world.twins.size > 0));
        for (const id of room.sync.world.twins.keys()) {
          room.sync.placed(id, { x: 0, z: 0 });
        }
        const client = room.join({ role: "operator" }, newView?.());
        room.patch();
        assert.notDeepEqual(client.read(), {});
        room.close();
        return new WeakRef<TwinSyncPlugin>(room.sync);
      };
      const ended = [await openAndEnd(), await openAndEnd()];
      await openAndEnd(); // Colyseus' encoder keeps the last
      await eventually(async () => {
        await heapBytes();
        assert.deepEqual(
          ended.map((sync) => sync.deref() === undefined),
          [true, true],
        );
      });
      await twins.close();
    });
  }
});

it("a client that left is let go with its view and its full state, though nothing changes afterwards", async () => {
  const twins = await newMemoryTwins({ restricted: RESTRICTED });
  await twins.ready;
  const room = newQuietRoom(twins.services, { interest: false });
  await eventually(() => assert.ok(room.sync.world.twins.size > 0));
  const comeAndGo = () => {
    const client = room.join({ role: "operator" });
    assert.notDeepEqual(client.read(), {});
    const { view } = client.client;
    assert.ok(view);
    room.leave(client);
    return new WeakRef(view);
  };
  const views = [comeAndGo(), comeAndGo()];
  comeAndGo(); // Colyseus' encoder keeps the last
  await heapBytes();
  assert.deepEqual(
    views.map((view) => view.deref() === undefined),
    [true, true],
  );
  room.close();
  await twins.close();
});
