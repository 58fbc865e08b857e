// What builders may not do, and what a refusal leaves behind: nothing.
import assert from "node:assert/strict";
import type { LayoutDocument, LayoutPlacement } from "../../../src/protocol/layout.ts";
import type { Builder } from "../../../src/world/WorldEditor.ts";
import { eventually } from "../../support/eventually.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";

const bea: Builder = { actor: { id: "Bea-1", name: "Bea", role: "builder" } };
const upright = { x: 0, y: 0, z: 0, qx: 0, qy: 0, qz: 0, qw: 1, s: 1 };
const placed = (id: string, twinId: string): LayoutPlacement => ({ ...upright, id, twinId, visual: "", by: "Bea" });
const document = (space: string, placements: LayoutPlacement[], more: Partial<LayoutDocument> = {}): LayoutDocument => {
  return { format: "colyseus-digital-twins/layout", version: 1, space, placements, ...more };
};

describe("WorldEditor: what is refused, and what comes through unharmed", () => {
  let twins: MemoryTwins;
  beforeEach(async () => {
    twins = await newMemoryTwins();
    await twins.ready;
  });
  afterEach(() => twins.close());
  const editor = () => twins.services.editor;
  const list = (space: string) => [...twins.services.placements.list(space)];
  const add = (twinId: string, more: object = {}, space = "hall") =>
    String(editor().add(bea, space, [{ twinId, ...more }])[0]);

  it("an import whose looks have no room is refused as a whole, and by its dry run too", () => {
    const ranges = Array.from({ length: 16 }, (_, min) => ({ min, max: min + 1, colour: "#112233" }));
    const looks = { shape: "box", colour: { property: `/${"p".repeat(250)}`, ranges } };
    const visuals = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`dtmi:test:M${i};1`, looks]));
    for (const dryRun of [true, false]) {
      const wanted = document("hall", [placed("pa", "p1")], { visuals });
      assert.throws(() => editor().importLayout(bea, "hall", wanted, dryRun), {
        code: "INVALID_VALUE",
        message: /these 40 templates/,
      });
    }
    assert.deepEqual([editor().visuals.list().size, list("hall").length], [0, 0]);
  });

  it("room for looks is reckoned as the twin service does: quotes within a text take two bytes", () => {
    const ranges = Array.from({ length: 16 }, (_, min) => ({ min, max: min + 1, colour: "#112233" }));
    const looks = { colour: { property: `/${"p".repeat(250)}`, ranges } };
    const visualsOf = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`dtmi:test:M${i};1`, looks]));
    const stored = (count: number) =>
      Object.entries(visualsOf(count)).map(([model, template]) => JSON.stringify({ model, template }));
    const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
    const count = Math.floor(28_000 / (stored(1).join("").length + 24));
    assert.ok(stored(count).join("").length < 28_000 && bytes(stored(count)) > 28_000);
    const importing = (n: number) =>
      editor().importLayout(bea, "hall", document("hall", [], { visuals: visualsOf(n) }), true);
    assert.throws(() => importing(count), { code: "INVALID_VALUE" });
    assert.equal(importing(Math.floor(28_000 / (bytes(stored(1)) + 24))).visuals.length > 0, true);
  });

  it("an import takes no placement from a space that contains nothing", () => {
    const id = add("p1", {}, "far");
    editor().importLayout(bea, "hall", { ...editor().exportLayout("far"), space: "hall" }, false);
    assert.deepEqual([list("far").map((view) => view.id), list("hall").length], [[id], 1]);
  });

  it("undo takes no placement from the space into which it was imported meanwhile", () => {
    const id = add("p1");
    const exported = editor().exportLayout("hall");
    editor().remove(bea, "hall", [id]);
    editor().importLayout(bea, "yard", { ...exported, space: "yard" }, false);
    assert.throws(() => editor().undo(bea, "hall"), { code: "CONFLICT", message: /imported into 'yard' since/ });
    assert.deepEqual([list("hall").length, list("yard").map((view) => view.id)], [0, [id]]);
  });

  it("nothing is arranged to where it could not be imported again", () => {
    const id = add("p1", { s: 1000, x: 1e6 });
    const scale = (factor: number) => editor().arrange(bea, "hall", [id], { do: "scale", factor, about: "each" });
    assert.throws(() => scale(2), { code: "INVALID_VALUE", message: /'p1' the scale 2000; 0.0001 to 1000/ });
    assert.throws(() => editor().duplicate(bea, "hall", [id], { dx: 1, dy: 0, dz: 0 }), { code: "INVALID_VALUE" });
    scale(0.001);
    scale(0.001);
    assert.throws(() => scale(0.001), { code: "INVALID_VALUE" }, "too small to be seen, and no factor brings it back");
    assert.throws(() => add("p2", { s: 0.00001 }), { code: "INVALID_VALUE" });
    assert.equal(list("hall").length, 1);
  });

  it("duplicating what stands at a made-up place leaves it there, and undo takes both back", () => {
    const shown = () => [...editor().layout("hall").list()].filter(({ twinId }) => twinId === "p1");
    const [made] = shown();
    assert.ok(made);
    const [copy] = editor().duplicate(bea, "hall", [made.id], { dx: 1, dy: 0, dz: 0 });
    assert.deepEqual(
      new Map(shown().map(({ id, x }) => [id, x])),
      new Map([
        [made.id, made.x],
        [copy, made.x + 1],
      ]),
    );
    editor().undo(bea, "hall");
    assert.deepEqual(shown(), [made]);
  });

  it("a query that gives no twins is told so, at its first row", async () => {
    let rows = 0;
    twins.provider.query = async function* () {
      for (; rows < 100_000; rows++) {
        yield { COUNT: 3 };
      }
    };
    const spawned = editor().spawn(bea, "hall", { query: "SELECT COUNT() FROM digitaltwins" });
    await assert.rejects(spawned, { code: "INVALID_VALUE", message: /without a twin's \$dtId/ });
    assert.equal(rows, 0);
  });

  it("the twins in which the layout is kept cannot be placed", async () => {
    add("p1");
    await eventually(() => assert.ok(twins.services.mirror.get("colyseus_world")));
    assert.throws(() => add("colyseus_world"), { code: "NOT_FOUND", message: /'colyseus_world' to place/ });
  });
});
