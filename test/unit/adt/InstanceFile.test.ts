// The file behind an instance: a log that is folded into tables while it is written. Whatever the moment at which it is read
// again, it holds what was saved.
import assert from "node:assert/strict";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Random } from "../../../emulator/adt/faults/Random.ts";
import { Instance } from "../../../emulator/adt/Instance.ts";
import { RelationshipRecord, TwinRecord } from "../../../emulator/adt/records.ts";
import { InstanceFile } from "../../../emulator/adt/storage/InstanceFile.ts";
import type { NotificationMessage } from "../../../emulator/adt/types.ts";

const NOBODY = new Map<string, number>();
let directory = "";
const open = new Set<InstanceFile>();

function newFile(name: string, longestLog?: number): InstanceFile {
  const file = new InstanceFile(join(directory, name), longestLog);
  open.add(file);
  return file;
}

async function close(file: InstanceFile): Promise<void> {
  open.delete(file);
  await file.close();
}

function write(instance: Instance, random: Random, n: number): void {
  const id = `twin ${Math.floor(random.next() * 60)}`;
  const twin = instance.twins.get(id);
  if (twin !== undefined && random.happens(0.2)) {
    instance.deleteTwin(twin);
    return;
  }
  const $metadata = { $model: "dtmi:x;1" };
  const etag = `W/"${n}"`;
  const document = { $dtId: id, $etag: etag, $metadata, text: "line\nbreak ü".repeat(1 + (n % 20)) };
  const ordinal = twin?.ordinal ?? instance.nextOrdinal();
  instance.putTwin(new TwinRecord({ ordinal, id, modelId: "dtmi:x;1", etag }, JSON.stringify(document)));
  if (random.happens(0.3)) {
    const own = { id: "1", sourceId: id, targetId: "t", name: "r", etag };
    const properties = random.happens(0.5) ? "" : `{"n":${n}}`;
    instance.putRelationship(new RelationshipRecord({ ordinal: instance.nextOrdinal(), ...own }, properties));
  }
}

/** 300 twins in a log that is worth a fold, and not too long to wait for one. */
function newLog(): { instance: Instance; file: InstanceFile } {
  const instance = new Instance();
  const $metadata = { $model: "dtmi:x;1" };
  for (let ordinal = 1; ordinal <= 300; ordinal++) {
    const text = JSON.stringify({ $dtId: `${ordinal}`, $etag: "", $metadata, text: "x".repeat(100) });
    instance.putTwin(new TwinRecord({ ordinal, id: `${ordinal}`, modelId: "dtmi:x;1", etag: "" }, text));
  }
  const file = newFile("twins.sqlite", 150_000);
  file.save(instance, instance.takeChanges(), NOBODY);
  return { instance, file };
}

/** What another connection finds, or does. */
function look(name: string, sql: string): Record<string, unknown> {
  const db = new DatabaseSync(join(directory, name));
  try {
    return db.prepare(sql).get() ?? {};
  } finally {
    db.close();
  }
}

/** Twins that have been moved from the log into their table. */
function rowsIn(name: string): number {
  return Number(look(name, "SELECT count(*) AS rows FROM twins")["rows"]);
}

function contentOf(file: InstanceFile): unknown {
  const { twins, relationships, models, routes } = file.load();
  return { twins: twins.map(shown), relationships: relationships.map(shown), models, routes };
}

function expected(instance: Instance): unknown {
  const byOrdinal = (a: { ordinal: number }, b: { ordinal: number }) => a.ordinal - b.ordinal;
  const { twins, relationships, models, release } = instance.content();
  const content = {
    twins: twins.sort(byOrdinal).map(shown),
    relationships: relationships.sort(byOrdinal).map(shown),
    models,
    routes: [],
  };
  release();
  return content;
}

/** Text and etag are no fields. */
function shown(record: TwinRecord | RelationshipRecord): object {
  const { size: _, ...fields } = { size: 0, ...record };
  return { ...fields, text: record.text, etag: record.etag };
}

function message(n: number): NotificationMessage {
  const applicationProperties = { "cloudEvents:id": String(n) };
  return {
    applicationProperties,
    body: JSON.stringify({ n, text: "ü" }),
    contentType: "application/json",
    messageId: String(n),
    partitionKey: "k",
  };
}

describe("InstanceFile", () => {
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "instance-"));
  });
  afterEach(async () => {
    await Promise.all(Array.from(open, close));
    await rm(directory, { recursive: true });
  });

  it("holds what was saved, however far a fold has come", async () => {
    const random = new Random(4, "file");
    const instance = new Instance();
    const file = newFile("twins.sqlite", 20_000);
    let folds = 0;
    for (let n = 0; n < 600; n++) {
      write(instance, random, n);
      file.save(instance, instance.takeChanges(), NOBODY);
      folds += file.isUntidy ? 1 : 0;
      if (n % 60 === 59) {
        // As a kill -9 would leave it.
        await file.sync();
        const copy = `copy-${n}.sqlite`;
        await copyFile(join(directory, "twins.sqlite"), join(directory, copy));
        await copyFile(join(directory, "twins.sqlite-wal"), join(directory, `${copy}-wal`));
        const again = newFile(copy, 20_000);
        assert.deepEqual(contentOf(again), expected(instance));
        await close(again);
      }
    }
    assert.ok(folds > 10, `${folds} steps of folds`);
    await close(file);
    assert.deepEqual(contentOf(newFile("twins.sqlite")), expected(instance));
  });

  it("goes on with a fold while nothing is written, and ends it", async () => {
    const random = new Random(5, "file");
    const instance = new Instance();
    const file = newFile("twins.sqlite", 1_000);
    for (let n = 0; n < 2_000; n++) {
      write(instance, random, n);
    }
    file.save(instance, instance.takeChanges(), NOBODY);
    for (let step = 0; file.isUntidy; step++) {
      assert.ok(step < 100);
      file.save(instance, instance.takeChanges(), NOBODY);
    }
    await close(file);
    assert.deepEqual(contentOf(newFile("twins.sqlite")), expected(instance));
  });

  it("leaves a log that is not too long for when nobody writes, also one that it found", async () => {
    const { file } = newLog();
    assert.equal(rowsIn("twins.sqlite"), 0);
    await close(file);
    const again = newFile("twins.sqlite", 150_000);
    const found = new Instance();
    found.load(again.load());
    write(found, new Random(8, "file"), 0);
    again.save(found, found.takeChanges(), NOBODY);
    assert.deepEqual([rowsIn("twins.sqlite"), again.isUntidy], [0, true], "somebody writes");
    again.save(found, found.takeChanges(), NOBODY);
    assert.equal(rowsIn("twins.sqlite"), 100, "a step, however much was found");
    await close(again);
    assert.deepEqual(contentOf(newFile("twins.sqlite")), expected(found));
  });

  it("keeps the log short, however old the file is", async () => {
    const random = new Random(9, "file");
    const instance = new Instance();
    const file = newFile("twins.sqlite", 40_000);
    for (let n = 0; n < 8_000; n++) {
      write(instance, random, n % 20);
      file.save(instance, instance.takeChanges(), NOBODY);
    }
    const { length } = look("twins.sqlite", "SELECT sum(length(body)) AS length FROM log");
    assert.ok(Number(length) < 100_000, `${length} characters`);
    await close(file);
    assert.deepEqual(contentOf(newFile("twins.sqlite")), expected(instance));
  });

  it("goes on with a fold after a step that failed, and leaves nothing out", async () => {
    const { instance, file } = newLog();
    look(
      "twins.sqlite",
      "CREATE TRIGGER no BEFORE INSERT ON twins WHEN NEW.key = '2' BEGIN SELECT RAISE(ABORT, 'no'); END",
    );
    const failures: unknown[] = [];
    for (let n = 0; n < 20; n++) {
      try {
        file.save(instance, instance.takeChanges(), NOBODY);
      } catch (error) {
        failures.push(error);
        if (failures.length === 3) {
          look("twins.sqlite", "DROP TRIGGER no");
        }
      }
    }
    assert.deepEqual([failures.length, file.isUntidy], [3, false]);
    await close(file);
    assert.equal(rowsIn("twins.sqlite"), 300);
    assert.deepEqual(contentOf(newFile("twins.sqlite")), expected(instance));
  });

  it("takes back what could not be saved", async () => {
    const random = new Random(6, "file");
    const instance = new Instance();
    const file = newFile("twins.sqlite", 1_000);
    write(instance, random, 1);
    file.save(instance, instance.takeChanges(), NOBODY);
    const before = expected(instance);
    write(instance, random, 2);
    const changes = instance.takeChanges();
    const circular: Record<string, unknown> = {};
    circular["self"] = circular;
    const broken = { ...message(1), applicationProperties: circular as Record<string, string> };
    assert.throws(() => file.save(instance, { ...changes, notifications: [{ hub: "h", message: broken }] }, NOBODY));
    assert.deepEqual(contentOf(file), before);
    instance.load(file.load());
    write(instance, random, 3);
    file.save(instance, instance.takeChanges(), NOBODY);
    await close(file);
    assert.deepEqual(contentOf(newFile("twins.sqlite")), expected(instance));
  });

  it("keeps notifications in order until they are published, however many", async () => {
    const instance = new Instance();
    const file = newFile("twins.sqlite");
    const count = 6_000;
    for (let n = 0; n < count; n++) {
      instance.notify("h", message(n));
      if (n % 7 === 0 || n === count - 1) {
        file.save(instance, instance.takeChanges(), NOBODY);
      }
    }
    assert.deepEqual(file.outbox("h", 0, 1), [], "not before they are durable");
    await file.sync();
    const read: number[] = [];
    let after = 0;
    for (let found = file.outbox("h", after, 256); found.length > 0; found = file.outbox("h", after, 256)) {
      read.push(...found.map(({ message: { messageId } }) => Number(messageId)));
      after = found.at(-1)?.seq ?? after;
    }
    assert.deepEqual(
      read,
      Array.from({ length: count }, (_, n) => n),
    );
    // Caught up: the next ones come from memory, and nothing is lost between.
    instance.notify("h", message(count));
    file.save(instance, instance.takeChanges(), new Map([["h", after - 1]]));
    await file.sync();
    assert.deepEqual(
      file.outbox("h", after, 9).map(({ message: { messageId } }) => messageId),
      [String(count)],
    );
    await close(file);
    const again = newFile("twins.sqlite");
    assert.deepEqual(again.waitingHubs(), ["h"]);
    const left = again.outbox("h", after - 1, 9);
    assert.deepEqual(
      left.map(({ message: { messageId } }) => messageId),
      [String(count - 1), String(count)],
    );
    assert.deepEqual(left[1]?.message, message(count));
  });
});
