// Models of the embedded twin service, through the official SDK.
import assert from "node:assert/strict";
import { closeDigitalTwins, collect, newDigitalTwins, refused } from "../../support/newDigitalTwins.ts";
import { CAMERA, MODELS, ROOM, room, SPACE, THERMOSTAT } from "./models.ts";

describe("embedded twin service: models", () => {
  afterEach(closeDigitalTwins);

  it("takes models in any order and shows what Azure shows of them", async () => {
    const { request } = await newDigitalTwins();
    const added = await request("POST", "/models", MODELS);
    assert.equal(added.status, 201);
    const [first, second] = added.body as Record<string, unknown>[];
    assert.deepEqual(Object.keys(first ?? {}), ["id", "description", "displayName", "decommissioned", "uploadTime"]);
    assert.deepEqual(second?.["displayName"], SPACE.displayName);
    assert.deepEqual(second?.["description"], { en: "Somewhere" });
    assert.match(String(second?.["uploadTime"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,6}[1-9])?\+00:00$/);
    const one = await request("GET", `/models/${ROOM["@id"]}?includeModelDefinition=true`);
    assert.deepEqual((one.body as { model: unknown }).model, ROOM);
  });

  it("lists, by pages and with dependencies", async () => {
    const { client, request } = await newDigitalTwins();
    await client.createModels(MODELS);
    const ids = async (dependenciesFor?: string[]) =>
      (await collect(client.listModels(dependenciesFor))).map((model) => model.id).sort();
    assert.equal((await ids()).length, 4);
    assert.deepEqual(await ids([ROOM["@id"]]), [ROOM["@id"], SPACE["@id"], THERMOSTAT["@id"]].sort());
    assert.deepEqual(await ids([CAMERA["@id"], SPACE["@id"]]), [CAMERA["@id"], SPACE["@id"]].sort());
    await refused(ids(["dtmi:test:None;1"]), 404, "ModelNotFound");

    const sizes: number[] = [];
    for await (const page of client.listModels().byPage({ maxPageSize: 3 })) {
      sizes.push(page.value?.length ?? 0);
    }
    assert.deepEqual(sizes, [3, 1]);
    const repeated = await request("GET", `/models?dependenciesFor=${CAMERA["@id"]}&dependenciesFor=${SPACE["@id"]}`);
    assert.equal((repeated.body as { value: unknown[] }).value.length, 2);
  });

  it("uploads all or nothing", async () => {
    const { client } = await newDigitalTwins();
    await refused(client.createModels([SPACE, { ...CAMERA, "@id": "dtmi:test:bad" }]), 400, "DTDLParserError");
    await refused(client.createModels([ROOM]), 400, "DTDLParserError");
    await refused(client.createModels([]), 400, "InvalidArgument");
    assert.deepEqual(await collect(client.listModels()), []);
    await client.createModels([SPACE]);
    await refused(client.createModels([SPACE, CAMERA]), 409, "ModelIdAlreadyExists");
    assert.equal((await collect(client.listModels())).length, 1);
  });

  it("refuses Commands, as Azure does", async () => {
    const { client } = await newDigitalTwins();
    const contents = [{ "@type": "Command", name: "reboot" }];
    await refused(client.createModels([{ ...CAMERA, contents }]), 400, "DTDLParserError");
  });

  it("decommissions: no new twins of that model", async () => {
    const { client } = await newDigitalTwins();
    await client.createModels(MODELS);
    await client.upsertDigitalTwin("before", room());
    await client.decomissionModel(ROOM["@id"]);
    assert.equal((await client.getModel(ROOM["@id"])).decommissioned, true);
    await refused(client.upsertDigitalTwin("after", room()), 400, "ModelDecommissioned");
    await client.updateDigitalTwin("before", [{ op: "add", path: "/temperature", value: 1 }]);
  });

  it("deletes what no other model needs, then takes new ones", async () => {
    const { client } = await newDigitalTwins();
    await client.createModels(MODELS);
    await client.upsertDigitalTwin("r", room());
    await refused(client.deleteModel(SPACE["@id"]), 409, "ModelReferencesNotDeleted");
    await refused(client.deleteModel(THERMOSTAT["@id"]), 409, "ModelReferencesNotDeleted");
    await client.deleteModel(ROOM["@id"]);
    await client.deleteModel(THERMOSTAT["@id"]);
    await refused(client.getModel(ROOM["@id"]), 404, "ModelNotFound");
    await client.createModels([{ ...ROOM, contents: [] }]);
    await refused(client.getModel("no model id"), 400, "InvalidArgument");
  });
});
