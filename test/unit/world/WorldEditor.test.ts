// What builders do to a layout: their own steps back and forth, what is in the way, and who may.
import assert from "node:assert/strict";
import { setImmediate as round } from "node:timers/promises";
import type { Actor } from "../../../src/auth/AccessPolicy.ts";
import type { Builder } from "../../../src/world/WorldEditor.ts";
import { eventually } from "../../support/eventually.ts";
import { PUMP, pump, relationship } from "../../support/hall.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";

const by = (name: string, role: Actor["role"] = "builder"): Builder => ({ actor: { id: `${name}-1`, name, role } });
const [bea, bob] = [by("Bea"), by("Bob")];

describe("WorldEditor", () => {
  let twins: MemoryTwins;
  beforeEach(async () => {
    twins = await newMemoryTwins();
    await twins.ready;
  });
  afterEach(() => twins.close());
  const editor = () => twins.services.editor;
  const add = (builder: Builder, twinId = "p1", x = 0) => String(editor().add(builder, "hall", [{ twinId, x }])[0]);
  const xOf = (id: string) => twins.services.placements.get("hall", id)?.x;
  const move = (builder: Builder, id: string, x: number) => editor().move(builder, "hall", [{ placementId: id, x }]);

  it("takes back and does again what a builder did, and only that", () => {
    const id = add(bea);
    move(bea, id, 5);
    const other = add(bob, "p2", 1);
    assert.equal(editor().undo(bea, "hall"), "moved p1");
    assert.deepEqual([xOf(id), xOf(other)], [0, 1]);
    assert.equal(editor().redo(bea, "hall"), "moved p1");
    assert.equal(xOf(id), 5);
    editor().undo(bea, "hall");
    assert.equal(editor().undo(bea, "hall"), "added p1");
    assert.equal(xOf(id), undefined);
    assert.throws(() => editor().undo(bea, "hall"), { code: "NOT_FOUND" });
    editor().redo(bea, "hall");
    assert.equal(xOf(id), 0, "under the same id");
    move(bea, id, 9);
    assert.throws(() => editor().redo(bea, "hall"), { code: "NOT_FOUND" }, "something new ends redo");
  });

  it("a query may not ask for what the builder may not see, however it is written", async () => {
    await twins.close();
    const setpoint = { model: PUMP, property: "setpoint", roles: ["admin"] } as const;
    twins = await newMemoryTwins({ restricted: [setpoint] });
    await twins.ready;
    const ask = (builder: Builder, query: string) => editor().spawn(builder, "hall", { query });
    for (const condition of ["T.setpoint > 5", "T.SETPOINT > 5", "IS_DEFINED(T.setpoint)"]) {
      const query = `SELECT * FROM DIGITALTWINS T WHERE ${condition}`;
      await assert.rejects(ask(bea, query), { code: "FORBIDDEN", message: /'setpoint'/ }, condition);
    }
    assert.equal([...twins.services.placements.list("hall")].length, 0);
    assert.ok((await ask(bea, "SELECT * FROM DIGITALTWINS")).placementIds.length > 0);
  });

  it("nor may twins stand where a property says that the builder may not see: everybody sees placements", async () => {
    await twins.close();
    const tags = { model: PUMP, property: "tags", roles: ["admin"] } as const;
    twins = await newMemoryTwins({ restricted: [tags] });
    await twins.ready;
    const request = { query: "SELECT * FROM DIGITALTWINS", position: "tags" };
    await assert.rejects(editor().spawn(bea, "hall", request), { code: "FORBIDDEN", message: /'tags'/ });
    assert.equal([...twins.services.placements.list("hall")].length, 0);
  });

  it("a step of many is one step", () => {
    const ids = ["p1", "p2", "g1"].map((twinId, x) => add(bea, twinId, x));
    editor().arrange(bea, "hall", ids, { do: "align", axis: "x", to: "max" });
    assert.deepEqual(ids.map(xOf), [2, 2, 2]);
    editor().remove(bea, "hall", ids);
    assert.equal(editor().undo(bea, "hall"), "removed 3 twins");
    assert.deepEqual(ids.map(xOf), [2, 2, 2]);
    editor().undo(bea, "hall");
    assert.deepEqual(ids.map(xOf), [0, 1, 2]);
    const copies = editor().duplicate(bea, "hall", ids, { dx: 10, dy: 0, dz: 0 });
    assert.deepEqual(copies.map(xOf), [10, 11, 12]);
    editor().undo(bea, "hall");
    assert.deepEqual(copies.map(xOf), [undefined, undefined, undefined]);
  });

  it("says who came in between, and goes on with the step before", () => {
    const id = add(bea);
    move(bea, id, 5);
    move(bob, id, 7);
    assert.throws(() => editor().undo(bea, "hall"), {
      code: "CONFLICT",
      message: `"moved p1" can no longer be undone: Bob has changed 'p1' since.`,
    });
    assert.equal(xOf(id), 7);
    editor().undo(bob, "hall");
    assert.throws(() => editor().undo(bea, "hall"), { code: "CONFLICT" }, "it was added at 0, and stands at 5");
    assert.throws(() => editor().undo(bea, "hall"), { code: "NOT_FOUND" });
  });

  it("undoes what it can of a step, and tells what it left", () => {
    const ids = ["p1", "p2"].map((twinId) => add(bea, twinId));
    editor().move(
      bea,
      "hall",
      ids.map((placementId) => ({ placementId, x: 4 })),
    );
    move(bob, ids[0] ?? "", 6);
    assert.equal(editor().undo(bea, "hall"), "moved 2 twins; one was left: Bob has changed 'p1' since");
    assert.deepEqual(ids.map(xOf), [6, 0]);
    editor().redo(bea, "hall");
    assert.deepEqual(ids.map(xOf), [6, 4]);
  });

  it("does not bring back the placement of a twin that is gone", async () => {
    const id = add(bea, "far");
    editor().remove(bea, "hall", [id]);
    await twins.provider.deleteRelationship("yard", "yard-contains-far");
    await twins.provider.deleteTwin("far");
    await eventually(() => assert.equal(twins.services.mirror.get("far"), undefined));
    assert.throws(() => editor().undo(bea, "hall"), { code: "CONFLICT", message: /'far' does not exist any more/ });
  });

  it("knows a builder again by his name, and the nameless by their connection only", () => {
    const id = add(bea, "p1");
    move({ actor: { ...bea.actor, id: "another connection" } }, id, 3);
    editor().undo({ actor: { ...bea.actor, id: "a third" } }, "hall");
    assert.equal(xOf(id), 0);
    add(by("guest"), "p2");
    const stranger: Builder = { actor: { id: "x", name: "guest", role: "builder" } };
    assert.throws(() => editor().undo(stranger, "hall"), { code: "NOT_FOUND" });
  });

  it("tells people of one name apart where they signed in, and knows them again under another", () => {
    const id = add(bea, "p1");
    const signedIn = (name: string, subject: string): Builder => ({
      actor: { ...bea.actor, id: name + subject, name, subject },
    });
    move(signedIn("Kim", "issuer 1"), id, 3);
    assert.throws(() => editor().undo(signedIn("Kim", "issuer 2"), "hall"), { code: "NOT_FOUND" });
    editor().undo(signedIn("Kim Larsen", "issuer 1"), "hall");
    assert.equal(xOf(id), 0);
  });

  it("refuses with a reason: rights, what another holds, what is unknown", () => {
    const id = add(bea);
    assert.throws(() => move(by("Pat", "player"), id, 1), { code: "FORBIDDEN", message: /player/ });
    assert.throws(() => editor().undo(by("Pat", "player"), "hall"), { code: "FORBIDDEN" });
    const held: Builder = { ...bob, holderOf: () => "Bea" };
    assert.throws(() => move(held, id, 1), { code: "CONFLICT", message: "Bea is moving this right now." });
    move(bob, id, 1);
    assert.throws(() => editor().undo(held, "hall"), { code: "CONFLICT", message: "Bea is moving this right now." });
    editor().undo(bob, "hall");
    assert.equal(xOf(id), 0, "a refusal for that reason costs no step");
    assert.throws(() => move(bea, "nowhere", 1), { code: "NOT_FOUND" });
    assert.throws(() => editor().add(bea, "", [{ twinId: "p1" }]), { code: "UNSUPPORTED" });
  });
});

describe("WorldEditor: spawning, made-up places, visuals", () => {
  let twins: MemoryTwins;
  beforeEach(async () => {
    twins = await newMemoryTwins();
    await twins.ready;
  });
  afterEach(() => twins.close());
  const shown = () => [...twins.services.editor.layout("hall").list()];
  const statusOf = (twinId: string) => shown().find((view) => view.twinId === twinId)?.status;

  it("gives unplaced twins of the space a place, unsaved until somebody moves it", async () => {
    assert.deepEqual(
      shown()
        .map(({ twinId, status }) => [twinId, status])
        .sort(),
      [
        ["annex", "unsaved"],
        ["g1", "unsaved"],
        ["p1", "unsaved"],
        ["p2", "unsaved"],
      ],
    );
    const { editor, placements } = twins.services;
    assert.deepEqual([...placements.list("hall")], [], "nothing is written");
    const p1 = shown().find(({ twinId }) => twinId === "p1");
    assert.ok(p1);
    assert.throws(() => editor.remove(bea, "hall", [p1.id]), { code: "INVALID_VALUE", message: /'hall' contains it/ });
    editor.move(bea, "hall", [{ placementId: p1.id, x: 50 }]);
    await eventually(() => assert.equal(statusOf("p1"), "saved"));
    assert.equal(placements.get("hall", p1.id)?.z, p1.z, "what was not moved stays");
    editor.undo(bea, "hall");
    assert.deepEqual(
      shown().find(({ id }) => id === p1.id),
      p1,
    );
  });

  it("a newcomer moves nobody, and the places are the same in another process", async () => {
    const before = new Map(shown().map((view) => [view.twinId, view]));
    await twins.provider.putTwin({ id: "a0", modelId: "dtmi:test:Gauge;1", properties: {} });
    await twins.provider.putRelationship({
      id: "new",
      sourceId: "hall",
      targetId: "a0",
      name: "contains",
      properties: {},
    });
    await eventually(() => assert.equal(statusOf("a0"), "unsaved"));
    for (const view of shown().filter(({ twinId }) => twinId !== "a0")) {
      assert.deepEqual(view, before.get(view.twinId));
    }
    const again = await newMemoryTwins();
    await again.ready;
    assert.deepEqual(
      new Map([...again.services.editor.layout("hall").list()].map((view) => [view.twinId, view])),
      before,
    );
    await again.close();
  });

  it("twins that come and go one after the other stand in the same place, and who comes back at once in his own", async () => {
    const { editor, mirror } = twins.services;
    const { layout, release } = await editor.holdLayout("hall");
    const comes = async (id: string) => {
      mirror.upsertTwin({ ...pump(id), times: {} }, 1);
      mirror.upsertRelationship(relationship("hall", "contains", id));
      await round();
    };
    const spots = new Set<string>();
    for (let n = 0; n < 100; n++) {
      await comes(`pallet${n}`);
      const { x, z } = layout.spotOf(`pallet${n}`) ?? {};
      spots.add(`${x} ${z}`);
      mirror.removeTwin(`pallet${n}`);
      await round();
    }
    assert.equal(spots.size, 1, [...spots].join(", "));
    const before = layout.spotOf("p1");
    mirror.removeRelationship("hall", "hall-contains-p1");
    await round();
    assert.equal(layout.spotOf("p1"), undefined);
    mirror.upsertRelationship(relationship("hall", "contains", "p1"));
    await round();
    assert.deepEqual(layout.spotOf("p1"), before);
    release();
  });

  it("spawns what a query gives, by line, by what contains it, by its own position, and not twice", async () => {
    const { editor } = twins.services;
    const query = "SELECT * FROM digitaltwins";
    twins.provider.query = async function* () {
      yield* ["p1", "p2", "g1", "nobody", "colyseus_world"].map((id) => ({ $dtId: id }));
    };
    const first = await editor.spawn(bea, "yard", { query, layout: "line", at: { x: 10 }, spacing: 3 });
    assert.equal(first.skipped, 0);
    const spots = first.placementIds.map((id) => twins.services.placements.get("yard", id));
    assert.deepEqual(
      spots.map((view) => [view?.twinId, view?.x]),
      [
        ["g1", 10],
        ["p1", 13],
        ["p2", 16],
      ],
    );
    await eventually(() => assert.ok(twins.services.mirror.get("colyseus_world"), "a twin of the layout's own"));
    assert.deepEqual(await editor.spawn(bea, "yard", { query }), { placementIds: [], skipped: 3 });
    editor.undo(bea, "yard");
    assert.deepEqual([...twins.services.placements.list("yard")], []);
    const [annex] = editor.add(bea, "hall", [{ twinId: "annex", x: 100 }]);
    const { placementIds } = await editor.spawn(bea, "hall", { query, spacing: 2 });
    assert.ok(annex);
    const gauge = placementIds
      .map((id) => twins.services.placements.get("hall", id))
      .find((view) => view?.twinId === "g1");
    assert.deepEqual([gauge?.x, gauge?.z], [102, 0], "beside the annex that contains it");
    await assert.rejects(editor.spawn(by("Pat", "player"), "yard", { query }), { code: "FORBIDDEN" });
  });

  it("a placement whose twin is deleted shows as gone, and as saved when it is there again", async () => {
    twins.services.editor.add(bea, "hall", [{ twinId: "far" }]);
    await eventually(() => assert.equal(statusOf("far"), "saved"));
    await twins.provider.deleteRelationship("yard", "yard-contains-far");
    await twins.provider.deleteTwin("far");
    await eventually(() => assert.equal(statusOf("far"), "gone"));
    await twins.provider.putTwin({ id: "far", modelId: "dtmi:test:Gauge;1", properties: {} });
    await eventually(() => assert.equal(statusOf("far"), "saved"));
  });

  it("keeps visual templates in the twin service, and follows other hands", async () => {
    const { editor, provider } = twins.services;
    editor.setVisual(bea, "dtmi:test:Pump;1", { shape: "pump", spin: { property: "/speed" } });
    await eventually(async () => assert.ok(await provider.getTwin("colyseus_world_visuals")));
    const value = JSON.stringify({ model: "dtmi:test:Gauge;1", template: { shape: "sensor" } });
    await provider.patchTwin("colyseus_world_visuals", [{ op: "add", path: "/templates/other", value }]);
    await eventually(() => assert.deepEqual(editor.visuals.list().get("dtmi:test:Gauge;1"), { shape: "sensor" }));
    assert.deepEqual(editor.visuals.list().get("dtmi:test:Pump;1"), { shape: "pump", spin: { property: "/speed" } });
    const large = { shape: "x", label: { property: `/${"y".repeat(4000)}` } };
    assert.throws(() => editor.setVisual(bea, "dtmi:a;1", large), { code: "INVALID_VALUE" });
    assert.throws(() => editor.setVisual(by("Pat", "player"), "dtmi:a;1", {}), { code: "FORBIDDEN" });
    editor.setVisual(bea, "dtmi:test:Pump;1", undefined);
    assert.equal(editor.visuals.list().has("dtmi:test:Pump;1"), false);
  });
});
