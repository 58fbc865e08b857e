/**
 * What views cost beside the sends: 500 clients, each seeing about 200 of N twins, the same twins for the ready-made design
 * (encoded once per cell) and for Colyseus' own way, one StateView per client. In one process without sockets, on the CPU's
 * clock. Called by ../rooms.ts.
 */
import { type Client, ClientState, SchemaSerializer } from "@colyseus/core";
import { Encoder, type Schema, StateView } from "@colyseus/schema";
import type { OpenRoom } from "../../plugins/sync/internals.ts";
import { NearViews } from "../../plugins/sync/NearViews.ts";
import { TwinSerializer } from "../../plugins/sync/TwinSerializer.ts";
import { knownOf, ValueLane } from "../../plugins/sync/ValueLane.ts";
import { parseModels } from "../../src/dtdl/parseModels.ts";
import { Player } from "../../src/schema/entities.ts";
import type { Slot, TwinState, WorldState } from "../../src/schema/states.ts";
import { TwinSchemas } from "../../src/schema/TwinSchemas.ts";
import type { BenchRow } from "../bench.ts";
import { percentile } from "../percentile.ts";

const CLIENTS = 500;
const CELL = 25;
/** Runs before any is counted, on either side; no longer than that. */
const WARM_UP = 1200;
const WARM_UP_MS = 2000;
const ROUNDS = 8;
/** Of one side, before the other's turn. */
const IN_A_ROW = 5;
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
  patch(share: number): void;
  /** Encodes the full state of one client. */
  join(): void;
}

export function interest(): BenchRow[] {
  Encoder.BUFFER_SIZE = 32 << 20;
  const middle = { ours: newScene(10_000, "cells"), stock: newScene(10_000, "views") };
  const large = { ours: newScene(100_000, "cells"), stock: newScene(100_000, "views") };
  const small = newScene(1000, "cells");
  const what = (n: string, share: string) =>
    `${CLIENTS} clients × ~200 of ${n} twins, ${share} changing: CPU per patch`;
  const patches = (scenes: { ours: Scene; stock: Scene }, share: number) =>
    compared(
      () => scenes.ours.patch(share),
      () => scenes.stock.patch(share),
    );
  return [
    row(what("10k", "1 %"), patches(middle, 0.01), 1 / 3),
    row(what("10k", "10 %"), patches(middle, 0.1), 1 / 3),
    row(what("100k", "1 %"), patches(large, 0.01), 1 / 8),
    row("a join, 200 of 100k twins", compared(large.ours.join, small.join), 3, "the same in a world of 1k"),
  ];
}

function row(name: string, [value, peerValue]: Compared, most: number, peer = "one StateView per client"): BenchRow {
  const ratio = value / peerValue;
  const goal = `≤ ${Number(most.toPrecision(2))} × peer`;
  return { name, value, unit: "ms", peer, peerValue, ratio, goal, ok: ratio <= most };
}

type Compared = readonly [ours: number, peers: number];

/**
 * ms of CPU, the median of each. They take turns, so that both meet the same machine, once the engine has compiled what
 * runs: as in a server that has been up for a minute.
 */
function compared(ours: () => void, peers: () => void): Compared {
  warmUp(ours);
  warmUp(peers);
  const [mine, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    mine.push(...sampled(ours));
    theirs.push(...sampled(peers));
  }
  return [percentile(mine, 0.5), percentile(theirs, 0.5)];
}

function warmUp(run: () => void): void {
  const until = performance.now() + WARM_UP_MS;
  for (let i = 0; i < WARM_UP && performance.now() < until; i++) {
    run();
  }
}

function sampled(run: () => void): number[] {
  return Array.from({ length: IN_A_ROW }, () => {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
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
  const lane = new ValueLane(true);
  if (adopted) {
    lane.isOpen = true;
    adopted.lane = lane;
    adopted.showNear(near, world);
  }
  const slot = schemas.slots(PUMP)?.get("/temperature") as Slot;
  const serializer = adopted ?? room._serializer;
  serializer.applyPatches([{ state: ClientState.JOINING } as Client]);
  const clients = Array.from({ length: CLIENTS }, (_, i) => addClient(`c${i}`, { world, near, side }));
  if (way === "views") {
    ownViews(clients, near);
  }
  const known = twins.map((twin) => knownOf(twin));
  const patch = (share: number) => {
    for (let i = 0; i < count * share; i++) {
      const at = Math.floor(Math.random() * count);
      const twin = twins[at] as TwinState & { temperature: number };
      if (adopted) {
        lane.write(twin, slot, Math.random() * 100, known[at]);
      } else {
        twin.temperature = Math.random() * 100;
      }
    }
    serializer.applyPatches(clients);
  };
  patch(0.01);
  let at = 0;
  return { patch, join: () => void serializer.getFullState(clients[at++ % CLIENTS]) };
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
