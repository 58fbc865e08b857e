/**
 * What every TwinEventSource promises, as tests over a world that sends to it: order per partition, one batch at a time,
 * `done` → checkpoint → restart, health, close. Run over each implementation by twinEventSource.test.ts.
 */
import assert from "node:assert/strict";
import type { EventBatch, EventPosition, TelemetryData, TwinEventSource } from "../../src/twins/types.ts";
import { eventually } from "../support/eventually.ts";

export interface SourceWorld {
  /** A source on the same hub and checkpoints: another one is another process. */
  newSource(): TwinEventSource;
  /** Telemetry of a device, `{ n }` each; resolves when the hub has it. */
  send(device: string, numbers: readonly number[]): Promise<void>;
  /** Breaks the link, and keeps it broken until `restore`. */
  cut(): void;
  restore(): void;
  close(): Promise<void>;
}

type Done = (upTo: EventPosition) => void;

interface Reader {
  source: TwinEventSource;
  batches: EventBatch[];
  /** Device → numbers in the order of delivery. */
  got: Map<string, number[]>;
  done: Done[];
}

async function newReader(world: SourceWorld, onBatch: (batch: EventBatch, done: Done) => unknown): Promise<Reader> {
  const reader: Reader = { source: world.newSource(), batches: [], got: new Map(), done: [] };
  await reader.source.start(async (batch, done) => {
    reader.batches.push(batch);
    reader.done.push(done);
    for (const { subject, data } of batch.events) {
      const numbers = reader.got.get(subject) ?? [];
      numbers.push(Number((data as TelemetryData).values["n"]));
      reader.got.set(subject, numbers);
    }
    await onBatch(batch, done);
  });
  return reader;
}

const acknowledge = (batch: EventBatch, done: Done) => done(batch.last);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** Registers the suite; `newWorld` is called before each test. */
export function describeTwinEventSource(name: string, newWorld: () => Promise<SourceWorld>): void {
  describe(`TwinEventSource: ${name}`, () => {
    let world: SourceWorld;
    beforeEach(async () => {
      world = await newWorld();
    });
    afterEach(() => world.close());
    describe("delivery", () => delivery(() => world));
    describe("checkpoints", () => checkpoints(() => world));
    describe("progress", () => progress(() => world));
    describe("health and close", () => healthAndClose(() => world));
  });
}

function delivery(world: () => SourceWorld): void {
  it("delivers each partition's events in order, those from before the start too", async () => {
    await world().send("a", range(0, 50));
    const reader = await newReader(world(), acknowledge);
    await world().send("b", range(0, 700));
    await world().send("a", range(50, 100));
    await eventually(() => {
      assert.deepEqual(reader.got.get("a"), range(0, 100));
      assert.deepEqual(reader.got.get("b"), range(0, 700));
    });
    for (const { events, last } of reader.batches) {
      assert.ok(
        events.every(({ position }) => position.partition === last.partition && position.sequence <= last.sequence),
      );
    }
  });

  it("gives the next batch of a partition when the handler is through, and goes on with the others meanwhile", async () => {
    const held = Promise.withResolvers<void>();
    let holding: string | undefined;
    const reader = await newReader(world(), async (batch, done) => {
      holding ??= batch.last.partition;
      if (batch.last.partition === holding) await held.promise;
      done(batch.last);
    });
    const delivered = (isHeld: boolean) =>
      reader.batches.filter(({ last }) => (last.partition === holding) === isHeld).length;
    await world().send("a", [0]);
    await eventually(() => assert.equal(delivered(true), 1));
    await world().send("a", range(1, 20));
    for (const device of ["b", "c", "d", "e", "f", "g"]) await world().send(device, [0]);
    await eventually(() => assert.ok(delivered(false) > 0));
    assert.equal(delivered(true), 1);
    held.resolve();
    await eventually(() => assert.deepEqual(reader.got.get("a"), range(0, 20)));
  });

  it("tells what an event is, where it stands, and when", async () => {
    const reader = await newReader(world(), acknowledge);
    await world().send("a", [1]);
    const [event] = await eventually(() => {
      assert.ok(reader.batches[0]);
      return reader.batches[0].events;
    });
    assert.equal(event?.type, "telemetry.received");
    assert.ok(event.id.length > 0 && event.source.length > 0 && event.position.generation.length > 0);
    for (const time of [event.time, event.enqueuedAt, event.receivedAt]) {
      assert.ok(Math.abs(time - Date.now()) < 60_000, String(time));
    }
  });
}

function progress(world: () => SourceWorld): void {
  it("tells how far it is: what was handed over, what is done, what waits in the hub", async () => {
    await world().send("a", range(0, 10));
    let acknowledged: (() => void) | undefined;
    const reader = await newReader(world(), (batch, done) => {
      acknowledged = () => done(batch.last);
    });
    const { source } = reader;
    assert.ok(source.partitions);
    await eventually(() => assert.deepEqual(reader.got.get("a"), range(0, 10)));
    const busy = () => source.partitions?.().find((p) => p.sequence >= 0) ?? assert.fail("no partition");
    const { sequence, done, enqueuedAt = 0 } = busy();
    assert.ok(done < sequence);
    assert.ok(Math.abs(enqueuedAt - Date.now()) < 60_000);
    await eventually(() => assert.equal(busy().lastEnqueued, sequence));
    acknowledged?.();
    assert.equal(busy().done, sequence);
    await source.close();
    assert.deepEqual(source.partitions(), []);
  });
}

function checkpoints(world: () => SourceWorld): void {
  it("goes on after a restart behind what was done, and delivers again what was not", async () => {
    await world().send("a", range(0, 10));
    const first = await newReader(world(), acknowledge);
    await eventually(() => assert.deepEqual(first.got.get("a"), range(0, 10)));
    await first.source.close();

    await world().send("a", range(10, 20));
    const forgetful = await newReader(world(), () => {});
    await eventually(() => assert.deepEqual(forgetful.got.get("a"), range(10, 20)));
    await forgetful.source.close();

    const third = await newReader(world(), acknowledge);
    await eventually(() => assert.deepEqual(third.got.get("a"), range(10, 20)));
    await third.source.close();
  });

  it("takes a done in the middle of a batch, and an older one changes nothing", async () => {
    await world().send("a", range(0, 10));
    const first = await newReader(world(), () => {});
    await eventually(() => assert.deepEqual(first.got.get("a"), range(0, 10)));
    const positions = first.batches.flatMap(({ events }) => events.map(({ position }) => position));
    for (const index of [6, 2]) {
      const position = positions[index];
      assert.ok(position);
      first.done.at(-1)?.(position);
    }
    await first.source.close();
    const second = await newReader(world(), acknowledge);
    await eventually(() => assert.deepEqual(second.got.get("a"), range(7, 10)));
    await second.source.close();
  });

  it("loses nothing that was sent while nobody read", async () => {
    const first = await newReader(world(), acknowledge);
    await first.source.close();
    await world().send("a", range(0, 5));
    const second = await newReader(world(), acknowledge);
    await eventually(() => assert.deepEqual(second.got.get("a"), range(0, 5)));
  });
}

function healthAndClose(world: () => SourceWorld): void {
  it("tells when the link breaks and when it is back, and loses nothing", async () => {
    const reader = await newReader(world(), acknowledge);
    const seen: boolean[] = [];
    await eventually(() => assert.equal(reader.source.health().connected, true));
    reader.source.onHealth(({ connected }) => seen.push(connected));
    await world().send("a", range(0, 3));
    await eventually(() => assert.deepEqual(reader.got.get("a"), range(0, 3)));

    world().cut();
    await eventually(() => assert.equal(reader.source.health().connected, false), { timeoutMs: 6000 });
    assert.ok((reader.source.health().reason ?? "").length > 0);
    assert.ok(Math.abs(reader.source.health().since - Date.now()) < 2000);

    world().restore();
    await eventually(() => assert.equal(reader.source.health().connected, true), { timeoutMs: 3500 });
    await world().send("a", range(3, 6));
    await eventually(() => assert.deepEqual(reader.got.get("a"), range(0, 6)));
    assert.deepEqual(seen, [false, true]);
  }).timeout(20_000);

  it("calls no handler after close, and can be closed twice", async () => {
    const reader = await newReader(world(), acknowledge);
    await world().send("a", [1]);
    await eventually(() => assert.deepEqual(reader.got.get("a"), [1]));
    await reader.source.close();
    await reader.source.close();
    const { length } = reader.batches;
    await world().send("a", [2]);
    const next = await newReader(world(), acknowledge);
    await eventually(() => assert.deepEqual(next.got.get("a"), [2]));
    assert.equal(reader.batches.length, length);
    assert.equal(reader.source.health().connected, false);
  });
}
