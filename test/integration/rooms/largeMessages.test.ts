import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.ts";
import { type NewApp, newApp } from "../../support/newApp.ts";
import { silentLog } from "../../support/silentLog.ts";

describe("large messages to the ready-made room", () => {
  let app: NewApp;
  const told: [of: object, message: string][] = [];
  before(async () => {
    const tell = (...of: [object, string]) => void told.push(of);
    app = await newApp({}, undefined, { ...silentLog, info: tell, warn: tell, error: tell });
  });
  after(() => app.close());

  it("are refused with a reason, and the player stays", async () => {
    const player = await app.join({ role: "builder" });
    for (const kilobytes of [300, 600, 1900]) {
      const { code } = await player.refused("twin.get", { twinId: "x".repeat(kilobytes * 1024) });
      assert.equal(code, "INVALID_PAYLOAD");
    }
    const { message } = await player.refused("placement.add", { items: [{ visual: "x".repeat(600 * 1024) }] });
    assert.match(message, /bytes; 524288 are allowed/);
    assert.ok((await player.ask("twin.get", { twinId: "pump-101" }))["twin"]);
  });

  it("are taken up to 1,000 placements with the longest names and all their numbers", async () => {
    const player = await app.join({ role: "builder" });
    const at = { x: 0.1, y: 0.1, z: 0.1, qx: 0.1, qy: 0.1, qz: 0.1, qw: 0.9, s: 0.3 };
    const names = { twinId: "t".repeat(128), visual: "v".repeat(128) };
    const items = Array.from({ length: 1000 }, () => ({ ...at, ...names }));
    assert.equal((await player.refused("placement.add", { items })).code, "NOT_FOUND"); // so it was read
  });

  it("end the connection where they are beyond what the transport lets in, and are one line of the log", async () => {
    const { room } = await app.join();
    const printed: unknown[] = [];
    const { error } = console;
    console.error = (...args) => void printed.push(args);
    const ofFrames = () => told.filter((line) => /Colyseus|frame|payload/.test(JSON.stringify(line)));
    const closed = new Promise((resolve) => room.onLeave.once((code) => resolve(code)));
    room.send("twin.get", { twinId: "x".repeat(3 * 1024 * 1024) });
    assert.equal(await closed, 1009);
    await eventually(() => assert.equal(ofFrames().length, 1)).finally(() => {
      console.error = error;
    });
    const sentence = "a client was disconnected: it sent a frame that is too long, or none";
    assert.deepEqual([printed, ofFrames()], [[], [[{ reason: "Max payload size exceeded" }, sentence]]]);
  });
});
