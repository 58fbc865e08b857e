// What building refuses at once, what fails later and is told, and what a turn becomes.
import assert from "node:assert/strict";
import { TwinError } from "../../../src/errors.ts";
import { VISUAL_REFUSED } from "../../../src/protocol/names.ts";
import { LAYER_MODEL } from "../../../src/world/models.ts";
import { eventually } from "../../support/eventually.ts";
import { GAUGE } from "../../support/hall.ts";
import type { SeenRoom } from "../../support/newRoomServer.ts";
import { ask, refusalOf } from "./ask.ts";
import { type Hall, live, newHall } from "./newHall.ts";

describe("building, at its edges", () => {
  let hall: Hall;
  let bea: SeenRoom;
  let bob: SeenRoom;
  beforeEach(async () => {
    hall = await newHall();
    [bea, bob] = [await join("Bea"), await join("Bob")];
  });
  afterEach(() => hall.close());
  const join = async (name: string, space?: string) =>
    live(await hall.join({ role: "builder", name, ...(space === undefined ? {} : { space }) }));
  const seenAt = (room: SeenRoom, id: string) => room.state.placements.get(id) ?? {};
  const add = async (item: object, room = bea): Promise<string> => {
    const { placementIds } = await ask(room, "placement.add", { items: [item] });
    return String((placementIds as string[])[0]);
  };
  const statusOf = (id: string) => [seenAt(bob, id)["status"], seenAt(bob, id)["reason"]];
  const readOnly = new TwinError("FORBIDDEN", "The twin service gives this server no right to write.");

  describe("what the twin service refuses for good", () => {
    it("shows to everybody as failed, with the reason, until it is saved after all", async () => {
      const id = await add({ twinId: "p1", x: 1 });
      await eventually(() => assert.deepEqual(statusOf(id), ["saved", ""]));
      hall.provider.refuse = () => readOnly;
      await ask(bea, "placement.move", { items: [{ placementId: id, x: 2 }], settle: true });
      const other = await add({ twinId: "p2" });
      const failed = ["failed", readOnly.message];
      await eventually(() => assert.deepEqual([statusOf(id), statusOf(other)], [failed, failed]));
      hall.provider.refuse = undefined;
      const third = await add({ twinId: "g1" });
      await eventually(() => assert.deepEqual(statusOf(third), ["saved", ""]));
      await eventually(() => assert.deepEqual([statusOf(id), statusOf(other)], [failed, failed], "it stays in sight"));
      await ask(bob, "placement.move", { items: [{ placementId: id, x: 3 }], settle: true });
      await eventually(() => assert.deepEqual([...statusOf(id), seenAt(bob, id)["x"]], ["saved", "", 3]));
    });

    it("brings back what could not be removed", async () => {
      const id = await add({ twinId: "p1", x: 1 });
      await eventually(() => assert.equal(seenAt(bob, id)["status"], "saved"));
      hall.provider.refuse = () => readOnly;
      await ask(bea, "placement.remove", { placementIds: [id] });
      await eventually(() => assert.deepEqual(statusOf(id), ["failed", readOnly.message]));
    });

    it("of a look is told to who set it, and all see the one before", async () => {
      const before = { shape: "sensor" };
      await ask(bob, "visual.set", { modelId: GAUGE, template: before });
      const told: object[][] = [[], []];
      bea.onMessage(VISUAL_REFUSED, (message: object) => told[0]?.push(message));
      bob.onMessage(VISUAL_REFUSED, (message: object) => told[1]?.push(message));
      await eventually(async () => assert.ok(await hall.provider.getTwin("colyseus_world_visuals")));
      hall.provider.refuse = () => readOnly;
      await ask(bea, "visual.set", { modelId: GAUGE, template: { shape: "box" } });
      const refused = { modelId: GAUGE, reason: readOnly.message };
      await eventually(() => assert.deepEqual(told, [[refused], []]), { timeoutMs: 5000 });
      const { visuals } = bob.state as unknown as { visuals: Map<string, string> };
      await eventually(() => assert.deepEqual(JSON.parse(visuals.get(GAUGE) ?? ""), before), { timeoutMs: 5000 });
    });
  });

  it("a look that no twin service takes is refused at once, by its bytes", async () => {
    const property = `/${"測".repeat(298)}`;
    const look = { label: { property }, spin: { property }, fill: { property, empty: 0, full: 1 } };
    const id = await add({ twinId: "p1", visual: JSON.stringify(look) });
    await eventually(() => assert.deepEqual(statusOf(id), ["saved", ""]));
    const ranges = Array.from({ length: 14 }, (_, min) => ({ min, max: min + 1, colour: "#112233" }));
    const visual = JSON.stringify({ ...look, colour: { property, ranges } });
    assert.ok(visual.length < 2000, "not too many letters");
    const { code, message } = await refusalOf(add({ twinId: "p1", visual }));
    const bytes = Buffer.byteLength(visual);
    assert.equal(code, "INVALID_VALUE");
    assert.equal(message, `The look of 'p1' takes ${bytes} bytes in UTF-8; at most 4000 are possible.`);
  });

  it("in a space that does not exist any more nothing is built, and nothing is written", async () => {
    const far = await join("Bea", "far");
    const kept = await add({ twinId: "p1" }, far);
    await eventually(() => assert.equal(seenAt(far, kept)["status"], "saved"));
    await hall.provider.deleteRelationship("yard", "yard-contains-far");
    await hall.provider.deleteTwin("far");
    await eventually(() => assert.equal(hall.services.mirror.get("far"), undefined));
    hall.provider.query = async function* () {
      yield { $dtId: "p2" };
    };
    const written = hall.provider.patches.length;
    const requests: [string, object][] = [
      ["placement.add", { items: [{ twinId: "p1" }] }],
      ["placement.add", { query: "SELECT * FROM digitaltwins" }],
      ["placement.move", { items: [{ placementId: kept, x: 3 }], settle: true }],
      ["placement.move", { items: [{ placementId: kept, x: 3 }], settle: false }],
      ["placement.arrange", { do: "duplicate", placementIds: [kept] }],
      ["placement.undo", {}],
      ["twin.create", { modelId: GAUGE, twinId: "g7", place: {} }],
    ];
    for (const [type, payload] of requests) {
      const { code, message } = await refusalOf(ask(far, type, payload));
      const expected = ["NOT_FOUND", "There is no space 'far' to build in: no twin has that id."];
      assert.deepEqual([code, message], expected, `${type} ${JSON.stringify(payload)}`);
    }
    const { editor, placements } = hall.services;
    const builder = { actor: { id: "1", name: "Bea", role: "builder" as const } };
    for (const space of ["far", "nowhere", "colyseus_world"]) {
      const document = { ...editor.exportLayout("hall"), space };
      assert.throws(() => editor.importLayout(builder, space, document, true), { code: "NOT_FOUND" });
      assert.throws(() => editor.add(builder, space, [{ twinId: "p1" }]), { code: "NOT_FOUND" });
      await assert.rejects(editor.spawn(builder, space, { query: "SELECT * FROM digitaltwins" }), {
        code: "NOT_FOUND",
      });
    }
    assert.equal(await hall.provider.getTwin("g7"), undefined);
    assert.deepEqual([hall.provider.patches.length, [...placements.list("nowhere")]], [written, []]);
    await ask(far, "placement.remove", { placementIds: [kept] });
    await eventually(() => assert.equal(far.state.placements.has(kept), false, "what is left can be cleared away"));
  });

  describe("a turn", () => {
    const turnOf = (id: string) => {
      const { qx, qy, qz, qw } = hall.services.placements.get("hall", id) ?? assert.fail();
      return { qx, qy, qz, qw };
    };
    /** As it is kept: to four digits. */
    const eighth = Math.round(Math.SQRT1_2 * 1e4) / 1e4;
    const unit = { qx: 0, qy: 0.6, qz: 0, qw: 0.8 };

    it("is made a unit quaternion on its way in: placed, dragged, settled, kept and exported", async () => {
      const id = await add({ twinId: "p1", qy: 1.2, qw: 1.6 });
      assert.deepEqual(turnOf(id), unit);
      await ask(bea, "placement.move", { items: [{ placementId: id, qy: 0.8, qw: 0.8 }], settle: false });
      await eventually(() => assert.ok(Math.abs(Number(seenAt(bob, id)["qy"]) - Math.SQRT1_2) < 1e-4));
      await ask(bea, "placement.move", { items: [{ placementId: id }], settle: true });
      assert.deepEqual(turnOf(id), { qx: 0, qy: eighth, qz: 0, qw: eighth });
      const { placements } = hall.services.editor.exportLayout("hall");
      assert.deepEqual([placements[0]?.qy, placements[0]?.qw], [eighth, eighth]);
      await ask(bea, "placement.undo", {});
      assert.deepEqual(turnOf(id), unit);
      await ask(bea, "placement.redo", {});
      assert.deepEqual(turnOf(id), { qx: 0, qy: eighth, qz: 0, qw: eighth });
    });

    it("that is none is refused with its place and length, dragging too, and nothing moves", async () => {
      const id = await add({ twinId: "p1" });
      await eventually(() => assert.equal(seenAt(bob, id)["status"], "saved"));
      const turn = { qx: 0, qy: 0, qz: 0, qw: 0 };
      const bad: [string, object, string][] = [
        ["placement.add", { items: [{ twinId: "p2" }, { twinId: "p1", ...turn }] }, "/items/1/qw"],
        ["placement.move", { items: [{ placementId: id, x: 4, qw: 0 }], settle: false }, "/items/0/qw"],
        ["placement.move", { items: [{ placementId: id, x: 4, qx: 3 }], settle: true }, "/items/0/qw"],
      ];
      for (const [type, payload, path] of bad) {
        const { code, message, details } = await refusalOf(ask(bea, type, payload));
        assert.deepEqual([code, details?.[0]?.path], ["INVALID_VALUE", path]);
        assert.match(message, /a quaternion of length 1 .*this one has a length of/);
      }
      const made = { modelId: GAUGE, twinId: "g8", place: turn };
      const refusal = await refusalOf(ask(bea, "twin.create", made));
      assert.deepEqual([refusal.code, refusal.details?.[0]?.path], ["INVALID_VALUE", "/place/qw"]);
      assert.equal(await hall.provider.getTwin("g8"), undefined, "nor is a twin made that cannot be placed");
      for (const qw of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const refusal = await refusalOf(ask(bea, "placement.add", { items: [{ twinId: "p1", qw }] }));
        assert.equal(refusal.code, "INVALID_PAYLOAD");
      }
      const { x, qw, heldBy } = seenAt(bob, id);
      assert.deepEqual([x, qw, heldBy, hall.services.placements.get("hall", id)?.x], [0, 1, "", 0]);
    });

    it("of another tool shows as a unit one, whatever it is", async () => {
      const id = await add({ twinId: "p1" });
      await eventually(() => assert.equal(seenAt(bob, id)["status"], "saved"));
      const layer = [...hall.services.mirror.twins()].find((twin) => twin.modelId === LAYER_MODEL);
      const put = (key: string, turn: object) =>
        hall.provider.patchTwin(layer?.id ?? "", [
          { op: "add", path: `/placements/${key}`, value: { twinId: "p2", ...turn } },
        ]);
      await put("long", { qy: 6, qw: 8 });
      await put("none", { qw: 0 });
      await eventually(() => assert.ok(hall.services.placements.get("hall", "none")));
      assert.deepEqual([turnOf("long"), turnOf("none")], [unit, { qx: 0, qy: 0, qz: 0, qw: 1 }]);
    });
  });
});
