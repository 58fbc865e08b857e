/** EventHubSource on the embedded broker: the traps of the SDK, each with the cure it must have. */
import assert from "node:assert/strict";
import { type EventHubsEndpoint, startEventHubs } from "../../../emulator/eventhubs/index.ts";
import { EventHubSource, type EventHubSourceOptions } from "../../../src/providers/azure/EventHubSource.ts";
import type { EventHandler } from "../../../src/providers/azure/PartitionFeed.ts";
import { Store } from "../../../src/store/Store.ts";
import type { EventBatch, Log, TelemetryData, TwinEvent } from "../../../src/twins/types.ts";
import { eventually } from "../../support/eventually.ts";
import { CountingProxy } from "./CountingProxy.ts";
import { closeAll, HUB, newHubs, onClose } from "./support.ts";

type Line = { level: string; message: string } & Record<string, unknown>;

function newLog(): { log: Log; lines: Line[] } {
  const lines: Line[] = [];
  const at = (level: string) => (about: object, message: string) => {
    lines.push({ ...about, level, message });
  };
  return { log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") }, lines };
}

function newStore(): Store {
  const store = Store.open();
  onClose(async () => store.close());
  return store;
}

interface Running {
  source: EventHubSource;
  batches: EventBatch[];
  lines: Line[];
  numbers: () => number[];
}

async function newSource(
  address: { connectionString: string },
  handler: EventHandler = async (batch, done) => done(batch.last),
  options: Partial<EventHubSourceOptions> = {},
): Promise<Running> {
  const { log, lines } = newLog();
  const { connectionString } = address;
  const checkpointStore = options.checkpointStore ?? newStore().checkpoints;
  const source = new EventHubSource({ connectionString, eventHubName: HUB, log, ...options, checkpointStore });
  onClose(() => source.close());
  const batches: EventBatch[] = [];
  await source.start(async (batch, done) => {
    batches.push(batch);
    await handler(batch, done);
  });
  const numbers = () =>
    batches.flatMap(({ events }) => events.map(({ data }) => Number((data as TelemetryData).values["n"])));
  return { source, batches, lines, numbers };
}

function send(hubs: EventHubsEndpoint, from: number, to: number, device = "a"): Promise<void> {
  const bodies = Array.from({ length: to - from }, (_, i) => JSON.stringify({ n: from + i }));
  return sendBodies(hubs, bodies, device);
}

function sendBodies(hubs: EventHubsEndpoint, bodies: readonly string[], device = "a"): Promise<void> {
  const annotations = { "iothub-connection-device-id": device };
  return hubs.append(
    HUB,
    bodies.map((body) => ({ body: Buffer.from(body), partitionKey: device, annotations })),
  );
}

const isTold =
  (n: number) =>
  ({ data }: TwinEvent) =>
    (data as TelemetryData).values["n"] === n;
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe("EventHubSource and its handler", () => {
  afterEach(closeAll);

  it("hands over what cannot be decoded, with its bytes and the reason, and goes on", async () => {
    const hubs = await newHubs();
    const running = await newSource(hubs);
    await sendBodies(hubs, ['{"n":0}', "no json", "[1,  2]", '{"n":1}']);
    await eventually(() => assert.deepEqual(running.numbers(), [0, 1]));
    const [bad, array] = running.batches.flatMap(({ undecodable }) => undecodable);
    assert.equal(Buffer.from(array?.raw ?? []).toString(), "[1,  2]", "as it was sent, not as the SDK would parse it");
    assert.equal(Buffer.from(bad?.raw ?? []).toString(), "no json");
    assert.match(bad?.reason ?? "", /not JSON/);
    assert.equal(bad?.position.sequence, 1);
    assert.equal(running.batches.at(-1)?.last.sequence, 3);
  });

  it("loses nothing when a handler throws an error that the SDK would take for its own", async () => {
    const hubs = await newHubs();
    const checkpointStore = newStore().checkpoints;
    let thrown = 0;
    const failing: EventHandler = async () => {
      thrown++;
      throw Object.assign(new Error("handler"), { retryable: true });
    };
    const first = await newSource(hubs, failing, { checkpointStore });
    await send(hubs, 0, 5);
    await eventually(() => assert.ok(thrown > 0));
    await send(hubs, 5, 10);
    await eventually(() => assert.deepEqual(first.numbers(), range(0, 10)));
    assert.ok(first.lines.some(({ level }) => level === "error"));
    await first.source.close();
    const second = await newSource(hubs, undefined, { checkpointStore });
    await eventually(() => assert.deepEqual(second.numbers(), range(0, 10)));
  });

  it("reports a stuck handler, and closes in time all the same", async () => {
    const hubs = await newHubs();
    const running = await newSource(hubs, () => new Promise(() => {}), { handlerLimitMs: 50 });
    await send(hubs, 0, 1);
    await eventually(() => assert.ok(running.lines.some(({ message }) => /stuck/.test(message))));
    const began = performance.now();
    await running.source.close();
    assert.ok(performance.now() - began < 3500);
  });

  // Without boundCredit each receive adds the whole prefetch again: the broker saw 2,400 and more after the second.
  it("never grants the hub more credit than its prefetch, however often it receives", async () => {
    const hubs = await newHubs({ hubs: { [HUB]: { partitions: 1 } } });
    const running = await newSource(hubs);
    for (let n = 0; n < 20; n++) {
      await send(hubs, n, n + 1);
      await eventually(() => assert.equal(running.numbers().length, n + 1));
      for (const { credit } of hubs.readers()) assert.ok(credit <= 1200, `${credit} after ${n + 1} receives`);
    }
    await eventually(() => assert.deepEqual(hubs.readers(), [{ partition: "0", group: "$default", credit: 1200 }]));
  });

  it("holds the hub back when the handler is slow, instead of filling memory", async () => {
    const hubs = await newHubs();
    let release = () => {};
    const running = await newSource(hubs, () => new Promise((resolve) => (release = resolve)));
    await send(hubs, 0, 3000);
    await eventually(() => assert.equal(running.batches.length, 1));
    assert.ok((running.batches[0]?.events.length ?? 0) <= 300);
    release();
    await eventually(() => assert.equal(running.batches.length, 2));
    release();
  });
});

describe("EventHubSource and how far it is", function () {
  this.timeout(30_000); // three starts, and the hub is asked every 2 s
  afterEach(closeAll);

  const newReader = async (hubs: EventHubsEndpoint, options: Partial<EventHubSourceOptions>) => {
    const running = await newSource(hubs, undefined, options);
    const lag = () =>
      running.source.partitions().map(({ sequence, done, lastEnqueued }) => [sequence, done, lastEnqueued]);
    return { ...running, lag };
  };

  it("nothing is behind after a start that finds nothing new, nor where retention took all that was not read", async () => {
    const hubs = await newHubs({ hubs: { [HUB]: { partitions: 1 } } });
    const { checkpoints: checkpointStore } = newStore();
    await send(hubs, 0, 50);
    const first = await newReader(hubs, { checkpointStore });
    await eventually(() => assert.deepEqual(first.lag(), [[49, 49, 49]]));
    await first.source.close();
    const second = await newReader(hubs, { checkpointStore });
    await eventually(() => assert.deepEqual(second.lag(), [[49, 49, 49]]));
    await second.source.close();
    await send(hubs, 50, 60);
    hubs.faults.expire(HUB, "0");
    const third = await newReader(hubs, { checkpointStore });
    await eventually(() => assert.deepEqual(third.lag(), [[59, 59, 59]]));
    await send(hubs, 60, 61);
    await eventually(() => assert.deepEqual(third.lag(), [[60, 60, 60]]));
    assert.deepEqual(third.numbers(), [60]);
  });

  it("nor is what was there before a reader that begins at the end", async () => {
    const hubs = await newHubs({ hubs: { [HUB]: { partitions: 1 } } });
    await send(hubs, 0, 50);
    const { lag } = await newReader(hubs, { startPosition: "latest" });
    await eventually(() => assert.deepEqual(lag(), [[49, 49, 49]]));
  });
});

describe("EventHubSource and its link", () => {
  afterEach(closeAll);

  // The first cut falls into the SDK's start, after which it would sleep for 30 s.
  it("loses nothing and keeps order over cuts while events flow", async () => {
    const hubs = await newHubs();
    const running = await newSource(hubs);
    await eventually(() => assert.ok(running.source.health().connected));
    for (let n = 0; n < 2000; n += 100) {
      await send(hubs, n, n + 100);
      if (n % 800 === 400) hubs.cut();
      await eventually(() => assert.ok(running.batches.length > 0));
    }
    await eventually(() => assert.equal(new Set(running.numbers()).size, 2000));
    assert.deepEqual([...new Set(running.numbers())], range(0, 2000));
  });

  it("starts without a hub, says so, and connects when there is one", async () => {
    const gone = await startEventHubs({ hubs: { [HUB]: { partitions: 1 } } });
    await gone.close();
    const running = await newSource(gone);
    assert.equal(running.source.health().connected, false);
    const hubs = await newHubs({ port: gone.port });
    await send(hubs, 0, 3);
    await eventually(() => assert.deepEqual(running.numbers(), [0, 1, 2]));
    assert.equal(running.source.health().connected, true);
    await running.source.close();
  });

  it("tells why it is refused", async () => {
    const hubs = await newHubs();
    const wrong = hubs.connectionString.replace("SharedAccessKey=local", "SharedAccessKey=wrong");
    const running = await newSource({ connectionString: wrong });
    await eventually(() => assert.match(running.source.health().reason ?? "", /signature/i));
  });

  it("begins anew when the hub was created anew under the same name", async () => {
    const first = await startEventHubs({ hubs: { [HUB]: { partitions: 1 } } });
    const running = await newSource(first);
    await send(first, 0, 50);
    await eventually(() => assert.deepEqual(running.numbers(), range(0, 50)));
    await first.close();
    const second = await newHubs({ port: first.port, hubs: { [HUB]: { partitions: 1 } } });
    await send(second, 100, 105);
    await eventually(() => assert.deepEqual(running.numbers().slice(50), range(100, 105)), { timeoutMs: 9000 });
    assert.equal(new Set(running.batches.map(({ last }) => last.generation)).size, 2);
    await running.source.close();
  }).timeout(30_000);

  it("closes in time at any moment of its opening", async () => {
    const hubs = await newHubs();
    for (const answers of [0, 1, 4, 8, 12, 16, 24]) {
      const proxy = await CountingProxy.start(hubs);
      const running = await newSource({ connectionString: proxy.connectionString(hubs) });
      await eventually(() => assert.ok(proxy.answered >= answers), { intervalMs: 1 });
      await running.source.close();
      assert.equal(running.lines.filter(({ message }) => /too long/.test(message)).length, 0, `${answers} answers`);
    }
  });

  // Without a cure it took the expiry of the ownership (14 s) or a time-out of the AMQP client (62 s), by the moment.
  it("reads all partitions again soon after connections ended with FIN, at whatever moment of being made anew", async () => {
    const moments = [...[2, 5, 7, 8, 9, 10, 11, 12, 7, 8, 9, 10, 11, 12].entries()];
    const groups = moments.map(([n]) => `group-${n}`);
    const hubs = await newHubs({ hubs: { [HUB]: { partitions: 4, consumerGroups: groups } } });
    const toAll = (n: number) =>
      Promise.all(["a", "b", "c", "d", "e", "f"].map((device) => send(hubs, n, n + 1, device)));
    await Promise.all(
      moments.map(async ([n, answers]) => {
        const proxy = await CountingProxy.start(hubs);
        const connectionString = proxy.connectionString(hubs);
        const running = await newSource({ connectionString }, undefined, { consumerGroup: `group-${n}` });
        const partitions = () => running.source.partitions().length;
        await eventually(() => assert.equal(partitions(), 4));
        proxy.end(4, answers);
        await toAll(n);
        const got = () =>
          new Set(running.batches.flatMap(({ events }) => events.filter(isTold(n)).map((e) => e.subject)));
        await eventually(() => assert.equal(got().size, 6, `ended after ${answers} answers`), { timeoutMs: 20_000 });
      }),
    );
  }).timeout(30_000);

  it("says that the consumer group is missing and what to do, and reads once there is one", async () => {
    const without = await startEventHubs({ hubs: { [HUB]: { partitions: 2 } } });
    const running = await newSource(without, undefined, { consumerGroup: "game" });
    const { source, lines } = running;
    await eventually(() => assert.match(source.health().reason ?? "", /no consumer group game.*AZURE_EVENTHUBS/));
    await eventually(() => assert.ok(lines.filter(({ err }) => err !== undefined).length > 0));
    assert.equal(source.health().connected, false);
    await without.close();
    const hubs = await newHubs({ port: without.port });
    await send(hubs, 0, 3);
    await eventually(() => assert.deepEqual(running.numbers(), [0, 1, 2]), { timeoutMs: 9000 });
    await eventually(() => assert.equal(source.health().connected, true), { timeoutMs: 12_000 });
    await source.close();
  }).timeout(25_000);
});
