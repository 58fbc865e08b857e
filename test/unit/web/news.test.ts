// Which changes are told to a screen reader, and which are not.
import assert from "node:assert/strict";
import { type Look, news } from "../../../web/src/live/news.ts";
import type { AlarmState, Keyed } from "../../../web/src/live/roomTypes.ts";

const alarm = (id: string, cleared = 0): Keyed<AlarmState> => ({
  id,
  twinId: "p1",
  rule: "r",
  severity: "critical",
  text: `too hot ${id}`,
  since: 1,
  cleared,
  acknowledgedBy: "",
});
const QUIET: Look = {
  operations: [],
  alarms: [],
  leases: [],
  selected: "p1",
  connected: true,
  me: { session: "me", name: "Ada" },
  nameOf: (id) => `Pump ${id}`,
};
const lease = (holder: string, name: string) => ({ leases: [{ id: "p1", holder, name, until: 9 }] });

describe("news", () => {
  it("tells alarms once, when they are raised", () => {
    const one = { ...QUIET, alarms: [alarm("a")] };
    assert.deepEqual(news(QUIET, one), ["Critical alarm, Pump p1: too hot a."]);
    assert.deepEqual(news(one, { ...one, alarms: [alarm("a", 5)] }), []);
  });

  it("tells a flood of them as a number", () => {
    const flood = { ...QUIET, alarms: ["a", "b", "c", "d", "e"].map((id) => alarm(id)) };
    assert.deepEqual(news(QUIET, flood).slice(2), ["Critical alarm, Pump p1: too hot c.", "And 2 more."]);
  });

  it("tells leases of others on the selected twin, not one's own", () => {
    assert.deepEqual(news(QUIET, { ...QUIET, ...lease("you", "Bob") }), ["Bob has taken control of Pump p1."]);
    assert.deepEqual(news({ ...QUIET, ...lease("you", "Bob") }, QUIET), ["Pump p1 is free again."]);
    assert.deepEqual(news(QUIET, { ...QUIET, ...lease("me", "Ada") }), []);
    assert.deepEqual(news({ ...QUIET, selected: "x" }, { ...QUIET, ...lease("you", "Bob") }), []);
  });

  it("tells that the link is back, and nothing of what it missed", () => {
    const away = { ...QUIET, connected: false };
    assert.deepEqual(news(QUIET, away), []);
    assert.deepEqual(news(away, { ...QUIET, alarms: [alarm("a")] }), ["The link is back: values are live again."]);
  });
});
