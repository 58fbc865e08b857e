/**
 * What the SDK's load balancing and our checkpoints need of every store: ownership by compare-and-set, checkpoints that are
 * there after a restart. Run over each implementation by checkpointStore.test.ts.
 */
import assert from "node:assert/strict";
import type { CheckpointStore, PartitionOwnership } from "@azure/event-hubs";
import { GenerationCheckpoints } from "../../src/providers/azure/GenerationCheckpoints.ts";

export interface CheckpointWorld {
  /** Another process: a store over the same data. */
  open(): CheckpointStore;
  close(): Promise<void>;
}

const NAMESPACE = "ns.servicebus.windows.net";
const place = [NAMESPACE, "hub", "$Default"] as const;
const partition = (partitionId = "0") => ({
  fullyQualifiedNamespace: NAMESPACE,
  eventHubName: "hub",
  consumerGroup: "$Default",
  partitionId,
});
const claim = (ownerId: string, known?: PartitionOwnership, partitionId = "0"): PartitionOwnership => ({
  ...partition(partitionId),
  ownerId,
  ...(known?.etag === undefined ? {} : { etag: known.etag }),
});

/** Registers the suite; `newWorld` is called before each test. */
export function describeCheckpointStore(name: string, newWorld: () => Promise<CheckpointWorld>): void {
  describe(`CheckpointStore: ${name}`, () => {
    let world: CheckpointWorld;
    let store: CheckpointStore;
    beforeEach(async () => {
      world = await newWorld();
      store = world.open();
    });
    afterEach(() => world.close());
    ownership(() => ({ world, store }));
    checkpoints(() => ({ world, store }));
  });
}

type Given = () => { world: CheckpointWorld; store: CheckpointStore };

function ownership(given: Given): void {
  it("has nothing at first", async () => {
    const { store } = given();
    assert.deepEqual([await store.listOwnership(...place), await store.listCheckpoints(...place)], [[], []]);
  });

  it("gives a partition that nobody had to one of two claimants", async () => {
    const { store, world } = given();
    const claims = await Promise.all([store.claimOwnership([claim("a")]), world.open().claimOwnership([claim("b")])]);
    assert.equal(claims.flat().length, 1);
    const [owned] = await store.listOwnership(...place);
    assert.equal(owned?.ownerId, claims.flat()[0]?.ownerId);
    assert.ok(Math.abs((owned?.lastModifiedTimeInMs ?? 0) - Date.now()) < 60_000);
  });

  it("lets it be renewed, stolen and given up by whoever knows its latest etag, and by nobody else", async () => {
    const { store, world } = given();
    const other = world.open();
    const [first] = await store.claimOwnership([claim("a")]);
    const [renewed] = await store.claimOwnership([claim("a", first)]);
    assert.ok(renewed && renewed.etag !== first?.etag);
    assert.deepEqual(await other.claimOwnership([claim("b", first)]), []);
    const [listed] = await other.listOwnership(...place);
    const [stolen] = await other.claimOwnership([claim("b", listed)]);
    assert.equal(stolen?.ownerId, "b");
    assert.deepEqual(await store.claimOwnership([claim("a", renewed)]), []);
    assert.equal((await other.claimOwnership([claim("", stolen)])).length, 1);
    const [free] = await store.listOwnership(...place);
    assert.equal(free?.ownerId, "");
    assert.equal((await store.claimOwnership([claim("a", free)]))[0]?.ownerId, "a");
  });

  it("claims several at once, and answers those that were won", async () => {
    const { store, world } = given();
    await world.open().claimOwnership([claim("b", undefined, "1")]);
    const won = await store.claimOwnership([claim("a"), claim("a", undefined, "1"), claim("a", undefined, "2")]);
    assert.deepEqual(won.map((w) => w.partitionId).sort(), ["0", "2"]);
    assert.equal((await store.listOwnership(...place)).length, 3);
  });
}

function checkpoints(given: Given): void {
  it("keeps checkpoints over a restart, each partition, hub and group by itself", async () => {
    const { store, world } = given();
    await store.updateCheckpoint({ ...partition(), sequenceNumber: 7, offset: "300" });
    await store.updateCheckpoint({ ...partition(), sequenceNumber: 10, offset: "500" });
    await store.updateCheckpoint({ ...partition("1"), sequenceNumber: 0, offset: "0" });
    await store.updateCheckpoint({ ...partition(), consumerGroup: "other", sequenceNumber: 2, offset: "9" });
    const kept = await world.open().listCheckpoints(...place);
    assert.deepEqual(kept.map((c) => [c.partitionId, c.sequenceNumber, c.offset]).sort(), [
      ["0", 10, "500"],
      ["1", 0, "0"],
    ]);
    assert.equal((await store.listCheckpoints(NAMESPACE, "hub", "other"))[0]?.sequenceNumber, 2);
    assert.deepEqual(await store.listCheckpoints(NAMESPACE, "another", "$Default"), []);
  });

  it("keeps generations of a hub apart", async () => {
    const { store, world } = given();
    const generations = ["1700000000000", "1800000000000"].map((generation) =>
      Object.assign(new GenerationCheckpoints(generation === "1700000000000" ? store : world.open()), { generation }),
    );
    const [old, fresh] = generations;
    assert.ok(old && fresh);
    await old.updateCheckpoint({ ...partition(), sequenceNumber: 7, offset: "300" });
    await old.claimOwnership([claim("a")]);
    assert.deepEqual([await fresh.listCheckpoints(...place), await fresh.listOwnership(...place)], [[], []]);
    const [kept] = await old.listCheckpoints(...place);
    assert.deepEqual([kept?.eventHubName, kept?.sequenceNumber], ["hub", 7]);
  });
}
