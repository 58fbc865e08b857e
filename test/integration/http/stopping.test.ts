// A server that stops, over real sockets: who asks meanwhile is told to come back, who has asked is answered.
import assert from "node:assert/strict";
import { matchMaker } from "@colyseus/core";
import { eventually } from "../../support/eventually.ts";
import { joinSpace } from "../../support/joinSpace.ts";
import { type NewApp, newApp } from "../../support/newApp.ts";

describe("REST while the server stops", () => {
  let app: NewApp;
  let closing: Promise<void> | undefined;
  beforeEach(async () => {
    app = await newApp();
    closing = undefined;
  });
  afterEach(async () => {
    await (closing ?? app.close());
  });

  it("is 503 with Retry-After, reads and writes alike, and readiness is gone", async () => {
    const { room } = await joinSpace(app.url);
    const held = Promise.withResolvers<void>();
    const served = matchMaker.getLocalRoomById(room.roomId);
    const { onDispose } = served;
    served.onDispose = async () => {
      await held.promise;
      await onDispose?.call(served);
    };
    closing = app.close();
    const asked: [string, string, unknown][] = [
      ["GET", "/twins", undefined],
      ["GET", "/openapi.json", undefined],
      ["POST", "/twins", { $metadata: { $model: "m" } }],
    ];
    for (const [method, path, body] of asked) {
      const answer = await app.call(method, path, body);
      assert.deepEqual([answer.status, answer.body.code], [503, "UNAVAILABLE"], path);
      assert.equal(answer.body.detail, "The server is stopping.");
      assert.equal(answer.headers.get("retry-after"), "10");
      assert.equal(answer.headers.get("connection"), "close");
    }
    const ready = await fetch(`${app.url}/health/ready`);
    assert.equal(ready.status, 503);
    assert.deepEqual(((await ready.json()) as { reasons: string[] }).reasons, ["the server is stopping"]);
    assert.equal((await fetch(`${app.url}/health/live`)).status, 200);
    held.resolve();
    await closing;
    await assert.rejects(fetch(`${app.url}/health/live`), "nobody listens any more");
  });

  it("answers what was asked before", async () => {
    const { provider, mirror } = app.services;
    const [twin] = [...mirror.twins()];
    const arrived = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    provider.getTwin = async (id) => {
      arrived.resolve();
      await held.promise;
      return mirror.toTwin(id);
    };
    const asked = app.call("GET", `/twins/${twin?.id}`);
    await arrived.promise;
    closing = app.close();
    await eventually(() => assert.rejects(fetch(`${app.url}/health/live`)));
    held.resolve();
    assert.equal((await asked).status, 200);
  });
});
