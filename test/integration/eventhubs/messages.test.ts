/** What the SDK sends is what the SDK gets: order, places, properties, annotations, sizes. */
import assert from "node:assert/strict";
import type { HubMessage } from "../../../emulator/eventhubs/types.ts";
import { eventually } from "../../support/eventually.ts";
import { closeAll, collect, HUB, newConsumer, newHubs, newProducer, numbered, numbers } from "./support.ts";

describe("messages through the embedded event hub", () => {
  afterEach(closeAll);

  it("delivers batches of one partition in order, with growing places", async () => {
    const hubs = await newHubs();
    await newProducer(hubs).sendBatch(numbered(250), { partitionId: "1" });
    const got = collect(newConsumer(hubs), "1");
    await eventually(() => assert.equal(got.events.length, 250));
    assert.deepEqual(numbers(got.events), numbers(got.events.toSorted((a, b) => a.sequenceNumber - b.sequenceNumber)));
    assert.deepEqual(
      got.events.map((event) => event.sequenceNumber),
      Array.from({ length: 250 }, (_, i) => i),
    );
    assert.equal(new Set(got.events.map((event) => event.offset)).size, 250);
    assert.ok(Math.abs(Date.now() - (got.events[0]?.enqueuedTimeUtc.getTime() ?? 0)) < 10_000);
  });

  it("keeps body, properties, ids and the producer's annotations", async () => {
    const hubs = await newHubs();
    await newProducer(hubs).sendBatch(
      [
        {
          body: Buffer.from('{"temperature":21.5}'),
          bodyType: "data",
          messageAnnotations: { "iothub-connection-device-id": "thermostat-1", "iothub-enqueuedtime": new Date(5000) },
          applicationProperties: { "iothub-creation-time-utc": "2026-01-01T00:00:00Z", n: 7, ok: true },
          properties: { messageId: "m1", contentType: "application/json", correlationId: "c1" },
        },
      ],
      { partitionId: "0" },
    );
    const got = collect(newConsumer(hubs), "0");
    const [event] = await eventually(() => {
      assert.equal(got.events.length, 1);
      return got.events;
    });
    assert.deepEqual(event?.body, { temperature: 21.5 });
    assert.equal(event?.systemProperties?.["iothub-connection-device-id"], "thermostat-1");
    assert.equal(event?.systemProperties?.["iothub-enqueuedtime"], 5000);
    assert.deepEqual(event?.properties, { "iothub-creation-time-utc": "2026-01-01T00:00:00Z", n: 7, ok: true });
    assert.deepEqual([event?.messageId, event?.contentType, event?.correlationId], ["m1", "application/json", "c1"]);
  });
});

describe("the embedded event hub's edges", () => {
  afterEach(closeAll);

  it("takes what the twin service appends in-process, one key in one partition", async () => {
    const hubs = await newHubs();
    const got = collect(newConsumer(hubs));
    await hubs.append(
      HUB,
      Array.from({ length: 10 }, (_, n) => ({
        body: Buffer.from(JSON.stringify({ n })),
        applicationProperties: { "cloudEvents:type": "Microsoft.DigitalTwins.Twin.Update" },
        contentType: "application/json",
        partitionKey: "pump-1",
        annotations: { "iothub-connection-device-id": "pump-1" },
      })),
    );
    await eventually(() => assert.equal(got.events.length, 10));
    assert.deepEqual(numbers(got.events), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const [event] = got.events;
    assert.equal(event?.properties?.["cloudEvents:type"], "Microsoft.DigitalTwins.Twin.Update");
    assert.equal(event?.systemProperties?.["iothub-connection-device-id"], "pump-1");
    assert.equal(event?.partitionKey, "pump-1");
    await assert.rejects(hubs.append("nowhere", []).then(() => hubs.append("nowhere", [{ body: new Uint8Array() }])));
  });

  it("hands on in-process messages of every kind as they were given", async () => {
    const hubs = await newHubs();
    const got = collect(newConsumer(hubs));
    const given = [
      { body: new Uint8Array() },
      { body: Buffer.from("{}"), messageId: "m" },
      { body: Buffer.from('"x"'), contentType: "application/json", applicationProperties: { "": "" } },
      // On both sides of what one byte of length can say, in units of one, two, three and four bytes.
      ...[85, 86, 255, 256].flatMap((length) =>
        ["a", "\u00fc", "\u6c34", "\u{1f4a7}"].map((unit) => ({
          body: Buffer.from(JSON.stringify(unit.repeat(length))),
          messageId: unit.repeat(length).slice(0, 128),
          applicationProperties: { text: unit.repeat(length), [unit]: "short" },
        })),
      ),
      { body: Buffer.from("1"), applicationProperties: { text: "t", number: 1.5, yes: true } },
    ].map((message) => ({ ...message, partitionKey: "k" }));
    await hubs.append(HUB, given);
    const events = await eventually(() => {
      assert.equal(got.events.length, given.length);
      return got.events;
    });
    assert.deepEqual(
      events.map(({ messageId, contentType, properties }) => [messageId, contentType, properties ?? {}]),
      given.map((message) => {
        const { messageId, contentType, applicationProperties = {} }: Partial<HubMessage> = message;
        return [messageId, contentType, applicationProperties];
      }),
    );
    assert.deepEqual(
      events.slice(1).map(({ body }) => body),
      given.slice(1).map(({ body }) => JSON.parse(Buffer.from(body).toString())),
    );
  });

  it("refuses what is larger than a link takes, and serves on", async () => {
    const hubs = await newHubs();
    const producer = newProducer(hubs);
    await assert.rejects(producer.sendBatch([{ body: "x".repeat(1_200_000) }], { partitionId: "0" }));
    await producer.sendBatch([{ body: "x".repeat(900_000) }], { partitionId: "0" });
    const got = collect(newConsumer(hubs), "0");
    await eventually(() => assert.equal(String(got.events[0]?.body).length, 900_000));
  });
});
