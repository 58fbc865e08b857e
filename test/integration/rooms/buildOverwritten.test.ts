// The last settled wins and the loser is told: in whatever way he had settled, and whoever came after.
import assert from "node:assert/strict";
import type { Actor } from "../../../src/auth/AccessPolicy.ts";
import { OVERWRITTEN, type Overwritten } from "../../../src/protocol/names.ts";
import { LAYER_MODEL } from "../../../src/world/models.ts";
import { eventually } from "../../support/eventually.ts";
import type { SeenRoom } from "../../support/newRoomServer.ts";
import { ask } from "./ask.ts";
import { aFewPatches, type Hall, live, newHall } from "./newHall.ts";

interface BuilderInRoom {
  room: SeenRoom;
  told: Overwritten[];
}

describe("placement.overwritten", () => {
  let hall: Hall;
  let bea: BuilderInRoom;
  let bob: BuilderInRoom;
  beforeEach(async () => {
    hall = await newHall();
    [bea, bob] = [await join("Bea"), await join("Bob")];
  });
  afterEach(() => hall.close());

  async function join(name: string): Promise<BuilderInRoom> {
    const room = await live(await hall.join({ role: "builder", name }));
    const told: Overwritten[] = [];
    room.onMessage(OVERWRITTEN, (message: Overwritten) => told.push(message));
    return { room, told };
  }
  const placement = (id: string) => bea.room.state.placements.get(id) ?? {};
  const idsOf = (reply: Record<string, unknown>) => reply["placementIds"] as string[];
  const add = async ({ room }: BuilderInRoom, x = 1): Promise<string> => {
    const [id = ""] = idsOf(await ask(room, "placement.add", { items: [{ twinId: "p1", x }] }));
    await isSaved(id);
    return id;
  };
  /** In the twin service: what clients see may be a patch behind. */
  const isSaved = (id: string) =>
    eventually(() => assert.equal(hall.services.placements.get("hall", id)?.status, "saved"), { timeoutMs: 5000 });
  const moveTo = ({ room }: BuilderInRoom, id: string, x: number, settle = true) =>
    ask(room, "placement.move", { items: [{ placementId: id, x }], settle });

  /** Another tool puts something in its place, and Bea alone hears of it. */
  async function isToldOf(id: string): Promise<void> {
    await isSaved(id);
    const { twinId } = hall.services.placements.get("hall", id) ?? assert.fail();
    const layers = [...hall.services.mirror.twins()].filter((twin) => twin.modelId === LAYER_MODEL);
    const layer = layers.find((twin) => Object.keys(twin.values.get("/placements")?.value as object).includes(id));
    const value = { twinId, x: 77, by: "a tool" };
    await hall.provider.patchTwin(layer?.id ?? "", [{ op: "add", path: `/placements/${id}`, value }]);
    const expected = { placementId: id, twinId, by: "a tool", removed: false };
    await eventually(() => assert.deepEqual([bea.told, bob.told], [[expected], []]), { timeoutMs: 5000 });
    await eventually(() => assert.equal(placement(id)["x"], 77));
  }

  it("is told to who spawned by a query", async () => {
    hall.provider.query = async function* () {
      yield { $dtId: "far" };
    };
    const [id = ""] = idsOf(await ask(bea.room, "placement.add", { query: "SELECT * FROM digitaltwins" }));
    await isToldOf(id);
  });

  it("is told to who created a twin in its place", async () => {
    const made = { modelId: "dtmi:test:Gauge;1", twinId: "g9", place: { x: 3 } };
    await isToldOf(String((await ask(bea.room, "twin.create", made))["placementId"]));
  });

  it("is told to who duplicated", async () => {
    const of = { do: "duplicate", placementIds: [await add(bob)], dx: 2 };
    const [id = ""] = idsOf(await ask(bea.room, "placement.arrange", of));
    await isToldOf(id);
  });

  it("is told to who arranged", async () => {
    const id = await add(bob);
    await ask(bea.room, "placement.arrange", { do: "scale", placementIds: [id], factor: 2 });
    await eventually(() => assert.equal(bob.told.length, 1), { timeoutMs: 2000 });
    bob.told.length = 0;
    await isToldOf(id);
  });

  it("is told to who took a step back, and to who did it again", async () => {
    const id = await add(bea);
    await moveTo(bea, id, 5);
    await ask(bea.room, "placement.undo", {});
    await isToldOf(id);
    bea.told.length = 0;
    const other = await add(bea);
    await moveTo(bea, other, 5);
    await ask(bea.room, "placement.undo", {});
    await ask(bea.room, "placement.redo", {});
    await isToldOf(other);
  });

  it("is told to who imported, by a request outside of the room", async () => {
    const id = await add(bob);
    const { editor } = hall.services;
    const exported = editor.exportLayout("hall");
    const placements = exported.placements.map((placed) => ({ ...placed, x: 40 }));
    const actor: Actor = { id: "a request", name: "Bea", role: "builder" };
    editor.importLayout({ actor }, "hall", { ...exported, placements }, false);
    const lost = { placementId: id, twinId: "p1", by: "Bea", removed: false };
    await eventually(() => assert.deepEqual([bea.told, bob.told], [[], [lost]]), { timeoutMs: 2000 });
    bob.told.length = 0;
    await isToldOf(id);
  });

  it("is told when a builder, an import or an undo on this server comes after, and never of one's own", async () => {
    const id = await add(bea);
    await moveTo(bea, id, 2);
    await moveTo(bob, id, 3);
    const by = (name: string, removed = false): Overwritten => ({ placementId: id, twinId: "p1", by: name, removed });
    await eventually(() => assert.deepEqual([bea.told, bob.told], [[by("Bob")], []]));
    await moveTo(bea, id, 4, false);
    const nothing = { ...hall.services.editor.exportLayout("hall"), placements: [] };
    const admin: Actor = { id: "rest", name: "REST", role: "admin" };
    hall.services.editor.importLayout({ actor: admin }, "hall", nothing, false);
    await eventually(() => assert.deepEqual(bea.told.slice(1), [by("REST", true)], "she held it"));
    await eventually(() => assert.deepEqual(bob.told, [by("REST", true)], "he had settled it"));
    await aFewPatches();
    assert.deepEqual([bea.told.length, bob.told.length], [2, 1]);
  });
});
