// A game developer's own server, with a room and a state class of its own, has the twins by one plugin line. The
// example as a process of its own, and a room that sets its state in onCreate; both over the embedded cloud.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { stripTypeScriptTypes } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { definePlugins, Room } from "@colyseus/core";
import { schema, t } from "@colyseus/schema";
import { ColyseusSDK, type Room as JoinedRoom } from "@colyseus/sdk";
import WebSocket from "ws";
import { plant } from "../../emulator/devices/plant/index.ts";
import { codegen } from "../../src/cli/codegen.ts";
import { connect, digitalTwins, loadConfig, type TwinServices, World } from "../../src/index.ts";
import { eventually } from "../support/eventually.ts";
import type { SeenWorld } from "../support/joinSpace.ts";
import { endProcesses, type NewProcess, newProcess } from "../support/newProcess.ts";
import { newRoomServer } from "../support/newRoomServer.ts";
import { silentLog } from "../support/silentLog.ts";

interface SeenGame {
  round: number;
  scores: Map<string, { name: string; points: number }>;
  world: SeenWorld;
}
const FRIEND = "https://plant.example";
const START_MS = 20_000;
const silentTerminal = { out: () => undefined, error: () => undefined };
const patch = { twinId: "hall-1", patch: [{ op: "replace", path: "/targetTemperature", value: 19 }] };

/** Writes a set-point as the game's players do, and waits until everybody sees it verified. */
async function operate(asker: JoinedRoom<unknown, SeenGame>, other: JoinedRoom<unknown, SeenGame>): Promise<void> {
  const reply = (await asker.request("twin.patch" as never, patch as never)) as { operationId: string };
  await eventually(() => assert.equal(other.state.world.operations.get(reply.operationId)?.status, "verified"));
  await eventually(() => assert.equal(other.state.world.twins.get("hall-1")?.["targetTemperature"], 19));
}

describe("the example game", function () {
  this.timeout(60_000);
  const dataDir = mkdtempSync(join(tmpdir(), "game-"));
  let game: NewProcess;
  let url: string;

  const enter = async (name: string, role = "player") => {
    const joined = await new ColyseusSDK(url).joinOrCreate("arena", { name, role });
    const room = joined as unknown as JoinedRoom<unknown, SeenGame>;
    room.reconnection.enabled = false;
    await eventually(() => assert.equal(room.state?.world?.status, "live"), { timeoutMs: START_MS });
    return room;
  };

  before(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    game = newProcess(["examples/game/main.ts"], {
      PORT: String(port),
      DATA_DIR: dataDir,
      ALLOWED_ORIGINS: FRIEND,
    });
    await eventually(() => fetch(url), { timeoutMs: START_MS, intervalMs: 50 });
  });
  after(async () => {
    await endProcesses();
    rmSync(dataDir, { recursive: true });
  });

  it("shows live twins in one field of its own state, beside its own", async () => {
    const [ada, bob] = [await enter("Ada"), await enter("Bob")];
    assert.equal(ada.roomId, bob.roomId);
    await eventually(() =>
      assert.deepEqual(Array.from(ada.state.scores.values(), (s) => s.name).sort(), ["Ada", "Bob"]),
    );
    assert.deepEqual([ada.state.round, ada.state.world.twins.size >= 22], [1, true]);
    const speed = () => Number(bob.state.world.twins.get("pump-101")?.["speed"]);
    await eventually(() => assert.ok(speed() > 1000), { timeoutMs: 10_000 });

    const points = await ada.request("touch" as never, "pump-101" as never);
    assert.ok(Number(points) > 1000, "a running pump scores by its speed");
    await eventually(() => assert.equal(bob.state.scores.get(ada.sessionId)?.points, points));
    await ada.leave();
    await eventually(() => assert.equal(bob.state.scores.size, 1));
    await bob.leave();
  });

  it("takes the largest messages of the plugins, and refuses larger ones with a reason", async () => {
    const ada = await enter("Ada");
    const twinIds = Array.from({ length: 100 }, (_, n) => `${n}`.padEnd(128, "x"));
    assert.deepEqual(await ada.request("twin.watch" as never, { twinIds } as never), { watching: 100 });
    const tooLarge = ada.request("twin.watch" as never, { twinIds: ["x".repeat(600 * 1024)] } as never);
    await assert.rejects(tooLarge, (error: { reason?: { code: string } }) => error.reason?.code === "INVALID_PAYLOAD");
    await ada.leave();
  });

  it("keeps the seat of who lost the connection: his score and his avatar", async () => {
    const [ada, bob] = [await enter("Ada"), await enter("Bob")];
    const points = await ada.request("touch" as never, "pump-101" as never);
    await ada.request("avatar.move" as never, { x: 7 } as never);
    const x = (id: string) => (bob.state.world.players.get(id) as { x?: number } | undefined)?.x;
    const seat = () => [bob.state.scores.get(ada.sessionId)?.points, x(ada.sessionId)];
    await eventually(() => assert.deepEqual(seat(), [points, 7]));
    const { sessionId } = ada;
    Object.assign(ada.reconnection, { enabled: true, minUptime: 0, minDelay: 500, delay: 500 });
    const dropped = new Promise((resolve) => ada.onDrop.once(resolve));
    const back = new Promise<string>((resolve) => {
      ada.onReconnect.once(() => resolve("is back"));
      ada.onLeave.once((code) => resolve(`left: ${code}`));
    });
    ada.connection.close(4010);
    await dropped;
    await bob.request("avatar.move" as never, { x: 1 } as never);
    await eventually(() => assert.equal(x(bob.sessionId), 1));
    assert.deepEqual(seat(), [points, 7]); // while she is away
    assert.equal(await back, "is back");
    assert.equal(ada.sessionId, sessionId);
    assert.deepEqual(seat(), [points, 7]);
    await ada.request("avatar.move" as never, { x: 8 } as never);
    await eventually(() => assert.deepEqual(seat(), [points, 8]));
    await ada.leave();
    await eventually(() => assert.deepEqual(seat(), [undefined, undefined]));
    await bob.leave();
  });

  it("has one arena per space, and none for what is no space", async () => {
    const sdk = new ColyseusSDK(url);
    for (const space of ["a", "x".repeat(100_000), 5, { toString: 1 }]) {
      await assert.rejects(sdk.create("arena", { space }), (error: { code: number; message: string }) => {
        assert.deepEqual(
          [error.code, /^There is no space .{1,30}\. There are hall-1, [\w-]+, [\w-]+, …\.$/.test(error.message)],
          [404, true],
        );
        return true;
      });
    }
    await assert.rejects(sdk.create("arena", { space: "hall-1" }), { code: 405 });
    const ada = await enter("Ada");
    const bob = (await sdk.joinOrCreate("arena", { space: "hall-1" })) as unknown as JoinedRoom<unknown, SeenGame>;
    assert.equal(bob.roomId, ada.roomId); // the first space is the hall
    assert.equal(ada.state.world.players.get(ada.sessionId)?.name, "Ada");
    await Promise.all([ada.leave(), bob.leave()]);
  });

  it("lets pages in by ALLOWED_ORIGINS only, to matchmaking and to rooms", async () => {
    const asked = async (origin: string) => {
      const answer = await fetch(`${url}/matchmake/joinOrCreate/arena`, { method: "POST", headers: { origin } });
      const socket = new WebSocket(url.replace("http", "ws"), { origin });
      const opened = once(socket, "open").then(() => 101);
      const refused = once(socket, "unexpected-response").then(([, { statusCode }]) => statusCode as number);
      const upgrade = await Promise.race([opened, refused]);
      socket.on("error", () => undefined).terminate();
      return [answer.status, answer.headers.get("access-control-allow-origin"), upgrade];
    };
    assert.deepEqual(await asked("https://evil.example"), [403, null, 403]);
    assert.deepEqual(await asked(FRIEND), [200, FRIEND, 101]);
    assert.deepEqual(await asked(url), [200, url, 101]);
  });

  it("has a route of its own for health, and none of the ready-made server's", async () => {
    await eventually(async () => assert.equal((await fetch(`${url}/health`)).status, 200), { timeoutMs: START_MS });
    for (const path of ["/api/v1/spaces", "/docs", "/metrics", "/monitor"]) {
      assert.equal((await fetch(url + path)).status, 404, path);
    }
  });

  it("ends as any Colyseus server does", async () => {
    const { code, ms } = await game.end("SIGTERM");
    assert.equal(code, 0);
    assert.ok(ms < 4500, `${ms} ms`);
    assert.doesNotMatch(game.stderr(), /"level":[56]0|^\s+at /m);
  });
});

describe("a game's room that sets its state in onCreate", function () {
  this.timeout(30_000);
  const GameState = schema({ round: t.uint16().default(7), world: t.ref(World).optional() }, "GameState");

  const lateRoom = (services: TwinServices) =>
    class LateRoom extends Room<{ state: InstanceType<typeof GameState> }> {
      override plugins = definePlugins(digitalTwins({ services, field: "world", space: "hall-1" }));
      static override async onAuth() {
        return { name: "Ada", role: "operator" }; // a game signs its players in itself
      }
      override onCreate(): void {
        this.state = new GameState();
      }
    } as unknown as typeof Room;

  it("has the twins too, and its players operate them", async () => {
    const twins = await connect(loadConfig({}, { memory: true }), silentLog);
    const server = await newRoomServer({ arena: lateRoom(twins.services) });
    try {
      const enter = async () => (await server.join()) as unknown as JoinedRoom<unknown, SeenGame>;
      const [ada, bob] = [await enter(), await enter()];
      await eventually(() => assert.equal(ada.state.world?.status, "live"), { timeoutMs: START_MS });
      assert.equal(ada.state.round, 7);
      await operate(ada, bob);
      const bearing = () => Number(ada.state.world.twins.get("pump-101")?.["bearingTemperature"]);
      await eventually(() => assert.ok(bearing() > 0), { timeoutMs: START_MS }); // an interlock asks for it
      const [state, [operationId, status]] = await runTypedClient(`http://127.0.0.1:${server.port}`);
      assert.match(state.join(" "), /^\d+(\.\d+)? rpm (off|starting|running)$/);
      assert.ok(status === "sent" || status === "verified", `${operationId}`);
    } finally {
      await server.close();
      await twins.close();
    }
  });
});

/** The typed client of docs/plugins.md, with codegen's decoders of the demo's models; what it printed of twin and write. */
async function runTypedClient(url: string): Promise<[unknown[], unknown[]]> {
  const section = readFileSync("docs/plugins.md", "utf8").split("\n### A typed client\n")[1] ?? "";
  const [, code = ""] = /^```ts\n(.*?)^```$/ms.exec(section) ?? [];
  const folder = mkdtempSync(join(tmpdir(), "client-"));
  const printed: unknown[][] = [];
  try {
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    writeFileSync(join(folder, "models.json"), JSON.stringify(plant.models));
    assert.equal(codegen([join(folder, "models.json"), "-o", join(folder, "twins.d.ts")], silentTerminal), 0);
    const decoders = await import(pathToFileURL(join(folder, "twins.js")).href);
    const body = stripTypeScriptTypes(code.replace("http://localhost:2567", url).replace(/^import .*$/gm, ""));
    const console = { log: (...words: unknown[]) => void printed.push(words) };
    const names = { ColyseusSDK, console, ...decoders };
    const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
    const run = new AsyncFunction(...Object.keys(names), `${body}\nreturn room;`);
    const room = (await run(...Object.values(names))) as JoinedRoom;
    const told = (isMeant: (words: unknown[]) => boolean) =>
      eventually(() => printed.find(isMeant) ?? assert.fail(`not among ${JSON.stringify(printed)}`), {
        timeoutMs: START_MS,
      });
    const write = await told(([id]) => typeof id === "string");
    const state = await told(([speed, , running]) => typeof speed === "number" && typeof running === "string"); // once its device spoke
    await room.leave();
    return [state, write];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
