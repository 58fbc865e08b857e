// 1,000 trials of a client that stops reading until the server holds back, on real sockets.
import assert from "node:assert/strict";
import { stallClients } from "../support/stallClients.ts";

describe("clients that stop reading, 1,000 times", () => {
  it("hold what the mirror holds afterwards", async () => {
    const sent = await stallClients({ clients: 20, rounds: 50 });
    assert.ok(sent >= 1000, `${sent} full states`);
  });
});
