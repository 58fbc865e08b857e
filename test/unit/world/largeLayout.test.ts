// The layout of a space with thousands of twins is made in turns; what happens meanwhile is in it at the end.
import assert from "node:assert/strict";
import { setImmediate as round } from "node:timers/promises";
import type { TwinServices } from "../../../src/services.ts";
import type { Builder } from "../../../src/world/WorldEditor.ts";
import { relationship } from "../../support/hall.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { Random } from "../../support/Random.ts";

const MANY = 3000;
const bea: Builder = { actor: { id: "Bea-1", name: "Bea", role: "builder" } };

function fillHall({ mirror }: TwinServices): void {
  for (let i = 0; i < MANY; i++) {
    const id = `t${(i * 7) % MANY}`;
    mirror.upsertTwin({ id, modelId: "dtmi:test:Gauge;1", properties: {}, times: {} }, 0);
    mirror.upsertRelationship(relationship(i % 3 === 0 ? "annex" : "hall", "contains", id));
  }
}

describe("the layout of a large space", () => {
  let open: MemoryTwins[] = [];
  afterEach(async () => {
    await Promise.all(open.map((twins) => twins.close()));
    open = [];
  });
  async function newLargeHall(): Promise<TwinServices> {
    const twins = await newMemoryTwins();
    open.push(twins);
    await twins.ready;
    fillHall(twins.services);
    await round();
    return twins.services;
  }

  it("is made in turns; who cannot wait has it at once, with the same places", async () => {
    const one = await newLargeHall();
    let rounds = 0;
    const opening = one.editor.holdLayout("hall").finally(() => {
      rounds = -rounds;
    });
    while (rounds >= 0) {
      rounds++;
      await round();
    }
    assert.ok(rounds < -5, `${-rounds} rounds`);
    const inTurns = [...(await opening).layout.list()];
    assert.equal(inTurns.length, MANY + 4);

    const other = await newLargeHall();
    const waiting = other.editor.holdLayout("hall");
    await round();
    const atOnce = [...other.editor.layout("hall").list()];
    assert.deepEqual(atOnce, inTurns);
    assert.deepEqual([...(await waiting).layout.list()], inTurns);
  });

  it("holds what came and went while it was made", async () => {
    for (let seed = 1; seed <= 8; seed++) {
      const services = await newLargeHall();
      await editWhileOpening(services, new Random(seed), seed % 2 === 0);
      await eventuallyWhole(services, seed);
    }
  });
});

/** `builds`: somebody places twins too, for which the layout is finished at once. */
async function editWhileOpening(services: TwinServices, random: Random, builds: boolean): Promise<void> {
  const { mirror, editor } = services;
  const opening = editor.holdLayout("hall").finally(() => {
    isOpening = false;
  });
  let isOpening = true;
  for (let n = 0; isOpening; n++) {
    const id = `t${random.below(MANY)}`;
    const edits = [
      () => mirror.removeTwin(id),
      () => [...mirror.incoming(id)].forEach((r) => void mirror.removeRelationship(r.sourceId, r.id)),
      () => mirror.upsertRelationship(relationship("annex", "contains", id)),
      () => mirror.removeRelationship("hall", "hall-contains-annex"),
      () => mirror.upsertRelationship(relationship("hall", "contains", "annex")),
      () => mirror.upsertTwin({ id: `late${n}`, modelId: "dtmi:test:Gauge;1", properties: {}, times: {} }, 0),
      () => mirror.upsertRelationship(relationship("hall", "contains", `late${n - 1}`)),
      () => builds && n > 3 && mirror.get(id) && editor.add(bea, "hall", [{ twinId: id, x: 900 }]),
    ];
    random.pick(edits)();
    await round();
  }
  await opening;
}

/** Every twin that the space contains has one place, and nothing else has one that nobody gave it. */
async function eventuallyWhole({ editor, spaces, placements }: TwinServices, seed: number): Promise<void> {
  await round();
  const { layout } = await editor.holdLayout("hall");
  const placed = new Set([...placements.list("hall")].map(({ twinId }) => twinId));
  const members = [...spaces.members("hall")].filter((id) => id !== "hall" && !placed.has(id));
  const unsaved = [...layout.list()].filter(({ status }) => status === "unsaved").map(({ twinId }) => twinId);
  assert.deepEqual(unsaved.sort(), members.sort(), `seed ${seed}`);
  for (const twinId of placed) {
    assert.ok(layout.has(twinId), `seed ${seed}: ${twinId} is placed`);
  }
}
