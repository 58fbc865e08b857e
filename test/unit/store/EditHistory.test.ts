import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { EditHistory } from "../../../src/store/EditHistory.ts";
import { migrate } from "../../../src/store/migrations.ts";
import { Store } from "../../../src/store/Store.ts";

const step = (label: string) => ({ label, changes: [{ id: label }] });

function newHistory(limits: { steps?: number; bytes?: number } = {}): EditHistory {
  const db = new DatabaseSync(":memory:");
  migrate(db);
  return new EditHistory(db, { clock: () => 0, ...limits });
}

describe("EditHistory", () => {
  it("is a stack per builder and space; something new ends what could be done again", () => {
    const history = newHistory();
    for (const label of ["one", "two", "three"]) {
      history.push("Bea", "hall", step(label));
    }
    history.push("Bob", "hall", step("his"));
    history.push("Bea", "yard", step("there"));
    for (const label of ["three", "two"]) {
      const last = history.last("Bea", "hall");
      assert.equal(last?.label, label);
      history.turn(last, true);
    }
    assert.equal(history.next("Bea", "hall")?.label, "two");
    history.push("Bea", "hall", step("new"));
    assert.equal(history.next("Bea", "hall"), undefined);
    assert.equal(history.last("Bea", "hall")?.label, "new");
    history.drop(history.last("Bea", "hall")?.id ?? 0);
    assert.equal(history.last("Bea", "hall")?.label, "one");
  });

  it("is bounded, the oldest go first", () => {
    const history = newHistory({ steps: 2, bytes: 60 });
    for (const label of ["1", "2", "3"]) {
      history.push("Bea", "hall", step(label));
    }
    history.drop(history.last("Bea", "hall")?.id ?? 0);
    history.drop(history.last("Bea", "hall")?.id ?? 0);
    assert.equal(history.last("Bea", "hall"), undefined, "two were kept");
    history.push("Bea", "hall", step("old"));
    for (let i = 0; i < 5; i++) {
      history.push(`another ${i}`, "hall", step(String(i)));
    }
    assert.equal(history.last("Bea", "hall"), undefined);
    assert.equal(history.last("another 4", "hall")?.label, "4");
  });

  it("outlives the process", () => {
    const directory = mkdtempSync(join(tmpdir(), "edits-"));
    const file = join(directory, "server.sqlite");
    const first = Store.open({ file });
    first.edits.push("Bea", "hall", step("one"));
    first.close();
    const second = Store.open({ file });
    assert.deepEqual(second.edits.last("Bea", "hall")?.changes, [{ id: "one" }]);
    second.close();
    rmSync(directory, { recursive: true });
  });
});
