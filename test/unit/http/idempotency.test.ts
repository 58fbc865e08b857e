// What is kept for repeated requests: bounded in number and time, and one caller's keys are no other's.
import assert from "node:assert/strict";
import { fingerprint, IdempotencyKeys, keyOf } from "../../../src/http/idempotency.ts";

describe("IdempotencyKeys", () => {
  let now = 0;
  let runs = 0;
  let keys: IdempotencyKeys;
  beforeEach(() => {
    now = 0;
    runs = 0;
    keys = new IdempotencyKeys({ now: () => now, keepMs: 1000, mostEach: 3, most: 5 });
  });
  const run = async () => ({ status: 201, body: { run: ++runs } });
  const ask = async (key: string, { actorId = "ada", routeId = "r", print = "same", act = run } = {}) =>
    keys.once({ actorId, routeId, key, fingerprint: print }, act);

  it("gives the first answer again, to the same caller of the same route only", async () => {
    const first = await ask("k");
    assert.deepEqual(await ask("k"), { answer: first.answer, replayed: true });
    await ask("k", { actorId: "bob" });
    await ask("k", { routeId: "other" });
    assert.equal(runs, 3);
  });

  it("refuses a key of another request with 422, one that still runs with 409", async () => {
    await ask("k");
    await assert.rejects(ask("k", { print: "other" }), { code: "INVALID_VALUE", status: 422 });
    const gate = Promise.withResolvers<{ status: number; body: { run: number } }>();
    const running = ask("slow", { act: () => gate.promise });
    await assert.rejects(ask("slow"), { code: "CONFLICT", status: 409 });
    await assert.rejects(ask("slow", { print: "other" }), { status: 422 });
    gate.resolve({ status: 201, body: { run: 9 } });
    await running;
    assert.equal((await ask("slow")).replayed, true);
  });

  it("tries again after what failed", async () => {
    const failing = async () => {
      throw new Error("down");
    };
    await assert.rejects(ask("k", { act: failing }), /down/);
    assert.equal((await ask("k")).replayed, false);
  });

  it("forgets after a time, and each caller's oldest beyond a number", async () => {
    await ask("k");
    now = 1000;
    assert.equal((await ask("k")).replayed, false);
    for (const key of ["a", "b", "c"]) {
      await ask(key);
    }
    assert.equal(keys.size, 3);
    assert.equal((await ask("c")).replayed, true);
    assert.equal((await ask("k")).replayed, false);
  });

  it("of all, takes from who has most", async () => {
    await ask("mine", { actorId: "bob" });
    for (const actorId of ["ada", "eve"]) {
      for (const key of ["a", "b", "c"]) {
        await ask(key, { actorId });
      }
    }
    assert.equal(keys.size, 5);
    assert.equal((await ask("mine", { actorId: "bob" })).replayed, true);
  });

  it("never forgets one that runs", async () => {
    const gates = ["a", "b", "c"].map((key) => {
      const gate = Promise.withResolvers<{ status: number; body: { run: number } }>();
      return { gate, asked: ask(key, { act: () => gate.promise }) };
    });
    await assert.rejects(ask("d"), { code: "RATE_LIMITED", status: 429 });
    for (const { gate, asked } of gates) {
      gate.resolve({ status: 201, body: { run: 0 } });
      await asked;
    }
    assert.equal((await ask("d")).replayed, false);
  });

  it("reads keys with quotes and without, and refuses others", () => {
    assert.equal(keyOf('"a b"'), "a b");
    assert.equal(keyOf("8e03978e-40d5-43dd-bc93-6894a57f9324"), "8e03978e-40d5-43dd-bc93-6894a57f9324");
    for (const bad of ["", '""', "a b", "ä", '"', "x".repeat(256)]) {
      assert.throws(() => keyOf(bad), { code: "INVALID_PAYLOAD" }, JSON.stringify(bad));
    }
    assert.notEqual(fingerprint("/a", { b: 1 }), fingerprint("/a", { b: 2 }));
    assert.notEqual(fingerprint("/a", undefined), fingerprint("/b", undefined));
  });
});
