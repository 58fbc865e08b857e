// One app after the other in one process: what tests stand on, and a game that restarts its server without a new process.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newApp } from "../support/newApp.ts";

describe("createApp", function () {
  this.timeout(30_000);

  it("after createApp and close works again and again, each with a world of its own", async () => {
    for (const name of ["first", "second", "third"]) {
      const app = await newApp();
      const player = await app.join({ name });
      assert.equal(player.world.status, "live");
      assert.deepEqual(
        Array.from(player.world.players.values(), (p) => p.name),
        [name],
      );
      assert.equal((await app.call("GET", "/twins/made-before")).status, 404);
      await app.call("PUT", "/twins/made-before", { $metadata: { $model: "dtmi:digitaltwins:demo:Tank;1" } });
      await app.close();
      assert.equal(player.room.connection.isOpen, false);
      await assert.rejects(fetch(app.url), "its port is free");
    }
  });

  it("after a start that failed leaves nothing open", async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "lifecycle-"));
    const file = join(dataDir, "digitaltwins.sqlite");
    writeFileSync(file, "this is no database, whatever its name says. ".repeat(99));
    await assert.rejects(newApp({}, dataDir), { name: "TwinError", code: "UNAVAILABLE", message: /not a database/ });
    rmSync(file);
    const app = await newApp({}, dataDir);
    assert.equal((await app.call("GET", "/twins/pump-101")).status, 200);
    await app.close();
    rmSync(dataDir, { recursive: true });
  });
});
