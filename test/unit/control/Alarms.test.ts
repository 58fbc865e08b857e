// Alarm rules: when they raise and clear, who acknowledged and shelved, and what of it outlives a restart.
import assert from "node:assert/strict";
import type { Actor } from "../../../src/auth/AccessPolicy.ts";
import { RolePolicy } from "../../../src/auth/AccessPolicy.ts";
import { Alarms } from "../../../src/control/Alarms.ts";
import { parseControlFile } from "../../../src/control/rules/controlFile.ts";
import { Store } from "../../../src/store/Store.ts";
import { silentLog } from "../../support/silentLog.ts";
import { actor, newControl, refusal } from "./newControl.ts";

const PUMP = "dtmi:test:Pump;1";
const rule = { model: PUMP, severity: "critical", text: "{name}: {value}" };
const hot = { ...rule, name: "hot", path: "/temperature", above: 50, hysteresis: 10, delay: 5 };
const off = { ...rule, name: "off", path: "/mode", equals: "off" };
const silent = { ...rule, name: "silent", noData: 60 };
const one: Actor = { ...actor("operator"), name: "One" };
const two: Actor = { ...actor("operator"), name: "Two" };

async function newAlarms(alarms: object[], store = Store.open(), isOpen = () => true) {
  const { mirror, models, audit, wait, clock } = await newControl({ store });
  const { alarms: rules } = parseControlFile(JSON.stringify({ alarms }), "test");
  const policy = new RolePolicy();
  const graph = () => models.graph;
  const told = { isOpen };
  const link = { loaded: true };
  const desk = new Alarms({
    rules,
    mirror,
    link,
    graph,
    policy,
    told,
    audit,
    store: store.alarms,
    clock,
    log: silentLog,
  });
  const says = (path: string, value: unknown) => {
    const at = wait(1);
    mirror.setValues("p1", [[path, value]], { source: at, received: at, sequence: at, origin: "hub" });
  };
  const later = (ms: number) => {
    wait(ms);
    desk.sweep();
  };
  const get = (id: string) => [...desk.list()].find((alarm) => alarm.id === id);
  const audited = () => audit.list(actor("admin"), {}, 20).map((e) => [e.action, e.result, e.name, e.reason]);
  desk.start();
  return { desk, mirror, says, later, get, store, audited, clock };
}

describe("alarms", () => {
  it("of a threshold: raised after the delay, cleared beyond the hysteresis", async () => {
    const { says, later, get } = await newAlarms([hot]);
    says("/temperature", 51);
    later(4000);
    says("/temperature", 49);
    says("/temperature", 60);
    later(4000);
    assert.equal(get("hot:p1"), undefined); // twice, but never for long enough
    later(1000);
    assert.equal(get("hot:p1")?.text, "Pump 1: 60");
    says("/temperature", 41);
    assert.equal(get("hot:p1")?.cleared, 0);
    says("/temperature", 40);
    assert.notEqual(get("hot:p1")?.cleared, 0);
    says("/temperature", 60);
    later(5000);
    assert.equal(get("hot:p1")?.cleared, 0);
  });

  it("a name that not everybody may see is not told, nor by what was kept while everybody might", async () => {
    const store = Store.open();
    const now = { ...hot, delay: 0 };
    const before = await newAlarms([now], store);
    before.says("/temperature", 60);
    assert.equal(before.get("hot:p1")?.text, "Pump 1: 60");
    const { says, get } = await newAlarms([now], store, () => false);
    assert.equal(get("hot:p1")?.text, "hot");
    says("/temperature", 40);
    says("/temperature", 61);
    assert.equal(get("hot:p1")?.text, "p1: 61");
  });

  it("of a value and of silence", async () => {
    const { says, later, get } = await newAlarms([off, silent]);
    says("/mode", "off");
    assert.equal(get("off:p1")?.text, "Pump 1: off");
    later(60_000);
    assert.equal(get("silent:p1"), undefined);
    later(1000);
    assert.equal(get("silent:p1")?.cleared, 0);
    assert.equal(get("silent:p2"), undefined); // never seen
    says("/mode", "auto");
    assert.deepEqual([get("off:p1")?.cleared, get("silent:p1")?.cleared].includes(0), false);
  });

  it("take names as they are", async () => {
    const { says, get } = await newAlarms([off]);
    says("/name", "Pümpe $& {value} $1 泵");
    says("/mode", "off");
    assert.equal(get("off:p1")?.text, "Pümpe $& {value} $1 泵: off");
  });

  it("are acknowledged by whoever was first, and stay until they are cleared", async () => {
    const { desk, says, get, audited } = await newAlarms([off]);
    says("/mode", "off");
    assert.throws(() => desk.acknowledge(actor("player"), "off:p1"), refusal("FORBIDDEN"));
    assert.throws(() => desk.shelve(actor("player"), "off:p1", 1), refusal("FORBIDDEN"));
    desk.acknowledge(one, "off:p1", "seen");
    desk.acknowledge(two, "off:p1", "me too");
    assert.equal(get("off:p1")?.acknowledgedBy, "One");
    says("/mode", "auto");
    assert.equal(get("off:p1"), undefined);
    assert.throws(() => desk.acknowledge(two, "off:p1"), refusal("NOT_FOUND"));
    const told = audited();
    assert.deepEqual(
      told.map(([action, result, name]) => [action, result, name]),
      [
        ["alarm.acknowledge", "refused", "Two"],
        ["alarm.acknowledge", "done", "Two"],
        ["alarm.acknowledge", "done", "One"],
        ["alarm.shelve", "refused", "a player"],
        ["alarm.acknowledge", "refused", "a player"],
      ],
    );
    assert.match(String(told[3]?.[3]), /FORBIDDEN/);
  });

  it("come out of the shelf by themselves", async () => {
    const { desk, says, later, get, clock } = await newAlarms([off]);
    says("/mode", "off");
    desk.shelve(one, "off:p1", clock() + 10_000);
    later(9_999);
    assert.notEqual(get("off:p1")?.shelvedUntil, 0);
    later(1);
    assert.equal(get("off:p1")?.shelvedUntil, 0);
  });
});

describe("alarms after a restart", () => {
  it("are acknowledged and shelved as before, and cleared where it is over", async () => {
    const { desk, says, store, clock } = await newAlarms([off]);
    says("/mode", "off");
    desk.acknowledge(one, "off:p1");
    desk.shelve(one, "off:p1", clock() + 60_000);
    const shelf = [...desk.list()];
    const next = await newAlarms([off], store); // its mirror says "auto", as the twin service does
    assert.equal(next.get("off:p1"), undefined);
    store.alarms.put(shelf[0] as never);
    const again = await newAlarms([{ ...off, equals: "auto" }], store);
    assert.deepEqual(again.get("off:p1"), shelf[0]);
  });

  it("end where the rule or the twin is gone", async () => {
    const { desk, says, store } = await newAlarms([off]);
    says("/mode", "off");
    const [alarm] = [...desk.list()];
    store.alarms.put({ ...(alarm as NonNullable<typeof alarm>), id: "off:gone", twinId: "gone" });
    const next = await newAlarms([], store);
    assert.equal(next.get("off:gone"), undefined);
    assert.notEqual(next.get("off:p1")?.cleared, 0); // to be seen until somebody says that he has
    next.desk.acknowledge(one, "off:p1");
    assert.deepEqual([...store.alarms.all()], []);
  });
});

describe("alarms on a full disk", () => {
  it("are raised all the same", async () => {
    const { says, get, store } = await newAlarms([off]);
    store.alarms.put = () => {
      throw new Error("database or disk is full");
    };
    says("/mode", "off");
    assert.equal(get("off:p1")?.cleared, 0);
  });
});
