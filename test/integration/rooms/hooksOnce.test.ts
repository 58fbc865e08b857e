// Hooks of plugins, a game's own among them, in rooms whose classes extend each other: once each, whatever came before.
import assert from "node:assert/strict";
import { type Client, definePlugins, Room, RoomPlugin } from "@colyseus/core";
import { ColyseusSDK } from "@colyseus/sdk";
import { digitalTwins } from "../../../plugins/index.ts";
import { eventually } from "../../support/eventually.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newRoomServer, type RoomServer, type SeenRoom } from "../../support/newRoomServer.ts";
import { live } from "./newHall.ts";

const HOOKS = ["onCreate", "onAuth", "onJoin", "onLeave", "onDispose"] as const;
const ONCE = [
  ...HOOKS.slice(0, 3).flatMap((hook) => [`plugin ${hook}`, `game ${hook}`]),
  ...HOOKS.slice(3).flatMap((hook) => [`game ${hook}`, `plugin ${hook}`]),
];

describe("hooks of plugins in rooms that extend each other", () => {
  let twins: MemoryTwins;
  let server: RoomServer | undefined;
  let ran: string[];
  let failing: string;
  beforeEach(async () => {
    [ran, failing, server] = [[], "", undefined];
    twins = await newMemoryTwins();
    await twins.ready;
  });
  afterEach(async () => {
    await server?.close();
    await twins.close();
  });

  const noted = (what: string) => {
    ran.push(what);
    if (what === failing) {
      throw new Error(`${what} failed`);
    }
  };
  /** A game's own: of the kind that counts who is there. */
  class Noting extends RoomPlugin<Room> {
    override readonly pluginName: string;
    readonly #who: string;
    constructor(who = "plugin") {
      super();
      this.pluginName = who;
      this.#who = who;
    }
    protected override onCreate = () => noted(`${this.#who} onCreate`);
    protected override onAuth = () => noted(`${this.#who} onAuth`);
    protected override onJoin = () => noted(`${this.#who} onJoin`);
    protected override onLeave = () => noted(`${this.#who} onLeave`);
    protected override onDispose = () => noted(`${this.#who} onDispose`);
  }
  const ours = () => digitalTwins({ services: twins.services, space: "hall" });
  const stock = (...plugins: RoomPlugin[]) =>
    class Stock extends Noted {
      override plugins: unknown = definePlugins(plugins.length > 0 ? plugins : [new Noting()]);
    };
  class Noted extends Room {
    override patchRate = 20;
    override onCreate(): void {
      noted("game onCreate");
    }
    override onAuth(): unknown {
      noted("game onAuth");
      return { name: "Ada", role: "operator" };
    }
    override onJoin(_client: Client): void {
      noted("game onJoin");
    }
    override onLeave(): void {
      noted("game onLeave");
    }
    override onDispose(): void {
      noted("game onDispose");
    }
  }
  const game = () =>
    class Game extends Noted {
      override plugins: unknown = definePlugins([...ours(), new Noting()]);
    };
  const serve = async (rooms: Record<string, unknown>) => {
    server = await newRoomServer(rooms as Record<string, typeof Room>);
    return server;
  };
  /** A room without our plugin has no state here. */
  const enter = async (name: string) => {
    const room = await new ColyseusSDK(`http://127.0.0.1:${server?.port}`).joinOrCreate(name);
    room.reconnection.enabled = false;
    return room;
  };
  /** From its creation to its end. */
  const play = async (name: string, isOurs = true) => {
    ran = [];
    const room = (await enter(name)) as unknown as SeenRoom;
    if (isOurs) {
      await eventually(() => assert.equal(room.state.status, "live"));
      const players = [...room.state.players.values()];
      assert.deepEqual(
        players.map((player) => [player["name"], player["colour"]]),
        [["Ada", "#E69F00"]],
      );
    }
    await room.leave();
    await eventually(() => assert.equal(ran.at(-1), "plugin onDispose"));
    return ran;
  };

  const subclasses: [how: string, of: (base: ReturnType<typeof game>) => unknown][] = [
    ["nothing", (base) => base],
    [
      "onJoin alone",
      (base) =>
        class extends base {
          override onJoin(client: Client): void {
            super.onJoin(client);
          }
        },
    ],
    [
      "its plugins",
      (base) =>
        class extends base {
          override plugins = definePlugins([...ours(), new Noting()]);
        },
    ],
    [
      "onUncaughtException",
      (base) =>
        class extends base {
          override onUncaughtException(): void {}
        },
    ],
    ["what is declared two classes below", (base) => class extends class extends base {} {}],
  ];
  for (const [how, subclass] of subclasses) {
    it(`each runs once where the subclass declares ${how}: its first room, the next, and the base's own`, async () => {
      const Base = game();
      await serve({ base: Base, sub: subclass(Base) });
      for (const name of ["base", "sub", "sub", "base"]) {
        assert.deepEqual(await play(name), ONCE, name);
      }
    });
  }

  it("a base class without our plugin stays as Colyseus has it, and a subclass with it has each hook once", async () => {
    const Base = stock();
    class Sub extends Base {
      override plugins = definePlugins([...ours(), new Noting()]);
    }
    await serve({ base: Base, sub: Sub });
    for (const name of ["base", "sub", "base", "sub"]) {
      assert.deepEqual(await play(name, name === "sub"), ONCE, name);
    }
  });

  it("a room of the base class that is open while a subclass with our plugin opens keeps its hooks", async () => {
    const Base = stock();
    class Sub extends Base {
      override plugins = definePlugins([...ours(), new Noting()]);
    }
    await serve({ base: Base, sub: Sub });
    const first = await enter("base");
    await play("sub");
    ran = [];
    await first.leave();
    await eventually(() => assert.deepEqual(ran, ONCE.slice(6)));
  });

  it("a subclass need not list what its base class lists", async () => {
    const Base = stock(new Noting("absent"));
    class Sub extends Base {
      override plugins = definePlugins([...ours(), new Noting()]);
    }
    await serve({ base: Base, sub: Sub });
    const first = await enter("base");
    assert.deepEqual(await play("sub"), ONCE);
    await first.leave();
  });

  it("plugins that others depend on have their hooks once, too", async () => {
    class Depending extends RoomPlugin<Room> {
      override readonly pluginName = "depending";
      static dependencies = [Noting];
    }
    class Base extends Noted {
      override plugins = definePlugins([...ours(), new Depending()]);
    }
    class Sub extends Base {
      override onJoin(client: Client): void {
        super.onJoin(client);
      }
    }
    await serve({ base: Base, sub: Sub });
    for (const name of ["base", "sub"]) {
      assert.deepEqual(await play(name), ONCE, name);
    }
  });

  for (const [hook, who] of HOOKS.slice(0, 3).flatMap(
    (name) =>
      [
        [name, "plugin"],
        [name, "game"],
      ] as const,
  )) {
    it(`${hook} of the ${who} fails: whoever joins is told, and what would follow does not run`, async () => {
      const Base = game();
      const { join } = await serve({ base: Base, sub: class extends Base {} });
      await play("base");
      [ran, failing] = [[], `${who} ${hook}`];
      await assert.rejects(join({}, "sub"), new RegExp(`${who} ${hook} failed`));
      assert.deepEqual(ran.slice(0, ONCE.indexOf(failing) + 1), ONCE.slice(0, ONCE.indexOf(failing) + 1));
      const then = ONCE.slice(ONCE.indexOf(failing) + 1, 6);
      assert.deepEqual(
        ran.filter((what) => then.includes(what)),
        [],
      );
    });
  }

  for (const [size, options] of [
    ["small", {}],
    ["large", { interest: { threshold: 1 } }],
  ] as const) {
    it(`a game of a ${size} room may call its onJoin again: the player is who he was`, async () => {
      class Again extends Noted {
        override plugins = definePlugins(digitalTwins({ services: twins.services, space: "hall", ...options }));
        override messages = { again: (client: Client) => this.onJoin(client) };
      }
      const { join } = await serve({ game: Again });
      const [room, other] = [await live(await join()), await live(await join())];
      room.send("avatar.move", { x: 2 });
      const player = () => other.state.players.get(room.sessionId);
      await eventually(() => assert.equal(player()?.["x"], 2));
      await room.request("again" as never, undefined as never);
      await room.request("twin.watch" as never, { twinIds: ["p1"] } as never);
      twins.says("p1", { temperature: 42 });
      await eventually(() => assert.equal(room.state.twins.get("p1")?.["temperature"], 42));
      assert.deepEqual([player()?.["x"], player()?.["colour"], other.state.players.size], [2, "#E69F00", 2]);
    });
  }
});
