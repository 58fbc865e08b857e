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

  it("reports twins that are missing, and goes into another space under new ids", async () => {
    fill();
    const exported = await read();
    const lost = { ...place, id: "p1", twinId: "nobody" };
    const { body } = await rest.call("PUT", path, { ...exported, placements: [...exported.placements, lost] });
    assert.deepEqual([body.missing, body.unchanged], [[{ placementId: "p1", twinId: "nobody" }], 2]);
    assert.equal((await rest.call("PUT", "/spaces/annex/layout", exported)).status, 200);
    const copy = (await rest.call("GET", "/spaces/annex/layout")).body.placements;
    const ids = new Set([...copy, ...exported.placements].map(({ id }: { id: string }) => id));
    assert.equal(ids.size, 4);
    assert.deepEqual((await read()).placements, exported.placements);
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
