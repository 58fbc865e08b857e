// Looks larger than one twin of the layout takes, on the whole server with the embedded twin service and Azure's limits.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OVERWRITTEN } from "../../../src/protocol/names.ts";
import { eventually } from "../../support/eventually.ts";
import type { Player } from "../../support/joinSpace.ts";
import { loopbackDigitalTwinsClient } from "../../support/loopbackDigitalTwinsClient.ts";
import { type NewApp, newApp } from "../../support/newApp.ts";

/** Azure's, of a twin. */
const MOST_BYTES = 32 * 1024;
const TWIN = "office-102";
const PATH = "/spaces/hall-1/layout";
const WAIT = { timeoutMs: 20_000 };

const look = (i: number): string => {
  const property = `/${String(i).padStart(3, "0")}${"p".repeat(290)}`;
  const ranges = Array.from({ length: 12 }, (_, min) => ({ min, max: min + 1, colour: "#112233" }));
  return JSON.stringify({ label: { property }, colour: { property, ranges }, spin: { property } });
};

describe("placements with large looks", function () {
  this.timeout(60_000);
  const dataDir = mkdtempSync(join(tmpdir(), "looks-"));
  let app: NewApp;
  let builder: Player;
  let ids: string[] = [];
  before(async () => {
    app = await newApp({}, dataDir);
    builder = await app.join({ role: "builder", name: "Ben", space: "hall-1" });
    builder.room.onMessage(OVERWRITTEN, () => undefined); // of the import
  });
  after(async () => {
    await app.close();
    rmSync(dataDir, { recursive: true });
  });

  const place = async (lookOf: (i: number) => string): Promise<void> => {
    const items = Array.from({ length: 100 }, (_, i) => ({ twinId: TWIN, x: i, visual: lookOf(i) }));
    ids = (await builder.ask("placement.add", { items }))["placementIds"] as string[];
  };
  const areSaved = () =>
    eventually(() => {
      const shown = ids.map((id) => builder.world.placements.get(id));
      assert.deepEqual([...new Set(shown.map((placement) => `${placement?.status} ${placement?.reason}`))], ["saved "]);
    }, WAIT);
  const layoutOf = async () => (await app.call("GET", PATH)).body;

  /** As the twin service has them: every placement once, no twin too large. */
  async function inTheService(): Promise<Map<string, string>> {
    const { adtUrl } = JSON.parse(readFileSync(join(dataDir, "emulator.json"), "utf8")) as { adtUrl: string };
    const twins = loopbackDigitalTwinsClient(adtUrl).queryTwins(
      "SELECT * FROM DIGITALTWINS T WHERE IS_OF_MODEL(T, 'dtmi:digitaltwins:colyseus:Layer;1')",
    );
    const looks = new Map<string, string>();
    for await (const twin of twins) {
      const { $metadata: _, $etag: __, ...content } = twin;
      assert.ok(Buffer.byteLength(JSON.stringify(content)) <= MOST_BYTES);
      const stored = twin["placements"] as Record<string, { visual?: string }>;
      for (const [id, { visual = "" }] of Object.entries(stored)) {
        assert.ok(!looks.has(id), "in one layer only");
        looks.set(id, visual);
      }
    }
    return new Map(ids.map((id) => [id, looks.get(id) ?? "not there"]));
  }

  it("of a hundred at once are saved, spread over layers", async () => {
    await place(look);
    await areSaved();
    const looks = new Map(ids.map((id, i) => [id, look(i)]));
    await eventually(async () => assert.deepEqual(await inTheService(), looks), WAIT);
    await builder.ask("placement.undo", {});
    await eventually(() => assert.ok(!ids.some((id) => builder.world.placements.has(id))), WAIT);
  });

  it("given to a hundred that stand in one layer already are saved under their ids, and outlive the server", async () => {
    await place(() => "");
    await areSaved();
    const small = await layoutOf();
    const looks = new Map(ids.map((id, i) => [id, look(i)]));
    const placements = small.placements.map((placed: { id: string; visual: string }) => {
      return { ...placed, visual: looks.get(placed.id) ?? placed.visual };
    });
    const large = { ...small, placements };
    const { status, body } = await app.call("PUT", PATH, large);
    assert.deepEqual([status, body.changes?.length], [200, 100]);
    await areSaved();
    assert.deepEqual(await layoutOf(), large);
    await eventually(async () => assert.deepEqual(await inTheService(), looks), WAIT);
    await app.close();
    app = await newApp({}, dataDir);
    builder = await app.join({ role: "builder", name: "Ben", space: "hall-1" });
    assert.deepEqual(await layoutOf(), large);
    assert.equal((await app.call("PUT", PATH, small)).status, 200);
    await areSaved();
    assert.deepEqual(await layoutOf(), small);
  });
});
