// Who came to a room while the twins were being loaded, and before anybody knew that it is a large one.
import assert from "node:assert/strict";
import { type Client, definePlugins, Room } from "@colyseus/core";
import { ColyseusSDK } from "@colyseus/sdk";
import { digitalTwins } from "../../../plugins/index.ts";
import { eventually } from "../../support/eventually.ts";
import { PUMP } from "../../support/hall.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newRoomServer, type RoomServer, type SeenRoom } from "../../support/newRoomServer.ts";
import { ask } from "./ask.ts";
import { live } from "./newHall.ts";

const RESTRICTED = [{ model: PUMP, property: "setpoint", roles: ["operator"] }] as const;

describe("in a room that opens as a large one", () => {
  let twins: MemoryTwins;
  let server: RoomServer;
  let clients: readonly Client[];
  let load: () => void;
  beforeEach(async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    load = resolve;
    twins = await newMemoryTwins({ beforeLoad: () => promise, restricted: RESTRICTED });
    const { services } = twins;
    class Large extends Room {
      override plugins = definePlugins(digitalTwins({ services, interest: { threshold: 2, cellSize: 10 } }));
      static override async onAuth(_token: string, { role = "player" }: { role?: string }) {
        return { role };
      }
      override onCreate(): void {
        ({ clients } = this);
      }
      override async onDrop(client: Client): Promise<void> {
        await this.allowReconnection(client, 30).catch(() => undefined);
      }
    }
    server = await newRoomServer({ large: Large as unknown as typeof Room });
  });
  afterEach(async () => {
    load();
    await server.close();
    await twins.close();
  });

  const ids = (room: SeenRoom) => [...room.state.twins.keys()].sort();
  const drop = async (room: SeenRoom) => {
    const { length } = clients;
    room.reconnection.enabled = false;
    room.connection.close(4010);
    await eventually(() => assert.equal(clients.length, length - 1));
  };
  const comeBack = async ({ reconnectionToken }: SeenRoom): Promise<SeenRoom> => {
    const sdk = new ColyseusSDK(`http://127.0.0.1:${server.port}`);
    const room = (await sdk.reconnect(reconnectionToken)) as unknown as SeenRoom;
    await new Promise<void>((resolve) => room.onStateChange.once(() => resolve()));
    return room;
  };
  const setpoint = (room: SeenRoom) => room.state.twins.get("p1")?.["setpoint"];

  it("who had lost the connection, more than once too, sees what is near and what he asked for when he is back", async () => {
    const join = (role: string) => server.join({ space: "hall", role });
    const [stays, operator, player] = [await join("player"), await join("operator"), await join("player")];
    await drop(operator);
    const back = await comeBack(operator);
    back.send("avatar.move", { x: 5000, z: 5000 });
    await ask(back, "twin.watch", { twinIds: ["p1"] });
    await drop(back);
    await drop(player);
    load();
    await live(stays);
    const rooms = [await comeBack(back), await comeBack(player)] as const;
    await eventually(() => assert.deepEqual(ids(rooms[0]), ["p1"]));
    await ask(rooms[1], "twin.watch", { twinIds: ["p1"] });
    await eventually(() => assert.ok(ids(rooms[1]).includes("p1")));
    twins.says("p1", { temperature: 77, setpoint: 102.5 });
    for (const room of rooms) {
      await eventually(() => assert.equal(room.state.twins.get("p1")?.["temperature"], 77));
    }
    assert.deepEqual(rooms.map(setpoint), [102.5, undefined]);
    for (const room of rooms) {
      await room.leave();
    }
  });

  it("who watched, selected or went somewhere before sees it", async () => {
    const room = await server.join({ space: "hall" });
    room.send("avatar.move", { x: 5000, z: 5000, selected: "p2" });
    assert.deepEqual(await ask(room, "twin.watch", { twinIds: ["g1"] }), { watching: 1 });
    load();
    await live(room);
    assert.deepEqual(ids(room), ["g1", "p2"]);
  });
});
