// Builders in one room, and another server's hands: holds, undo over connections, what shows as what.
import assert from "node:assert/strict";
import { OVERWRITTEN } from "../../../src/protocol/names.ts";
import { LAYER_MODEL } from "../../../src/world/models.ts";
import { eventually } from "../../support/eventually.ts";
import { GAUGE } from "../../support/hall.ts";
import type { SeenRoom } from "../../support/newRoomServer.ts";
import { ask, refusalOf } from "./ask.ts";
import { type Hall, live, newHall } from "./newHall.ts";

describe("builders in one room", () => {
  let hall: Hall;
  beforeEach(async () => {
    hall = await newHall();
  });
  afterEach(() => hall.close());
  const join = async (name: string, role = "builder") => live(await hall.join({ role, name }));
  const seenAt = (room: SeenRoom, id: unknown) => room.state.placements.get(String(id)) ?? {};
  const add = async (room: SeenRoom, item: object): Promise<string> => {
    const { placementIds } = await ask(room, "placement.add", { items: [item] });
    const [id] = placementIds as string[];
    await eventually(() => assert.equal(seenAt(room, id)["status"], "saved"));
    return String(id);
  };

  it("undo and redo are one's own, and outlive the connection", async () => {
    const [bea, bob] = [await join("Bea"), await join("Bob")];
    const id = await add(bea, { twinId: "p1", x: 1 });
    await ask(bea, "placement.move", { items: [{ placementId: id, x: 2 }], settle: true });
    await refusalOf(ask(bob, "placement.undo", {})).then(({ code }) => assert.equal(code, "NOT_FOUND"));
    await bea.leave();
    const again = await join("Bea");
    assert.deepEqual(await ask(again, "placement.undo", {}), { undone: "moved p1" });
    await eventually(() => assert.equal(seenAt(bob, id)["x"], 1));
    assert.deepEqual(await ask(again, "placement.redo", {}), { redone: "moved p1" });
    await eventually(() => assert.deepEqual([seenAt(bob, id)["x"], seenAt(bob, id)["status"]], [2, "saved"]));
    const player = await join("Pat", "player");
    assert.equal((await refusalOf(ask(player, "placement.undo", {}))).code, "FORBIDDEN");
  });

  it("who arranges what he drags lets go of it", async () => {
    const [bea, bob] = [await join("Bea"), await join("Bob")];
    const id = await add(bea, { twinId: "p1", x: 1.4 });
    await ask(bea, "placement.move", { items: [{ placementId: id, x: 7 }], settle: false });
    await eventually(() => assert.equal(seenAt(bob, id)["heldBy"], "Bea"));
    await ask(bea, "placement.arrange", { do: "snap", placementIds: [id], grid: 1 });
    await eventually(() => assert.deepEqual([seenAt(bob, id)["x"], seenAt(bob, id)["heldBy"]], [1, ""]));
    assert.deepEqual(await ask(bea, "placement.undo", {}), { undone: "snapped p1" });
  });

  it("a refusal for want of rights is in the audit", async () => {
    const pat = await join("Pat", "player");
    const { message } = await refusalOf(ask(pat, "placement.add", { items: [{ twinId: "p1" }] }));
    const admin = { id: "1", name: "Ann", role: "admin" as const };
    const [entry] = hall.services.audit.list(admin, { name: "Pat" }, 10);
    assert.deepEqual(
      [entry?.action, entry?.twinId, entry?.result, entry?.reason],
      ["place", "hall", "refused", message],
    );
  });

  it("a drop lets go of what was held", async () => {
    const [bea, bob] = [await join("Bea"), await join("Bob")];
    const id = await add(bea, { twinId: "p1", x: 1 });
    await ask(bea, "placement.move", { items: [{ placementId: id, x: 7 }], settle: false });
    await eventually(() => assert.equal(seenAt(bob, id)["heldBy"], "Bea"));
    const refusal = await refusalOf(ask(bob, "placement.move", { items: [{ placementId: id, x: 3 }], settle: false }));
    assert.deepEqual([refusal.code, refusal.message], ["CONFLICT", "Bea is moving this right now."]);
    bea.reconnection.enabled = false;
    bea.connection.close(4000); // not a leave that was meant: the room waits for her
    await eventually(() => assert.deepEqual([seenAt(bob, id)["x"], seenAt(bob, id)["heldBy"]], [1, ""]), {
      timeoutMs: 5000,
    });
    await ask(bob, "placement.move", { items: [{ placementId: id, x: 3 }], settle: false });
  });

  it("who settled a moment ago is told that another server or tool came after", async () => {
    const [bea, bob] = [await join("Bea"), await join("Bob")];
    const told: object[][] = [[], []];
    bea.onMessage(OVERWRITTEN, (message: object) => told[0]?.push(message));
    bob.onMessage(OVERWRITTEN, (message: object) => told[1]?.push(message));
    const id = await add(bea, { twinId: "p1", x: 1 });
    const layer = [...hall.services.mirror.twins()].find((twin) => twin.modelId === LAYER_MODEL);
    const value = { twinId: "p1", x: 5, by: "a tool" };
    await hall.provider.patchTwin(layer?.id ?? "", [{ op: "add", path: `/placements/${id}`, value }]);
    await eventually(() => assert.deepEqual([seenAt(bob, id)["x"], seenAt(bob, id)["by"]], [5, "a tool"]), {
      timeoutMs: 5000,
    });
    await eventually(() =>
      assert.deepEqual(told, [[{ placementId: id, twinId: "p1", by: "a tool", removed: false }], []]),
    );
  });

  it("an unplaced twin can be dragged from where it was put, and is saved there", async () => {
    const [bea, bob] = [await join("Bea"), await join("Bob")];
    const [id] = [...bob.state.placements].find(([, p]) => p["twinId"] === "p2") ?? [];
    assert.equal(seenAt(bob, id)["status"], "unsaved");
    await ask(bea, "placement.move", { items: [{ placementId: id, x: 40 }], settle: false });
    await eventually(() => assert.deepEqual([seenAt(bob, id)["x"], seenAt(bob, id)["status"]], [40, "unsaved"]));
    await ask(bea, "placement.move", { items: [{ placementId: id, x: 41 }], settle: true });
    await eventually(() => assert.deepEqual([seenAt(bob, id)["x"], seenAt(bob, id)["status"]], [41, "saved"]));
    await ask(bea, "placement.remove", { placementIds: [id] });
    await eventually(() => assert.equal(seenAt(bob, id)["status"], "unsaved"));
    assert.ok(bob.state.twins.has("p2"), "the space contains it");
  });

  it("arranges, spawns by a query, and shows templates to everybody, late comers too", async () => {
    const bea = await join("Bea");
    const ids = [await add(bea, { twinId: "p1", x: 1 }), await add(bea, { twinId: "g1", x: 5 })];
    await ask(bea, "placement.arrange", { do: "align", axis: "x", placementIds: ids });
    await eventually(() =>
      assert.deepEqual(
        ids.map((id) => seenAt(bea, id)["x"]),
        [3, 3],
      ),
    );
    const { placementIds } = await ask(bea, "placement.arrange", { do: "duplicate", placementIds: ids, dx: 2 });
    await eventually(() =>
      assert.deepEqual(
        (placementIds as string[]).map((id) => seenAt(bea, id)["x"]),
        [5, 5],
      ),
    );
    hall.provider.query = async function* () {
      yield { $dtId: "far" };
    };
    const spawned = await ask(bea, "placement.add", { query: "SELECT * FROM digitaltwins", layout: "grid" });
    assert.equal((spawned["placementIds"] as string[]).length, 1);
    const template = { shape: "sensor", label: { property: "/level" } };
    await ask(bea, "visual.set", { modelId: GAUGE, template });
    const late = await join("Lea");
    const { visuals } = late.state as unknown as { visuals: Map<string, string> };
    assert.deepEqual(JSON.parse(visuals.get(GAUGE) ?? ""), template);
    assert.ok(late.state.twins.has("far"));
  });
});
