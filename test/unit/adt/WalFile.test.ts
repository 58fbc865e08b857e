// A write-ahead log that a worker copies into its file: it stays short while somebody goes on writing, and loses nothing.
import assert from "node:assert/strict";
import { copyFile, mkdtemp, open, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { WalFile } from "../../../emulator/sqlite/WalFile.ts";

const LONGEST = 64 * 1024;
const ROW = "x".repeat(16 * 1024);
let directory = "";

describe("WalFile", () => {
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "wal-"));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it("begins the log anew while it is written, and what was synced is in the two files", async () => {
    const path = join(directory, "a.sqlite");
    const db = new DatabaseSync(path);
    const wal = new WalFile(db, path, LONGEST);
    db.exec("CREATE TABLE rows (body TEXT)");
    const insert = db.prepare("INSERT INTO rows VALUES (?)");
    let written = 0;
    // How much is written meanwhile is a matter of the disk, and of how soon the worker is up.
    while ((await timesBegun(`${path}-wal`)) < 5) {
      insert.run(`${written} ${ROW}`);
      await wal.sync();
      written += ROW.length;
    }
    assert.ok(written > 5 * LONGEST, `${written} bytes`);
    const count = db.prepare("SELECT count(*) AS rows FROM rows").get();
    // As a kill -9 would leave it.
    const copy = join(directory, "b.sqlite");
    await copyFile(path, copy);
    await copyFile(`${path}-wal`, `${copy}-wal`);
    const again = new DatabaseSync(copy);
    assert.deepEqual(again.prepare("SELECT count(*) AS rows FROM rows").get(), count);
    again.close();
    await wal.close();
    db.close();
    await assert.rejects(stat(`${path}-wal`), "closing leaves one file");
  }).timeout(30_000);

  it("tells when its file cannot be copied into", async () => {
    const path = join(directory, "a.sqlite");
    const db = new DatabaseSync(path);
    const wal = new WalFile(db, path, 0);
    db.exec("CREATE TABLE rows (body TEXT)");
    await rename(directory, `${directory}-moved`);
    await assert.rejects(async () => {
      for (const until = Date.now() + 8000; Date.now() < until; ) {
        db.exec("INSERT INTO rows VALUES (1)");
        await wal.sync();
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      }
    }, /write-ahead log could not be copied/);
    await wal.close();
    db.close();
    await rename(`${directory}-moved`, directory);
  });
});

/** The log's checkpoint sequence number (SQLite's "WAL file format", 4.1). */
async function timesBegun(path: string): Promise<number> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0);
    return bytesRead < 16 ? 0 : buffer.readUInt32BE(12);
  } finally {
    await file.close();
  }
}
