// Housekeeping of a disk that refuses: tried again ever later, and nothing is loaded anew for it.
import assert from "node:assert/strict";
import { LaggingView } from "../../../emulator/adt/faults/LaggingView.ts";
import { Instance } from "../../../emulator/adt/Instance.ts";
import { GroupCommit } from "../../../emulator/adt/storage/GroupCommit.ts";
import type { Storage } from "../../../emulator/adt/storage/Storage.ts";
import { eventually } from "../../support/eventually.ts";
import { silentLog } from "../../support/silentLog.ts";

class RefusingStorage implements Storage {
  readonly isUntidy = true;
  readonly saves: number[] = [];
  loads = 0;

  load() {
    this.loads += 1;
    return { models: [], twins: [], relationships: [], routes: [] };
  }

  save(): void {
    this.saves.push(performance.now());
    throw new Error("disk full");
  }

  async sync(): Promise<void> {}

  outbox(): [] {
    return [];
  }

  waitingHubs(): [] {
    return [];
  }

  async close(): Promise<void> {}
}

describe("GroupCommit", () => {
  it("tries housekeeping that fails again, ever later, and loads nothing anew", async () => {
    const instance = new Instance();
    const storage = new RefusingStorage();
    const view = new LaggingView(instance, () => performance.now());
    const commits = new GroupCommit({ instance, view, storage, onNotifications: () => {}, log: silentLog });
    commits.tidy();
    await eventually(() => assert.ok(storage.saves.length >= 5));
    commits.abandon();
    const [, , , fourth = 0, fifth = 0] = storage.saves;
    assert.ok(fifth - fourth > 100, "10, 20, 40, 80, 160 ms");
    assert.equal(storage.loads, 0);
  });

  it("loads what the file holds when a write could not be saved", async () => {
    const instance = new Instance();
    const storage = new RefusingStorage();
    const view = new LaggingView(instance, () => performance.now());
    const commits = new GroupCommit({ instance, view, storage, onNotifications: () => {}, log: silentLog });
    instance.putRoute({ ordinal: 1, id: "r", endpointName: "e", filter: "true" });
    await assert.rejects(commits.flush(), /disk full/);
    commits.abandon();
    assert.deepEqual([storage.loads, instance.routes.size], [1, 0]);
  });
});
