/**
 * One scene of ./interest.ts, in a process of its own, since one side's garbage is not the other's: 500 clients, each seeing
 * about 200 of N twins. `node viewScene.ts <twins> cells|views`: our own way, or one StateView per client. Without sockets.
 */
import { type Client, ClientState, SchemaSerializer } from "@colyseus/core";
import { Encoder, type Schema, StateView } from "@colyseus/schema";
import { CellEncoder } from "../../plugins/sync/CellEncoder.ts";
import { placeOf } from "../../plugins/sync/Floor.ts";
import type { OpenRoom } from "../../plugins/sync/internals.ts";
import { NearViews } from "../../plugins/sync/NearViews.ts";
import { TwinSerializer } from "../../plugins/sync/TwinSerializer.ts";
import { TwinTable } from "../../plugins/sync/TwinTable.ts";
import { knownOf, ValueLane } from "../../plugins/sync/ValueLane.ts";
import { LOGGED, type LoggedTwin, ValueLog } from "../../plugins/sync/ValueLog.ts";
import { parseModels } from "../../src/dtdl/parseModels.ts";
import { Player } from "../../src/schema/entities.ts";
import type { TwinState, WorldState } from "../../src/schema/states.ts";
import { TwinSchemas } from "../../src/schema/TwinSchemas.ts";
import type { SceneDo } from "./messages.ts";

const CLIENTS = 500;
const CELL = 25;
/** Nine cells make about 200 twins. */
const TWINS_PER_CELL = 22;
const PUMP = "dtmi:bench:Pump;1";
const PUMP_MODEL = {
  "@context": "dtmi:dtdl:context;3",
  "@id": PUMP,
  "@type": "Interface",
  contents: ["temperature", "pressure"].map((name) => ({ "@type": "Property", name, schema: "double" })),
};

interface Scene {
  /** So many changes, for the next patch. */
  draw(share: number): void;
  patch(): void;
  /** Encodes the full state of one client. */
  join(): void;
}

Encoder.BUFFER_SIZE = 32 << 20;
const [, , count, way] = process.argv;
const scene = newScene(Number(count), way as "cells" | "views");
process.on("message", (task: SceneDo) => process.send?.({ said: timesOf(task) }));
process.on("disconnect", () => process.exit());
process.send?.({ said: "ready" });

type Pump = TwinState & { temperature: number };
interface Changed {
  twins: Pump[];
  numbers: Uint32Array;
  values: Float64Array;
}

/** ms of CPU, of each. */
function timesOf({ do: what, share, times, warmUpMs }: SceneDo): number[] {
  const taken: number[] = [];
  const until = performance.now() + (warmUpMs ?? Number.POSITIVE_INFINITY);
  for (let i = 0; i < times && performance.now() < until; i++) {
    scene.draw(share);
    const before = process.cpuUsage();
    what === "join" ? scene.join() : scene.patch();
    const { user, system } = process.cpuUsage(before);
    taken.push((user + system) / 1000);
  }
  warmUpMs && globalThis.gc?.();
  return taken;
}

function newScene(count: number, way: "cells" | "views"): Scene {
  const schemas = new TwinSchemas(parseModels([PUMP_MODEL]));
  const world = new schemas.ViewedWorld();
  const room = { _serializer: new SchemaSerializer<Schema>(), setSerializer: () => undefined };
  room._serializer.reset(world);
  const side = CELL * Math.ceil(Math.sqrt(count / TWINS_PER_CELL));
  const spots = new Map<string, { x: number; z: number }>();
  const near = new NearViews({ world, cellSize: CELL, tagOf: () => 0, spotOf: (id) => spots.get(id) });
  const twins = Array.from({ length: count }, (_, i) => addTwin(`t${i}`, { world, schemas, spots, near, side }));
  const adopted = way === "cells" ? TwinSerializer.adopt(room as unknown as OpenRoom) : undefined;
  const lane = new ValueLane(true, schemas.base.$seen);
  if (adopted) {
    lane.isOpen = true;
    adopted.lane = lane;
    const cells = new CellEncoder(near, world);
    lane.side = cells;
    adopted.showNear(near, world, cells);
  }
  const serializer = adopted ?? room._serializer;
  serializer.applyPatches([{ state: ClientState.JOINING } as Client]);
  const clients = Array.from({ length: CLIENTS }, (_, i) => addClient(`c${i}`, { world, near, side }));
  if (way === "views") {
    ownViews(clients, near);
  }
  const table = new TwinTable<LoggedTwin>();
  for (const twin of twins) {
    const number = table.add({ twin } as LoggedTwin, 0, schemas.slots(PUMP));
    table.setRefId(number, knownOf(twin).refId);
    table.places[number] = placeOf(twin);
  }
  const log = new ValueLog(table, lane, () => {});
  // Side by side, as ShownTwins has them: looking them up is no cost of a patch.
  let changed: Changed = { twins: [], numbers: new Uint32Array(), values: new Float64Array() };
  const draw = (share: number) => {
    const values = Float64Array.from({ length: count * share }, () => Math.random() * 100);
    const numbers = Uint32Array.from(values, () => Math.floor(Math.random() * count));
    changed = { twins: Array.from(numbers, (at) => twins[at] as Pump), numbers, values };
  };
  const patch = () => {
    if (adopted) {
      bring();
    } else {
      for (let i = 0; i < changed.values.length; i++) {
        (changed.twins[i] as Pump).temperature = changed.values[i] as number;
      }
    }
    serializer.applyPatches(clients);
  };
  /** What ShownTwins does when values change, and its `flush`; when twins were seen is left out on both sides. */
  const bring = () => {
    for (let i = 0; i < changed.values.length; i++) {
      log.add(changed.numbers[i] as number, "/temperature", LOGGED.number, changed.values[i] as number, 0);
    }
    log.bring();
  };
  draw(0.01);
  patch();
  let at = 0;
  return { draw, patch, join: () => void serializer.getFullState(clients[at++ % CLIENTS]) };
}

interface Place {
  world: WorldState;
  near: NearViews;
  side: number;
}

function addTwin(
  id: string,
  o: Place & { schemas: TwinSchemas; spots: Map<string, { x: number; z: number }> },
): TwinState {
  const twin = o.schemas.create(PUMP, 0);
  o.spots.set(id, { x: Math.random() * o.side, z: Math.random() * o.side });
  o.world.twins.set(id, twin);
  o.near.added(id, twin);
  return twin;
}

function addClient(sessionId: string, { world, near, side }: Place): Client {
  const client = { sessionId, state: ClientState.JOINED, raw: () => undefined } as unknown as Client;
  const inside = () => CELL + Math.random() * Math.max(0, side - 2 * CELL);
  world.players.set(sessionId, new Player({ x: inside(), z: inside() }));
  near.join(client);
  return client;
}

/** The same twins for everybody, but by views of their own and nothing else. */
function ownViews(clients: Client[], near: NearViews): void {
  for (const client of clients) {
    const cells = near.seer(client)?.vantage.cells ?? [];
    const view = new StateView();
    for (const cell of cells) {
      for (const { twin } of cell.twins) {
        view.add(twin);
      }
    }
    near.leave(client);
    client.view = view;
  }
}
