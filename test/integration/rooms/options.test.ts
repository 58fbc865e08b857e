// Plugins with wrong options: the room is not created, and whoever joins is told which option, its value, what was expected.
import assert from "node:assert/strict";
import { definePlugins, Room, type RoomPlugin } from "@colyseus/core";
import { schema, t } from "@colyseus/schema";
import {
  digitalTwins,
  PresencePlugin,
  SignInPlugin,
  TwinBuildingPlugin,
  TwinControlPlugin,
  type TwinSyncOptions,
  TwinSyncPlugin,
} from "../../../plugins/index.ts";
import { ViewedWorld, World } from "../../../src/schema/entities.ts";
import { eventually } from "../../support/eventually.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newRoomServer, type RoomServer, type SeenRoom } from "../../support/newRoomServer.ts";
import { ask, refusalOf } from "./ask.ts";
import { live } from "./newHall.ts";

const field = "world";
const Game = schema({ round: t.uint16().default(7), world: t.ref(World).optional() }, "Game");
const LargeGame = schema({ world: t.ref(ViewedWorld).optional() }, "LargeGame");
type Made = readonly RoomPlugin[];

describe("options of the plugins", () => {
  let twins: MemoryTwins;
  let server: RoomServer;
  before(async () => {
    twins = await newMemoryTwins();
    await twins.ready;
  });
  after(() => twins.close());
  afterEach(() => server.close());

  const serve = async (plugins: () => Made, state?: () => object) => {
    const made = class Arena extends Room {
      override state = state?.() as never;
      override plugins = definePlugins(plugins()) as never;
    };
    server = await newRoomServer({ arena: made as unknown as typeof Room });
  };
  /** What a JavaScript game may write. */
  const bundle = (options: object) => () => digitalTwins({ services: twins.services, ...options } as TwinSyncOptions);
  const sync = (options: object = {}) => new TwinSyncPlugin({ services: twins.services, ...options });
  /** Each sentence in order, in what who joins is told. */
  const refuses = async (plugins: () => Made, sentences: readonly string[], state?: () => object) => {
    await serve(plugins, state);
    await assert.rejects(server.join(), ({ message }: Error) => {
      for (const sentence of sentences) {
        assert.ok(message.includes(sentence), `${sentence}\nis not in\n${message}`);
      }
      return true;
    });
  };

  const cases: readonly (readonly [object, ...string[]])[] = [
    [{ spcae: "hall" }, "there is no option 'spcae'", "services, space, scope, name, field"],
    [{ spcae: undefined }, "there is no option 'spcae'"],
    [{ services: undefined }, "option 'services' is missing", "const { services } = await connect("],
    [{ services: Promise.resolve() }, "option 'services' is an object", "await connect("],
    [{ space: "" }, `option 'space' is ""`, "an id"],
    [{ space: 5 }, "option 'space' is 5"],
    [{ space: "x".repeat(129) }, "option 'space' is", "1 to 128"],
    [{ scope: {} }, "option 'scope' is an object", "one of { space }, { query, everyMs? } and { twins }"],
    [{ scope: "hall" }, `option 'scope' is "hall"`, "an object"],
    [{ scope: { twin: ["p1"] } }, "there is no option 'scope.twin'", "space, query, everyMs, twins"],
    [{ scope: { twins: "p1" } }, `option 'scope.twins' is "p1"`, "an array of twins' ids"],
    [{ scope: { twins: ["p1", 2] } }, "option 'scope.twins.1' is 2"],
    [{ scope: { query: "" } }, `option 'scope.query' is ""`],
    [{ scope: { query: "SELECT T", everyMs: "often" } }, `option 'scope.everyMs' is "often"`, "ms, above 0"],
    [{ scope: { query: "SELECT T", everyMs: 0 } }, "option 'scope.everyMs' is 0"],
    [{ scope: { query: "SELECT T", everyMs: 2 ** 31 } }, "option 'scope.everyMs' is 2147483648", "up to 2147483647"],
    [{ scope: { twins: ["p1"], everyMs: 10 } }, "option 'scope.everyMs' is 10", "none where no query is asked"],
    [{ scope: { twins: ["p1"], query: "SELECT T" } }, "one of { space }"],
    [{ space: "hall", scope: { twins: ["p1"] } }, "option 'scope'", "either 'space' or 'scope', not both"],
    [{ name: 5 }, "option 'name' is 5"],
    [
      { interest: true },
      "option 'interest' is true",
      "an object with some of threshold, cellSize, reach, budget, perSecond",
    ],
    [{ interest: { treshold: 1 } }, "there is no option 'interest.treshold'", "threshold"],
    [{ interest: { threshold: "many" } }, `option 'interest.threshold' is "many"`, "a number of twins"],
    [{ interest: { threshold: Number.NaN } }, "option 'interest.threshold' is NaN"],
    [{ interest: { cellSize: 0 } }, "option 'interest.cellSize' is 0", "metres"],
    [{ interest: { cellSize: -25 } }, "option 'interest.cellSize' is -25"],
    [{ interest: { reach: 0.5 } }, "option 'interest.reach' is 0.5", "a whole number"],
    [{ interest: { reach: "1" } }, `option 'interest.reach' is "1"`],
    [{ interest: { reach: 3000 } }, "option 'interest.reach' is 3000"],
    [{ interest: { budget: -1 } }, "option 'interest.budget' is -1"],
    [{ interest: { budget: "x" } }, `option 'interest.budget' is "x"`],
    [{ interest: { perSecond: 0 } }, "option 'interest.perSecond' is 0", "1 or more"],
    [{ inbound: null }, "option 'inbound' is null"],
    [{ inbound: { perSecond: Number.NaN } }, "option 'inbound.perSecond' is NaN", "a number of messages a second"],
    [{ inbound: { perSecond: -5 } }, "option 'inbound.perSecond' is -5"],
    [{ inbound: { perSecond: Number.POSITIVE_INFINITY } }, "option 'inbound.perSecond' is Infinity"],
    [{ inbound: { perSecondOf: { "twin.patch": "10" } } }, `option 'inbound.perSecondOf.twin.patch' is "10"`],
    [{ inbound: { perSecondOf: 10 } }, "option 'inbound.perSecondOf' is 10"],
    [{ inbound: { maxBytes: "1KB" } }, `option 'inbound.maxBytes' is "1KB"`],
    [{ inbound: { bytesPerSecond: 0 } }, "option 'inbound.bytesPerSecond' is 0"],
    [{ inbound: { patience: Number.NaN } }, "option 'inbound.patience' is NaN"],
    [{ backpressure: { maxBufferedBytes: -1 } }, "option 'backpressure.maxBufferedBytes' is -1", "bytes"],
    [{ backpressure: { maxBufferedBytes: "1MB" } }, `option 'backpressure.maxBufferedBytes' is "1MB"`],
    [{ backpressure: { slowForMs: Number.NaN } }, "option 'backpressure.slowForMs' is NaN"],
    [{ backpressure: false }, "option 'backpressure' is false"],
    [{ field: "" }, `option 'field' is ""`],
    [{ spcae: 1, name: 2 }, "option 'name' is 2", "there is no option 'spcae'"],
  ];
  for (const [options, ...sentences] of cases) {
    it(`refused: ${sentences[0]}`, () => refuses(bundle(options), ["TwinSyncPlugin", ...sentences]));
  }

  it("refused: no options at all", () =>
    refuses(() => digitalTwins(undefined as never), ["the argument is missing", "services"]));

  for (const [name, state, options, ...sentences] of [
    ["a field that the state does not have", Game, { field: "wrold" }, "'wrold'", "(round, world)", "t.ref(World)"],
    ["a field of another type", Game, { field: "round" }, "Game.round cannot hold the world", "t.ref(World)"],
    ["no field where there is a state", Game, {}, "has a state of its own (Game)", "option 'field'"],
    [
      "interest with t.ref(World)",
      Game,
      { field, interest: {} },
      "t.ref(ViewedWorld)",
      "leave out the option 'interest'",
    ],
    ["t.ref(ViewedWorld) without interest", LargeGame, { field }, "t.ref(World)", "goes with the option 'interest'"],
  ] as const) {
    it(`refused: ${name}`, () => refuses(bundle(options), sentences, () => new state()));
  }

  it("refused: a field without a state", () => refuses(bundle({ field }), ["no state to hold 'world'"]));

  for (const Plugin of [TwinControlPlugin, TwinBuildingPlugin, PresencePlugin, SignInPlugin]) {
    const make = (options: object) => new Plugin(options as never);
    const { name } = Plugin;
    it(`refused: ${name} with wrong options`, async () => {
      const first = "const sync = new TwinSyncPlugin({ services })";
      await refuses(() => [sync(), make({})], [`${name}: option 'sync' is missing`, first]);
      await server.close();
      await refuses(() => [sync(), make({ sync: twins.services })], ["option 'sync' is an object"]);
      await server.close();
      await refuses(() => [sync(), make({ sync: sync(), snyc: 1 })], [`${name}: there is no option 'snyc'`]);
    });

    it(`refused: ${name} before its TwinSyncPlugin, or without it`, async () => {
      const advice = `it comes first: definePlugins([sync, new ${name}({ sync }), …])`;
      const late = () => {
        const listed = sync();
        return [make({ sync: listed }), listed];
      };
      await refuses(late, [`TwinSyncPlugin of ${name} is listed behind it`, advice]);
      await server.close();
      await refuses(() => [make({ sync: sync() })], ["is not among the room's plugins", advice]);
    });
  }

  it("refused: a sign-in that never ends", () =>
    refuses(() => {
      const listed = sync();
      return [listed, new SignInPlugin({ sync: listed, graceMs: Number.NaN })];
    }, ["SignInPlugin: option 'graceMs' is NaN"]));

  it("refused: a creation option 'space' that is no id", async () => {
    await serve(bundle({}));
    for (const space of [5, {}, ["hall"], "x".repeat(129)]) {
      await assert.rejects(server.join({ space }), /creation option 'space' is .*: expected an id/);
    }
    assert.equal((await live(await server.join({ space: "" }))).state.space, "hall");
  });

  it("undefined counts as not given: the defaults hold, the limit for messages too", async () => {
    const undefineds = (...names: string[]) => Object.fromEntries(names.map((name) => [name, undefined]));
    const options = {
      space: "hall",
      ...undefineds("scope", "name"),
      interest: { threshold: 2, ...undefineds("cellSize", "reach", "budget", "perSecond") },
      backpressure: undefineds("maxBufferedBytes", "slowForMs", "maxBytes"),
      inbound: {
        perSecondOf: { "twin.watch": undefined },
        ...undefineds("perSecond", "bytesPerSecond", "maxBytes", "patience"),
      },
    };
    await serve(bundle(options));
    const room = await live(await server.join());
    const asked = await Promise.allSettled(
      Array.from({ length: 450 }, () => ask(room, "twin.watch", { twinIds: ["p1"] })),
    );
    const refused = asked.filter(({ status }) => status === "rejected").length;
    assert.ok(refused > 0 && refused <= 50, `${refused} of 450 were refused`);
    const shown = () => [...room.state.twins.keys()].sort();
    await eventually(() => assert.deepEqual(shown(), ["annex", "g1", "p1", "p2"])); // near; the hall itself stands nowhere
  });

  it("0 for a type of message lets none of it in", async () => {
    await serve(bundle({ space: "hall", inbound: { perSecondOf: { "twin.get": 0 } } }));
    const room = await live(await server.join());
    assert.equal((await refusalOf(ask(room, "twin.get", { twinId: "p1" }))).code, "RATE_LIMITED");
  });

  it("all that is documented is taken, in a game's own state", async () => {
    const never = Number.POSITIVE_INFINITY;
    const options = {
      ...{ field, name: "Hall", scope: { space: "hall" } },
      interest: { threshold: never, cellSize: 25, reach: 1, budget: never, perSecond: never },
      backpressure: { maxBufferedBytes: 1 << 20, slowForMs: never, maxBytes: 32 << 20 },
      inbound: {
        perSecond: 200,
        perSecondOf: { "game.own": 1 },
        bytesPerSecond: never,
        maxBytes: never,
        patience: never,
      },
    };
    await serve(bundle(options), () => new LargeGame());
    const room = await server.join();
    await eventually(() => assert.equal((room.state as unknown as { world: SeenRoom["state"] }).world?.status, "live"));
  });
});
