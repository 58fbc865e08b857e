/** Who may read and write: SAS keys, addresses, epochs. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import type { EventHubsEndpoint } from "../../../emulator/eventhubs/index.ts";
import { eventually } from "../../support/eventually.ts";
import { closeAll, collect, HUB, newConsumer, newHubs, newProducer, numbered, numbers } from "./support.ts";

/** A connection string with a token in it, in place of a key. */
function withToken(
  hubs: EventHubsEndpoint,
  {
    resource = `sb://127.0.0.1:${hubs.port}/`,
    policy = "RootManageSharedAccessKey",
    key = "local",
    forSeconds = 60,
  } = {},
): string {
  const signed = `${encodeURIComponent(resource)}\n${Math.floor(Date.now() / 1000) + forSeconds}`;
  const [sr, se] = signed.split("\n");
  const sig = encodeURIComponent(createHmac("sha256", key).update(signed).digest("base64"));
  const token = `SharedAccessSignature sr=${sr}&sig=${sig}&se=${se}&skn=${policy}`;
  return `Endpoint=sb://127.0.0.1:${hubs.port};SharedAccessSignature=${token};UseDevelopmentEmulator=true`;
}

describe("access to the embedded event hub", () => {
  afterEach(closeAll);

  it("refuses a wrong key, a wrong policy, and takes the right one", async () => {
    const hubs = await newHubs({ keys: { devices: "a secret+key/=" } });
    await newProducer(hubs).sendBatch(numbered(1));
    for (const connectionString of [
      hubs.connectionString.replace("a secret", "another"),
      hubs.connectionString.replace("=devices", "=guests"),
    ]) {
      const consumer = newConsumer(hubs, { connectionString });
      await assert.rejects(consumer.getEventHubProperties(), { code: "UnauthorizedError" });
    }
  });

  it("takes a token for the hub or the namespace, not an expired, foreign or unsigned one", async () => {
    const hubs = await newHubs({ hubs: { [HUB]: { partitions: 1 }, other: { partitions: 1 } } });
    const read = (token: Parameters<typeof withToken>[1]) =>
      newConsumer(hubs, { connectionString: withToken(hubs, token) }).getEventHubProperties();
    const here = `sb://127.0.0.1:${hubs.port}`;
    await read({});
    await read({ resource: `${here}/${HUB.toUpperCase()}` });
    for (const token of [
      { forSeconds: -1 },
      { resource: `${here}/other` },
      { resource: `${here}/${HUB.slice(0, 4)}` },
      { resource: "sb://elsewhere.servicebus.windows.net/" },
      { key: "guessed" },
      { policy: "nobody" },
    ]) {
      await assert.rejects(read(token), { code: "UnauthorizedError" }, JSON.stringify(token));
    }
  });

  it("lets a policy do what it may, on its hub", async () => {
    const keys = {
      all: "k0",
      listener: { key: "k1", secondaryKey: "k2", rights: ["Listen"] as const },
      sender: { key: "k3", rights: ["Send"] as const, hub: HUB },
    };
    const hubs = await newHubs({ keys, hubs: { [HUB]: { partitions: 1 }, other: { partitions: 1 } } });
    const as = (policy: string, key: string) => withToken(hubs, { policy, key });
    const sendTo = (hub: string, connectionString: string) =>
      newProducer({ ...hubs, connectionString }, hub).sendBatch(numbered(1), { partitionId: "0" });
    await sendTo(HUB, as("sender", "k3"));
    await sendTo("other", as("all", "k0"));
    await assert.rejects(sendTo("other", as("sender", "k3")), { code: "UnauthorizedError" });
    await assert.rejects(sendTo(HUB, as("listener", "k1")), { code: "UnauthorizedError" });
    const listening = collect(newConsumer(hubs, { connectionString: as("listener", "k2") }), "0");
    const sending = collect(newConsumer(hubs, { connectionString: as("sender", "k3") }), "0");
    await eventually(() => {
      assert.equal(listening.events.length, 1);
      assert.equal(sending.errors[0]?.code, "UnauthorizedError");
    });
  });

  it("ends what a token no longer covers", async () => {
    let ahead = 0;
    const hubs = await newHubs({ clock: () => Date.now() + ahead });
    const connectionString = withToken(hubs);
    const reader = collect(newConsumer(hubs, { connectionString }), "0");
    const producer = newProducer({ ...hubs, connectionString });
    await producer.sendBatch(numbered(1), { partitionId: "0" });
    await eventually(() => assert.equal(reader.events.length, 1));
    ahead = 61_000;
    await assert.rejects(producer.sendBatch(numbered(1), { partitionId: "0" }), { code: "UnauthorizedError" });
    await newProducer(hubs).sendBatch(numbered(1), { partitionId: "0" });
    await eventually(() => assert.equal(reader.errors[0]?.code, "UnauthorizedError"));
    assert.equal(reader.events.length, 1);
  });

  it("refuses unknown hubs, groups and partitions", async () => {
    const hubs = await newHubs();
    const noGroup = collect(newConsumer(hubs, { group: "nobody" }), "0");
    const noPartition = collect(newConsumer(hubs), "17");
    await eventually(() => {
      assert.equal(noGroup.errors[0]?.code, "MessagingEntityNotFoundError");
      assert.equal(noPartition.errors[0]?.code, "ArgumentOutOfRangeError");
    });
    await assert.rejects(newProducer(hubs, "nowhere").sendBatch(numbered(1)), { code: "MessagingEntityNotFoundError" });
  });

  it("lets a reader with a higher epoch take the partition, and refuses a lower one", async () => {
    const hubs = await newHubs();
    await newProducer(hubs).sendBatch(numbered(3), { partitionId: "0" });
    const old = collect(newConsumer(hubs), "0", { ownerLevel: 1 });
    await eventually(() => assert.equal(old.events.length, 3));
    const thief = collect(newConsumer(hubs), "0", { ownerLevel: 2 });
    await eventually(() => {
      assert.deepEqual(numbers(thief.events), [0, 1, 2]);
      assert.equal(old.errors[0]?.code, "ReceiverDisconnectedError");
    });
    const late = collect(newConsumer(hubs), "0", { ownerLevel: 1 });
    const none = collect(newConsumer(hubs), "0");
    await eventually(() => {
      assert.equal(late.errors[0]?.code, "ReceiverDisconnectedError");
      assert.equal(none.errors[0]?.code, "ReceiverDisconnectedError");
    });
    assert.equal(thief.errors.length, 0);
  });

  it("lets the later of two readers with one epoch have it, in each group by itself", async () => {
    const hubs = await newHubs();
    const earlier = collect(newConsumer(hubs), "0", { ownerLevel: 4 });
    const elsewhere = collect(newConsumer(hubs, { group: "GAME" }), "0", { ownerLevel: 1 });
    const none = collect(newConsumer(hubs), "1");
    await newProducer(hubs).sendBatch(numbered(1), { partitionId: "0" });
    await eventually(() => assert.deepEqual([earlier.events.length, elsewhere.events.length], [1, 1]));
    const later = collect(newConsumer(hubs), "0", { ownerLevel: 4 });
    collect(newConsumer(hubs), "1", { ownerLevel: 1 });
    await eventually(() => {
      assert.equal(later.events.length, 1);
      assert.equal(earlier.errors[0]?.code, "ReceiverDisconnectedError");
      assert.equal(none.errors[0]?.code, "ReceiverDisconnectedError");
    });
    assert.deepEqual([elsewhere.errors, later.errors], [[], []]);
    await later.subscription.close();
    const plain = collect(newConsumer(hubs), "0");
    await eventually(() => assert.equal(plain.events.length, 1));
  });

  it("lets five read a partition without epochs, not six", async () => {
    const hubs = await newHubs();
    await newProducer(hubs).sendBatch(numbered(1), { partitionId: "0" });
    const readers = Array.from({ length: 5 }, () => collect(newConsumer(hubs), "0"));
    await eventually(() => assert.ok(readers.every((reader) => reader.events.length === 1)));
    const sixth = collect(newConsumer(hubs), "0");
    await eventually(() => assert.equal(sixth.errors[0]?.code, "QuotaExceededError"));
  });
});
