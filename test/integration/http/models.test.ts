import assert from "node:assert/strict";
import { newRestServer, type RestServer } from "./newRestServer.ts";

describe("REST: models", () => {
  let rest: RestServer;
  beforeEach(async () => {
    rest = await newRestServer();
  });
  afterEach(() => rest.close());

  const ids = (body: { value: { id: string }[] }) => body.value.map((m) => m.id);
  const gauge = {
    "@context": "dtmi:dtdl:context;2",
    "@id": "dtmi:test:Gauge;1",
    "@type": "Interface",
    contents: [{ "@type": "Property", name: "level", schema: "double" }],
  };

  it("lists them, with their documents when asked", async () => {
    const plain = await rest.call("GET", "/models");
    assert.equal(plain.body.value.length, 5);
    assert.equal("model" in plain.body.value[0], false);
    assert.deepEqual(plain.body.value[0].displayName, { en: "Asset", de: "Anlage" });
    const full = await rest.call("GET", "/models?includeModelDefinition=true&limit=2");
    assert.equal(full.body.value[0].model["@id"], "dtmi:test:Asset;1");
    const rest3 = await rest.call("GET", `/models?cursor=${full.body.nextCursor}`);
    assert.equal(rest3.body.value.length, 3);
  });

  it("lists what models depend on, given repeated or with commas", async () => {
    const pump = ["dtmi:test:Asset;1", "dtmi:test:Motor;1", "dtmi:test:Pump;1"];
    assert.deepEqual(ids((await rest.call("GET", "/models?dependenciesFor=dtmi:test:Pump;1")).body), pump);
    const both = [...pump.slice(0, 1), "dtmi:test:Hall;1", ...pump.slice(1)];
    const query = "dependenciesFor=dtmi:test:Pump;1";
    assert.deepEqual(ids((await rest.call("GET", `/models?${query},dtmi:test:Hall;1`)).body), both);
    const repeated = await rest.call("GET", `/models?${query}&dependenciesFor=dtmi:test:Hall;1`);
    assert.deepEqual(ids(repeated.body), both);
    assert.equal((await rest.call("GET", "/models?dependenciesFor=dtmi:test:None;1")).status, 404);
  });

  it("adds a set, gives each, and deletes what nothing refers to", async () => {
    const added = await rest.call("POST", "/models", [gauge]);
    assert.equal(added.status, 201);
    assert.deepEqual(ids({ value: added.body }), ["dtmi:test:Gauge;1"]);
    const one = await rest.call("GET", "/models/dtmi:test:Gauge;1");
    assert.deepEqual(one.body.model, gauge);
    assert.equal((await rest.call("PUT", "/twins/g", { $metadata: { $model: gauge["@id"] }, level: 1 })).status, 201);
    assert.equal((await rest.call("DELETE", "/models/dtmi:test:Gauge;1")).status, 204);
    assert.equal((await rest.call("GET", "/models/dtmi:test:Gauge;1")).status, 404);
    assert.equal((await rest.call("DELETE", "/models/dtmi:test:Asset;1")).status, 409);
  });

  it("says everything that is wrong with a set, and stores none of it", async () => {
    const bad = {
      ...gauge,
      "@id": "dtmi:test:Bad;1",
      contents: [{ "@type": "Property", name: "9", schema: "colour" }],
    };
    const { status, body } = await rest.call("POST", "/models", [gauge, bad]);
    assert.equal(status, 422);
    assert.equal(body.code, "INVALID_VALUE");
    assert.ok(body.details.length >= 2);
    assert.equal((await rest.call("GET", "/models/dtmi:test:Gauge;1")).status, 404);
  });

  it("takes sets larger than other bodies may be", async () => {
    const description = "x".repeat(500);
    const many = Array.from({ length: 3000 }, (_, i) => ({ ...gauge, "@id": `dtmi:test:Many${i};1`, description }));
    assert.ok(JSON.stringify(many).length > 1_500_000);
    assert.equal((await rest.call("POST", "/models", many)).status, 201);
  });
});
