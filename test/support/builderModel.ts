// Several builders at once, by chance that can be repeated: what they do goes to a room of its own and to an oracle, and in
// the end room, twin service and oracle have to say the same.
import assert from "node:assert/strict";
import type { Client } from "@colyseus/core";
import { TwinBuildingPlugin } from "../../plugins/TwinBuildingPlugin.ts";
import { LAYER_MODEL } from "../../src/world/models.ts";
import { eventually } from "./eventually.ts";
import { HALL } from "./hall.ts";
import { newMemoryTwins } from "./newMemoryTwins.ts";
import { newQuietRoom } from "./newQuietRoom.ts";
import { Random } from "./Random.ts";

type Twins = Awaited<ReturnType<typeof newMemoryTwins>>;
interface Spot {
  twinId: string;
  x: number;
  z: number;
}
type Step = Map<string, [before: Spot | undefined, after: Spot | undefined]>;

const TWINS = ["p1", "p2", "g1", "far"];
const BUILDERS = ["Bea", "Bob", "Ben"];
/** Of one sequence. */
const ACTIONS = 25;

/** What ought to be there, and each builder's steps: a page of rules, by hand. */
class Oracle {
  readonly spots = new Map<string, Spot>();
  readonly #done = new Map<string, Step[]>();
  readonly #undone = new Map<string, Step[]>();

  do(who: string, all: [id: string, after: Spot | undefined][]): void {
    const changes = all.filter(([id, after]) => !same(this.spots.get(id), after));
    if (changes.length === 0) {
      return; // what changes nothing is no step
    }
    const step: Step = new Map();
    for (const [id, after] of changes) {
      step.set(id, [this.spots.get(id), after]);
      this.#put(id, after);
    }
    stackOf(this.#done, who).push(step);
    this.#undone.delete(who);
  }

  /** False: nothing of it could be. */
  undo(who: string): boolean {
    return this.#turn(stackOf(this.#done, who), stackOf(this.#undone, who), 1, 0);
  }

  redo(who: string): boolean {
    return this.#turn(stackOf(this.#undone, who), stackOf(this.#done, who), 0, 1);
  }

  #turn(from: Step[], to: Step[], is: 0 | 1, becomes: 0 | 1): boolean {
    const step = from.pop();
    const possible = [...(step ?? [])].filter(([id, change]) => same(this.spots.get(id), change[is]));
    for (const [id, change] of possible) {
      this.#put(id, change[becomes]);
    }
    if (possible.length > 0) {
      to.push(new Map(possible));
    }
    return possible.length > 0;
  }

  #put(id: string, spot: Spot | undefined): void {
    if (spot === undefined) {
      this.spots.delete(id);
    } else {
      this.spots.set(id, spot);
    }
  }
}

const stackOf = (stacks: Map<string, Step[]>, who: string): Step[] => {
  const stack = stacks.get(who) ?? [];
  stacks.set(who, stack);
  return stack;
};
const same = (a: Spot | undefined, b: Spot | undefined): boolean =>
  a?.twinId === b?.twinId && a?.x === b?.x && a?.z === b?.z;

/** A room in which the builders are, and what it shows. */
function newBuilders(twins: Twins, space: string) {
  const room = newQuietRoom(twins.services, { space });
  const plugin = new TwinBuildingPlugin({ sync: room.sync });
  const hooks = plugin as unknown as {
    room: unknown;
    onCreate(): void;
    onLeave(client: Client): void;
    onDispose(): void;
  };
  const clients = BUILDERS.map((name) => ({
    sessionId: `${name}-0`,
    auth: { name, role: "builder" },
    send: () => undefined,
  }));
  const getById = (id: string) => clients.find(({ sessionId }) => sessionId === id);
  hooks.room = { clients: Object.assign([...clients], { getById }) };
  hooks.onCreate();
  /** The reply, or the code of the refusal. */
  const ask = async (who: number, type: keyof typeof plugin.messages, payload: object): Promise<unknown> => {
    let refusal: { code: string } | undefined;
    const context = { reject: (reason: unknown) => (refusal = reason as { code: string }) };
    const reply = await plugin.messages[type](clients[who] as unknown as Client, payload as never, context);
    return refusal?.code ?? reply;
  };
  const close = () => {
    hooks.onDispose();
    room.close();
  };
  /** He drops, and comes again on another connection. */
  const reconnect = (who: number, session: number) => {
    const client = clients[who] as { sessionId: string };
    hooks.onLeave(client as unknown as Client);
    client.sessionId = `${BUILDERS[who]}-${session}`;
  };
  return { ask, reconnect, close, placements: room.sync.world.placements };
}

/** One sequence in a space of its own. Throws with its seed where they differ. */
async function runSequence(twins: Twins, seed: number): Promise<void> {
  const space = `space-${seed}`;
  await twins.provider.putTwin({ id: space, modelId: HALL, properties: {} });
  await eventually(() => assert.ok(twins.services.mirror.get(space)));
  const builders = newBuilders(twins, space);
  try {
    const oracle = await act(builders, seed);
    await eventually(() => agree(builders.placements, oracle, twins, seed), { timeoutMs: 20_000 });
  } finally {
    builders.close();
  }
}

type Act = (o: Turn) => Promise<void>;
/** What an action needs: who acts, on what, and chance. */
interface Turn {
  builders: ReturnType<typeof newBuilders>;
  oracle: Oracle;
  random: Random;
  who: number;
  name: string;
  ids: string[];
  spots: Spot[];
  /** Where it stands in the sequence, for failures and new connections. */
  seed: number;
  i: number;
}

const metres = (random: Random): number => random.below(200) / 10;
const drag = ({ builders, who, ids }: Turn) =>
  builders.ask(who, "placement.move", { items: ids.map((placementId) => ({ placementId, x: -1 })), settle: false });

const ACTS: Record<string, Act> = {
  async add({ builders, oracle, random, who, name }) {
    const items = [0, 1].map(() => ({ twinId: random.pick(TWINS), x: metres(random), z: metres(random) }));
    const reply = await builders.ask(who, "placement.add", { items });
    const { placementIds } = reply as { placementIds: string[] };
    oracle.do(
      name,
      placementIds.map((id, n) => [id, items[n]]),
    );
  },
  async move(turn) {
    const { builders, oracle, random, who, name, ids, spots } = turn;
    const x = metres(random);
    await drag(turn); // which is no step
    await builders.ask(who, "placement.move", { items: ids.map((placementId) => ({ placementId, x })), settle: true });
    oracle.do(
      name,
      ids.map((id, n) => [id, { ...(spots[n] as Spot), x }]),
    );
  },
  async remove({ builders, oracle, who, name, ids }) {
    await builders.ask(who, "placement.remove", { placementIds: ids });
    oracle.do(
      name,
      ids.map((id) => [id, undefined]),
    );
  },
  async align({ builders, oracle, who, name, ids, spots }) {
    await builders.ask(who, "placement.arrange", { do: "align", placementIds: ids, axis: "z", to: "min" });
    const z = Math.min(...spots.map((spot) => spot.z));
    oracle.do(
      name,
      ids.map((id, n) => [id, { ...(spots[n] as Spot), z }]),
    );
  },
  async duplicate({ builders, oracle, who, name, ids, spots }) {
    const reply = await builders.ask(who, "placement.arrange", { do: "duplicate", placementIds: ids, dx: 4 });
    const { placementIds } = reply as { placementIds: string[] };
    const moved = (spot: Spot): Spot => ({ ...spot, x: Math.round((spot.x + 4) * 1e4) / 1e4 });
    oracle.do(
      name,
      placementIds.map((id, n) => [id, moved(spots[n] as Spot)]),
    );
  },
  async reconnect(turn) {
    await drag(turn);
    turn.builders.reconnect(turn.who, turn.i + 1); // the drag is broken off
  },
  undo: (turn) => back(turn, "undo"),
  redo: (turn) => back(turn, "redo"),
};

async function back({ builders, oracle, who, name, seed, i }: Turn, verb: "undo" | "redo"): Promise<void> {
  const reply = await builders.ask(who, `placement.${verb}`, {});
  assert.equal(typeof reply === "object", oracle[verb](name), `seed ${seed}, action ${i}: ${verb} ${String(reply)}`);
}

async function act(builders: ReturnType<typeof newBuilders>, seed: number): Promise<Oracle> {
  const random = new Random(seed);
  const oracle = new Oracle();
  for (let i = 0; i < ACTIONS; i++) {
    const who = random.below(BUILDERS.length);
    const all = [...oracle.spots.keys()];
    const ids = all.length === 0 ? [] : [...new Set([random.pick(all), random.pick(all)])];
    const spots = ids.map((id) => oracle.spots.get(id) as Spot);
    const kind = random.pick(ids.length === 0 ? ["add", "undo", "redo"] : KINDS);
    await ACTS[kind]?.({ builders, oracle, random, who, name: BUILDERS[who] ?? "", ids, spots, seed, i });
  }
  return oracle;
}

async function agree(
  placements: ReturnType<typeof newBuilders>["placements"],
  oracle: Oracle,
  twins: Twins,
  seed: number,
): Promise<void> {
  const expected = sorted([...oracle.spots]);
  const shown = [...placements].map(([id, { twinId, x, z, status, heldBy }]) => {
    assert.deepEqual([status, heldBy], ["saved", ""]);
    return [id, { twinId, x: Math.round(x * 1e4) / 1e4, z: Math.round(z * 1e4) / 1e4 }] as [string, Spot];
  });
  assert.deepEqual(sorted(shown), expected, `seed ${seed}: the room`);
  assert.deepEqual(sorted(await storedIn(twins, `space-${seed}`)), expected, `seed ${seed}: the twin service`);
}

const KINDS = ["add", "move", "move", "remove", "align", "duplicate", "reconnect", "undo", "undo", "redo"] as const;

async function storedIn({ provider, services }: Twins, space: string): Promise<[string, Spot][]> {
  const layers = [...services.mirror.twins()].filter((twin) => twin.modelId === LAYER_MODEL);
  const own = layers.filter((layer) => layer.values.get("/space")?.value === space);
  const found = await Promise.all(own.map(({ id }) => provider.getTwin(id)));
  return found.flatMap((twin) => {
    const stored = (twin?.properties["placements"] ?? {}) as Record<string, Partial<Spot> & { twinId: string }>;
    return Object.entries(stored).map(([id, { twinId, x = 0, z = 0 }]): [string, Spot] => [id, { twinId, x, z }]);
  });
}

function sorted(spots: [string, Spot][]): [string, Spot][] {
  return spots.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Side by side, `atOnce` in one server of twins: what is written waits for its turn. */
export async function runSequences(o: { from: number; count: number; atOnce: number }): Promise<void> {
  for (let first = o.from; first < o.from + o.count; first += o.atOnce) {
    const twins = await newMemoryTwins();
    await twins.ready;
    const seeds = Array.from({ length: Math.min(o.atOnce, o.from + o.count - first) }, (_, i) => first + i);
    const ended = await Promise.allSettled(seeds.map((seed) => runSequence(twins, seed)));
    await twins.close();
    const failed = ended.find((end) => end.status === "rejected");
    if (failed) {
      throw failed.reason;
    }
  }
}
