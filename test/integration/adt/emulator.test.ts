// The embedded cloud as a whole: a write to the twin service arrives at a consumer of the hub, both by official SDKs.
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventHubConsumerClient, earliestEventPosition, type ReceivedEventData } from "@azure/event-hubs";
import { type Emulator, startEmulator } from "../../../emulator/index.ts";
import { eventually } from "../../support/eventually.ts";
import { loopbackDigitalTwinsClient } from "../../support/loopbackDigitalTwinsClient.ts";
import { MODELS, ROOM, room } from "./models.ts";

describe("startEmulator", () => {
  const emulators: Emulator[] = [];
  const consumers: EventHubConsumerClient[] = [];
  let directory = "";

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "emulator-"));
  });

  afterEach(async () => {
    await Promise.all(consumers.splice(0).map((consumer) => consumer.close()));
    // Senders before their hub: a sender that finds its hub gone attaches anew, and the SDK then keeps a timer for 45 minutes.
    for (const emulator of emulators.splice(0).reverse()) {
      await emulator.close();
    }
    await rm(directory, { recursive: true });
  });

  async function newEmulator(options: Parameters<typeof startEmulator>[0] = {}): Promise<Emulator> {
    const emulator = await startEmulator(options);
    emulators.push(emulator);
    return emulator;
  }

  /** Everything in the hub of notifications, from its beginning on. */
  function consume({ connectionString, hubs }: Emulator): ReceivedEventData[] {
    const consumer = new EventHubConsumerClient("$Default", connectionString, hubs.notifications);
    consumers.push(consumer);
    const received: ReceivedEventData[] = [];
    consumer.subscribe(
      {
        processEvents: async (events) => {
          received.push(...events);
        },
        processError: async () => {},
      },
      { startPosition: earliestEventPosition },
    );
    return received;
  }

  it("carries a write from the twin service to the hub, of one twin in order", async () => {
    const emulator = await newEmulator();
    const client = loopbackDigitalTwinsClient(emulator.adtUrl);
    await client.createModels(MODELS);
    await client.upsertDigitalTwin("r", room());
    for (let value = 0; value < 10; value++) {
      await client.updateDigitalTwin("r", [{ op: "add", path: "/temperature", value }]);
    }
    const received = consume(emulator);
    await eventually(() => assert.equal(received.length, 11));
    const [created, ...updated] = received;
    assert.equal(created?.properties?.["cloudEvents:type"], "Microsoft.DigitalTwins.Twin.Create");
    assert.equal(created?.properties?.["cloudEvents:subject"], "r");
    assert.equal(created?.contentType, "application/json");
    assert.equal(created?.partitionKey, "r");
    assert.deepEqual(
      updated.map(({ body }) => body),
      Array.from({ length: 10 }, (_, value) => ({
        modelId: ROOM["@id"],
        patch: [{ value, path: "/temperature", op: "add" }],
      })),
    );
  });

  it("keeps twins and events in its directory, and serves free ports side by side", async () => {
    const data = join(directory, "not there yet");
    const first = await newEmulator({ data });
    await newEmulator();
    const client = loopbackDigitalTwinsClient(first.adtUrl);
    await client.createModels(MODELS);
    await client.upsertDigitalTwin("r", room());
    emulators.splice(emulators.indexOf(first), 1);
    await first.close();

    const second = await newEmulator({ data });
    const { body } = await loopbackDigitalTwinsClient(second.adtUrl).getDigitalTwin("r");
    assert.equal(body["$dtId"], "r");
    const received = consume(second);
    await eventually(() => assert.equal(received.length, 1));
    assert.equal(received[0]?.properties?.["cloudEvents:subject"], "r");
  });

  it("has its directory to itself: a second one touches nothing", async () => {
    const data = join(directory, "mine");
    await newEmulator({ data });
    const before = await Promise.all(
      (await readdir(data)).map(async (name) => [name, (await stat(join(data, name))).mtimeMs]),
    );
    await assert.rejects(startEmulator({ data }), /mine is in use by another emulator\. Stop that one/);
    const after = await Promise.all(
      (await readdir(data)).map(async (name) => [name, (await stat(join(data, name))).mtimeMs]),
    );
    assert.deepEqual(after, before);
    await emulators.splice(0)[0]?.close();
    const again = await newEmulator({ data });
    await Promise.all([again.close(), again.close()]);
  });

  it("sends events to a real Event Hub, by its connection string", async () => {
    const cloud = await newEmulator({ hubs: { far: { partitions: 1 } } });
    const connectionString = `${cloud.connectionString};EntityPath=far`;
    const emulator = await newEmulator({ endpoints: { away: connectionString } });
    const client = loopbackDigitalTwinsClient(emulator.adtUrl);
    await client.createModels(MODELS);
    await client.upsertEventRoute("away", "away", "type = 'Microsoft.DigitalTwins.Twin.Update'");
    await client.upsertDigitalTwin("r", room());
    await Promise.all(
      Array.from({ length: 20 }, (_, value) =>
        client.updateDigitalTwin("r", [{ op: "add", path: "/temperature", value }]),
      ),
    );
    const received = consume({ ...cloud, hubs: { ...cloud.hubs, notifications: "far" } });
    await eventually(() => assert.equal(received.length, 20));
    const [first] = received;
    assert.equal(first?.properties?.["cloudEvents:type"], "Microsoft.DigitalTwins.Twin.Update");
    assert.equal(first?.partitionKey, "r");
    assert.ok(first);
    assert.equal((first.body as { modelId: string }).modelId, ROOM["@id"]);
    await assert.rejects(
      newEmulator({ endpoints: { x: "nonsense" } }),
      /The endpoint x needs an Event Hubs connection string/,
    );
  });
});
