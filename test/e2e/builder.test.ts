// A world builder spawns a twin and moves it; the world outlives the server, however it ends.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callApi } from "../support/callApi.ts";
import { eventually } from "../support/eventually.ts";
import { joinSpace, type Player, type SeenPlacement } from "../support/joinSpace.ts";
import { killBuilders } from "../support/killBuilders.ts";
import { endProcesses, type NewServer, newServer } from "../support/newProcess.ts";

/** In the office building, placed nowhere in the pump hall. */
const TWIN = "office-102";

describe("a world builder", function () {
  this.timeout(60_000);
  const dataDir = mkdtempSync(join(tmpdir(), "world-"));
  let server: NewServer;
  let builder: Player;
  let other: Player;
  let placementId: string;

  const enter = async () => {
    server = await newServer({ DATA_DIR: dataDir });
    [builder, other] = await Promise.all([
      joinSpace(server.url, { role: "builder", name: "Ben" }),
      joinSpace(server.url),
    ]);
  };
  const shown = (): SeenPlacement => other.world.placements.get(placementId) ?? assert.fail("it is not placed");
  const move = (x: number, settle: boolean) => builder.ask("placement.move", { items: [{ placementId, x }], settle });
  const call = (method: string, path: string, body?: unknown) => callApi(server.url, method, path, body);
  const relationshipsOf = async (id: string) => [
    (await call("GET", `/twins/${id}/relationships`)).body.value,
    (await call("GET", `/twins/${id}/incoming-relationships`)).body.value,
  ];

  before(enter);
  after(async () => {
    await endProcesses();
    rmSync(dataDir, { recursive: true });
  });

  it("spawns a twin that exists: everybody sees it there, with its live values, and it is saved", async () => {
    assert.equal(other.world.twins.has(TWIN), false);
    const related = await relationshipsOf(TWIN);
    const reply = await builder.ask("placement.add", { items: [{ twinId: TWIN, x: 3, z: -4 }] });
    [placementId = ""] = reply["placementIds"] as string[];
    await eventually(() => assert.deepEqual([shown().twinId, shown().x, shown().z, shown().by], [TWIN, 3, -4, "Ben"]));
    await eventually(() => assert.equal(typeof other.twin(TWIN)["temperature"], "number"), { timeoutMs: 10_000 });
    await eventually(() => assert.equal(shown().status, "saved"), { timeoutMs: 10_000 });
    assert.deepEqual(await relationshipsOf(TWIN), related, "a placement is no relationship of the plant");
  });

  it("drags it, seen at once and not yet kept; what settles is saved", async () => {
    for (const x of [4, 5, 6, 7]) {
      await move(x, false);
    }
    await eventually(() => assert.deepEqual([shown().x, shown().heldBy], [7, "Ben"]), { timeoutMs: 1000 });
    const late = await joinSpace(server.url);
    assert.equal(late.world.placements.get(placementId)?.x, 7, "who comes later sees it there too");
    await late.leave();
    await move(8, true);
    await eventually(() => assert.deepEqual([shown().x, shown().heldBy, shown().status], [8, "", "saved"]), {
      timeoutMs: 10_000,
    });
  });

  it("finds it in its place after a restart", async () => {
    assert.equal((await server.end("SIGTERM")).code, 0);
    await enter();
    assert.deepEqual([shown().twinId, shown().x, shown().z, shown().status], [TWIN, 8, -4, "saved"]);
    await eventually(() => assert.equal(other.twin(TWIN)["$name"], "Office 102"));
  });

  it("and after kill -9 too, as soon as it was shown as saved", async () => {
    await move(-2, true);
    await eventually(() => assert.deepEqual([shown().x, shown().status], [-2, "saved"]), { timeoutMs: 10_000 });
    await server.end("SIGKILL");
    await enter();
    assert.deepEqual([shown().twinId, shown().x, shown().z, shown().status], [TWIN, -2, -4, "saved"]);
  });

  it("does not keep an architect from deleting a placed twin", async () => {
    const made = await builder.ask("twin.create", {
      modelId: "dtmi:digitaltwins:demo:Tank;1",
      twinId: "tank-new",
      properties: { name: "New tank" },
      place: { x: 1, z: 2 },
    });
    placementId = String(made["placementId"]);
    await eventually(() => assert.equal(shown().status, "saved"), { timeoutMs: 10_000 });
    await eventually(() => assert.equal(other.twin("tank-new").$name, "New tank"));
    assert.equal((await call("DELETE", "/twins/tank-new")).status, 204);
    await eventually(() => assert.equal(other.world.twins.has("tank-new"), false));
    await builder.ask("placement.remove", { placementIds: [placementId] });
    await eventually(() => assert.equal(other.world.placements.has(placementId), false));
  });
});

describe("a server that is killed while builders build", function () {
  this.timeout(60_000);
  const dataDir = mkdtempSync(join(tmpdir(), "killed-"));
  after(async () => {
    await endProcesses();
    rmSync(dataDir, { recursive: true });
  });

  it("has what was seen as saved, and nothing half", () => killBuilders(dataDir, { seed: 7, rounds: 1 }));
});
