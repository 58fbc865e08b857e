// A game that shows each player things of his own by views: they stay his, whatever becomes of his roles and of the room.
import assert from "node:assert/strict";
import { type Client, definePlugins, Room } from "@colyseus/core";
import { StateView, schema, t } from "@colyseus/schema";
import { digitalTwins, type InterestOptions, type TwinSyncPlugin } from "../../../plugins/index.ts";
import { ViewedWorld, World } from "../../../src/schema/entities.ts";
import { eventually } from "../../support/eventually.ts";
import { PUMP } from "../../support/hall.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newRoomServer, type RoomServer, type SeenRoom, type SeenWorld } from "../../support/newRoomServer.ts";
import { ask } from "./ask.ts";
import { aFewPatches } from "./newHall.ts";

const RESTRICTED = [{ model: PUMP, property: "setpoint", roles: ["operator", "admin"] }] as const;
const Hand = schema({ card: t.string() }, "Hand");

/** `team`: the game gives all clients one view. */
function gameRoom(twins: MemoryTwins, interest: InterestOptions | undefined, team?: StateView): typeof Room {
  const { services } = twins;
  const [TheWorld, name] = interest ? ([ViewedWorld, "LargeTable"] as const) : ([World, "SmallTable"] as const);
  const Table = schema({ hands: t.map(Hand).view(), world: t.ref(TheWorld as typeof World).optional() }, name);
  class Game extends Room<{ state: InstanceType<typeof Table> }> {
    override state = new Table();
    override plugins = definePlugins(
      digitalTwins({ services, field: "world", space: "hall", interest: interest ?? false }),
    );
    override messages = {
      card: ({ sessionId }: Client, card: string) => this.state.hands.get(sessionId)?.assign({ card }),
      role: (client: Client, ...[roles]: [string[]]) => {
        for (const role of roles) {
          client.auth = { role };
          (this.plugins as unknown as { twinSync: TwinSyncPlugin }).twinSync.rightsChanged(client);
        }
      },
    };
    static override async onAuth(_token: string, { role }: { role: string }) {
      return { role };
    }
    override onJoin(client: Client): void {
      const hand = new Hand({ card: "ace" });
      this.state.hands.set(client.sessionId, hand);
      client.view = team ?? new StateView();
      client.view.add(hand);
    }
  }
  return Game as unknown as typeof Room;
}

/** What a player holds, and all that he was ever sent. */
class Player {
  readonly room: SeenRoom;
  readonly frames: Buffer[] = [];

  constructor(room: SeenRoom) {
    this.room = room;
    const { transport } = room.connection as unknown as { transport: { ws: { addEventListener: Listen } } };
    transport.ws.addEventListener("message", ({ data }) => this.frames.push(Buffer.from(data)));
  }

  get #state() {
    return this.room.state as unknown as { hands?: Map<string, { card: string }>; world?: SeenWorld };
  }
  get cards(): string[] {
    return [...(this.#state.hands?.values() ?? [])].map(({ card }) => card);
  }
  get status(): string | undefined {
    return this.#state.world?.status;
  }
  get twins(): string[] {
    return [...(this.#state.world?.twins.keys() ?? [])].sort();
  }
  get setpoint(): unknown {
    return this.#state.world?.twins.get("p1")?.["setpoint"];
  }
  get temperature(): unknown {
    return this.#state.world?.twins.get("p1")?.["temperature"];
  }

  got(value: number): boolean {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    return Buffer.concat(this.frames).includes(bytes);
  }
}
type Listen = (type: "message", heard: (event: { data: ArrayBuffer }) => void) => void;

describe("a game's own views", () => {
  let twins: MemoryTwins;
  let server: RoomServer;
  let load: () => void;
  beforeEach(async () => {
    const loading = Promise.withResolvers<void>();
    load = loading.resolve;
    twins = await newMemoryTwins({ restricted: RESTRICTED, beforeLoad: () => loading.promise });
  });
  afterEach(async () => {
    load();
    await twins.ready;
    await server.close();
    await twins.close();
  });

  const serve = async (interest?: InterestOptions, team?: StateView) => {
    server = await newRoomServer({ game: gameRoom(twins, interest, team) }, false); // so that bytes can be looked at
  };
  const loaded = async () => {
    load();
    await twins.ready;
    const others = ["p2", "g1", "annex"].map((twinId) => ({ twinId, x: 900 }));
    twins.services.placements.add("hall", [{ twinId: "p1", x: 1, z: 1 }, ...others], "test");
  };
  const join = async (role: string) => new Player(await server.join({ role }));
  const live = (player: Player) => eventually(() => assert.equal(player.status, "live"));
  const sees = (player: Player, card: string, temperature: number, setpoint: number | undefined) =>
    eventually(() => {
      assert.deepEqual([player.cards, player.temperature, player.setpoint], [[card], temperature, setpoint]);
    });

  /** Through all that can become of his roles. */
  const changeRoles = async (player: Player) => {
    const say = (card: string, temperature: number, setpoint: number) => {
      player.room.send("card", card);
      twins.says("p1", { temperature, setpoint });
    };
    say("two", 2, 102.5);
    await sees(player, "two", 2, 102.5);
    player.room.send("role", ["player"]);
    await sees(player, "two", 2, undefined);
    player.frames.length = 0;
    say("three", 3, 103.5);
    await sees(player, "three", 3, undefined);
    player.room.send("role", ["operator"]);
    await sees(player, "three", 3, 103.5);
    say("four", 4, 104.5);
    await sees(player, "four", 4, 104.5);
    player.frames.length = 0;
    player.room.send("role", ["player", "operator", "player"]);
    await sees(player, "four", 4, undefined);
    say("five", 5, 105.5);
    await sees(player, "five", 5, undefined);
    for (const secret of [104.5, 105.5]) {
      assert.equal(player.got(secret), false);
    }
  };

  for (const [kind, interest] of [
    ["small", undefined],
    ["large", { threshold: 2, cellSize: 10 }],
  ] as const) {
    it(`in a ${kind} room, of who has other roles: what the game shows in them stays and goes on changing`, async () => {
      await serve(interest);
      await loaded();
      const [player, other] = [await join("operator"), await join("operator")];
      await live(player);
      await changeRoles(player);
      await sees(other, "ace", 5, 105.5);
    });

    it(`in a ${kind} room, of who came while twins were loading: the same`, async () => {
      await serve(interest);
      const player = await join("operator");
      await eventually(() => assert.deepEqual([player.cards, player.status], [["ace"], "loading"]));
      await loaded();
      await live(player);
      await changeRoles(player);
    });
  }

  it("in a large room that opens twins go from them that are not near", async () => {
    await serve({ threshold: 2, cellSize: 10 });
    const player = await join("operator");
    await loaded();
    await live(player);
    await eventually(() => assert.deepEqual([player.twins, player.cards], [["p1"], ["ace"]]));
    await ask(player.room, "twin.watch", { twinIds: ["g1"] });
    await eventually(() => assert.deepEqual([player.twins, player.cards], [["g1", "p1"], ["ace"]]));
  });

  it("a right that was lost far away from a twin does not come back with it", async () => {
    await serve({ threshold: 2, cellSize: 10 });
    await loaded();
    const player = await join("operator");
    await sees(player, "ace", Number(twins.services.mirror.get("p1")?.values.get("/temperature")?.value), 5);
    player.room.send("avatar.move", { x: 500, z: 500 });
    await eventually(() => assert.deepEqual(player.twins, []));
    player.room.send("role", ["player"]);
    await aFewPatches();
    player.room.send("avatar.move", { x: 1, z: 1 });
    await eventually(() => assert.deepEqual(player.twins, ["p1"]));
    twins.says("p1", { temperature: 2, setpoint: 102.5 });
    await sees(player, "ace", 2, undefined);
    assert.equal(player.got(102.5), false);
  });

  it("one of several clients shows what all of them may see, and stays while one of them is there", async () => {
    await serve(undefined, new StateView());
    await loaded();
    const operator = await join("operator");
    await live(operator);
    twins.says("p1", { temperature: 2, setpoint: 102.5 });
    await sees(operator, "ace", 2, 102.5);
    const player = await join("player");
    await live(player);
    await eventually(() => assert.deepEqual([operator.setpoint, operator.cards], [undefined, ["ace", "ace"]]));
    twins.says("p1", { temperature: 3, setpoint: 103.5 });
    await eventually(() => assert.deepEqual([player.temperature, player.setpoint], [3, undefined]));
    assert.deepEqual([player.got(102.5), player.got(103.5)], [false, false]);
    player.room.reconnection.enabled = false;
    await player.room.leave();
    await eventually(() => assert.equal(operator.setpoint, 103.5));
    operator.room.send("card", "king");
    await eventually(() => assert.ok(operator.cards.includes("king")));
  });

  it("one of several clients keeps a large room from opening, and stays as it is", async () => {
    await serve({ threshold: 2 }, new StateView());
    const player = await join("player");
    await join("operator");
    await loaded();
    twins.says("p1", { temperature: 2, setpoint: 102.5 });
    player.room.send("card", "king");
    await eventually(() => assert.ok(player.cards.includes("king")));
    await aFewPatches();
    assert.deepEqual([player.status, player.setpoint, player.got(102.5)], ["loading", undefined, false]);
  });
});
