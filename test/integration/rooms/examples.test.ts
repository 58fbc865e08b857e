// The examples of docs/plugins.md, run as they stand there: each room on a server, each client in it. Names of the demo
// plant are those of the tests' hall.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { definePlugins, Room } from "@colyseus/core";
import * as plugins from "../../../plugins/index.ts";
import { eventually } from "../../support/eventually.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newRoomServer, type RoomServer, type SeenRoom } from "../../support/newRoomServer.ts";
import { live } from "./newHall.ts";

const DOCUMENT = new URL("../../../docs/plugins.md", import.meta.url);
const NAMES = { "hall-1": "hall", "pump-101": "p1", "tank-201": "g1", speedSetpoint: "setpoint" };

interface Example {
  title: string;
  room: string;
  client: string;
}

/** Blocks that begin with "// room", each with the "// client" that follows it. */
function examples(): Example[] {
  let text = readFileSync(DOCUMENT, "utf8");
  for (const [name, ours] of Object.entries(NAMES)) {
    text = text.replaceAll(name, ours);
  }
  return text.split(/^## /m).flatMap((section) => {
    const blocks = [...section.matchAll(/^```ts\n\/\/ (room|client)\n(.*?)^```$/gms)];
    const of = (kind: string) => blocks.find((block) => block[1] === kind)?.[2];
    const [room, client] = [of("room"), of("client")];
    return room && client ? [{ title: section.split("\n")[0] ?? "", room, client }] : [];
  });
}

function roomOf(code: string, services: unknown): typeof Room {
  const names = { ...plugins, Room, definePlugins, services };
  const run = new Function(...Object.keys(names), `${stripTypeScriptTypes(code)}\nreturn Arena;`);
  return run(...Object.values(names)) as typeof Room;
}

/** Runs as the client; answers what it printed and what it prints from then on. */
async function runClient(code: string, room: SeenRoom): Promise<unknown[][]> {
  const printed: unknown[][] = [];
  const log = (...words: unknown[]) => void printed.push(words);
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  await (new AsyncFunction("room", "console", stripTypeScriptTypes(code))(room, { log }) as unknown as Promise<void>);
  return printed;
}

describe("docs/plugins.md", () => {
  const { emitWarning } = process;
  let twins: MemoryTwins;
  let server: RoomServer | undefined;
  before(() => {
    process.emitWarning = () => undefined; // Node's word on stripTypeScriptTypes
  });
  after(() => {
    process.emitWarning = emitWarning;
  });
  beforeEach(async () => {
    twins = await newMemoryTwins();
    await twins.ready;
  });
  afterEach(async () => {
    await server?.close();
    await twins.close();
  });

  it("has examples", () => {
    assert.deepEqual(
      examples().map(({ title }) => title),
      ["TwinSyncPlugin", "TwinControlPlugin", "TwinBuildingPlugin", "PresencePlugin"],
    );
  });

  for (const { title, room, client } of examples()) {
    it(`the example of ${title} runs, and prints something`, async () => {
      server = await newRoomServer({ arena: roomOf(room, twins.services) });
      const printed = await runClient(client, await live(await server.join({ name: "Ann" })));
      twins.says("p1", { temperature: 50 });
      await eventually(() => assert.ok(printed.length > 0));
      assert.ok(printed.flat().some((word) => word !== undefined));
    });
  }
});
