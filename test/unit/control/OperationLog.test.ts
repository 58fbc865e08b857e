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
  since: 0,
});

describe("OperationLog", () => {
  it("an ended operation never changes again", () => {
    const { log, told } = newLog();
    log.add(operation("a"));
    assert.equal(log.advance("a", "verified"), true);
    assert.equal(log.advance("a", "rejected", { reason: "too late" }), false);
    assert.equal(log.advance("nobody", "sent"), false);
    assert.deepEqual(told, ["a requested", "a verified"]);
  });

  it("only follows the ways that there are", () => {
    const { log } = newLog();
    log.add(operation("a"));
    assert.equal(log.advance("a", "acknowledged"), false, "nobody can answer what was not sent");
    assert.equal(log.advance("a", "queued"), true);
    assert.equal(log.advance("a", "verified"), false, "what waits was not sent");
    assert.equal(log.advance("a", "sent"), true);
    assert.equal(log.advance("a", "acknowledged"), true);
    assert.equal(log.advance("a", "sent"), false);
    assert.equal(log.advance("a", "verified"), true);
  });

  it("an answer is the end of what has no other", () => {
    const { log } = newLog();
    log.add(operation("a"));
    log.advance("a", "sent");
    log.advance("a", "acknowledged", { result: "7", isEnd: true });
    assert.equal(log.advance("a", "verified"), false);
    assert.deepEqual([log.get("a")?.result, log.unfinished().length], ["7", 0]);
  });

  it("hands over what is overdue, and tells since when it is as it is", () => {
    const { log, at } = newLog();
    log.add(operation("a"));
    log.add(operation("b", 20_000));
    const overdue: string[] = [];
    const end = ({ id }: OperationView) => overdue.push(id) && log.advance(id, "timed-out");
    at(14_999);
    log.sweep(end);
    assert.deepEqual(overdue, []);
    at(15_000);
    log.sweep(end);
    assert.deepEqual([overdue, log.get("a")?.since], [["a"], 15_000]);
  });

  it("what ended is shown for a minute more, then forgotten", () => {
    const { log, told, at } = newLog();
    log.add(operation("a"));
    log.advance("a", "verified");
    at(59_999);
    log.sweep(() => undefined);
    assert.ok(log.get("a"));
    at(60_000);
    log.sweep(() => undefined);
    assert.equal(log.get("a"), undefined);
    assert.equal(told.at(-1), "a forgotten");
  });
});
