// Event routes, telemetry and the notifications of the embedded twin service: envelopes, filters, delivery.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NotificationMessage } from "../../../emulator/adt/index.ts";
import { eventually } from "../../support/eventually.ts";
import { closeDigitalTwins, collect, type Notified, newDigitalTwins, refused } from "../../support/newDigitalTwins.ts";
import { MODELS, ROOM, room, SPACE, space } from "./models.ts";

const TYPE = "Microsoft.DigitalTwins";

function bodyOf(notified: Notified | undefined): Record<string, unknown> {
  return (notified?.body ?? {}) as Record<string, unknown>;
}

async function newHouse(options: Parameters<typeof newDigitalTwins>[0] = {}) {
  const house = await newDigitalTwins(options);
  await house.client.createModels(MODELS);
  /** The next notifications, once there are that many. */
  const next = async (count: number): Promise<Notified[]> => {
    await eventually(() => assert.ok(house.notified.length >= count, `${house.notified.length} of ${count}`));
    return house.notified.splice(0);
  };
  return { ...house, next };
}

describe("embedded twin service: notifications", () => {
  afterEach(closeDigitalTwins);

  it("tells of twins: created, updated by patch, deleted", async () => {
    const { client, next, port } = await newHouse();
    const { body: twin } = await client.upsertDigitalTwin("r", room({ temperature: 1 }));
    const [created] = await next(1);
    assert.ok(created);
    const { "cloudEvents:id": id, "cloudEvents:time": time, ...rest } = created.properties;
    assert.deepEqual(rest, {
      "cloudEvents:type": `${TYPE}.Twin.Create`,
      "cloudEvents:source": `127.0.0.1:${port}`,
      "cloudEvents:specversion": "1.0",
      "cloudEvents:subject": "r",
    });
    assert.match(String(id), /^[0-9a-f-]{36}$/);
    assert.equal(time, twin["$metadata"].$lastUpdateTime);
    assert.deepEqual(created.body, twin);
    const { hub, message } = created;
    assert.deepEqual(
      [hub, message.contentType, message.partitionKey, message.messageId],
      ["notifications", "application/json", "r", id],
    );

    const patch = [
      { op: "replace", path: "/temperature", value: 2 },
      { op: "add", path: "/$metadata/temperature/sourceTime", value: "2026-11-22T10:00:00Z" },
      { op: "remove", path: "/temperature" },
      { op: "add", path: "/temperature", value: 3 },
    ];
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await client.updateDigitalTwin("r", patch, { traceparent });
    await client.updateComponent("r", "thermostat", [{ op: "add", path: "/setPoint", value: 4 }]);
    await client.deleteDigitalTwin("r");
    const [updated, component, deleted] = await next(3);
    assert.equal(updated?.properties["cloudEvents:type"], `${TYPE}.Twin.Update`);
    assert.equal(updated?.properties["cloudEvents:traceparent"], traceparent);
    assert.deepEqual(updated?.body, {
      modelId: ROOM["@id"],
      patch: [
        { value: 2, path: "/temperature", op: "replace" },
        { value: "2026-11-22T10:00:00Z", path: "/$metadata/temperature/sourceTime", op: "add" },
        { path: "/temperature", op: "remove" },
        { value: 3, path: "/temperature", op: "add" },
      ],
    });
    assert.deepEqual(bodyOf(component)["patch"], [{ value: 4, path: "/thermostat/setPoint", op: "add" }]);
    assert.equal(deleted?.properties["cloudEvents:type"], `${TYPE}.Twin.Delete`);
    assert.equal(bodyOf(deleted)["temperature"], 3);
  });
});

describe("embedded twin service: notifications of PUT and relationships", () => {
  afterEach(closeDigitalTwins);

  it("tells what a PUT over an existing twin changed", async () => {
    const { client, next } = await newHouse();
    await client.upsertDigitalTwin(
      "r",
      room({ temperature: 1, humidity: 2, thermostat: { $metadata: {}, setPoint: 3 } }),
    );
    await client.upsertDigitalTwin(
      "r",
      room({ temperature: 5, mode: "eco", thermostat: { $metadata: {}, setPoint: 4 } }),
    );
    await client.upsertDigitalTwin("r", space({ name: "was a room" }));
    const [, replaced, migrated] = await next(3);
    assert.deepEqual(replaced?.body, {
      modelId: ROOM["@id"],
      patch: [
        { value: 4, path: "/thermostat/setPoint", op: "replace" },
        { value: 5, path: "/temperature", op: "replace" },
        { path: "/humidity", op: "remove" },
        { value: "eco", path: "/mode", op: "add" },
      ],
    });
    const [first] = bodyOf(migrated)["patch"] as unknown[];
    assert.deepEqual(first, { value: SPACE["@id"], path: "/$metadata/$model", op: "replace" });
  });

  it("tells of relationships", async () => {
    const { client, next } = await newHouse();
    await client.upsertDigitalTwin("s", space());
    await client.upsertDigitalTwin("r", room());
    await next(2);
    const contains = { $relationshipName: "contains", $targetId: "r", order: 1 };
    const { body } = await client.upsertRelationship("s", "c", contains);
    await client.updateRelationship("s", "c", [{ op: "replace", path: "/order", value: 2 }]);
    await client.deleteRelationship("s", "c");
    const [created, updated, deleted] = await next(3);
    assert.equal(created?.properties["cloudEvents:type"], `${TYPE}.Relationship.Create`);
    assert.equal(created?.properties["cloudEvents:subject"], "s/relationships/c");
    assert.equal(created?.message.partitionKey, "s");
    assert.deepEqual(created?.body, body);
    assert.equal(updated?.properties["cloudEvents:type"], `${TYPE}.Relationship.Update`);
    assert.deepEqual(updated?.body, { modelId: SPACE["@id"], patch: [{ value: 2, path: "/order", op: "replace" }] });
    assert.equal(deleted?.properties["cloudEvents:type"], `${TYPE}.Relationship.Delete`);
    assert.equal(bodyOf(deleted)["order"], 2);
  });
});

describe("embedded twin service: telemetry", () => {
  afterEach(closeDigitalTwins);

  it("passes telemetry on", async () => {
    const { client, next, port } = await newHouse();
    await client.upsertDigitalTwin("a b", room());
    await next(1);
    await client.publishTelemetry("a b", { current: 21 }, "message-1");
    // The SDK takes the last two in the other order than it names them.
    await client.publishComponentTelemetry("a b", "thermostat", "message-2", { current: 22 } as unknown as string);
    const [own, component] = await next(2);
    assert.deepEqual(own?.properties, {
      "cloudEvents:id": "message-1",
      "cloudEvents:source": `127.0.0.1:${port}/digitaltwins/a%20b`,
      "cloudEvents:specversion": "1.0",
      "cloudEvents:type": "microsoft.iot.telemetry",
      "cloudEvents:dataschema": ROOM["@id"],
    });
    assert.deepEqual(own?.body, { current: 21 });
    assert.equal(own?.message.partitionKey, "a b");
    assert.equal(component?.properties["cloudEvents:subject"], "thermostat");
    assert.equal(component?.properties["cloudEvents:id"], "message-2");
    assert.deepEqual(component?.body, { current: 22 });
    await refused(client.publishTelemetry("none", {}, "m"), 404, "DigitalTwinNotFound");
    const unknown = client.publishComponentTelemetry("a b", "heater", "m", {} as unknown as string);
    await refused(unknown, 404, "ComponentNotFound");
  });
});

describe("embedded twin service: event routes", () => {
  afterEach(closeDigitalTwins);

  it("manages event routes", async () => {
    const { client } = await newHouse();
    const routes = async () => (await collect(client.listEventRoutes())).map(({ id, filter }) => ({ id, filter }));
    assert.deepEqual(await routes(), [{ id: "all", filter: "true" }]);
    await client.upsertEventRoute("updates", "notifications", `type = '${TYPE}.Twin.Update'`);
    const { id, endpointName, filter } = await client.getEventRoute("updates");
    assert.deepEqual([id, endpointName, filter], ["updates", "notifications", `type = '${TYPE}.Twin.Update'`]);
    await client.deleteEventRoute("all");
    assert.equal((await routes()).length, 1);
    await refused(client.getEventRoute("all"), 404, "EventRouteNotFound");
    await refused(client.deleteEventRoute("all"), 404, "EventRouteNotFound");
    await refused(client.upsertEventRoute("x", "nowhere", "true"), 400, "EventRouteEndpointInvalid");
    for (const bad of ["type =", "colour = 'red'", "type = 'a' AND", "IS_OF_MODEL('a')", ""]) {
      await refused(client.upsertEventRoute("x", "notifications", bad), 400, "EventRouteFilterInvalid");
    }
  });

  it("sends an event along every route that wants it", async () => {
    const { client, notified, next } = await newHouse({ endpoints: { notifications: "hub-1", other: "hub-2" } });
    const wanted = async (filter: string) => {
      await client.upsertEventRoute("filtered", "other", filter);
      await client.updateDigitalTwin("r", [{ op: "add", path: "/temperature", value: 30 }]);
      await client.publishTelemetry("r", { current: 30 }, "m");
      await eventually(() => assert.equal(notified.filter(({ hub }) => hub === "hub-1").length, 2));
      await client.upsertEventRoute("filtered", "other", "true");
      await client.publishTelemetry("r", {}, "last");
      const isLast = ({ hub, properties }: Notified) => hub === "hub-2" && properties["cloudEvents:id"] === "last";
      await eventually(() => assert.ok(notified.some(isLast)));
      await eventually(() => assert.equal(notified.filter(({ hub }) => hub === "hub-1").length, 3));
      const events = notified.splice(0).filter(({ hub }) => hub === "hub-2");
      return events.slice(0, -1).map(({ properties }) => properties["cloudEvents:type"]?.split(".").at(-1));
    };
    await client.upsertDigitalTwin("r", room());
    await next(1);
    assert.deepEqual(await wanted("true"), ["Update", "telemetry"]);
    assert.deepEqual(await wanted("false"), []);
    assert.deepEqual(await wanted(`type = '${TYPE}.Twin.Update' OR type = 'x'`), ["Update"]);
    assert.deepEqual(await wanted(`$eventType = '${TYPE}.Twin.Update'`), ["Update"]);
    assert.deepEqual(await wanted("$body.current > 29 AND CONTAINS(source, 'digitaltwins')"), ["telemetry"]);
    assert.deepEqual(await wanted(`STARTS_WITH(subject, 'r') AND $body.modelId = '${ROOM["@id"]}'`), ["Update"]);
    assert.deepEqual(await wanted(`dataschema = '${ROOM["@id"]}'`), ["telemetry"]);
  });
});

describe("embedded twin service: delivery", () => {
  afterEach(closeDigitalTwins);

  it("keeps the order through refusals of the hub, and loses nothing", async () => {
    const sent: number[] = [];
    let calls = 0;
    const publish = async (_hub: string, message: NotificationMessage) => {
      calls += 1;
      if (calls % 5 === 0) {
        throw new Error("the hub is away");
      }
      const { patch } = JSON.parse(message.body) as { patch?: { value: number }[] };
      sent.push(patch?.[0]?.value ?? -1);
    };
    const { client } = await newHouse({ publish });
    await client.upsertDigitalTwin("r", room());
    for (let value = 0; value < 12; value++) {
      await client.updateDigitalTwin("r", [{ op: "add", path: "/temperature", value }]);
    }
    await eventually(() => assert.ok(sent.includes(11)));
    // Duplicates may come, but each value's first arrival is in order.
    assert.deepEqual([...new Set(sent)], [-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it("delivers after a restart what could not be delivered before", async () => {
    const directory = await mkdtemp(join(tmpdir(), "adt-"));
    const file = join(directory, "twins.sqlite");
    const first = await newHouse({ file, publish: () => Promise.reject(new Error("the hub is away")) });
    await first.client.upsertDigitalTwin("r", room());
    await first.close();
    const second = await newDigitalTwins({ file });
    await eventually(() => assert.equal(second.notified.length, 1));
    await second.close();
    const third = await newDigitalTwins({ file });
    await third.client.upsertDigitalTwin("s", room());
    await eventually(() => assert.ok(third.notified.length > 0));
    assert.deepEqual(
      third.notified.map(({ message }) => message.partitionKey),
      ["s"],
    );
    await third.close();
    await rm(directory, { recursive: true });
  });
});
