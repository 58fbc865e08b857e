// Layouts are there for the rooms that hold them: nothing stays of one that nobody uses, but where it made up places.
import assert from "node:assert/strict";
import { setImmediate as round } from "node:timers/promises";
import type { Builder } from "../../../src/world/WorldEditor.ts";
import { countFollowing } from "../../support/countFollowing.ts";
import { pump, relationship } from "../../support/hall.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";

const bea: Builder = { actor: { id: "Bea-1", name: "Bea", role: "builder" } };

describe("Layouts", () => {
  let twins: MemoryTwins;
  let following: ReturnType<typeof countFollowing>;
  beforeEach(async () => {
    twins = await newMemoryTwins();
    await twins.ready;
    following = countFollowing(twins.services.spaces);
  });
  afterEach(() => twins.close());

  const add = async (id: string) => {
    const { mirror } = twins.services;
    mirror.upsertTwin({ ...pump(id), times: {} }, 1);
    mirror.upsertRelationship(relationship("hall", "contains", id));
    await round();
  };
  const places = () => {
    const views = twins.services.editor.layout("hall").list();
    return new Map(Array.from(views, ({ twinId, x, z }) => [twinId, [x, z]]));
  };

  it("who reads a layout, or changes one without a room, leaves nothing behind that follows the graph", async () => {
    const { editor } = twins.services;
    const spaces = ["hall", "annex", "p1", "g1"];
    for (const space of spaces) {
      editor.importLayout(bea, space, { ...editor.exportLayout("hall"), space }, true);
    }
    assert.deepEqual(spaces.map(following), [0, 0, 0, 0], "it needs no layout");
    const p1 = editor.layout("hall").spotOf("p1")?.id ?? "";
    editor.move(bea, "hall", [{ placementId: p1, x: 9 }]);
    assert.equal(following("hall"), 1, "one for all that is asked at once");
    await round();
    assert.equal(following("hall"), 0);
  });

  it("follows the space as long as somebody holds it", async () => {
    const { editor } = twins.services;
    const [one, other] = await Promise.all([editor.holdLayout("hall"), editor.holdLayout("hall")]);
    assert.equal(one.layout, other.layout);
    one.release();
    one.release();
    await add("n1");
    assert.equal(other.layout.spotOf("n1")?.status, "unsaved");
    assert.equal(editor.layout("hall"), other.layout);
    other.release();
    assert.equal(following("hall"), 0);
  });

  it("who comes back finds made-up places as they were, as long as the space is there", async () => {
    const { editor, mirror } = twins.services;
    const { release } = await editor.holdLayout("hall");
    await add("a0");
    const before = places();
    release();
    await add("a1");
    const after = places();
    assert.deepEqual(new Map([...before.keys()].map((id) => [id, after.get(id)])), before);
    await round();
    const hall = mirror.toTwin("hall");
    assert.ok(hall);
    mirror.removeTwin("hall");
    mirror.upsertTwin(hall, 1);
    ["annex", "p1", "p2", "g1", "a0", "a1"].map((id) =>
      mirror.upsertRelationship(relationship("hall", "contains", id)),
    );
    await round();
    assert.notDeepEqual(places().get("p1"), before.get("p1"), "sorted in behind what came");
  });
});
