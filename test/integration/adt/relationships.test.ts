// Relationships of the embedded twin service, through the official SDK.
import assert from "node:assert/strict";
import { closeDigitalTwins, collect, newDigitalTwins, refused } from "../../support/newDigitalTwins.ts";
import { CAMERA, MODELS, room, space } from "./models.ts";

const contains = ($targetId: string, properties: object = {}) => ({
  $relationshipName: "contains",
  $targetId,
  ...properties,
});

async function newHouse() {
  const house = await newDigitalTwins();
  await house.client.createModels(MODELS);
  await house.client.upsertDigitalTwin("house", space());
  await house.client.upsertDigitalTwin("kitchen", room());
  await house.client.upsertDigitalTwin("bath", room());
  await house.client.upsertDigitalTwin("camera", JSON.stringify({ $metadata: { $model: CAMERA["@id"] } }));
  return house;
}

describe("embedded twin service: relationships", () => {
  afterEach(closeDigitalTwins);

  it("creates, reads, patches and deletes, with etags", async () => {
    const { client } = await newHouse();
    const { etag, body } = await client.upsertRelationship("house", "k", contains("kitchen", { order: 1 }));
    assert.deepEqual(body, {
      $relationshipId: "k",
      $etag: etag,
      $sourceId: "house",
      $relationshipName: "contains",
      $targetId: "kitchen",
      order: 1,
    });
    const patch = [{ op: "replace", path: "/order", value: 2 }];
    const { etag: next } = await client.updateRelationship("house", "k", patch, { ifMatch: String(etag) });
    await refused(client.updateRelationship("house", "k", patch, { ifMatch: String(etag) }), 412, "PreconditionFailed");
    const read = await client.getRelationship("house", "k");
    assert.equal(read.etag, next);
    assert.equal(read.body["order"], 2);
    const again = client.upsertRelationship("house", "k", contains("kitchen"), { ifNoneMatch: "*" });
    await refused(again, 412, "PreconditionFailed");
    await client.deleteRelationship("house", "k");
    await refused(client.getRelationship("house", "k"), 404, "RelationshipNotFound");
    await refused(client.deleteRelationship("house", "k"), 404, "RelationshipNotFound");
  });

  it("refuses what the model or the graph does not allow", async () => {
    const { client } = await newHouse();
    const put = (body: Record<string, unknown>, source = "house") => client.upsertRelationship(source, "x", body);
    await refused(put(contains("none")), 404, "TargetDigitalTwinNotFound");
    await refused(put(contains("kitchen"), "none"), 404, "DigitalTwinNotFound");
    await refused(put(contains("camera")), 400, "InvalidRelationship");
    await refused(put({ ...contains("kitchen"), $relationshipName: "heats" }), 400, "InvalidRelationship");
    await refused(put(contains("kitchen", { order: "first" })), 400, "ValidationFailed");
    await refused(put(contains("house")), 400, "OperationNotAllowed");
    await refused(put({ $targetId: "kitchen" }), 400, "InvalidArgument");
    await put(contains("kitchen"));
    const patch = [{ op: "replace", path: "/$targetId", value: "bath" }];
    await refused(client.updateRelationship("house", "x", patch), 400, "JsonPatchInvalid");
    const wrong = [{ op: "add", path: "/order", value: 1.5 }];
    await refused(client.updateRelationship("house", "x", wrong), 400, "ValidationFailed");
  });
});

describe("embedded twin service: lists of relationships", () => {
  afterEach(closeDigitalTwins);

  it("lists outgoing and incoming by id, with links, and follows pages", async () => {
    const { client, url } = await newHouse();
    await client.upsertRelationship("house", "k", contains("kitchen"));
    await client.upsertRelationship("house", "b", contains("bath"));
    await client.upsertRelationship("kitchen", "s", { $relationshipName: "seenBy", $targetId: "camera" });
    await client.upsertRelationship("bath", "s", { $relationshipName: "seenBy", $targetId: "camera" });
    const outgoing = await collect(client.listRelationships("house"));
    assert.deepEqual(
      outgoing.map((relationship) => relationship["$targetId"]),
      ["bath", "kitchen"],
    );
    const link = (source: string) => `${url}/digitaltwins/${source}/relationships/s?api-version=2022-05-31`;
    const incoming = await collect(client.listIncomingRelationships("camera"));
    assert.deepEqual(
      incoming.map(({ sourceId, relationshipId, relationshipLink }) => [sourceId, relationshipId, relationshipLink]),
      [
        ["bath", "s", link("bath")],
        ["kitchen", "s", link("kitchen")],
      ],
    );
    await refused(collect(client.listRelationships("none")), 404, "DigitalTwinNotFound");

    for (let i = 0; i < 150; i++) {
      await client.upsertRelationship("kitchen", `more-${i}`, { $relationshipName: "seenBy", $targetId: "camera" });
    }
    const ids = (await collect(client.listRelationships("kitchen"))).map(
      (relationship) => relationship["$relationshipId"],
    );
    assert.equal(new Set(ids).size, 151);
  });

  it("filters by relationshipName", async () => {
    const { client, request } = await newHouse();
    await client.upsertRelationship("house", "k", contains("kitchen"));
    await client.upsertRelationship("house", "c", { $relationshipName: "seenBy", $targetId: "camera" });
    const { body } = await request("GET", "/digitaltwins/house/relationships?relationshipName=seenBy");
    assert.deepEqual(
      (body as { value: { $relationshipId: string }[] }).value.map((relationship) => relationship.$relationshipId),
      ["c"],
    );
  });

  it("keeps twins from being deleted while relationships lead to or from them", async () => {
    const { client } = await newHouse();
    await client.upsertRelationship("house", "k", contains("kitchen"));
    await refused(client.deleteDigitalTwin("house"), 400, "RelationshipsNotDeleted");
    await refused(client.deleteDigitalTwin("kitchen"), 400, "RelationshipsNotDeleted");
    await client.upsertRelationship("house", "k", contains("bath"));
    await client.deleteDigitalTwin("kitchen");
    await client.deleteRelationship("house", "k");
    await client.deleteDigitalTwin("house");
  });
});
