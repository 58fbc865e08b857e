// The audit tells of every write what was before, of every refusal why, and cannot be changed.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Store } from "../../../src/store/Store.ts";
import { actor, newControl, refusal, set } from "./newControl.ts";

const admin = actor("admin");
const operator = actor("operator");

describe("an entry of the audit", () => {
  const last = ({ audit }: Awaited<ReturnType<typeof newControl>>) => {
    const [entry] = audit.list(admin, {}, 1);
    return entry && { ...entry, before: entry.before === "" ? undefined : (JSON.parse(entry.before) as unknown) };
  };

  const propertiesIn = (entry: ReturnType<typeof last>) =>
    (entry?.before as { properties: unknown } | undefined)?.properties;

  it("tells what was before: of several values, inside of one, and of what is replaced or deleted", async () => {
    const plant = await newControl();
    const { control, mirror } = plant;
    await control.patchTwin(operator, { twinId: "p1", patch: [set("/setpoint", 7), set("/mode", "off")] });
    assert.deepEqual(last(plant)?.before, { "/setpoint": 5, "/mode": "auto" });
    await control.patchTwin(operator, { twinId: "p1", patch: [set("/tags/line", "b")] });
    assert.equal(last(plant)?.before, "a");
    await control.patchTwin(admin, { twinId: "p1", patch: [set("/motor", {})] });
    assert.deepEqual(last(plant)?.before, {});
    const g1 = mirror.toTwin("g1")?.properties;
    await control.putTwin(admin, { id: "g1", modelId: "dtmi:test:Gauge;1", properties: { level: 3 } });
    assert.deepEqual(propertiesIn(last(plant)), g1);
    const fresh = { id: "fresh", modelId: "dtmi:test:Gauge;1", properties: { level: 2 } };
    await plant.provider.putTwin(fresh);
    mirror.upsertTwin({ ...fresh, times: {} }, 0);
    await control.deleteTwin(admin, { twinId: "fresh" });
    assert.deepEqual(propertiesIn(last(plant)), fresh.properties);
    const r = { id: "f", sourceId: "hall", targetId: "p1", name: "feeds", properties: {} };
    mirror.upsertRelationship(r);
    await control.putRelationship(admin, { ...r, targetId: "far" });
    assert.deepEqual(last(plant)?.before, r);
    await control.deleteRelationship(admin, { sourceId: "hall", relationshipId: "f" });
    assert.deepEqual(last(plant)?.before, r);
  });

  it("tells of refused cancellations and leases, with their codes", async () => {
    const plant = await newControl();
    assert.throws(() => plant.control.cancel(operator, "nothing"), refusal("NOT_FOUND"));
    const { action, result, operationId, reason } = last(plant) ?? {};
    assert.deepEqual([action, result, operationId], ["cancel", "refused", "nothing"]);
    assert.match(reason ?? "", /^NOT_FOUND: /);
    assert.throws(() => plant.leases.release(operator, "p1"), refusal("CONFLICT"));
    assert.match(last(plant)?.reason ?? "", /^CONFLICT: You do not hold p1/);
  });
});

describe("the audit's table", () => {
  it("refuses changes, deletions, and another entry in an entry's place", async () => {
    const folder = mkdtempSync(join(tmpdir(), "audit-"));
    const file = join(folder, "server.sqlite");
    const store = Store.open({ file });
    const { audit } = await newControl({ store });
    audit.record({ actor: operator, action: "patch", twinId: "p1" });
    audit.flush();
    const db = new DatabaseSync(file);
    const columns = "at, actor, name, role, action, twin_id, path, before, after, result, reason, operation_id";
    for (const sql of [
      "UPDATE audit SET name = 'x'",
      "DELETE FROM audit",
      `INSERT OR REPLACE INTO audit SELECT id, ${columns} FROM audit`,
      `REPLACE INTO audit SELECT id, 0, ${columns.slice(4)} FROM audit`,
    ]) {
      assert.throws(() => db.exec(sql), /append-only/, sql);
    }
    db.close();
    audit.record({ actor: operator, action: "patch", twinId: "p2" });
    assert.equal(audit.list(admin, {}, 9).length, 2);
    store.close();
    rmSync(folder, { recursive: true });
  });
});
