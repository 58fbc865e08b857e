// What may happen to a room and its clients, for converge.ts, which chooses at random.
import { StateView } from "@colyseus/schema";
import { Alarm } from "../../../src/schema/entities.ts";
import type { TwinServices } from "../../../src/services.ts";
import type { ModelCatalog } from "../../../src/twins/ModelCatalog.ts";
import { GAUGE, MODELS, PUMP, relationship } from "../../support/hall.ts";
import type { QuietClient, QuietRoom } from "../../support/newQuietRoom.ts";

const TWINS = 16;
const CLIENTS = 10;
const SIZE = 100;
const HIGH = 2 << 20;
const PLAYERS = ["player", "operator", "admin"] as const;

export interface Seen {
  client: QuietClient;
  x: number;
  z: number;
  watched: string[];
  selected: string;
  slow: boolean;
  /** Its connection is lost, and it may come back. */
  dropped: boolean;
}
export interface Run {
  services: TwinServices;
  room: QuietRoom;
  clients: Seen[];
  /** Shown whether or not the space contains them. */
  included: Set<string>;
  spots: Map<string, { x: number; z: number }>;
  random(below: number): number;
  sequence: number;
  /** ms of performance.now() */
  now: number;
  /** Clients may not be shown yet what they asked for. */
  hurries: boolean;
  /** The twins are loaded, and the room shows its space. */
  isOpen: boolean;
}

export const ids = () => Array.from({ length: TWINS }, (_, i) => `t${i}`);

function anyId({ random }: Run): string {
  return `t${random(TWINS)}`;
}

const VALUES: Record<string, ((n: number) => unknown)[]> = {
  "/name": [(n) => `name ${n}`, (n) => `long ${n} `.repeat(1 + (n % 40))],
  "/temperature": [(n) => n / 3, (n) => n % 3, () => undefined, () => "text", () => Number.NaN],
  "/starts": [(n) => n, (n) => n % 3, () => undefined, () => 2 ** 31 - 1],
  "/setpoint": [(n) => n, (n) => n % 3, () => undefined, () => true, () => 2 ** 60],
  "/level": [(n) => n, (n) => n % 3, () => undefined],
  "/running": [(n) => n % 2 === 0, () => undefined, () => 5],
  "/mode": [(n) => (n % 2 === 0 ? "off" : "auto"), () => undefined],
  "/tags": [(n) => ({ n: `${n}` })],
  "/motor/current": [(n) => n, () => undefined],
  // With 255 in its bytes, at which a decoder that lost its way goes on.
  "/motor/limit": [(n) => Buffer.of(10, 255, n % 120, 255, (n * 7) % 120, 255, 0x10, 0x40).readDoubleLE()],
  "/vibration": [(n) => -n],
};

export const EDITS: ((run: Run) => unknown)[] = [
  setValue,
  setValue,
  setValue,
  setValue,
  setValue,
  ({ room, random }) =>
    void (random(2) === 0 ? room.sync.world.toJSON() : room.sync.world.twins.get(`t${random(TWINS)}`)?.$seen),
  ({ services, random }) => services.mirror.setLink(`t${random(TWINS)}`, random(4) as 0),
  (run) => {
    const [id, modelId] = [anyId(run), [PUMP, GAUGE, "dtmi:test:Unknown;1"][run.random(3)] ?? PUMP];
    run.services.mirror.upsertTwin({ id, modelId, properties: { name: id }, times: {} }, ++run.sequence);
    run.services.mirror.upsertRelationship(relationship("hall", "contains", id));
  },
  (run) => run.services.mirror.removeTwin(anyId(run)),
  (run) => run.services.mirror.removeRelationship("hall", `hall-contains-${anyId(run)}`),
  (run) => place(run, anyId(run)),
  (run) => place(run, anyId(run)),
  (run) => {
    const id = anyId(run);
    run.spots.delete(id);
    run.room.sync.placed(id, undefined);
  },
  remakeModel,
  join,
  join,
  (run) => {
    const { alarms } = run.room.sync.world;
    const key = `a${run.random(3)}`;
    const alarm = alarms.get(key);
    if (alarm) {
      alarm.cleared = 1;
      run.random(2) === 0 && alarms.delete(key);
    } else {
      alarms.set(key, new Alarm({ twinId: anyId(run), cleared: 0 }));
    }
  },
  (run) => {
    if (run.random(3) === 0) {
      const [gone] = run.clients.splice(run.random(CLIENTS), 1);
      gone && run.room.leave(gone.client);
    }
  },
  (run) => {
    const seen = anyClient(run);
    if (seen) {
      comeBack(run, seen); // before anybody knows that he was gone
    }
  },
  (run) => {
    const seen = anyClient(run);
    if (seen) {
      run.room.drop(seen.client);
      seen.dropped = true;
    }
  },
  comeBackFirst,
  comeBackFirst,
  (run) => {
    const id = anyId(run);
    run.included.add(id);
    run.room.sync.include([id]);
  },
  (run) => {
    const id = anyId(run);
    run.included.delete(id);
    run.room.sync.exclude([id]);
  },
  (run) => {
    const seen = anyClient(run);
    if (seen && !seen.dropped) {
      seen.slow = run.random(2) === 0;
      seen.client.buffered = seen.slow ? HIGH : 0;
    }
  },
  (run) => {
    const seen = anyClient(run);
    if (seen) {
      const isInCrowd = run.random(2) === 0;
      const [x, z] = isInCrowd ? [30 + run.random(15), 30 + run.random(15)] : [run.random(SIZE), run.random(SIZE)];
      Object.assign(seen, { x, z });
      run.room.sync.moved(seen.client.client, seen);
    }
  },
  (run) => {
    const seen = anyClient(run);
    if (seen) {
      seen.selected = run.random(3) === 0 ? "" : anyId(run);
      run.room.sync.selected(seen.client.client, seen.selected);
    }
  },
  (run) => {
    const seen = anyClient(run);
    if (seen && run.random(2) === 0) {
      seen.client.client.auth = { role: PLAYERS[run.random(3)] };
      run.room.sync.rightsChanged(seen.client.client);
    }
  },
  async (run) => {
    const seen = anyClient(run);
    if (seen) {
      seen.watched = Array.from({ length: run.random(4) }, () => anyId(run));
      await run.room.ask(seen.client, "twin.watch", { twinIds: seen.watched });
    }
  },
];

export function anyClient({ clients, random }: Run): Seen | undefined {
  return clients[random(clients.length)];
}

function comeBackFirst(run: Run): void {
  const seen = run.clients.find(({ dropped }) => dropped);
  if (seen) {
    comeBack(run, seen);
  }
}

export function comeBack({ room }: Run, seen: Seen): void {
  seen.client = room.rejoin(seen.client);
  seen.slow = false;
  seen.dropped = false;
}

function join({ clients, random, room }: Run): void {
  if (clients.length < CLIENTS) {
    const client = room.join({ role: PLAYERS[random(3)] }, random(2) === 0 ? new StateView() : undefined);
    clients.push({ client, x: 0, z: 0, watched: [], selected: "", slow: false, dropped: false });
  }
}

const gauge = MODELS.find((model) => model["@id"] === GAUGE) ?? {};
const GAUGES = [gauge, { ...gauge, extends: PUMP }, undefined];

/** Deleted, and made again as it was, or as another one. */
function remakeModel({ services, random }: Run): void {
  const catalog = services.models as ModelCatalog;
  const model = GAUGES[random(GAUGES.length)];
  catalog.remove(GAUGE);
  catalog.add(model ? [{ id: GAUGE, model }] : []);
}

export function setValue(run: Run): void {
  const paths = Object.keys(VALUES);
  const path = paths[run.random(paths.length)] ?? "/name";
  const values = VALUES[path] ?? [];
  const value = values[run.random(values.length)]?.(run.random(1000));
  run.sequence += 1 + run.random(700); // so that a second may end between any two
  const time = run.sequence;
  const stamp = { source: time, received: time, sequence: time, origin: "test" };
  run.services.mirror.setValues(anyId(run), [[path, value]], stamp);
}

function place(run: Run, id: string): void {
  const spot = { x: run.random(SIZE), z: run.random(SIZE) };
  run.spots.set(id, spot);
  run.room.sync.placed(id, spot);
}
