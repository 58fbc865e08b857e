import assert from "node:assert/strict";
import { TwinError } from "../../../src/errors.ts";
import { eventually } from "../../support/eventually.ts";
import { newPump, says } from "./newPump.ts";

/** Says too little: the twin is read. */
const MODEL_CHANGE = [{ op: "replace" as const, path: "/$metadata/$model", value: "dtmi:test:Pump;1" }];

type Plant = Awaited<ReturnType<typeof newPump>>;

describe("EventPump with write-through", () => {
  let plant: Plant;
  const start = async (options?: Parameters<typeof newPump>[0]) => {
    plant = await newPump(options);
    return plant;
  };
  afterEach(() => plant.pump.close());

  it("a value is in the mirror at once; done only when the provider holds it", async () => {
    const { provider, source, value, stored } = await start();
    const release = provider.hold();
    await source.deliver(says("p1", { temperature: 21 }));
    assert.equal(value("p1", "/temperature"), 21);
    await eventually(() => assert.equal(provider.patches.length, 1));
    assert.equal(await stored("p1", "temperature"), 20);
    assert.equal(source.doneUpTo, undefined);
    release();
    await eventually(() => assert.equal(source.doneUpTo, 1));
    assert.equal(await stored("p1", "temperature"), 21);
  });

  it("a write that hangs holds up no event behind it", async () => {
    const { provider, source, value } = await start();
    const release = provider.hold();
    for (let n = 1; n <= 50; n++) {
      await source.deliver(says("p1", { temperature: n }), says("p2", { temperature: n }));
    }
    assert.deepEqual([value("p1", "/temperature"), value("p2", "/temperature")], [50, 50]);
    assert.deepEqual(source.done, []);
    release();
    await eventually(() => assert.equal(source.doneUpTo, 100));
  });

  it("done is called in order, once per batch", async () => {
    const { provider, source } = await start();
    const release = provider.hold();
    await source.deliver(says("p1", { temperature: 1 }));
    await source.deliver(says("p1", { vibration: 0.1 })); // nothing durable: ready at once, yet not before the first
    await source.deliver(says("p2", { temperature: 3 }));
    assert.deepEqual(source.done, []);
    release();
    await eventually(() =>
      assert.deepEqual(
        source.done.map((p) => p.sequence),
        [1, 2, 3],
      ),
    );
  });

  it("partitions do not wait for each other", async () => {
    const { provider, source } = await start();
    const release = provider.hold();
    await source.deliver(says("p1", { temperature: 1 }));
    await source.deliver(says("p2", { vibration: 1 }, { position: { partition: "1", sequence: 7, generation: "1" } }));
    await eventually(() =>
      assert.deepEqual(
        source.done.map((p) => p.partition),
        ["1"],
      ),
    );
    release();
  });

  it("coalesces: intermediate values may go, the last one arrives, with its source time", async () => {
    const { provider, source, stored } = await start({ intervalMs: 20 });
    const time = Date.now();
    for (let n = 1; n <= 100; n++) {
      await source.deliver(says("p1", { temperature: n, motor: { current: n } }, { time: time + n }));
    }
    await eventually(() => assert.equal(source.doneUpTo, 100));
    assert.ok(provider.patches.length <= 3, `${provider.patches.length} patches for 100 messages`);
    assert.equal(await stored("p1", "temperature"), 100);
    assert.deepEqual(await stored("p1", "motor"), { current: 100 });
    const times = (await provider.getTwin("p1"))?.times ?? {};
    assert.deepEqual([times["/temperature"], times["/motor/current"]], [time + 100, time + 100]);
  });

  for (const code of ["UNAVAILABLE", "RATE_LIMITED"] as const) {
    it(`tries again after ${code}, with the newest value`, async () => {
      const { provider, source, stored, letters } = await start();
      provider.failPatches.push(new TwinError(code, "later"), new TwinError(code, "later", { retryAfterMs: 1 }));
      await source.deliver(says("p1", { temperature: 1, starts: 4 }));
      await source.deliver(says("p1", { temperature: 2 }));
      await eventually(() => assert.equal(source.doneUpTo, 2));
      assert.deepEqual([await stored("p1", "temperature"), await stored("p1", "starts")], [2, 4]);
      assert.deepEqual(letters, []);
    });
  }

  it("a throttled twin slows all of them down, and none loses its last value", async () => {
    const { provider, source, stored, writeThrough } = await start();
    provider.failPatches.push(new TwinError("RATE_LIMITED", "slow down", { retryAfterMs: 150 }));
    const asked = performance.now();
    await source.deliver(says("p1", { temperature: 1 }));
    await eventually(() => assert.equal(writeThrough?.counts.throttled, 1));
    await source.deliver(says("p2", { temperature: 2 }));
    await eventually(() => assert.equal(source.doneUpTo, 2));
    assert.ok(performance.now() - asked >= 145, "p2 waited too");
    assert.deepEqual([await stored("p1", "temperature"), await stored("p2", "temperature")], [1, 2]);
    assert.equal(provider.patches.length, 3);
    assert.ok((writeThrough?.rate ?? 200) < 200);
  });

  it("waits for a role that is missing: that says nothing of the value", async () => {
    const { provider, source, stored, letters } = await start();
    provider.failPatches.push(new TwinError("FORBIDDEN", "no role"));
    await source.deliver(says("p1", { temperature: 3 }));
    await eventually(() => assert.equal(source.doneUpTo, 1));
    assert.deepEqual([await stored("p1", "temperature"), letters.length], [3, 0]);
  });

  it("empties no component that somebody else makes at the same moment", async () => {
    const { provider, source, stored } = await start();
    await provider.patchTwin("p1", [{ op: "remove", path: "/motor" }]);
    const read = provider.getTwin.bind(provider);
    provider.getTwin = async (id) => {
      const twin = await read(id);
      provider.getTwin = read;
      await provider.patchTwin(id, [{ op: "add", path: "/motor", value: { $metadata: {}, limit: 9 } }]);
      return twin;
    };
    await source.deliver(says("p1", { motor: { current: 3 } }));
    await eventually(() => assert.equal(source.doneUpTo, 1));
    assert.deepEqual(await stored("p1", "motor"), { limit: 9, current: 3 });
  });

  it("makes a component that the twin was made without", async () => {
    const { provider, source, writeThrough, letters } = await start();
    await provider.patchTwin("p2", [{ op: "remove", path: "/motor" }]);
    await source.deliver(says("p2", { temperature: 4, motor: { current: 5 } }));
    await eventually(() => assert.equal(source.doneUpTo, 1));
    const { properties, times } = (await provider.getTwin("p2")) ?? assert.fail();
    assert.deepEqual([properties["motor"], properties["temperature"], letters], [{ current: 5 }, 4, []]);
    assert.ok((times["/motor/current"] ?? 0) > 0);
    assert.equal(writeThrough?.counts.components, 1);
  });

  it("what is refused for good is buried; the other values of the same patch, and the twin, go on", async () => {
    const { provider, source, stored, letters } = await start();
    provider.refuse = (_id, patch) =>
      patch.some((op) => op.value === 666) ? new TwinError("INVALID_VALUE", "not this one") : undefined;
    await source.deliver(says("p1", { starts: 3 }), says("p1", { temperature: 666 }), says("p1", { running: true }));
    await eventually(() => assert.equal(source.doneUpTo, 3));
    assert.deepEqual([await stored("p1", "starts"), await stored("p1", "running")], [3, true]);
    assert.deepEqual(
      letters.map((l) => l.position.sequence),
      [2],
    );
    assert.match(letters[0]?.reason ?? "", /^\/temperature: INVALID_VALUE: not this one$/);
    await source.deliver(says("p1", { temperature: 22 }));
    await eventually(async () => assert.equal(await stored("p1", "temperature"), 22));
  });

  it("what is refused for good is buried once, though the service throttles in between", async () => {
    const { provider, source, stored, letters, writeThrough } = await start();
    const isBad = (patch: readonly { value?: unknown }[]) => patch.some((op) => op.value === 666);
    let alone = 0;
    provider.refuse = (_id, patch) => {
      if (isBad(patch)) return new TwinError("INVALID_VALUE", "not this one");
      return ++alone === 1 ? new TwinError("RATE_LIMITED", "later") : undefined;
    };
    await source.deliver(says("p1", { temperature: 666, starts: 3 }));
    await eventually(() => assert.equal(source.doneUpTo, 1));
    assert.equal(await stored("p1", "starts"), 3);
    assert.deepEqual([letters.length, writeThrough?.counts.retried], [1, 1]);
  });

  it("a twin that is gone without a word is asked for once, not value by value", async () => {
    const { provider, source, letters } = await start();
    provider.refuse = () => new TwinError("NOT_FOUND", "There is no digital twin p1.");
    await source.deliver(says("p1", { temperature: 1, starts: 3, motor: { current: 4 } }));
    await eventually(() => assert.equal(source.doneUpTo, 1));
    assert.equal(provider.patches.length, 1);
    assert.deepEqual(
      letters.map(({ reason }) => reason.split(":")[0]),
      ["/temperature", "/starts", "/motor/current"],
    );
  });

  it("dead letters that cannot be kept for a while hold the checkpoint up, and neither twin nor server", async () => {
    let isFull = true;
    const bury = () => {
      if (isFull) {
        throw new Error("disk full");
      }
    };
    const { provider, source, stored, letters } = await start({ bury, retryMs: 20 });
    provider.refuse = (_, patch) =>
      patch.some(({ value }) => value === 13) ? new TwinError("INVALID_VALUE", "no") : undefined;
    await source.deliver(says("p1", { starts: 13, temperature: 1 }), says("p2", { temperature: "warm" }));
    await source.deliver(says("p1", { temperature: 2 }));
    await eventually(async () => assert.equal(await stored("p1", "temperature"), 2));
    assert.deepEqual([source.done, letters], [[], []]);
    isFull = false;
    await eventually(() => assert.equal(source.doneUpTo, 3));
    assert.deepEqual(letters.map(({ reason }) => reason.split(":")[0]).sort(), ["/starts", "/temperature"]);
  });

  it("what cannot be kept while a later event of its batch waits for the provider ends no process", async () => {
    const bury = () => {
      throw new Error("disk full");
    };
    const { provider, source, value } = await start({ bury });
    const release = provider.hold("reads");
    const update = { type: "twin.updated" as const, subject: "p1", data: { modelId: "", patch: MODEL_CHANGE } };
    const delivered = source.deliver(says("p1", { starts: "many" }), update, says("p1", { temperature: 3 }));
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", note);
    await new Promise((resolve) => setImmediate(resolve)); // by now a rejection that nobody handles is told
    process.off("unhandledRejection", note);
    release();
    await delivered;
    assert.deepEqual([unhandled, value("p1", "/temperature")], [[], 3]);
    assert.deepEqual(source.done, []);
  });

  it("when not even the dead letters take it, nothing behind it is done", async () => {
    const fail = () => {
      throw new Error("disk full");
    };
    const { provider, source, stored } = await start({ bury: fail });
    provider.refuse = (id) => (id === "p1" ? new TwinError("INVALID_VALUE", "no") : undefined);
    await source.deliver(says("p2", { temperature: 1 }));
    await eventually(() => assert.equal(source.doneUpTo, 1));
    await source.deliver(says("p1", { temperature: 2 }));
    await source.deliver(says("p2", { temperature: 3 }));
    await eventually(async () => assert.equal(await stored("p2", "temperature"), 3));
    assert.equal(source.doneUpTo, 1);
  });

  it("replays and duplicates are done at once and write nothing", async () => {
    const { provider, source, mirror } = await start();
    const event = source.event(says("p1", { temperature: 30 }));
    await source.deliverBatch({ events: [event], undecodable: [] });
    await eventually(() => assert.equal(source.doneUpTo, 1));
    const { revision } = mirror;
    await source.deliverBatch({ events: [event, event], undecodable: [] });
    await eventually(() => assert.equal(source.done.length, 2));
    assert.equal(provider.patches.length, 1);
    assert.equal(mirror.revision, revision);
  });

  it("a redelivered event is not done before its first delivery is", async () => {
    const { provider, source } = await start();
    const release = provider.hold();
    const event = source.event(says("p1", { temperature: 30 }));
    await source.deliverBatch({ events: [event], undecodable: [] });
    await source.deliverBatch({ events: [event], undecodable: [] });
    await eventually(() => assert.equal(provider.patches.length, 1));
    assert.deepEqual(source.done, []);
    release();
    await eventually(() => assert.equal(source.done.length, 2));
  });

  it("does not write back what the provider told later", async () => {
    const { provider, source, stored } = await start();
    const release = provider.hold();
    const now = Date.now();
    await source.deliver(says("p1", { temperature: 1 }, { time: now + 1 }));
    await eventually(() => assert.equal(provider.patches.length, 1));
    await source.deliver(says("p1", { temperature: 2 }, { time: now + 2 }));
    const patch = [{ op: "replace", path: "/temperature", value: 50 }];
    await source.deliver({ type: "twin.updated", subject: "p1", data: { modelId: "", patch }, time: now + 3 });
    release();
    await eventually(() => assert.equal(source.doneUpTo, 3));
    assert.equal(await stored("p1", "temperature"), 1); // the provider's own notification of 50 is the newest
    assert.equal(provider.patches.length, 1);
  });

  it("DTDL Telemetry is shown, never written", async () => {
    const { provider, source, value } = await start();
    await source.deliver(says("p1", { vibration: 0.2, motor: { noise: 60 } }));
    assert.deepEqual([value("p1", "/vibration"), value("p1", "/motor/noise")], [0.2, 60]);
    await eventually(() => assert.equal(source.doneUpTo, 1));
    assert.deepEqual(provider.patches, []);
  });

  describe("echoes of its own writes that come without a source time", () => {
    const echo = (traceparent?: string) => ({
      type: "twin.updated" as const,
      subject: "p1",
      data: { modelId: "", patch: [{ op: "add", path: "/temperature", value: 1 }] },
      ...(traceparent === undefined ? {} : { traceparent }),
    });
    const race = async () => {
      const { source, provider } = await start({ intervalMs: 10_000 });
      const now = Date.now();
      await source.deliver(says("p1", { temperature: 1 }, { time: now }));
      await eventually(() => assert.equal(source.doneUpTo, 1));
      await source.deliver(says("p1", { temperature: 2 }, { time: now + 1 }));
      return { time: now + 2, traceparent: provider.patches[0]?.traceparent };
    };

    it("are recognised by their trace", async () => {
      const { time, traceparent } = await race();
      await plant.source.deliver({ ...echo(traceparent), time });
      assert.equal(plant.value("p1", "/temperature"), 2);
    });

    it("are recognised by their value", async () => {
      const { time } = await race();
      await plant.source.deliver({ ...echo(), time });
      assert.equal(plant.value("p1", "/temperature"), 2);
    });

    it("somebody else's write of that value is none", async () => {
      const { time } = await race();
      await plant.source.deliver({ ...echo(`00-${"a".repeat(32)}-${"b".repeat(16)}-01`), time });
      assert.equal(plant.value("p1", "/temperature"), 1);
    });
  });

  describe("close", () => {
    it("writes what is pending, says done, then closes the source", async () => {
      const { pump, source, stored } = await start({ intervalMs: 50 });
      await source.deliver(says("p1", { temperature: 1 }));
      await source.deliver(says("p1", { temperature: 2 }));
      await pump.close();
      assert.equal(await stored("p1", "temperature"), 2);
      assert.deepEqual([source.doneUpTo, source.closed], [2, true]);
    });

    it("takes nothing more in: it comes again", async () => {
      const { pump, source, value } = await start();
      await pump.close();
      await source.deliver(says("p1", { temperature: 9 }));
      assert.equal(value("p1", "/temperature"), 20);
      assert.deepEqual(source.done, []);
    });

    it("ends although the provider does not; what it did not take is not done", async () => {
      const { pump, source, provider } = await start();
      const release = provider.hold();
      await source.deliver(says("p1", { temperature: 1 }));
      await pump.close({ timeoutMs: 20 });
      assert.deepEqual(source.done, []);
      release();
    });
  });
});
