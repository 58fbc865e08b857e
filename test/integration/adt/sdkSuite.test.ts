// What the public test suite of the SDK for JavaScript does with a live service, by the same client: each of its cases, and
// the parts of messages that it looks for. Each has a service of its own.
import assert from "node:assert/strict";
import { closeDigitalTwins, collect, newDigitalTwins } from "../../support/newDigitalTwins.ts";
import { type Case, HAS, op, PART, patchCases, says, setUp, twin, WHOLE } from "./sdkSuite.ts";

const NO_TWIN = "There is no digital twin instance that exists with the ID";
const NO_MODEL = "There is no Model(s) available that matches the provided id(s)";
const NO_ROUTE = "There is no route available that matches the provided input";
const NO_RELATIONSHIP = "Relationship none not found on twin a";
const BAD_IF_MATCH = "Invalid If-Match header value. Allowed value(s): If-Match: {etag} or If-Match: *";
const BAD_MODELS = "None of the models in this request could be created due to a problem with one or more models";
const FILTER = "$eventType = 'DigitalTwinTelemetryMessages' or $eventType = 'DigitalTwinLifecycleNotification'";
const ifMissing = { ifNoneMatch: "*" };
const wrong = { ifMatch: "XXX" };

const twins: Record<string, Case> = {
  "create a simple digital twin": async (client) => {
    const { body } = await client.upsertDigitalTwin("x", twin());
    const { $dtId, $etag, $metadata, average, unit } = body;
    assert.deepEqual([$dtId, $metadata.$model, average, unit], ["x", WHOLE["@id"], 68, "Celsius"]);
    assert.ok($etag);
  },
  "create digitaltwin without model": (client) => {
    const $metadata = { $model: "dtmi:samples:None;2" };
    return says("Invalid twin specified", client.upsertDigitalTwin("x", twin({ $metadata })));
  },
  "create invalid digitaltwin": (client) =>
    says("Invalid twin specified", client.upsertDigitalTwin("x", twin({ lowest: 1 }))),
  "create digitaltwin conditionally if missing": async (client) => {
    await client.upsertDigitalTwin("x", twin(), ifMissing);
    const found =
      "If-None-Match: * header was specified but a twin with the id x was found. Please specify a different twin id.";
    await says(found, client.upsertDigitalTwin("x", twin(), ifMissing));
  },
  "update a simple digital twin": async (client) => {
    const { body } = await client.upsertDigitalTwin("a", twin({ average: 69 }));
    assert.deepEqual([body["average"], body["unit"]], [69, "Celsius"]);
  },
  "upsert digital twin invalid conditions": (client) => {
    const text = "Invalid If-None-Match header value. Allowed value(s): If-None-Match: *";
    return says(text, client.upsertDigitalTwin("x", twin(), { ifNoneMatch: "XXX" }));
  },
  "get digitaltwin": async (client) => {
    const created = await client.upsertDigitalTwin("x", twin());
    const got = await client.getDigitalTwin("x");
    assert.deepEqual([got.body, got.etag], [created.body, created.etag]);
  },
  "get digitaltwin not existing": (client) => says(NO_TWIN, client.getDigitalTwin("none")),
  "delete digitaltwin": async (client) => {
    await client.deleteDigitalTwin("c");
    await says(NO_TWIN, client.getDigitalTwin("c"));
  },
  "delete digitaltwin not existing": (client) => says(NO_TWIN, client.deleteDigitalTwin("none")),
  "delete digitaltwin if present": async (client) => {
    const { etag = "" } = await client.getDigitalTwin("c");
    await client.deleteDigitalTwin("c", { ifMatch: etag });
    await says(NO_TWIN, client.getDigitalTwin("c"));
  },
  "delete digital twin invalid conditions": (client) => says(BAD_IF_MATCH, client.deleteDigitalTwin("c", wrong)),
  ...patchCases(
    (client, operations) => client.updateDigitalTwin("a", operations),
    (client) => client.getDigitalTwin("a"),
    ["average", 42],
  ),
  "update digital twin conditionally if present": async (client) => {
    const { etag = "" } = await client.getDigitalTwin("a");
    await client.updateDigitalTwin("a", op("replace", "/average", 42), { ifMatch: etag });
    assert.equal((await client.getDigitalTwin("a")).body["average"], 42);
  },
  "update digital twin invalid conditions": (client) =>
    says(BAD_IF_MATCH, client.updateDigitalTwin("a", op("replace", "/average", 42), wrong)),
  "update digital twin not existing": (client) =>
    says(NO_TWIN, client.updateDigitalTwin("none", op("replace", "/average", 42))),
  "query digital twin": async (client) => {
    const rows = await collect(client.queryTwins("SELECT * FROM digitaltwins"));
    assert.deepEqual(rows.map(({ $dtId }) => $dtId).sort(), ["a", "b", "c"]);
  },
  "query digital twin invalid expression": (client) =>
    says("SQL query parse failed", collect(client.queryTwins("foo"))),
  "publish telemetry": (client) => client.publishTelemetry("a", { Telemetry1: 1 }, "MessageId1"),
};

const components: Record<string, Case> = {
  "get component not existing": (client) => says("a does not have component none", client.getComponent("a", "none")),
  "get component simple": async (client) => {
    const { body } = await client.getComponent("a", "part");
    assert.deepEqual([body["p"], body["load"]], ["value1", undefined]);
  },
  ...patchCases(
    (client, operations) => client.updateComponent("a", "part", operations),
    (client) => client.getComponent("a", "part"),
    ["p", "value2"],
  ),
  "update component conditionally if present": async (client) => {
    const { etag = "" } = await client.getDigitalTwin("a");
    await client.updateComponent("a", "part", op("replace", "/p", "value2"), { ifMatch: etag });
    assert.equal((await client.getComponent("a", "part")).body["p"], "value2");
  },
  "update component invalid conditions": (client) =>
    says("Invalid If-Match header value", client.updateComponent("a", "part", op("replace", "/p", "x"), wrong)),
  "update component not existing": (client) =>
    says("Could not resolve path /none/p", client.updateComponent("a", "none", op("replace", "/p", "x"))),
  "publish component telemetry": (client) =>
    client.publishComponentTelemetry("a", "part", "ComponentTelemetry1", "test_message1"),
  "publish component telemetry not existing": (client) =>
    says("a does not have component none", client.publishComponentTelemetry("a", "none", "text", "test_message3")),
};

const relationships: Record<string, Case> = {
  "create basic relationship": async (client) => {
    const { $etag, ...created } = (await client.upsertRelationship("a", "r2", { ...HAS, $relationshipId: "r2" })).body;
    assert.deepEqual(created, { ...HAS, $relationshipId: "r2" });
    assert.ok($etag);
  },
  "create invalid relationship, invalid twin id": (client) => says(NO_TWIN, client.upsertRelationship("x", "r", HAS)),
  "create invalid relationship, invalid twin target id": (client) => {
    const text = "The target digital twin is invalid or does not exist";
    return says(text, client.upsertRelationship("a", "r", { ...HAS, $targetId: "none" }));
  },
  "create relationship conditionally": async (client) => {
    await client.upsertRelationship("a", "new", HAS, ifMissing);
    const text = "header was specified but a relationship with the id new was found";
    await says(text, client.upsertRelationship("a", "new", HAS, ifMissing));
  },
  "upsert relationship": async (client) => {
    const { body } = await client.upsertRelationship("a", "r", { ...HAS, restricted: true });
    assert.equal(body["restricted"], true);
  },
  "get relationship": async (client) => {
    const { $etag, ...got } = (await client.getRelationship("a", "r")).body;
    assert.deepEqual(got, HAS);
    assert.ok($etag);
  },
  "get relationship not existing": (client) => says(NO_RELATIONSHIP, client.getRelationship("a", "none")),
  "delete relationship": async (client) => {
    await client.deleteRelationship("a", "r");
    await says("Relationship r not found on twin a", client.getRelationship("a", "r"));
  },
  "delete relationship not existing": (client) => says(NO_RELATIONSHIP, client.deleteRelationship("a", "none")),
  ...patchCases(
    (client, operations) => client.updateRelationship("a", "r", operations),
    (client) => client.getRelationship("a", "r"),
    ["restricted", true],
  ),
  "update relationship, what is not there": (client) => {
    const text = "The target location specified by path segment 'door' was not found";
    return says(text, client.updateRelationship("a", "r", op("remove", "/door")));
  },
  "update relationship conditionally": async (client) => {
    const { etag = "" } = await client.getRelationship("a", "r");
    await client.updateRelationship("a", "r", op("replace", "/restricted", true), { ifMatch: etag });
    assert.equal((await client.getRelationship("a", "r")).body["restricted"], true);
  },
  "update relationship invalid conditions": (client) =>
    says(BAD_IF_MATCH, client.updateRelationship("a", "r", op("remove", "/restricted"), wrong)),
  "update relationship not existing": (client) =>
    says(NO_RELATIONSHIP, client.updateRelationship("a", "none", op("remove", "/restricted"))),
  "list relationships": async (client) => {
    const listed = await collect(client.listRelationships("a"));
    assert.deepEqual(
      listed.map(({ $relationshipId }) => $relationshipId),
      ["r"],
    );
  },
  "list incoming relationships": async (client) => {
    const listed = await collect(client.listIncomingRelationships("b"));
    assert.deepEqual(
      listed.map(({ relationshipId, sourceId }) => [relationshipId, sourceId]),
      [["r", "a"]],
    );
    assert.deepEqual(await collect(client.listIncomingRelationships("a")), []);
  },
};

const models: Record<string, Case> = {
  "create models empty": (client) => {
    const text = "Operation failed as models provided was empty or of a type that is not supported.";
    return says(text, client.createModels([]));
  },
  "create models": async (client) => {
    const created = await client.createModels([{ ...PART, "@id": "dtmi:samples:X;1" }]);
    assert.deepEqual([created[0]?.id, created[0]?.decommissioned], ["dtmi:samples:X;1", false]);
  },
  "create model existing": (client) => says("Some of the model ids already exist", client.createModels([PART, WHOLE])),
  "create model invalid model": (client) => says(BAD_MODELS, client.createModels([{ ...PART, "@id": undefined }])),
  "create model invalid reference": (client) => {
    const contents = [{ "@type": "Component", name: "c", schema: "XXX" }];
    return says(BAD_MODELS, client.createModels([{ ...PART, "@id": "dtmi:samples:X;1", contents }]));
  },
  "get model": async (client) => assert.equal((await client.getModel(PART["@id"])).id, PART["@id"]),
  "get model with definition": async (client) =>
    assert.deepEqual((await client.getModel(PART["@id"], true)).model, PART),
  "get model not existing": (client) => says(NO_MODEL, client.getModel("dtmi:samples:None;1")),
  "list models": async (client) => {
    const listed = await collect(client.listModels());
    assert.deepEqual(
      listed.map(({ id }) => id),
      [PART["@id"], WHOLE["@id"]],
    );
  },
  "list models with definition": async (client) => {
    const listed = await collect(client.listModels([], true));
    assert.deepEqual(
      listed.map(({ model }) => model),
      [PART, WHOLE],
    );
  },
  "decommission model, twice": async (client) => {
    for (let time = 0; time < 2; time++) {
      await client.decomissionModel(PART["@id"]);
      assert.equal((await client.getModel(PART["@id"])).decommissioned, true);
    }
  },
  "decommission model not existing": (client) => says(NO_MODEL, client.decomissionModel("dtmi:samples:None;1")),
  "delete model, and with dependencies": async (client) => {
    await says("This model is currently being referenced by", client.deleteModel(PART["@id"]));
    for (const { "@id": id } of [WHOLE, PART]) {
      await client.deleteModel(id);
      await says(NO_MODEL, client.getModel(id));
      await says(NO_MODEL, client.deleteModel(id));
    }
  },
  "delete model not existing": (client) => says(NO_MODEL, client.deleteModel("dtmi:samples:None;1")),
};

const routes: Record<string, Case> = {
  "create event route no endpoint": (client) =>
    says("The endpoint provided does not exist or is not active", client.upsertEventRoute("e", "none", FILTER)),
  "get event route not existing": (client) => says(NO_ROUTE, client.getEventRoute("e")),
  "list event routes": async (client) => assert.deepEqual(await collect(client.listEventRoutes()), []),
  "delete event route not existing": (client) => says(NO_ROUTE, client.deleteEventRoute("e")),
};

for (const [group, cases] of Object.entries({ twins, components, relationships, models, routes })) {
  describe(`embedded twin service, by the SDK's own suite: ${group}`, () => {
    afterEach(closeDigitalTwins);

    for (const [name, run] of Object.entries(cases)) {
      it(name, async () => {
        const { client } = await newDigitalTwins({ defaultRoutes: {} });
        await setUp(client);
        await run(client);
      });
    }
  });
}
