import assert from "node:assert/strict";
import { OperationLog } from "../../../src/control/OperationLog.ts";
import type { OperationView } from "../../../src/services.ts";

function newLog() {
  let now = 0;
  const log = new OperationLog({ clock: () => now });
  const told: string[] = [];
  log.onChange((id, view) => told.push(`${id} ${view?.status ?? "forgotten"}`));
  return { log, told, at: (time: number) => (now = time) };
}
const operation = (id: string, until = 15_000): OperationView => ({
  id,
  kind: "patch",
  twinId: "p1",
  path: "/setpoint",
  desired: "1",
  status: "requested",
  reason: "",
  result: "",
  by: "me",
  at: 0,
  until,
});

describe("OperationLog", () => {
  it("an ended operation never changes again", () => {
    const { log, told } = newLog();
    log.add(operation("a"));
    assert.equal(log.advance("a", "verified"), true);
    assert.equal(log.advance("a", "rejected", "too late"), false);
    assert.equal(log.advance("nobody", "sent"), false);
    assert.deepEqual(told, ["a requested", "a verified"]);
  });

  it("what is overdue times out, and says what is known of it", () => {
    const { log, at } = newLog();
    log.add(operation("asked"));
    log.add(operation("taken"));
    log.advance("taken", "sent");
    at(14_999);
    log.sweep();
    assert.equal(log.unfinished().length, 2);
    at(15_000);
    log.sweep();
    assert.match(log.get("asked")?.reason ?? "", /did not answer within 15 s/);
    assert.match(log.get("taken")?.reason ?? "", /took the write, but no notification/);
    assert.deepEqual(
      [...log.values()].map((o) => o.status),
      ["timed-out", "timed-out"],
    );
  });

  it("what ended is shown for a minute more, then forgotten", () => {
    const { log, told, at } = newLog();
    log.add(operation("a"));
    log.advance("a", "verified");
    at(59_999);
    log.sweep();
    assert.ok(log.get("a"));
    at(60_000);
    log.sweep();
    assert.equal(log.get("a"), undefined);
    assert.equal(told.at(-1), "a forgotten");
  });
});
