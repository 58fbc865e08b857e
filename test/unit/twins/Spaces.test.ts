import assert from "node:assert/strict";
import { setImmediate as nextRound } from "node:timers/promises";
import { parseModels } from "../../../src/dtdl/index.ts";
import { Spaces } from "../../../src/twins/Spaces.ts";
import { TwinMirror } from "../../../src/twins/TwinMirror.ts";
import type { Log } from "../../../src/twins/types.ts";
import { eventually } from "../../support/eventually.ts";
import { MODELS, RELATIONSHIPS, relationship, TWINS } from "../../support/hall.ts";
import { Random } from "../../support/Random.ts";
import { silentLog } from "../../support/silentLog.ts";

function newSpaces(options: { first?: string; log?: Log } = {}) {
  const graph = parseModels(MODELS);
  const mirror = new TwinMirror(() => graph);
  const spaces = new Spaces({ mirror, contains: ["contains"], partOf: ["isPartOf"], log: silentLog, ...options });
  for (const twin of TWINS) {
    mirror.upsertTwin({ ...twin, times: {} }, 0);
  }
  for (const r of RELATIONSHIPS) {
    mirror.upsertRelationship(r);
  }
  const told: { added: string[]; removed: string[] }[] = [];
  const members = (id: string) => [...spaces.members(id)].sort();
  return { mirror, spaces, told, members };
}
/** Changes are told once per batch of events, after it. */
const settled = () => Promise.resolve();

/** Twenty twins, edited in batches: containment either way round, circles, dangling ends, twins that go and come back. */
async function followsAnyEdits(seed: number): Promise<void> {
  const random = new Random(seed);
  const graph = parseModels(MODELS);
  const mirror = new TwinMirror(() => graph);
  const options = { mirror, contains: ["contains"], partOf: ["isPartOf"], log: silentLog };
  const spaces = new Spaces(options);
  const ids = Array.from({ length: 20 }, (_, i) => `t${i}`);
  const told = new Map(ids.slice(0, 5).map((id) => [id, new Set<string>()]));
  for (const [id, known] of told) {
    spaces.onChange(id, ({ added, removed }) => {
      for (const it of added) {
        assert.ok(!known.has(it), `seed ${seed}: ${it} told twice`);
        known.add(it);
      }
      for (const it of removed) {
        assert.ok(known.delete(it), `seed ${seed}: ${it} was not there`);
      }
    });
  }
  for (let batch = 0; batch < 60; batch++) {
    for (let n = random.int(1, 4); n > 0; n--) {
      const [a, b] = [random.pick(ids), random.pick(ids)];
      const r = relationship(a, random.pick(["contains", "contains", "isPartOf", "feeds"]), b);
      const edits = [
        () => mirror.upsertRelationship(r),
        () => mirror.upsertRelationship(r),
        () => mirror.removeRelationship(r.sourceId, r.id),
        () => [...mirror.outgoing(a)].forEach((it) => void mirror.removeRelationship(it.sourceId, it.id)),
        () => mirror.upsertTwin({ id: a, modelId: "dtmi:test:Gauge;1", properties: {}, times: {} }, 0),
        () => mirror.upsertTwin({ id: b, modelId: "dtmi:test:Gauge;1", properties: {}, times: {} }, 0),
        () => mirror.removeTwin(a),
      ];
      random.pick(edits)();
    }
    await settled();
    for (const [id, known] of told) {
      const anew = collect(mirror, id);
      assert.deepEqual([...spaces.members(id)].sort(), anew, `seed ${seed}, batch ${batch}, ${id}`);
      assert.deepEqual([...known].sort(), anew, `seed ${seed}, batch ${batch}, told of ${id}`);
    }
    const containing = ids.filter((id) => mirror.get(id) && childrenOf(mirror, id).length > 0);
    assert.deepEqual(
      spaces.list().map((it) => it.id),
      containing.sort(),
      `seed ${seed}, batch ${batch}`,
    );
  }
}

function childrenOf(mirror: TwinMirror, id: string): string[] {
  const contained = [...mirror.outgoing(id)].filter((r) => r.name === "contains").map((r) => r.targetId);
  return [...contained, ...[...mirror.incoming(id)].filter((r) => r.name === "isPartOf").map((r) => r.sourceId)];
}

function collect(mirror: TwinMirror, space: string): string[] {
  const found = new Set<string>();
  const visit = (id: string) => {
    if (mirror.get(id) && !found.has(id)) {
      found.add(id);
      childrenOf(mirror, id).forEach(visit);
    }
  };
  visit(space);
  return [...found].sort();
}

describe("Spaces", () => {
  it("a space holds itself and what it contains, at any depth", () => {
    const { members } = newSpaces();
    assert.deepEqual(members("hall"), ["annex", "g1", "hall", "p1", "p2"]);
    assert.deepEqual(members("annex"), ["annex", "g1"]);
  });

  it("lists what contains something, the first space first, then by name", () => {
    assert.deepEqual(
      newSpaces()
        .spaces.list()
        .map((s) => s.id),
      ["annex", "hall", "yard"],
    );
    assert.deepEqual(newSpaces({ first: "yard" }).spaces.list(), [
      { id: "yard", name: "Yard", twins: 2 },
      { id: "annex", name: "Annex", twins: 2 },
      { id: "hall", name: "Pump hall", twins: 5 },
    ]);
  });

  it("get knows spaces only", () => {
    const { spaces } = newSpaces();
    assert.deepEqual(spaces.get("hall"), { id: "hall", name: "Pump hall", twins: 5 });
    assert.equal(spaces.get("p1"), undefined);
    assert.equal(spaces.get("nowhere"), undefined);
  });

  it("understands relationships that say it from the other end", async () => {
    const { mirror, members } = newSpaces();
    mirror.upsertRelationship(relationship("far", "isPartOf", "annex"));
    await settled();
    assert.ok(members("hall").includes("far"));
  });

  it("circles end", async () => {
    const { mirror, members } = newSpaces();
    mirror.upsertRelationship(relationship("annex", "contains", "hall"));
    await settled();
    assert.deepEqual(members("annex"), members("hall"));
  });

  it("tells once what a batch of events changed", async () => {
    const { mirror, spaces, told } = newSpaces();
    await settled();
    spaces.onChange("hall", (change) => told.push(change));
    mirror.removeRelationship("annex", "annex-contains-g1");
    mirror.upsertRelationship(relationship("hall", "contains", "far"));
    mirror.upsertRelationship(relationship("hall", "feeds", "yard"));
    await eventually(() => assert.deepEqual(told, [{ added: ["far"], removed: ["g1"] }]));
  });

  it("a twin that appears after its relationship is a member", async () => {
    const { mirror, spaces, told } = newSpaces();
    await settled();
    spaces.onChange("hall", (change) => told.push(change));
    mirror.upsertRelationship(relationship("hall", "contains", "late"));
    await settled();
    assert.deepEqual(told, []);
    mirror.upsertTwin({ id: "late", modelId: "dtmi:test:Gauge;1", properties: {}, times: {} }, 0);
    await eventually(() => assert.deepEqual(told, [{ added: ["late"], removed: [] }]));
    mirror.removeTwin("late");
    await eventually(() => assert.deepEqual(told.at(-1), { added: [], removed: ["late"] }));
  });

  it("what is taken back within a batch is told to nobody, nor is anything after unsubscribing", async () => {
    const { mirror, spaces, told } = newSpaces();
    await settled();
    const stop = spaces.onChange("hall", (change) => told.push(change));
    mirror.upsertRelationship(relationship("hall", "contains", "far"));
    mirror.removeRelationship("hall", "hall-contains-far");
    await settled();
    stop();
    mirror.upsertRelationship(relationship("hall", "contains", "far"));
    await settled();
    assert.deepEqual(told, []);
  });

  it("after any edits of the graph holds what a space collected anew holds, and has told exactly that", async () => {
    for (let seed = 1; seed <= 40; seed++) {
      await followsAnyEdits(seed);
    }
  });

  it("collects a large space in turns; what changes meanwhile is in it, and told from then on", async () => {
    const { mirror, spaces, told } = newSpaces();
    const random = new Random(7);
    for (let i = 0; i < 10_000; i++) {
      mirror.upsertTwin({ id: `t${i}`, modelId: "dtmi:test:Gauge;1", properties: {}, times: {} }, 0);
      mirror.upsertRelationship(relationship(i < 100 ? "hall" : `t${i % 100}`, "contains", `t${i}`));
    }
    await settled();
    let isDone = false;
    const done = spaces.collect("hall").then(() => {
      isDone = true;
    });
    let rounds = 0;
    for (; !isDone; rounds++) {
      const [a, b] = [`t${random.below(100)}`, `t${random.below(10_000)}`];
      mirror.removeRelationship("hall", `hall-contains-${a}`);
      mirror.upsertRelationship(relationship(b, "contains", a)); // circles among them
      mirror.removeTwin(`t${random.below(10_000)}`);
      await nextRound();
    }
    await done;
    assert.ok(rounds > 1, `${rounds} rounds`);
    assert.deepEqual([...spaces.members("hall")].sort(), collect(mirror, "hall"));
    spaces.onChange("hall", (change) => told.push(change));
    mirror.upsertRelationship(relationship("hall", "contains", "far"));
    await settled();
    assert.deepEqual(told, [{ added: ["far"], removed: [] }]);
  });

  it("names first what it lists first, whatever comes and goes", async () => {
    const { mirror, spaces } = newSpaces();
    assert.equal(spaces.first(), "annex");
    mirror.removeRelationship("annex", "annex-contains-g1");
    assert.equal(spaces.first(), "hall");
    assert.equal(spaces.get("annex"), undefined);
    mirror.removeTwin("hall");
    assert.equal(spaces.first(), "yard");
    mirror.removeTwin("yard");
    assert.equal(spaces.first(), undefined);
    assert.equal(newSpaces({ first: "yard" }).spaces.first(), "yard");
    assert.equal(newSpaces({ first: "nowhere" }).spaces.first(), "annex");
  });

  it("holds more twins than a call takes arguments", () => {
    const { mirror, spaces } = newSpaces();
    for (let i = 0; i < 130_000; i++) {
      mirror.upsertRelationship(relationship("far", "contains", `p${i % 3}-${i}`));
    }
    assert.deepEqual(spaces.members("far"), new Set(["far"])); // none of them has come yet
  });

  it("a listener that fails is told of to the log, and keeps the change from nobody", async () => {
    const failed: object[] = [];
    const { mirror, spaces, told } = newSpaces({ log: { ...silentLog, error: (o) => void failed.push(o) } });
    const error = new Error("a bug of a room");
    for (const space of ["hall", "yard"]) {
      spaces.onChange(space, () => {
        throw error;
      });
      spaces.onChange(space, (change) => void told.push(change));
    }
    mirror.upsertRelationship(relationship("hall", "contains", "far"));
    mirror.upsertRelationship(relationship("yard", "contains", "p1"));
    await settled();
    assert.deepEqual(told, [
      { added: ["far"], removed: [] },
      { added: ["p1"], removed: [] },
    ]);
    assert.deepEqual(failed, [
      { err: error, space: "hall" },
      { err: error, space: "yard" },
    ]);
  });

  it("follows nothing once it is closed", async () => {
    const { mirror, spaces, told } = newSpaces();
    await settled();
    spaces.onChange("hall", (change) => told.push(change));
    spaces.close();
    mirror.upsertRelationship(relationship("hall", "contains", "far"));
    await settled();
    assert.deepEqual(told, []);
  });
});
