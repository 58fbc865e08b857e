/** Mapping rules: what a file may say, what its rules make of messages, and how it is read again. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { explain, explainMessage } from "../../../src/cli/explainMessage.ts";
import { MappingFile } from "../../../src/ingest/mapping/MappingFile.ts";
import { MessageRules, type MessageTarget } from "../../../src/ingest/mapping/MessageRules.ts";
import { parseRuleFile, RuleFileError } from "../../../src/ingest/mapping/ruleFile.ts";
import type { TwinEvent } from "../../../src/twins/types.ts";
import { eventually } from "../../support/eventually.ts";
import { silentLog } from "../../support/silentLog.ts";
import { newPump, says } from "./newPump.ts";

const rulesOf = (file: object) => new MessageRules(parseRuleFile(JSON.stringify(file), "test"));

function message(values: Record<string, unknown>, more: Partial<TwinEvent> & { component?: string } = {}): TwinEvent {
  const { component, ...rest } = more;
  return {
    id: "1",
    source: "ns/hub",
    subject: "",
    time: 1000,
    enqueuedAt: 2000,
    receivedAt: 3000,
    type: "telemetry.received",
    data: { values, ...(component === undefined ? {} : { component }) },
    position: { partition: "0", sequence: 1, generation: "1" },
    ...rest,
  };
}
/** Rules without expressions need no waiting. */
const atOnce = (targets: ReturnType<MessageRules["apply"]>): MessageTarget[] =>
  Array.isArray(targets) ? targets : assert.fail("a promise");
const raw = (properties: Record<string, unknown>) => ({ body: Buffer.alloc(0), properties, systemProperties: {} });

describe("mapping rules", () => {
  it("the first that matches names twin, component, time and where fields go", () => {
    const rules = rulesOf({
      rules: [
        { name: "others", match: { "properties.kind": "valve" } },
        {
          name: "meters",
          match: { "properties.kind": ["meter", "gauge"], "body.site.id": "h*" },
          twin: "{body.site.id}-meter-{body.no}",
          component: "{properties.part}",
          time: "body.ts",
          fields: {
            t: "temperature",
            "site.load": { to: "power", scale: 0.001, type: "number" },
            ts: false,
            no: false,
          },
          rest: "drop",
        },
        { name: "never" },
      ],
    });
    const values = { site: { id: "h1", load: "2500" }, no: 7, ts: 1_700_000_000, t: 20, junk: 1 };
    assert.deepEqual(rules.apply(message(values, { message: raw({ kind: "gauge", part: "motor" }) })), [
      {
        twinId: "h1-meter-7",
        rule: "meters",
        time: 1_700_000_000_000,
        data: { component: "motor", values: { temperature: 20, power: 2.5 } },
      },
    ]);
  });

  it("what a rule does not name goes by convention; a target may be in a component", () => {
    const rules = rulesOf({ rules: [{ name: "r", fields: { amps: "motor/current", hz: "motor/speed" } }] });
    assert.deepEqual(rules.apply(message({ amps: 3, hz: 50, temperature: 20 }, { subject: "p1" })), [
      { twinId: "p1", rule: "r", data: { values: { temperature: 20, motor: { current: 3, speed: 50 } } } },
    ]);
  });

  it("converts texts, numbers and switches; what cannot be converted stays for the model to refuse", () => {
    const fields = {
      a: { to: "a", type: "boolean" },
      b: { to: "b", type: "integer", scale: 10 },
      c: { to: "c", type: "number" },
      d: { to: "d", type: "string" },
    };
    const rules = rulesOf({ rules: [{ name: "r", twin: "x", fields }] });
    const made = (values: Record<string, unknown>) => atOnce(rules.apply(message(values)))[0]?.data.values;
    assert.deepEqual(made({ a: "ON", b: "1.26", c: "2.5", d: 7 }), { a: true, b: 13, c: 2.5, d: "7" });
    assert.deepEqual(made({ a: "maybe", c: "" }), { a: "maybe", c: "" });
    assert.deepEqual(made({ a: null, b: null, c: null, d: null }), { a: null, b: null, c: null, d: null });
  });

  it("what a device reports stays a merge patch, and values keep their own times where rules put them", () => {
    const fields = { t: "temperature", "site.load": "motor/load", gone: false };
    const rules = (more: object) => rulesOf({ rules: [{ name: "r", fields, ...more }] });
    const times = { "/t": 1, "/site/load": 2, "/gone": 3, "/motor/limit": 4 };
    const values = { t: 20, site: { load: 1 }, gone: 1, motor: { limit: 1 } };
    const made = (more: object) =>
      atOnce(rules(more).apply(message({}, { subject: "p1", data: { values, merge: true, times } })))[0]?.data;
    const kept = made({});
    assert.equal(kept?.merge, true);
    assert.deepEqual(kept.times, { "/temperature": 1, "/motor/load": 2, "/motor/limit": 4 });
    assert.deepEqual(made({ rest: "drop", component: "x" })?.times, { "/x/temperature": 1, "/x/motor/load": 2 });
  });

  it("takes away what a device took away with the object around it; a time that the rule reads goes before their own", () => {
    const fields = { "site.load.kw": "motor/load", "site.name": "label", t: "temperature" };
    const rules = (more: object) => rulesOf({ rules: [{ name: "r", fields, rest: "drop", ...more }] });
    const made = (data: object, more: object = {}) =>
      atOnce(rules(more).apply(message({}, { subject: "p1", data })))[0];
    assert.deepEqual(made({ values: { site: null, t: 1 }, merge: true })?.data.values, {
      motor: { load: null },
      label: null,
      temperature: 1,
    });
    assert.deepEqual(made({ values: { site: null, t: 1 } })?.data.values, { temperature: 1 });
    const values = { site: { load: { kw: 1 }, name: "x" }, t: 1_600_000_000 };
    const data = { values, times: { "/site": 5 } };
    assert.deepEqual(made(data)?.data.times, { "/motor/load": 5, "/label": 5 });
    const timed = made(data, { time: "body.t" });
    assert.deepEqual([timed?.time, timed?.data.times], [1_600_000_000_000, undefined]);
  });

  it("matches texts with stars, however long they are", () => {
    const matches = (pattern: string, text: string) => {
      const rules = rulesOf({ rules: [{ name: "r", match: { "body.s": pattern }, twin: "x" }], otherwise: "drop" });
      return atOnce(rules.apply(message({ s: text }))).length === 1;
    };
    for (const text of ["hall-1-2-x", "hall-\n--x", "hall---x"]) {
      assert.ok(matches("hall-*-*-x", text), text);
    }
    for (const text of ["hall--x", "hall-1-2-xy", "Hall-1-2-x", "hall-1-2"]) {
      assert.ok(!matches("hall-*-*-x", text), text);
    }
    assert.deepEqual(
      ["", "a", "aa", "aba"].map((text) => matches("a*a", text)),
      [false, false, true, true],
    );
    assert.ok(matches("*", "") && matches("**b*", "ab") && !matches("a.c*", "abc"));
    const started = performance.now();
    assert.equal(matches("hall-*-*-x", `hall${"-".repeat(100_000)}`), false);
    assert.ok(performance.now() - started < 1000, "22 s by a regular expression");
  });

  it("one message may speak of several twins", () => {
    const rules = rulesOf({
      rules: [
        { name: "room", twin: "room", fields: { t: "temperature" }, rest: "drop", continue: true },
        { name: "device", twin: "{device}", fields: { v: "voltage" }, rest: "drop" },
      ],
    });
    const made = atOnce(rules.apply(message({ t: 1, v: 2 }, { subject: "d1" })));
    assert.deepEqual(
      made.map(({ twinId, data }) => [twinId, data.values]),
      [
        ["room", { temperature: 1 }],
        ["d1", { voltage: 2 }],
      ],
    );
  });

  it("without a match: by convention, or dropped", () => {
    const none = { match: { device: "x" }, name: "x" };
    assert.equal(atOnce(rulesOf({ rules: [none] }).apply(message({}, { subject: "p1" })))[0]?.twinId, "p1");
    assert.deepEqual(rulesOf({ rules: [none], otherwise: "drop" }).apply(message({}, { subject: "p1" })), []);
    assert.deepEqual(rulesOf({ rules: [none] }).apply(message({})), []);
  });

  it("a file tells every fault at once, with its place", () => {
    const file = {
      rules: [
        { name: "a", match: { "header.x": 1 }, twin: "{nobody}" },
        { name: "a", fields: { t: "not ok" }, rest: "burn" },
      ],
      also: 1,
    };
    assert.throws(
      () => parseRuleFile(JSON.stringify(file), "m.json"),
      (error: unknown) => {
        assert.ok(error instanceof RuleFileError);
        for (const place of [
          "header.x",
          "rules[0].twin",
          "rules[1].fields.t",
          "rules[1].rest",
          "also",
          "rules[1].name",
        ]) {
          assert.ok(error.message.includes(place), place);
        }
        return error.message.startsWith("The mapping file m.json");
      },
    );
    assert.throws(() => parseRuleFile("{", "m.json"), /it is not JSON/);
    assert.deepEqual(parseRuleFile('\ufeff{ "rules": [] }', "m.json"), { rules: [], otherwise: "convention" });
    const twice = { rules: [{ name: "a" }, { name: "a" }] };
    assert.throws(() => parseRuleFile(JSON.stringify(twice), "m.json"), /"a" is there twice/);
  });
});

describe("mapping rules in the pump", () => {
  it("messages of any producer find their twins; those of nobody are dead letters", async () => {
    const rules = rulesOf({
      rules: [{ name: "r", match: { "body.id": "*" }, twin: "p{body.id}", fields: { id: false } }],
    });
    const { source, value, letters } = await newPump({ writeThrough: false, rules: () => rules });
    await source.deliver(says("", { id: "2", temperature: 33 }), says("", { temperature: 1 }));
    assert.equal(value("p2", "/temperature"), 33);
    assert.deepEqual(
      letters.map(({ reason }) => reason),
      ["The message names no sender, and no mapping rule finds one."],
    );
  });

  it("the source time that a rule reads is bounded as any other", async () => {
    const rules = rulesOf({ rules: [{ name: "r", time: "body.at", fields: { at: false } }] });
    const { source, mirror } = await newPump({ writeThrough: false, rules: () => rules });
    const now = Date.now();
    await source.deliver(says("p2", { at: now + 60_000, temperature: 1 }, { time: now, enqueuedAt: now }));
    assert.equal(mirror.get("p2")?.values.get("/temperature")?.source, now + 5000);
  });
});

describe("the mapping file of a running server", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "mapping-"));
    path = join(folder, "mapping.json");
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (twin: string) => writeFileSync(path, JSON.stringify({ rules: [{ name: "r", twin }] }));
  const twinOf = (file: MappingFile) => atOnce(file.rules.apply(message({})))[0]?.twinId;

  it("is read again when it changes; a faulty change leaves the rules as they were", async () => {
    write("one");
    const errors: object[] = [];
    const file = new MappingFile({ path, log: { ...silentLog, error: (o) => errors.push(o) } });
    file.watch(10);
    try {
      write("second");
      await eventually(() => assert.equal(twinOf(file), "second"));
      write("{broken}");
      await eventually(() => assert.equal(errors.length, 1));
      assert.equal(twinOf(file), "second");
    } finally {
      file.close();
    }
  });

  it("ends the start when it is faulty or not there", () => {
    assert.throws(() => new MappingFile({ path, log: silentLog }), /cannot be read/);
    write("{broken}");
    assert.throws(() => new MappingFile({ path, log: silentLog }), RuleFileError);
  });

  it("--explain shows which rule made what", async () => {
    const rules = rulesOf({
      rules: [
        { name: "valves", match: { "body.kind": "valve" } },
        { name: "pumps", twin: "p{body.no}", fields: { t: "temperature" }, rest: "drop" },
      ],
    });
    assert.equal(
      await explain(rules, message({ no: 1, t: 20 })),
      'message of no device that it names\nrule "valves" does not: body.kind is not there\nrule "pumps" matches\n  p1 /temperature = 20\n',
    );
    const printed = { out: "", err: "" };
    const streams = {
      out: { write: (text: string) => (printed.out += text) },
      err: { write: (text: string) => (printed.err += text) },
    };
    writeFileSync(path, `\ufeff${JSON.stringify({ temperature: 4 })}`); // as editors of Windows write it
    const args = ["--explain", path, "--device", "p1"];
    assert.equal(await explainMessage({ args, environment: {}, ...streams }), 0);
    assert.match(printed.out, /^message of device p1\nby convention\n {2}time .*\n {2}p1 \/temperature = 4\n$/);
    const systemProperties = { contentEncoding: "gzip", "iothub-message-source": "twinChangeEvents" };
    const $metadata = { $lastUpdated: "2026-01-02T00:00:00Z", old: { $lastUpdated: "2026-01-01T00:00:00Z" } };
    const body = { properties: { reported: { $metadata, old: 2, now: 3 } } };
    writeFileSync(path, JSON.stringify({ body, systemProperties }));
    assert.equal(await explainMessage({ args, environment: {}, ...streams }), 0, "it is unpacked in the file");
    assert.match(printed.out, /p1 \/old = 2, of 2026-01-01T00:00:00.000Z\n {2}p1 \/now = 3\n$/);
    const timed = rulesOf({ rules: [{ name: "timed", time: "body.at" }] });
    assert.match(
      await explain(timed, message({ at: 1e300 }, { subject: "p1" })),
      /^ {2}time 1970-01-01T00:00:07.000Z$/m,
    );
    assert.equal(await explainMessage({ args: ["--explain", join(folder, "none")], environment: {}, ...streams }), 1);
    assert.match(printed.err, /cannot be read/);
  });
});
