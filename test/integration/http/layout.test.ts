import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { layoutJsonSchema } from "../../../src/protocol/layout.ts";
import { eventually } from "../../support/eventually.ts";
import { newRestServer, type RestServer } from "./newRestServer.ts";

const path = "/spaces/hall/layout";
const place = { x: 0, y: 0, z: 0, qx: 0, qy: 0, qz: 0, qw: 1, s: 1 };

describe("REST: layouts", () => {
  let rest: RestServer;
  beforeEach(async () => {
    rest = await newRestServer();
  });
  afterEach(() => rest.close());
  const bea = { actor: { id: "1", name: "Bea", role: "builder" as const } };
  const fill = () => {
    const turned = { qy: 0.6, qw: 0.8, s: 2 };
    rest.services.editor.add(bea, "hall", [
      { twinId: "pump-01", x: 1.25, visual: '{"shape":"tank"}' },
      { twinId: "pump-02", ...turned },
    ]);
    rest.services.editor.setVisual(bea, "dtmi:test:Pump;1", { shape: "pump", spin: { property: "/speed", axis: "y" } });
  };
  const read = async () => (await rest.call("GET", path)).body;

  it("what is exported and imported again changes nothing; after other changes it brings back all", async () => {
    fill();
    const exported = await read();
    assert.deepEqual(
      [exported.format, exported.space, exported.placements.length],
      ["colyseus-digital-twins/layout", "hall", 2],
    );
    const again = (await rest.call("PUT", path, exported)).body;
    assert.deepEqual(again, { from: "hall", changes: [], visuals: [], unchanged: 2, missing: [], elsewhere: [] });
    const [first, second] = exported.placements;
    rest.services.editor.move(bea, "hall", [{ placementId: first.id, x: 9 }]);
    rest.services.editor.remove(bea, "hall", [second.id]);
    rest.services.editor.add(bea, "hall", [{ twinId: "pump-03" }]);
    rest.services.editor.setVisual(bea, "dtmi:test:Pump;1", { shape: "box" });
    const dry = (await rest.call("PUT", `${path}?dryRun=true`, exported)).body;
    assert.deepEqual(dry.changes.map((change: { do: string }) => change.do).sort(), ["add", "change", "remove"]);
    const { text } = dry.changes.find((change: { do: string }) => change.do === "change");
    assert.equal(text, `${first.twinId}: x 9 → ${first.x}`);
    assert.notDeepEqual(await read(), exported, "a dry run changes nothing");
    assert.deepEqual((await rest.call("PUT", path, exported)).body, dry);
    assert.deepEqual(await read(), exported);
    await eventually(() => assert.ok([...rest.services.placements.list("hall")].every((p) => p.status === "saved")));
    assert.deepEqual(await read(), exported);
  });

  it("reports twins that are missing", async () => {
    fill();
    const exported = await read();
    const lost = { ...place, id: "p1", twinId: "nobody" };
    const { body } = await rest.call("PUT", path, { ...exported, placements: [...exported.placements, lost] });
    assert.deepEqual([body.missing, body.unchanged], [[{ placementId: "p1", twinId: "nobody" }], 2]);
  });

  it("goes into another space under ids of its own, which a dry run tells, and once only", async () => {
    fill();
    const exported = await read();
    const annex = "/spaces/annex/layout";
    const dry = (await rest.call("PUT", `${annex}?dryRun=true`, exported)).body;
    const elsewhere = ["pump-01", "pump-02"].map((twinId) => ({ twinId, spaces: ["hall"] }));
    assert.deepEqual([dry.from, dry.elsewhere, dry.visuals], ["hall", elsewhere, []]);
    const texts = dry.changes.map(({ text }: { text: string }) => text).sort();
    assert.deepEqual(texts, ["add pump-01 at (1.25, 0, 0), also in hall", "add pump-02 at (0, 0, 0), also in hall"]);
    assert.deepEqual((await rest.call("PUT", annex, exported)).body, dry);
    const copy = (await rest.call("GET", annex)).body;
    const idsOf = (placements: { id: string }[]) => placements.map(({ id }) => id).sort();
    const told = dry.changes.map(({ placementId }: { placementId: string }) => placementId).sort();
    assert.deepEqual(idsOf(copy.placements), told);
    assert.equal(new Set([...told, ...idsOf(exported.placements)]).size, 4);
    const contents = (placements: { id: string; twinId: string }[]) =>
      placements.map(({ id: _, ...rest }) => rest).sort((a, b) => (a.twinId < b.twinId ? -1 : 1));
    assert.deepEqual(contents(copy.placements), contents(exported.placements));
    assert.deepEqual((await read()).placements, exported.placements, "the other space is as it was");
    const again = (await rest.call("PUT", annex, exported)).body;
    assert.deepEqual([again.changes, again.unchanged, again.elsewhere], [[], 2, []]);
    const own = (await rest.call("PUT", annex, copy)).body;
    assert.deepEqual([own.from, own.changes, own.unchanged], ["annex", [], 2]);
  });

  it("of a space that is gone takes another one's place, and can be undone there", async () => {
    const document = { ...(await read()), space: "torn down" };
    const placements = [{ ...place, id: "old1", twinId: "pump-01", x: 3 }];
    const { body } = await rest.call("PUT", path, { ...document, placements });
    assert.deepEqual([body.from, body.changes.length, body.elsewhere], ["torn down", 1, []]);
    assert.notEqual((await read()).placements[0].id, "old1");
    const rebuilt = { actor: { id: "rest", name: "REST", role: "admin" as const } };
    assert.equal(rest.services.editor.undo(rebuilt, "hall"), "imported pump-01");
    assert.deepEqual((await read()).placements, []);
  });

  it("has unit quaternions; what is no turn is refused with its place", async () => {
    fill();
    const exported = await read();
    const [first, second] = exported.placements;
    const turned = { ...first, qx: 0, qy: 1.2, qz: 0, qw: 1.6 };
    assert.equal((await rest.call("PUT", path, { ...exported, placements: [turned, second] })).status, 200);
    const now = (await read()).placements.find(({ id }: { id: string }) => id === first.id);
    assert.deepEqual([now.qy, now.qw], [0.6, 0.8]);
    const none = { ...second, qx: 0, qy: 0, qz: 0, qw: 0 };
    for (const dryRun of ["", "?dryRun=true"]) {
      const { status, body } = await rest.call("PUT", path + dryRun, { ...exported, placements: [first, none] });
      assert.deepEqual([status, body.code, body.details[0].path], [422, "INVALID_VALUE", "/placements/1/qw"]);
    }
  });

  it("refuses with the path of what is wrong, and then nothing is changed", async () => {
    fill();
    const exported = await read();
    const refused = async (body: unknown, status = 400) => {
      const answer = await rest.call("PUT", path, body);
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      return answer.body;
    };
    const [first] = exported.placements;
    const twice = await refused({ ...exported, placements: [first, first] });
    assert.equal(twice.details[0].path, "/placements/1/id");
    const wrong = await refused({ ...exported, placements: [{ ...first, x: "far" }] });
    assert.equal(wrong.details[0].path, "/placements/0/x");
    await refused({ ...exported, version: 2 });
    assert.equal((await rest.call("GET", "/spaces/nowhere/layout")).status, 404);
    assert.deepEqual(await read(), exported);
  });

  it("is refused where nobody may write", async () => {
    const closed = await newRestServer({ readOnly: "This server is read-only." });
    const document = (await closed.call("GET", path)).body;
    assert.equal((await closed.call("PUT", path, document)).body.detail, "This server is read-only.");
    assert.equal((await closed.call("PUT", "/visuals/dtmi:a;1", { shape: "box" })).status, 403);
    await closed.close();
  });
});

describe("REST: visuals", () => {
  it("are put, listed, refused and removed", async () => {
    const rest = await newRestServer();
    const template = { shape: "tank", fill: { property: "/level", empty: 0, full: 5 } };
    const id = encodeURIComponent("dtmi:test:Pump;1");
    assert.equal((await rest.call("PUT", `/visuals/${id}`, template)).status, 200);
    assert.deepEqual((await rest.call("GET", "/visuals")).body, { value: [{ modelId: "dtmi:test:Pump;1", template }] });
    assert.equal((await rest.call("PUT", `/visuals/${id}`, { ...template, sise: 1 })).status, 400);
    assert.equal((await rest.call("DELETE", `/visuals/${id}`)).status, 204);
    assert.deepEqual((await rest.call("GET", "/visuals")).body, { value: [] });
    await rest.close();
  });
});

describe("the layout's JSON schema", () => {
  it("is published as it is used", () => {
    const file = join(import.meta.dirname, "../../../docs/layout.schema.json");
    assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), JSON.parse(JSON.stringify(layoutJsonSchema())));
  });
});
