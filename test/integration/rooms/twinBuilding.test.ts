import assert from "node:assert/strict";
import { matchMaker } from "@colyseus/core";
import type { TwinSyncPlugin } from "../../../plugins/TwinSyncPlugin.ts";
import { countFollowing } from "../../support/countFollowing.ts";
import { eventually } from "../../support/eventually.ts";
import { GAUGE } from "../../support/hall.ts";
import type { SeenRoom } from "../../support/newRoomServer.ts";
import { layers } from "../../support/placements.ts";
import { ask, refusalOf } from "./ask.ts";
import { aFewPatches, type Hall, live, newHall, seen } from "./newHall.ts";

describe("TwinBuildingPlugin", () => {
  let hall: Hall;
  beforeEach(async () => {
    hall = await newHall();
  });
  afterEach(() => hall.close());
  const join = async (role: string, more: object = {}) => live(await hall.join({ role, name: `the ${role}`, ...more }));
  const placement = (room: SeenRoom, id: unknown) => room.state.placements.get(String(id)) ?? {};
  const placed = (room: SeenRoom) => [...room.state.placements.values()].filter((p) => p["status"] !== "unsaved");
  const add = async (room: SeenRoom, item: object): Promise<string> => {
    const { placementIds } = await ask(room, "placement.add", { items: [item] });
    return String((placementIds as string[])[0]);
  };

  it("what a builder places is seen by everybody, at first as pending, then as saved", async () => {
    const [builder, other] = [await join("builder"), await join("player")];
    const first = await add(builder, { twinId: "p2" });
    await eventually(() => assert.equal(placement(other, first)["status"], "saved"));
    const release = hall.provider.hold();
    const id = await add(builder, { twinId: "p1", x: 1, y: 2, z: 3, visual: "pump" });
    await eventually(() => assert.equal(placement(other, id)["status"], "pending"));
    release();
    await eventually(() => assert.equal(placement(other, id)["status"], "saved"));
    const { twinId, x, y, z, qw, s, visual, by } = placement(other, id);
    assert.deepEqual([twinId, x, y, z, qw, s, visual, by], ["p1", 1, 2, 3, 1, 1, "pump", "the builder"]);
  });

  it("a twin from elsewhere is shown where it is placed, and leaves with its last placement", async () => {
    const builder = await join("builder");
    const [one, two] = [await add(builder, { twinId: "far" }), await add(builder, { twinId: "far", x: 5 })];
    await eventually(() => assert.equal(seen(builder, "far", "$name"), "Far gauge"));
    hall.says("far", { level: 8 });
    await eventually(() => assert.equal(seen(builder, "far", "level"), 8));
    await ask(builder, "placement.remove", { placementIds: [one] });
    await eventually(() => assert.equal(placed(builder).length, 1));
    assert.ok(builder.state.twins.has("far"));
    await ask(builder, "placement.remove", { placementIds: [two] });
    await eventually(() => assert.equal(builder.state.twins.has("far"), false));
    assert.ok(await hall.provider.getTwin("far"), "the twin itself stays");
  });

  it("a room lets go of its layout when it closes, also when it is not filled yet", async () => {
    const following = countFollowing(hall.services.spaces);
    const room = await join("player");
    await eventually(() => assert.equal(following("hall"), 2, "which twins it shows, and where"));
    await room.leave();
    await eventually(() => assert.equal(following("hall"), 0));
    const { editor } = hall.services;
    const { promise: waiting, resolve: goOn } = Promise.withResolvers<void>();
    const holdLayout = editor.holdLayout.bind(editor);
    editor.holdLayout = (space) => waiting.then(() => holdLayout(space));
    const brief = await hall.join();
    await brief.leave();
    await eventually(() => assert.equal(following("hall"), 0));
    goOn();
    await aFewPatches();
    assert.equal(following("hall"), 0);
  });

  it("a twin that the game shows and a builder places stays while one of the two holds", async () => {
    const builder = await join("builder");
    const { plugins } = matchMaker.getLocalRoomById(builder.roomId) as unknown as {
      plugins: { twinSync: TwinSyncPlugin };
    };
    const isShown = () => builder.state.twins.has("far");
    const game = plugins.twinSync;
    game.include(["far"]);
    await eventually(() => assert.ok(isShown()));
    const place = () => add(builder, { twinId: "far" });
    const remove = async (id: string) => {
      await eventually(() => assert.ok(builder.state.placements.has(id)));
      await ask(builder, "placement.remove", { placementIds: [id] });
      await eventually(() => assert.ok(!builder.state.placements.has(id)));
    };
    await remove(await place());
    assert.ok(isShown(), "the game still shows it");
    const id = await place();
    await eventually(() => assert.ok(builder.state.placements.has(id)));
    game.exclude(["far"]);
    assert.ok(game.world.twins.has("far"), "it is still placed");
    await remove(id);
    assert.ok(!isShown());
    game.include(["far"]);
    await remove(await place());
    game.exclude(["far"]);
    await eventually(() => assert.ok(!isShown()));
  });

  it("a game includes one twin or several by their ids; what is none is refused, and then nothing is shown", async () => {
    const builder = await join("builder");
    const { plugins } = matchMaker.getLocalRoomById(builder.roomId) as unknown as {
      plugins: { twinSync: TwinSyncPlugin };
    };
    const game = plugins.twinSync;
    const has = () => game.world.twins.has("far");
    game.include("far");
    assert.ok(has());
    game.exclude("far");
    assert.ok(!has());
    game.include(new Set(["far"]));
    assert.ok(has());
    game.exclude(["far"]);
    const wrong: [call: () => unknown, sentence: RegExp][] = [
      [() => game.include(["far", 5, null] as never), /include: number 2 of the ids is 5: expected the id of a twin/],
      [() => game.include(undefined as never), /include: the id is .*: expected the id of a twin, or several/],
      [() => game.include({ id: "far" } as never), /include: the id is an object/],
      [() => game.exclude([""]), /exclude: number 1 of the ids is ""/],
      [() => game.selected({} as never, 5 as never), /selected: the id is 5: expected .*, or "" for none/],
      [() => game.placed(undefined as never, undefined), /placed: the id is .*: expected the id of a twin$/],
    ];
    for (const [call, sentence] of wrong) {
      assert.throws(call, sentence);
    }
    assert.ok(!has());
  });

  it("a place that another tool gives to another twin shows that one, and no longer the first", async () => {
    const builder = await join("builder");
    const id = await add(builder, { twinId: "far", x: 5 });
    await eventually(() => assert.equal(placement(builder, id)["status"], "saved"));
    await eventually(() => assert.ok(builder.state.twins.has("far")));
    const [layer] = await layers(hall.provider);
    assert.ok(layer);
    await hall.provider.patchTwin(layer.id, [{ op: "replace", path: `/placements/${id}/twinId`, value: "p1" }]);
    await eventually(() => assert.equal(placement(builder, id)["twinId"], "p1"));
    await eventually(() => assert.ok(!builder.state.twins.has("far")));
  });

  it("who joins late sees the layout", async () => {
    const id = await add(await join("builder"), { twinId: "p1", x: 4 });
    const late = await hall.join();
    assert.equal(placement(late, id)["x"], 4);
  });

  it("a room is live when all that is placed is shown, however much", async () => {
    const builder = await join("builder");
    for (let n = 0; n < 20; n++) {
      const items = Array.from({ length: 100 }, (_, i) => ({ twinId: "p1", x: n, z: i }));
      await ask(builder, "placement.add", { items });
    }
    await eventually(() => assert.ok(placed(builder).every(({ status }) => status === "saved")), { timeoutMs: 10_000 });
    await builder.leave();
    const late = await hall.join();
    assert.notEqual(late.roomId, builder.roomId);
    const shown = new Map<string, number>();
    const look = () => shown.has(late.state.status) || shown.set(late.state.status, placed(late).length);
    late.onStateChange(look);
    look();
    await live(late);
    assert.equal(shown.get("live"), 2_000);
  });

  it("a drag is seen at once, saved when it settles, and nobody else may take hold meanwhile", async () => {
    const [builder, rival] = [await join("builder"), await join("builder")];
    const id = await add(builder, { twinId: "p1" });
    await eventually(() => assert.equal(placement(rival, id)["status"], "saved"));
    await ask(builder, "placement.move", { items: [{ placementId: id, x: 7 }], settle: false });
    await eventually(() =>
      assert.deepEqual([placement(rival, id)["x"], placement(rival, id)["heldBy"]], [7, "the builder"]),
    );
    const taken = ask(rival, "placement.move", { items: [{ placementId: id, x: 0 }], settle: true });
    const { code, message } = await refusalOf(taken);
    assert.deepEqual([code, message], ["CONFLICT", "the builder is moving this right now."]);
    await ask(builder, "placement.move", { items: [{ placementId: id, x: 8 }], settle: true });
    await eventually(() => {
      const { x, heldBy, status } = placement(rival, id);
      assert.deepEqual([x, heldBy, status], [8, "", "saved"]);
    });
    await ask(rival, "placement.move", { items: [{ placementId: id, x: 9 }], settle: true });
    await eventually(() => assert.equal(placement(builder, id)["x"], 9));
  });

  it("what settles stands where it was dragged, though the settle says only a part of it", async () => {
    const [builder, other] = [await join("builder"), await join("player")];
    const id = await add(builder, { twinId: "p1" });
    const move = (place: object, settle: boolean) =>
      ask(builder, "placement.move", { items: [{ placementId: id, ...place }], settle });
    await move({ x: 7 }, false);
    await move({ z: 2 }, false);
    await move({ qy: 0.6, qw: 0.8 }, true);
    const { x, z, qy } = hall.services.placements.get("hall", id) ?? {};
    assert.deepEqual([x, z, qy], [7, 2, 0.6]);
    await eventually(() => assert.deepEqual([placement(other, id)["x"], placement(other, id)["z"]], [7, 2]));
  });

  it("a settle that is refused lets go, and shows it where it was saved", async () => {
    const [builder, other] = [await join("builder"), await join("player")];
    const id = await add(builder, { twinId: "p1", x: 1 });
    await ask(builder, "placement.move", { items: [{ placementId: id, x: 7 }], settle: false });
    await eventually(() => assert.equal(placement(other, id)["heldBy"], "the builder"));
    const items = [{ placementId: id, x: 8 }, { placementId: "nobody" }];
    assert.equal((await refusalOf(ask(builder, "placement.move", { items, settle: true }))).code, "NOT_FOUND");
    await eventually(() => assert.deepEqual([placement(other, id)["x"], placement(other, id)["heldBy"]], [1, ""]));
  });

  it("a drag that is broken off by leaving goes back to where it was saved", async () => {
    const [builder, other] = [await join("builder"), await join("player")];
    const id = await add(builder, { twinId: "p1", x: 1 });
    await eventually(() => assert.equal(placement(other, id)["status"], "saved"));
    await ask(builder, "placement.move", { items: [{ placementId: id, x: 7 }], settle: false });
    await eventually(() => assert.equal(placement(other, id)["x"], 7));
    await builder.leave();
    await eventually(() => assert.deepEqual([placement(other, id)["x"], placement(other, id)["heldBy"]], [1, ""]));
  });

  it("a new twin can be created in its place", async () => {
    const builder = await join("builder");
    const properties = { name: "New gauge", level: 2 };
    const made = await ask(builder, "twin.create", { modelId: GAUGE, twinId: "g9", properties, place: { x: 3 } });
    assert.equal(made["twinId"], "g9");
    await eventually(() => assert.equal(seen(builder, "g9", "level"), 2));
    await eventually(() => assert.equal(placement(builder, made["placementId"])["x"], 3));
  });

  it("refuses with a code, and then nothing is placed or moved", async () => {
    const [builder, player] = [await join("builder"), await join("player")];
    const id = await add(builder, { twinId: "p1", x: 1 });
    await eventually(() => assert.equal(placement(builder, id)["status"], "saved"));
    const code = async (room: SeenRoom, type: string, payload: unknown) =>
      (await refusalOf(ask(room, type, payload))).code;
    assert.equal(await code(player, "placement.add", { items: [{ twinId: "p1" }] }), "FORBIDDEN");
    assert.equal(
      await code(player, "placement.move", { items: [{ placementId: id, x: 5 }], settle: false }),
      "FORBIDDEN",
    );
    assert.equal(await code(player, "placement.remove", { placementIds: [id] }), "FORBIDDEN");
    assert.equal(await code(player, "twin.create", { modelId: GAUGE, place: {} }), "FORBIDDEN");
    const mixed = { items: [{ twinId: "p1" }, { twinId: "nobody" }] };
    const refusal = await refusalOf(ask(builder, "placement.add", mixed));
    assert.deepEqual([refusal.code, refusal.details?.[0]?.path], ["NOT_FOUND", "/items/1/twinId"]);
    const half = { items: [{ placementId: id, x: 5 }, { placementId: "nobody" }], settle: true };
    assert.equal(await code(builder, "placement.move", half), "NOT_FOUND");
    assert.equal(await code(builder, "placement.remove", { placementIds: [id, "nobody"] }), "NOT_FOUND");
    assert.equal(await code(builder, "placement.add", { items: [{ twinId: "p1", x: Number.NaN }] }), "INVALID_PAYLOAD");
    for (const [payload, path] of [
      [{ items: Array.from({ length: 1001 }, () => ({ twinId: "p1" })) }, "/items"],
      [{ query: "SELECT * FROM digitaltwins", layuot: "grid" }, "/layuot"],
    ] as const) {
      assert.deepEqual(
        (await refusalOf(ask(builder, "placement.add", payload))).details?.map((d) => d.path),
        [path],
      );
    }
    assert.equal(await code(builder, "twin.create", { modelId: GAUGE, twinId: "p1", place: {} }), "CONFLICT");
    await aFewPatches();
    assert.deepEqual([placed(builder).length, placement(builder, id)["x"]], [1, 1]);
  });
});
