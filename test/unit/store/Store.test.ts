/** The store: checkpoints that only move forward, ownership by etag, bounded dead letters, errors that say what to do. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { CheckpointStore } from "@azure/event-hubs";
import { Store, type StoreOptions } from "../../../src/store/Store.ts";

const closers: (() => unknown)[] = [];

function newStore(options: StoreOptions = {}): Store {
  const store = Store.open(options);
  closers.push(() => store.close());
  return store;
}

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "store-"));
  closers.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

const partition = {
  fullyQualifiedNamespace: "ns.servicebus.windows.net",
  eventHubName: "hub",
  consumerGroup: "$Default",
  partitionId: "0",
};
const place = ["ns.servicebus.windows.net", "hub", "$Default"] as const;

function letter(sequence: number, reason = "not JSON", raw = "x") {
  const position = { partition: "0", sequence, generation: "1" };
  return { source: "ns/hub", position, receivedAt: 5, raw: Buffer.from(raw), reason };
}

describe("Store.checkpoints", () => {
  afterEach(closeAll);

  it("keeps the furthest checkpoint over a restart", async () => {
    const file = join(await newDirectory(), "new", "store.sqlite");
    const first: CheckpointStore = newStore({ file }).checkpoints;
    await first.updateCheckpoint({ ...partition, sequenceNumber: 10, offset: "500" });
    await first.updateCheckpoint({ ...partition, sequenceNumber: 7, offset: "300" });
    const [checkpoint, ...others] = await newStore({ file }).checkpoints.listCheckpoints(...place);
    assert.deepEqual(checkpoint, { ...partition, sequenceNumber: 10, offset: "500" });
    assert.deepEqual(others, []);
    assert.deepEqual(await first.listCheckpoints("ns.servicebus.windows.net", "hub", "other"), []);
  });

  it("gives a partition to one of two claimants, and shows when", async () => {
    const { checkpoints } = newStore({ clock: () => 1234 });
    const claim = (ownerId: string, etag?: string) =>
      checkpoints.claimOwnership([{ ...partition, ownerId, ...(etag === undefined ? {} : { etag }) }]);
    assert.equal((await claim("a")).length, 1);
    assert.equal((await claim("b")).length, 0);
    const [owned] = await checkpoints.listOwnership(...place);
    assert.deepEqual([owned?.ownerId, owned?.lastModifiedTimeInMs], ["a", 1234]);
    const [b] = await claim("b", owned?.etag);
    assert.equal(b?.ownerId, "b");
    assert.equal((await claim("a", owned?.etag)).length, 0);
    assert.equal((await claim("", b?.etag)).length, 1);
  });
});

describe("Store.checkpoints in a file that somebody holds locked", () => {
  afterEach(closeAll);

  it("meets the lock once in ten seconds, not with each partition, and goes on behind it", async () => {
    const file = join(await newDirectory(), "store.sqlite");
    let now = 1000;
    const { checkpoints } = newStore({ file, clock: () => now });
    const other = new DatabaseSync(file);
    closers.push(() => other.close());
    other.exec("BEGIN IMMEDIATE");
    await assert.rejects(checkpoints.updateCheckpoint({ ...partition, sequenceNumber: 1, offset: "1" }), /locked/);
    const asked = performance.now();
    for (const partitionId of ["0", "1", "2", "3"]) {
      await assert.rejects(checkpoints.updateCheckpoint({ ...partition, partitionId, sequenceNumber: 2, offset: "2" }));
      await assert.rejects(checkpoints.claimOwnership([{ ...partition, partitionId, ownerId: "a" }]), /locked/);
    }
    assert.ok(performance.now() - asked < 1000, "each would wait for 2 s");
    other.exec("ROLLBACK");
    now += 10_000;
    await checkpoints.updateCheckpoint({ ...partition, sequenceNumber: 3, offset: "3" });
    assert.equal((await checkpoints.listCheckpoints(...place))[0]?.sequenceNumber, 3);
  });
});

describe("Store.checkpoints after a crash", () => {
  afterEach(closeAll);

  it("frees what a killed process of this host held", async () => {
    const file = join(await newDirectory(), "store.sqlite");
    const script = `
      import { Store } from ${JSON.stringify(new URL("../../../src/store/Store.ts", import.meta.url).href)};
      const claims = [{ ...${JSON.stringify(partition)}, ownerId: "dead" }];
      await Store.open({ file: ${JSON.stringify(file)} }).checkpoints.claimOwnership(claims);
      console.log("claimed");
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
    closers.push(() => child.kill("SIGKILL"));
    await once(child.stdout, "data");
    const { checkpoints } = newStore({ file });
    assert.equal((await checkpoints.listOwnership(...place))[0]?.ownerId, "dead");
    child.kill("SIGKILL");
    await once(child, "exit");
    const [free] = await checkpoints.listOwnership(...place);
    assert.equal(free?.ownerId, "");
    assert.equal(
      (await checkpoints.claimOwnership([{ ...partition, ownerId: "next", etag: free?.etag ?? "" }])).length,
      1,
    );
    assert.equal((await checkpoints.listOwnership(...place))[0]?.ownerId, "next");
  });
});

describe("Store.deadLetters", () => {
  afterEach(closeAll);

  it("lists newest first, page by page, and keeps each event once per reason", () => {
    const { deadLetters } = newStore();
    for (const sequence of [1, 2, 3]) deadLetters.add(letter(sequence));
    deadLetters.add(letter(2));
    deadLetters.add(letter(2, "refused"));
    assert.equal(deadLetters.count(), 4);
    const [newest, next] = deadLetters.list({ limit: 2 });
    assert.deepEqual([newest?.reason, newest?.position.sequence, next?.position.sequence], ["refused", 2, 3]);
    assert.deepEqual(Buffer.from(newest?.raw ?? []).toString(), "x");
    assert.deepEqual(
      deadLetters.list({ before: next?.id ?? 0 }).map(({ position }) => position.sequence),
      [2, 1],
    );
  });

  it("drops the oldest beyond its count and its bytes, also after a restart", async () => {
    const file = join(await newDirectory(), "store.sqlite");
    const limits = { count: 3, bytes: 1000 };
    const first = newStore({ file, deadLetters: limits });
    for (const sequence of [1, 2, 3, 4]) first.deadLetters.add(letter(sequence));
    const { deadLetters } = newStore({ file, deadLetters: limits });
    assert.deepEqual(
      deadLetters.list().map(({ position }) => position.sequence),
      [4, 3, 2],
    );
    deadLetters.add(letter(5, "large", "x".repeat(999)));
    assert.equal(deadLetters.count(), 2);
  });
});

describe("Store.deadLetters, many at once", () => {
  afterEach(closeAll);

  it("keeps all or none, and counts what it kept", () => {
    const { deadLetters } = newStore();
    deadLetters.addAll([letter(1), letter(2), letter(2)]);
    assert.equal(deadLetters.count(), 2);
    const broken = { ...letter(4), receivedAt: Number.NaN };
    assert.throws(() => deadLetters.addAll([letter(3), broken]), /NOT NULL/);
    assert.deepEqual([deadLetters.count(), deadLetters.list().length], [2, 2]);
    deadLetters.addAll([letter(3)]);
    assert.deepEqual(
      deadLetters.list().map(({ position }) => position.sequence),
      [3, 2, 1],
    );
  });
});

describe("Store.open", () => {
  afterEach(closeAll);

  it("names a broken file and says what to do", async () => {
    const file = join(await newDirectory(), "store.sqlite");
    await writeFile(file, "no database ".repeat(500));
    assert.throws(
      () => Store.open({ file }),
      (error: Error) => error.message.includes(file) && /Move it/.test(error.message),
    );
  });

  it("names a directory that cannot be written", async () => {
    const notADirectory = join(await newDirectory(), "file");
    await writeFile(notADirectory, "");
    const file = join(notADirectory, "store.sqlite");
    assert.throws(
      () => Store.open({ file }),
      (error: Error) => error.message.includes(notADirectory) && /is not a folder/.test(error.message),
    );
  });

  it("leaves a file of a later version alone", async () => {
    const file = join(await newDirectory(), "store.sqlite");
    const db = new DatabaseSync(file);
    db.exec("PRAGMA user_version = 999");
    db.close();
    assert.throws(() => Store.open({ file }), /later version/);
    assert.ok(existsSync(file));
  });
});
