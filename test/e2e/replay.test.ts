// Real measurements of a real office, streamed by `npm run replay` into the running demo, are seen in the room. The rest
// of the command is tested in test/integration/devices.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { eventually } from "../support/eventually.ts";
import { type NewDemo, newDemo } from "../support/newApp.ts";
import { endProcesses, newProcess } from "../support/newProcess.ts";
import { needsSharedData } from "../support/sharedData.ts";

/** Of the UCI Occupancy Detection data set; the line is: number, date, temperature, humidity, light, CO2, ratio, occupied. */
const DATA = "telemetry/datatest.txt";

describe("npm run replay, into the running demo", function () {
  this.timeout(60_000);
  let demo: NewDemo;
  let file: string;

  before(async function () {
    file = needsSharedData(this, DATA);
    demo = await newDemo();
  });
  after(async () => {
    await endProcesses();
    await demo?.close();
  });

  it("brings the twin of the office to life with what was measured there", async () => {
    const rows = readFileSync(file, "utf8")
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => line.split(",").map(Number));
    const measured = new Set(rows.map((row) => row[2]));
    const [, , temperature, humidity, illuminance, co2, , occupied] = rows.at(-1) ?? [];
    const player = await demo.join({ space: "office-building" });
    assert.equal(player.twin("office-101")["temperature"], undefined, "nothing simulates it");
    const seen = new Set<number>();
    player.room.onStateChange(() => {
      const now = player.world.twins.get("office-101")?.["temperature"];
      if (typeof now === "number") {
        seen.add(now);
      }
    });

    const args = ["run", "-s", "replay", "--", file, "--map", "occupancy", "--speed", "100000"];
    const replay = newProcess(args, { DATA_DIR: demo.dataDir }, "npm");
    assert.equal(await replay.ended, 0, replay.stderr());
    assert.match(replay.stdout(), new RegExp(`^${rows.length.toLocaleString("en-US")} rows sent, 0 skipped$`, "m"));

    await eventually(() => {
      const office = player.twin("office-101");
      const shown = ["temperature", "humidity", "illuminance", "co2"].map((name) => office[name]);
      assert.deepEqual(shown, [temperature, humidity, illuminance, co2]);
      assert.equal(office["occupied"], occupied === 1);
    });
    assert.ok(seen.size > 5, `live on the way: ${seen.size} values`);
    assert.deepEqual(
      [...seen].filter((value) => !measured.has(value)),
      [],
    );
    assert.ok(Math.abs(player.twin("office-101").$seen - Date.now() / 1000) < 30, "as of now");
    await eventually(async () => {
      const { body } = await demo.twinService.getDigitalTwin("office-101");
      assert.equal(body["temperature"], temperature, "and kept in the twin service");
    });
  });
});
