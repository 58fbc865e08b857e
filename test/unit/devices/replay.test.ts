// The replay without a hub: command line, mapping, times, rows, pace, and what is said to people.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeviceReport } from "../../../emulator/devices/deviceMessage.ts";
import { type Mapping, parseMapping, readMapping } from "../../../emulator/devices/replay/mapping.ts";
import { parseOptions } from "../../../emulator/devices/replay/options.ts";
import { Progress } from "../../../emulator/devices/replay/Progress.ts";
import { timeParser } from "../../../emulator/devices/replay/parseTime.ts";
import { Replay } from "../../../emulator/devices/replay/replayFiles.ts";
import { summary } from "../../../emulator/devices/replay/runReplay.ts";
import { findTarget } from "../../../emulator/devices/replay/target.ts";
import { UserError } from "../../../emulator/devices/replay/UserError.ts";

const directory = mkdtempSync(join(tmpdir(), "replay-"));
after(() => rmSync(directory, { recursive: true }));

let files = 0;
function newFile(text: string): string {
  const path = join(directory, `${files++}.csv`);
  writeFileSync(path, text);
  return path;
}

const says = (...parts: string[]) => {
  return (error: unknown) => error instanceof UserError && parts.every((it) => error.message.includes(it));
};
const mapping = (more: object = {}): Mapping =>
  parseMapping({ device: "office-101", time: { column: "t" }, fields: { T: { to: "temperature" } }, ...more }, "test");

/** Plays a CSV text and gives what was sent and skipped. */
async function play(text: string, map: Mapping, more: { speed?: number; keepTime?: boolean; zone?: string } = {}) {
  const sent: DeviceReport[] = [];
  const options = { files: [newFile(text)], speed: Infinity, keepTime: true, zone: "UTC", loop: false, ...more };
  const replay = new Replay({
    options,
    mapping: map,
    send: async (_, reports) => void sent.push(...reports),
    onProgress: () => {},
    onSkip: () => {},
    signal: new AbortController().signal,
  });
  await replay.run();
  return { sent, rows: replay.sent, skips: replay.skips.map((it) => `${it.number}: ${it.problem}`), replay };
}

describe("replay options", () => {
  it("have defaults, and know max", () => {
    const options = parseOptions(["a.csv", "--map", "occupancy"]);
    assert.deepEqual(options, {
      files: ["a.csv"],
      map: "occupancy",
      speed: 1,
      keepTime: false,
      zone: "UTC",
      loop: false,
    });
    for (const it of ["0", "max"]) {
      const fast = parseOptions(["a.csv", "--map", "m", "--speed", it]);
      assert.ok(fast !== "help" && fast.speed === Infinity);
    }
  });

  it("say what is missing or wrong", () => {
    assert.throws(() => parseOptions([]), says("Which file"));
    assert.throws(() => parseOptions(["a.csv"]), says("Which mapping"));
    assert.throws(() => parseOptions(["a.csv", "--map", "m", "--speed", "fast"]), says("--speed"));
    assert.throws(() => parseOptions(["a.csv", "--map", "m", "--tz", "Mars/Base"]), says("--tz"));
    assert.throws(() => parseOptions(["a.csv", "--slow"]), says("--slow"));
  });
});

describe("replay mapping", () => {
  it("is told all its faults at once", () => {
    const bad = { device: 5, time: {}, fields: { a: { to: "x y" }, b: { to: "c", scale: "2" } }, extra: 1 };
    assert.throws(
      () => parseMapping(bad, "m.json"),
      says("device", "time.column", "fields.a.to", "fields.b.scale", "extra"),
    );
    assert.throws(() => mapping({ fields: {} }), says("at least one"));
    assert.throws(() => mapping({ fields: { a: { to: "x" }, b: { to: "x" } } }), says("same name"));
  });

  it("comes with the project by name, or is looked for as a file", () => {
    const here = (path: string) => join(directory, path);
    assert.equal(readMapping("occupancy", here).device, "office-101");
    assert.equal(readMapping("event-hubs-capture", here).device, "display-301");
    assert.throws(() => readMapping("nope", here), says("nope"));
  });
});

describe("replay times", () => {
  const iso = (text: unknown, format?: string, zone = "UTC") =>
    timeParser(format, zone)(text)?.map((it) => new Date(it).toISOString());

  it("reads ISO with and without a zone, patterns and epochs", () => {
    assert.deepEqual(iso("2015-02-02 14:19:00"), ["2015-02-02T14:19:00.000Z"]);
    assert.deepEqual(iso("2015-02-02T14:19:00.283+01:00", undefined, "Asia/Tokyo"), ["2015-02-02T13:19:00.283Z"]);
    assert.deepEqual(iso("2015-02-02 14:19", undefined, "Europe/Brussels"), ["2015-02-02T13:19:00.000Z"]);
    assert.deepEqual(iso("11/16/2016 4:44:11 PM", "M/D/YYYY h:mm:ss A"), ["2016-11-16T16:44:11.000Z"]);
    assert.deepEqual(iso("16.11.2016 00:05", "DD.MM.YYYY HH:mm"), ["2016-11-16T00:05:00.000Z"]);
    assert.deepEqual(iso(1_422_886_740, "epoch-s"), ["2015-02-02T14:19:00.000Z"]);
    assert.deepEqual(iso("1422886740123", "epoch-ms"), ["2015-02-02T14:19:00.123Z"]);
  });

  it("refuses what is no time", () => {
    for (const it of ["2015-02-30 10:00", "2015-13-01", "2015-02-02 25:00:00", "yesterday", "", 5])
      assert.equal(iso(it), undefined);
    assert.equal(iso("1/1/2020 13:00:00 PM", "M/D/YYYY h:mm:ss A"), undefined);
    assert.equal(iso("x", "epoch-s"), undefined);
  });

  it("knows the hours that a zone has twice or not at all", () => {
    const zone = "Europe/Brussels";
    assert.deepEqual(iso("2015-10-25 02:30", undefined, zone), [
      "2015-10-25T00:30:00.000Z",
      "2015-10-25T01:30:00.000Z",
    ]);
    assert.deepEqual(iso("2015-03-29 02:30", undefined, zone), ["2015-03-29T01:30:00.000Z"]);
    assert.deepEqual(iso("2015-10-25 04:00", undefined, zone), ["2015-10-25T03:00:00.000Z"]);
  });

  it("plays a doubled hour through twice", async () => {
    const text =
      "t,T\n2015-10-25 02:10,1\n2015-10-25 02:50,2\n2015-10-25 02:10,3\n2015-10-25 02:50,4\n2015-10-25 03:10,5\n";
    const { sent } = await play(text, mapping(), { zone: "Europe/Brussels" });
    assert.deepEqual(
      sent.map((it) => new Date(it.time).toISOString().slice(11, 16)),
      ["00:10", "00:50", "01:10", "01:50", "02:10"],
    );
  });
});

describe("replay rows", () => {
  it("skips a bad row, says which line and why, and goes on", async () => {
    const bad = [
      "x,1",
      "2015-01-01 10:00,abc",
      "2015-01-01 10:00,1,2,3",
      "",
      '"2015-01-01 10:00,1',
      "2015-01-01 10:00,",
      '"20"15",""1',
    ];
    const text = ["\uFEFFt,T", "2015-01-01 10:00:00,20.5", ...bad, '"2015-01-01 10:01:00",21', ""].join("\r\n");
    const { sent, skips, rows } = await play(text, mapping());
    assert.equal(rows, 2);
    assert.deepEqual(
      sent.map((it) => it.values),
      [{ temperature: 20.5 }, { temperature: 21 }],
    );
    assert.deepEqual(
      skips.map((it) => it.split(":")[0]),
      ["3", "4", "5", "7", "8", "9"],
    );
    assert.match(skips[0] ?? "", /t is "x", not a time/);
    assert.match(skips[1] ?? "", /T is "abc", not a number/);
    assert.match(skips[2] ?? "", /4 cells where the header has 2/);
    assert.match(skips[3] ?? "", /quote is not closed/);
    assert.match(skips[4] ?? "", /no values/);
  });

  it("loses one line to a stray quote, not the rest of the file", async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `${1_400_000_000 + i},${i}`);
    lines[50] = `"${lines[50]}`;
    const { rows, skips } = await play(
      `t,T\n${lines.join("\n")}`,
      mapping({ time: { column: "t", format: "epoch-s" } }),
    );
    assert.deepEqual([rows, skips.length], [4999, 1]);
  });

  it("converts, scales, and puts components apart", async () => {
    const map = mapping({
      device: { column: "d" },
      delimiter: ";",
      fields: {
        F: { to: "temperature", scale: 0.5556, offset: -17.778 },
        on: { to: "occupied", type: "boolean" },
        n: { to: "motor/count", type: "integer" },
        s: { to: "line1", type: "string" },
      },
    });
    const { sent, skips } = await play("t;d;F;on;n;s\n2020-01-01;room;68;yes;3;hi\n2020-01-01;;1;maybe;1.5;x\n", map);
    assert.equal(sent.length, 2);
    assert.deepEqual(sent[0]?.values, { temperature: 68 * 0.5556 - 17.778, occupied: true, line1: "hi" });
    assert.deepEqual([sent[1]?.deviceId, sent[1]?.component, sent[1]?.values], ["room", "motor", { count: 3 }]);
    assert.deepEqual(skips, [
      '3: it names no device; on is "maybe", not true or false; n is "1.5", not a whole number',
    ]);
  });

  it("takes R's tables, which have no name over the row names", async () => {
    const { sent } = await play('"t","T"\n"1","2015-01-01 10:00",20\n', mapping());
    assert.deepEqual(sent[0]?.values, { temperature: 20 });
  });

  it("says which columns a file lacks", async () => {
    await assert.rejects(play("when,temp\n1,2\n", mapping()), says('"t", "T"', "when, temp"));
    await assert.rejects(play("", mapping()), says("is empty"));
  });
});

describe("replay pace", () => {
  const text = "t,T\n2015-01-01 10:00:00,1\n2015-01-01 10:01:00,2\n2015-01-01 10:02:00,3\n";

  it("sends rows at their time times speed, shifted to now", async () => {
    const began = Date.now();
    const { sent } = await play(text, mapping(), { speed: 600, keepTime: false });
    const took = Date.now() - began;
    assert.ok(took >= 200 && took < 1500, `${took} ms`);
    const times = sent.map((it) => it.time);
    assert.ok(Math.abs((times[0] ?? 0) - began) < 500);
    assert.deepEqual(
      times.map((it) => it - (times[0] ?? 0)),
      [0, 100, 200],
    );
  });

  it("keeps the recorded times when asked to", async () => {
    const { sent } = await play(text, mapping());
    assert.equal(sent[2]?.time, Date.UTC(2015, 0, 1, 10, 2));
  });
});

describe("replay output", () => {
  it("sums up", () => {
    const skip = (number: number, unit: "line" | "record" = "line") => ({
      file: "/x/a.csv",
      unit,
      number,
      problem: "",
    });
    assert.equal(
      summary(
        20_560,
        [4, 17, 20].map((it) => skip(it)),
        false,
      ),
      "20,560 rows sent, 3 skipped (lines 4, 17, 20)",
    );
    assert.equal(summary(1, [], false), "1 row sent, 0 skipped");
    assert.equal(summary(0, [skip(2, "record")], true), "0 rows sent, 1 skipped (record a.csv:2)");
    const many = Array.from({ length: 1025 }, (_, i) => skip(i));
    assert.match(summary(5, many, false), /, 19 and 1,005 more\)$/);
  });

  it("draws a bar on a terminal, and lines elsewhere", () => {
    let now = 0;
    const written: string[] = [];
    const out = (isTTY: boolean) => ({ isTTY, write: (text: string) => written.push(text) });
    const [bar, lines] = [new Progress(out(true), () => now), new Progress(out(false), () => now)];
    now = 1000;
    bar.update({ done: 0.5, sent: 1234, skipped: 2 });
    lines.update({ done: 0.5, sent: 1234, skipped: 2 });
    assert.equal(written.length, 1);
    assert.match(written[0] ?? "", /^\r.*█+·+\] 50 % {2}1,234 rows sent \(1,234\/s\), 2 skipped$/);
    now = 5000;
    lines.update({ done: 0.9, sent: 5000, skipped: 0 });
    assert.equal(written[1], "90 %  5,000 rows sent (1,000/s)\n");
  });
});

describe("replay target", () => {
  const connection = "Endpoint=sb://host.example/;SharedAccessKeyName=k;SharedAccessKey=abc=;EntityPath=mine";

  it("is what was asked for, else the environment, else the demo that runs", () => {
    assert.equal(findTarget({ connectionString: connection }, {}).hub, "mine");
    assert.equal(findTarget({ connectionString: connection, hub: "other" }, {}).hub, "other");
    const target = findTarget({}, { AZURE_EVENTHUBS_TELEMETRY: connection });
    assert.deepEqual([target.hub, target.address, target.demo], ["mine", "host.example", false]);
    assert.ok(!target.connectionString.includes("EntityPath"));
    const emulator = { connectionString: "Endpoint=sb://127.0.0.1:9;SharedAccessKey=x", hubs: { telemetry: "t1" } };
    writeFileSync(join(directory, "emulator.json"), JSON.stringify(emulator));
    const demo = findTarget({}, { DATA_DIR: directory });
    assert.deepEqual([demo.hub, demo.address, demo.demo], ["t1", "127.0.0.1:9", true]);
  });

  it("says what to do when there is none", () => {
    assert.throws(() => findTarget({}, { DATA_DIR: join(directory, "none") }), says("npm start"));
    assert.throws(() => findTarget({ connectionString: "abc" }, {}), says("Endpoint=sb://"));
  });
});
