// Clients that stop reading for a while, on real sockets. Many more: test/long/slowClients.long.ts.
import assert from "node:assert/strict";
import { stallClients } from "../../support/stallClients.ts";

describe("clients that stop reading", () => {
  it("get one full state when they go on, and hold what the mirror holds", async () => {
    const sent = await stallClients({ clients: 5, rounds: 2 });
    assert.ok(sent >= 10, `${sent} full states`);
  }).timeout(60_000);
});
