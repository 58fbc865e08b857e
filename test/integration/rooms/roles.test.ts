// Properties that only some roles see, over real sockets: what others get is looked at byte by byte.
import assert from "node:assert/strict";
import { type Client, definePlugins, Room } from "@colyseus/core";
import { digitalTwins, type TwinSyncPlugin } from "../../../plugins/index.ts";
import { eventually } from "../../support/eventually.ts";
import { PUMP } from "../../support/hall.ts";
import { newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newRoomServer, type SeenRoom } from "../../support/newRoomServer.ts";
import { ask } from "./ask.ts";
import { aFewPatches, type Hall, live, newHall, seen } from "./newHall.ts";

const RESTRICTED = [
  { model: PUMP, property: "setpoint", roles: ["operator", "admin"] },
  { model: PUMP, property: "tags", roles: ["admin"] },
  { model: "dtmi:test:Motor;1", property: "limit", roles: ["admin"] },
] as const;

describe("properties for some roles only", () => {
  let hall: Hall;
  beforeEach(async () => {
    hall = await newHall({ restricted: RESTRICTED });
    await hall.ready;
  });
  afterEach(() => hall.close());

  const as = async (role: string): Promise<SeenRoom> => await live(await hall.join({ role }));

  it("come to these roles, and to no other client", async () => {
    const [player, operator, admin] = [await as("player"), await as("operator"), await as("admin")];
    const frames: Buffer[] = [];
    const { transport } = player.connection as unknown as { transport: { ws: { addEventListener: Listen } } };
    transport.ws.addEventListener("message", ({ data }) => frames.push(Buffer.from(data)));
    hall.says("p1", { temperature: 21, setpoint: 77.25, tags: { key: "a-secret" }, motor: { limit: 4 } });
    for (const room of [player, operator, admin]) {
      await eventually(() => assert.equal(seen(room, "p1", "temperature"), 21));
    }
    await eventually(() => assert.equal(seen(operator, "p1", "setpoint"), 77.25));
    await eventually(() => assert.equal(seen(admin, "p1", "tags"), '{"key":"a-secret"}'));
    assert.equal(seen(admin, "p1", "setpoint"), 77.25);
    assert.equal(seen(operator, "p1", "tags"), undefined);
    assert.equal(seen(player, "p1", "setpoint"), undefined);
    const all = Buffer.concat(frames);
    assert.ok(!all.includes("a-secret"));
    const setpoint = Buffer.alloc(8);
    setpoint.writeDoubleLE(77.25);
    assert.ok(!all.includes(setpoint));
  });

  it("are in nobody else's first state, nor in the answer to twin.get", async () => {
    const [player, admin] = [await as("player"), await as("admin")];
    assert.equal(seen(player, "p1", "setpoint"), undefined);
    assert.equal(seen(player, "p1", "name"), "Pump 1");
    assert.equal(seen(admin, "p1", "setpoint"), 5);
    const got = (await ask(player, "twin.get", { twinId: "p1" })) as { twin: Record<string, unknown>; times: object };
    assert.equal(got.twin["setpoint"], undefined);
    assert.equal(got.twin["name"], "Pump 1");
    assert.ok(!("/setpoint" in got.times));
    assert.equal(((await ask(admin, "twin.get", { twinId: "p1" })) as typeof got).twin["setpoint"], 5);
  });

  it("are in nobody else's history", async () => {
    const [player, admin] = [await as("player"), await as("admin")];
    hall.says("p1", { temperature: 21, setpoint: 77.25 });
    await eventually(() => assert.equal(seen(admin, "p1", "setpoint"), 77.25));
    const historyOf = async (room: SeenRoom) => {
      const { history } = await ask(room, "twin.get", { twinId: "p1", history: 60 });
      return history as Record<string, [number, number][]>;
    };
    const [told, open] = [await historyOf(admin), await historyOf(player)];
    assert.equal(told["/setpoint"]?.at(-1)?.[1], 77.25);
    assert.equal(open["/temperature"]?.at(-1)?.[1], 21);
    assert.ok(!("/setpoint" in open));
  });

  it("operations on them do not tell the value", async () => {
    const [player, admin] = [await as("player"), await as("admin")];
    const patch = [{ op: "replace", path: "/setpoint", value: 88 }];
    const { operationId } = await ask(admin, "twin.patch", { twinId: "p1", patch });
    await eventually(() => assert.equal(player.state.operations.get(String(operationId))?.["status"], "verified"));
    assert.equal(player.state.operations.get(String(operationId))?.["desired"], "");
  });
});

type Listen = (type: "message", heard: (event: { data: ArrayBuffer }) => void) => void;

describe("a game that looks up roles while a client joins", () => {
  for (const [size, interest] of [
    ["small", false],
    ["large", { threshold: 2, cellSize: 1000 }],
  ] as const) {
    it(`shows it what they see, in a ${size} room, and nothing before it is there`, async () => {
      const twins = await newMemoryTwins({ restricted: RESTRICTED });
      await twins.ready;
      const { services } = twins;
      class Game extends Room {
        override plugins = definePlugins(digitalTwins({ services, interest }));
        static override async onAuth() {
          return { role: "player" };
        }
        override async onJoin(client: Client): Promise<void> {
          client.auth = { role: "operator" };
          (this.plugins as unknown as { twinSync: TwinSyncPlugin }).twinSync.rightsChanged(client);
          await aFewPatches();
        }
      }
      const server = await newRoomServer({ game: Game as unknown as typeof Room });
      try {
        const room = await live(await server.join({ space: "hall" })); // the SDK throws at what comes too early
        await eventually(() => assert.equal(seen(room, "p1", "setpoint"), 5));
        twins.says("p1", { setpoint: 77.25 });
        await eventually(() => assert.equal(seen(room, "p1", "setpoint"), 77.25));
      } finally {
        await server.close();
        await twins.close();
      }
    });
  }
});
