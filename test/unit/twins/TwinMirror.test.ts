import assert from "node:assert/strict";
import fc from "fast-check";
import { parseModels } from "../../../src/dtdl/index.ts";
import { TwinMirror } from "../../../src/twins/TwinMirror.ts";
import { type JsonPatchOp, LINK, type Twin, type TwinChange } from "../../../src/twins/types.ts";
import { boundedTime, type Stamp } from "../../../src/twins/valueTime.ts";
import { MODELS, PUMP, PUMP2, relationship } from "../../support/hall.ts";

const graph = parseModels(MODELS);
const at = (source: number, more: Partial<Stamp> = {}): Stamp => ({
  source,
  received: source,
  sequence: 0,
  origin: "hub",
  ...more,
});
const twin = (properties: Record<string, unknown>, times: Record<string, number> = {}): Twin => ({
  id: "p1",
  modelId: PUMP,
  properties: { motor: {}, ...properties },
  times,
});
const set = (path: string, value: unknown): JsonPatchOp => ({ op: "replace", path, value });

function newMirror(initial: Twin | undefined = twin({})) {
  const mirror = new TwinMirror(() => graph);
  mirror.upsertTwin(initial, 0);
  const changes: TwinChange[] = [];
  mirror.onChange((change) => changes.push(change));
  const value = (path: string) => mirror.get("p1")?.values.get(path)?.value;
  const device = (path: string, to: unknown, stamp: Stamp) => mirror.setValues("p1", [[path, to]], stamp);
  return { mirror, changes, value, device };
}

describe("TwinMirror", () => {
  describe("newest wins per property", () => {
    it("an older value loses, and is told to nobody", () => {
      const { value, device, changes } = newMirror();
      assert.deepEqual(device("/temperature", 2, at(2000)), ["/temperature"]);
      assert.deepEqual(device("/temperature", 1, at(1000)), []);
      assert.equal(value("/temperature"), 2);
      assert.equal(changes.filter((c) => c.kind === "value").length, 1);
    });

    it("each property has its own time", () => {
      const { mirror, value, device } = newMirror();
      device("/temperature", 2, at(2000));
      assert.deepEqual(
        mirror.setValues(
          "p1",
          [
            ["/temperature", 1],
            ["/starts", 7],
          ],
          at(1000),
        ),
        ["/starts"],
      );
      assert.deepEqual([value("/temperature"), value("/starts")], [2, 7]);
    });

    it("equal times: the later sequence number wins", () => {
      const { value, device } = newMirror();
      device("/temperature", 2, at(1000, { sequence: 2 }));
      device("/temperature", 1, at(1000, { sequence: 1 }));
      assert.equal(value("/temperature"), 2);
      device("/temperature", 3, at(1000, { sequence: 3 }));
      assert.equal(value("/temperature"), 3);
    });

    it("equal times from different hubs: the same one wins in either order", () => {
      const one = newMirror();
      const other = newMirror();
      const a = at(1000, { origin: "hub-a", sequence: 9 });
      const b = at(1000, { origin: "hub-b", sequence: 1 });
      one.device("/temperature", 1, a);
      one.device("/temperature", 2, b);
      other.device("/temperature", 2, b);
      other.device("/temperature", 1, a);
      assert.equal(one.value("/temperature"), other.value("/temperature"));
    });

    it("equal times: the device itself knows better than what was loaded", () => {
      const { value, device } = newMirror(twin({ temperature: 1 }, { "/temperature": 1000 }));
      device("/temperature", 2, at(1000, { sequence: 8 }));
      assert.equal(value("/temperature"), 2);
    });

    it("a replay of what the provider holds already is a no-op", () => {
      const { device, changes } = newMirror(twin({ temperature: 1 }, { "/temperature": 1000 }));
      assert.deepEqual(device("/temperature", 1, at(1000, { sequence: 8 })), []);
      assert.deepEqual(
        changes.filter((c) => c.kind === "value"),
        [],
      );
    });

    it("the future is trusted for five seconds only, nonsense not at all", () => {
      assert.equal(boundedTime(1_000_000, 2000), 7000);
      assert.equal(boundedTime(1000, 2000), 1000);
      assert.equal(boundedTime(Number.NaN, 2000), 2000);
      assert.equal(boundedTime(-1, 2000), 2000);
      assert.equal(boundedTime(1000.7, 2000), 1000);
    });
  });

  describe("notifications", () => {
    it("an echo with its written source time never overrides a newer value", () => {
      const { mirror, value, device, changes } = newMirror();
      device("/temperature", 1, at(1000));
      device("/temperature", 2, at(2000));
      changes.length = 0;
      const echo = [set("/temperature", 1), set("/$metadata/temperature/sourceTime", new Date(1000).toISOString())];
      assert.equal(mirror.applyPatch("p1", echo, at(5000, { origin: "adt" })), true);
      assert.equal(value("/temperature"), 2);
      assert.deepEqual(changes, []);
    });

    it("source times of components are understood", () => {
      const { mirror } = newMirror();
      const patch = [
        set("/motor/current", 3),
        set("/motor/$metadata/current/sourceTime", new Date(1000).toISOString()),
      ];
      assert.equal(mirror.applyPatch("p1", patch, at(5000)), true);
      assert.equal(mirror.get("p1")?.values.get("/motor/current")?.source, 1000);
    });

    it("an operation below a property changes its whole value, and no value that was handed out", () => {
      const { mirror, value } = newMirror(twin({ tags: { line: "a" }, steps: [1, 2] }));
      const before = value("/tags");
      const patch: JsonPatchOp[] = [
        { op: "add", path: "/tags/owner", value: "me" },
        { op: "remove", path: "/tags/line" },
        { op: "add", path: "/steps/-", value: 3 },
      ];
      assert.equal(mirror.applyPatch("p1", patch, at(1000)), true);
      assert.deepEqual(value("/tags"), { owner: "me" });
      assert.deepEqual(value("/steps"), [1, 2, 3]);
      assert.deepEqual(before, { line: "a" });
    });

    it("deep operations out of order, or twice, ask for the twin instead of guessing", () => {
      const { mirror, value } = newMirror(twin({ tags: {}, steps: [] }));
      assert.equal(mirror.applyPatch("p1", [{ op: "add", path: "/tags/b", value: "2" }], at(2000)), true);
      assert.equal(mirror.applyPatch("p1", [{ op: "add", path: "/tags/a", value: "1" }], at(1000)), false);
      const append: JsonPatchOp[] = [{ op: "add", path: "/steps/-", value: 1 }];
      assert.equal(mirror.applyPatch("p1", append, at(3000, { sequence: 1 })), true);
      assert.equal(mirror.applyPatch("p1", append, at(3000, { sequence: 2 })), false);
      assert.deepEqual(value("/steps"), [1]);
    });

    it("a deep operation from long before the twin was read is in it already", () => {
      const { mirror, value } = newMirror(undefined);
      mirror.upsertTwin(twin({ tags: { a: "1" } }, { "/tags": 500_000 }), 600_000);
      assert.equal(mirror.applyPatch("p1", [{ op: "add", path: "/tags/b", value: "2" }], at(400_000)), true);
      assert.deepEqual(value("/tags"), { a: "1" });
    });

    it("a removed property is gone, and an older value does not bring it back", () => {
      const { mirror, value, device } = newMirror(twin({ temperature: 1 }, { "/temperature": 1000 }));
      assert.equal(mirror.applyPatch("p1", [{ op: "remove", path: "/temperature" }], at(3000)), true);
      device("/temperature", 2, at(2000));
      assert.equal(value("/temperature"), undefined);
      assert.equal("temperature" in (mirror.toTwin("p1")?.properties ?? {}), false);
    });

    it("what a patch does not tell has to be read: model changes, whole components, misfits, unknown twins", () => {
      const { mirror } = newMirror();
      assert.equal(mirror.applyPatch("p1", [set("/$metadata/$model", PUMP2)], at(1)), false);
      assert.equal(mirror.applyPatch("p1", [set("/motor", {})], at(1)), false);
      assert.equal(mirror.applyPatch("p1", [{ op: "add", path: "/tags/a", value: "1" }], at(1)), false);
      assert.equal(mirror.applyPatch("nobody", [set("/temperature", 1)], at(1)), false);
    });

    it("the etag is forgotten, since the new one is not told", () => {
      const { mirror } = newMirror({ ...twin({}), etag: "old" });
      mirror.applyPatch("p1", [set("/temperature", 1)], at(1000));
      assert.equal(mirror.toTwin("p1")?.etag, undefined);
    });
  });

  describe("reads", () => {
    it("a read decides over what the provider told before, and removes what is not there", () => {
      const { mirror, value } = newMirror(twin({ temperature: 1, starts: 3 }, { "/temperature": 5, "/starts": 5 }));
      mirror.applyPatch("p1", [set("/temperature", 9)], at(9000));
      mirror.upsertTwin(twin({ temperature: 8 }, { "/temperature": 8000 }), 9500, { since: mirror.revision });
      assert.equal(value("/temperature"), 8);
      assert.equal(value("/starts"), undefined);
    });

    it("a read yields to what was told while it was under way, and to newer values of the device", () => {
      const { mirror, value, device } = newMirror();
      device("/starts", 4, at(9000));
      const since = mirror.revision;
      mirror.applyPatch("p1", [set("/temperature", 9)], at(9000));
      const answer = twin({ temperature: 8, starts: 3 }, { "/temperature": 8000, "/starts": 8000 });
      mirror.upsertTwin(answer, 9500, { since });
      assert.deepEqual([value("/temperature"), value("/starts")], [9, 4]);
    });

    it("a replaced twin loses what its device told before", () => {
      const { mirror, value, device } = newMirror();
      device("/temperature", 1, at(1000));
      device("/starts", 5, at(3000));
      mirror.upsertTwin(twin({}), 4000, { since: mirror.revision, replacedAt: 2000 });
      assert.deepEqual([value("/temperature"), value("/starts")], [undefined, 5]);
    });

    it("a changed model gives a new twin, with what its device told and the model knows", () => {
      const { mirror, value, device, changes } = newMirror(twin({ starts: 1 }));
      device("/temperature", 21, at(1000));
      changes.length = 0;
      mirror.upsertTwin({ ...twin({ power: 3 }), modelId: PUMP2 }, 2000);
      assert.deepEqual(
        changes.slice(0, 2).map((c) => c.kind),
        ["twin.removed", "twin.added"],
      );
      assert.deepEqual([value("/temperature"), value("/power"), value("/starts")], [21, 3, undefined]);
    });
  });

  it("toTwin gives Properties with their times, components nested, no Telemetry", () => {
    const { mirror } = newMirror();
    const values: [string, unknown][] = [
      ["/temperature", 20],
      ["/motor/current", 3],
      ["/vibration", 0.1],
    ];
    mirror.setValues("p1", values, at(1000), { transient: new Set(["/vibration"]) });
    assert.deepEqual(mirror.toTwin("p1"), {
      id: "p1",
      modelId: PUMP,
      properties: { temperature: 20, motor: { current: 3 } },
      times: { "/temperature": 1000, "/motor/current": 1000 },
    });
  });

  it("relationships are found from both ends; told again, they tell nobody", () => {
    const { mirror, changes } = newMirror();
    const r = relationship("hall", "contains", "p1");
    mirror.upsertRelationship(r);
    mirror.upsertRelationship({ ...r, etag: "2" });
    assert.deepEqual(
      [...mirror.outgoing("hall")].map((x) => x.etag),
      ["2"],
    );
    assert.deepEqual(
      [...mirror.incoming("p1")].map((x) => x.id),
      [r.id],
    );
    mirror.upsertRelationship({ ...r, targetId: "p2" });
    assert.deepEqual([...mirror.incoming("p1")], []);
    mirror.removeRelationship("hall", r.id);
    mirror.removeRelationship("hall", r.id);
    const kinds = changes.map((c) => c.kind);
    assert.deepEqual(kinds, [
      "relationship.added",
      "relationship.removed",
      "relationship.added",
      "relationship.removed",
    ]);
  });

  describe("link", () => {
    it("stale is three times the interval, at least ten seconds; a word makes it live again", () => {
      const { mirror, device } = newMirror();
      assert.equal(mirror.get("p1")?.link, LINK.never);
      device("/temperature", 1, at(1000));
      device("/temperature", 2, at(6000));
      mirror.sweepStale(6000 + 15_000);
      assert.equal(mirror.get("p1")?.link, LINK.live);
      mirror.sweepStale(6000 + 15_001);
      assert.equal(mirror.get("p1")?.link, LINK.stale);
      device("/temperature", 3, at(30_000));
      assert.equal(mirror.get("p1")?.link, LINK.live);
    });

    it("a twin that never spoke does not become stale", () => {
      const { mirror } = newMirror();
      mirror.sweepStale(1e12);
      assert.equal(mirror.get("p1")?.link, LINK.never);
    });

    it("an old disconnection does not silence a device that has spoken since", () => {
      const { mirror, device } = newMirror();
      device("/temperature", 1, at(2000));
      mirror.setLink("p1", LINK.offline, 1000);
      assert.equal(mirror.get("p1")?.link, LINK.live);
      mirror.setLink("p1", LINK.offline, 3000);
      device("/temperature", 2, at(2500));
      assert.equal(mirror.get("p1")?.link, LINK.offline);
    });
  });

  it("any order and any repetition of the same events give the same values", () => {
    const path = fc.constantFrom("/temperature", "/starts", "/motor/current");
    const stamp = fc.record({
      source: fc.integer({ min: 1, max: 6 }),
      sequence: fc.nat(9),
      origin: fc.constantFrom("hub-a", "hub-b"),
    });
    const event = fc.record({ by: fc.constantFrom("device", "notice"), path, stamp, remove: fc.boolean() });
    type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;
    // One position of a hub holds one message: its value follows from where it stands.
    const told = ({ by, stamp: s, remove }: Event) =>
      remove && by === "notice" ? undefined : `${by} ${s.source} ${s.origin} ${s.sequence}`;
    const play = (events: readonly Event[]) => {
      const { mirror } = newMirror();
      for (const e of events) {
        const s = at(e.stamp.source, e.stamp);
        if (e.by === "device") {
          mirror.setValues("p1", [[e.path, told(e)]], s);
        } else {
          const value = told(e);
          mirror.applyPatch("p1", [value === undefined ? { op: "remove", path: e.path } : set(e.path, value)], s);
        }
      }
      return [...(mirror.get("p1")?.values ?? [])].map(([p, v]) => [p, v.value, v.source]).sort();
    };
    const distinct = { selector: (e: Event) => `${e.by} ${e.path} ${JSON.stringify(e.stamp)}` };
    const histories = fc
      .uniqueArray(event, { maxLength: 20, ...distinct })
      .chain((events) => fc.tuple(fc.constant(events), fc.array(fc.nat(), { maxLength: 60 })));
    fc.assert(
      fc.property(histories, ([events, picks]) => {
        const repeated = picks.flatMap((n) => (events.length === 0 ? [] : [events[n % events.length] as Event]));
        const shuffled = [...repeated, ...events].sort((a, b) => hash(a, picks) - hash(b, picks));
        assert.deepEqual(play(shuffled), play(events));
      }),
      { numRuns: 300 },
    );
  });
});

function hash(value: object, salt: readonly number[]): number {
  let n = 7;
  for (const c of JSON.stringify(value) + salt.join()) {
    n = (n * 31 + c.charCodeAt(0)) % 1_000_003;
  }
  return n;
}
