/** Partitions that go from one process to another and come back: nothing old is written over something newer, nothing is lost. */
import assert from "node:assert/strict";
import { TwinError } from "../../../src/errors.ts";
import { eventually } from "../../support/eventually.ts";
import { newPump, says } from "./newPump.ts";

type Plant = Awaited<ReturnType<typeof newPump>>;

describe("EventPump: a partition that changes hands", () => {
  let plant: Plant;
  afterEach(() => plant.pump.close());

  /** p1's first value is being written, the second waits behind it. */
  const newBusyPump = async () => {
    plant = await newPump();
    const release = plant.provider.hold();
    await plant.source.deliver(says("p1", { temperature: 31 }));
    await eventually(() => assert.equal(plant.provider.patches.length, 1));
    const waiting = plant.source.event(says("p1", { temperature: 32 }));
    await plant.source.deliver(waiting);
    return { ...plant, release, waiting };
  };

  it("what waits to be written is dropped when its partition goes: the next owner writes it", async () => {
    const { source, release, writeThrough, stored } = await newBusyPump();
    source.move("elsewhere");
    assert.equal(writeThrough?.waiting, 0);
    release();
    await source.deliverBatch({ events: [says2("p2", 5)], undecodable: [] });
    await eventually(async () => assert.equal(await stored("p2", "temperature"), 5));
    assert.equal(await stored("p1", "temperature"), 31);
  });

  it("a write that failed while its partition went is not repeated", async () => {
    const { source, provider, release, writeThrough } = await newBusyPump();
    provider.failPatches.push(new TwinError("UNAVAILABLE", "away"));
    source.move("elsewhere");
    release();
    await eventually(() => assert.equal(writeThrough?.counts.retried, 1));
    await source.deliverBatch({ events: [says2("p2", 5)], undecodable: [] });
    await eventually(() => assert.equal(provider.patches.at(-1)?.id, "p2"));
    assert.deepEqual([writeThrough?.waiting, provider.patches.length], [0, 2]);
  });

  it("what comes again with its partition is written, although the mirror holds it", async () => {
    const { source, release, waiting, stored, taken } = await newBusyPump();
    source.move("elsewhere");
    release();
    source.move("here");
    assert.equal(taken.count, 1, "the mirror is to be compared with the provider");
    await source.deliverBatch({ events: [waiting], undecodable: [] });
    await eventually(async () => assert.equal(await stored("p1", "temperature"), 32));
    await eventually(() => assert.equal(source.doneUpTo, waiting.position.sequence));
  });

  it("an older value that another process wrote over the device's newer one is put right", async () => {
    plant = await newPump();
    const { source, provider, stored } = plant;
    const time = Date.now();
    await source.deliver(says("p1", { temperature: 40 }, { time }));
    await eventually(async () => assert.equal(await stored("p1", "temperature"), 40));
    const patch = [{ op: "add" as const, path: "/temperature", value: 39 }];
    await provider.patchTwin("p1", patch);
    await source.deliver({
      type: "twin.updated",
      subject: "p1",
      data: { modelId: "", patch },
      time: time - 1000,
      traceparent: "00-1234567890abcdef1234567890abcdef-1234567890abcdef-01",
    });
    await eventually(async () => assert.equal(await stored("p1", "temperature"), 40));
  });

  it("so is an older removal of a newer value, and an older value where the device has none any more", async () => {
    plant = await newPump();
    const { source, provider, stored } = plant;
    const time = Date.now();
    const traceparent = "00-1234567890abcdef1234567890abcdef-1234567890abcdef-01";
    const told = { ...says("p1", {}, { time }), data: { values: { temperature: 40, tags: null }, merge: true } };
    await source.deliver(told);
    await eventually(async () => assert.equal(await stored("p1", "temperature"), 40));
    await eventually(async () => assert.equal(await stored("p1", "tags"), undefined));
    const patch = [
      { op: "remove" as const, path: "/temperature" },
      { op: "add" as const, path: "/tags", value: { a: "1" } },
    ];
    await provider.patchTwin("p1", patch);
    const type = "twin.updated" as const;
    await source.deliver({ type, subject: "p1", data: { modelId: "", patch }, time: time - 1000, traceparent });
    await eventually(async () => assert.equal(await stored("p1", "temperature"), 40));
    await eventually(async () => assert.equal(await stored("p1", "tags"), undefined));
  });

  const says2 = (id: string, temperature: number) =>
    plant.source.event({ ...says(id, { temperature }), position: { partition: "1", sequence: 1, generation: "1" } });
});
