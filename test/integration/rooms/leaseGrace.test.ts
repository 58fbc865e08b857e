// A lease and a lost connection: it stays while the room waits for its holder, and ends when the room gives up.
import assert from "node:assert/strict";
import type { Client, Room } from "@colyseus/core";
import { spaceRoom } from "../../../rooms/SpaceRoom.ts";
import { eventually } from "../../support/eventually.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newRoomServer, type RoomServer } from "../../support/newRoomServer.ts";
import { ask } from "./ask.ts";
import { live } from "./newHall.ts";

/** The ready-made room with less patience. */
function hastyRoom({ services }: MemoryTwins): typeof Room {
  return class extends spaceRoom(services) {
    override async onDrop(client: Client): Promise<void> {
      await this.allowReconnection(client, 0.5).catch(() => undefined);
    }
  } as unknown as typeof Room;
}

describe("a lease, when its holder's connection is lost", () => {
  let twins: MemoryTwins;
  let server: RoomServer;
  before(async () => {
    twins = await newMemoryTwins();
    server = await newRoomServer({ space: hastyRoom(twins) });
  });
  after(async () => {
    await server.close();
    await twins.close();
  });

  it("is his when he comes back in time, and free when he does not", async () => {
    const holder = await live(await server.join({ role: "operator" }));
    const other = await live(await server.join({}));
    Object.assign(holder.reconnection, { minUptime: 0, minDelay: 1, delay: 1 });
    await ask(holder, "lease.acquire", { twinId: "p2" });
    const isBack = new Promise<void>((resolve) => holder.onReconnect.once(() => resolve()));
    holder.connection.close(4010);
    await isBack;
    await eventually(() => assert.equal(other.state.leases.get("p2")?.["holder"], holder.sessionId));
    await ask(holder, "lease.release", { twinId: "p2" });
    await ask(holder, "lease.acquire", { twinId: "p2" });

    holder.reconnection.enabled = false;
    holder.connection.close(4010);
    assert.equal([...twins.services.leases.list()].length, 1);
    await eventually(() => assert.deepEqual([other.state.leases.size, other.state.players.size], [0, 1]));
    assert.deepEqual([...twins.services.leases.list()], []);
  });
});
