/** Two processes of one consumer group on one checkpoint store: who has which partition, and who is told when that changes. */
import assert from "node:assert/strict";
import { EventHubSource } from "../../../src/providers/azure/EventHubSource.ts";
import { Store } from "../../../src/store/Store.ts";
import type { PartitionMove } from "../../../src/twins/types.ts";
import { eventually } from "../../support/eventually.ts";
import { silentLog } from "../../support/silentLog.ts";
import { closeAll, HUB, newHubs, onClose } from "./support.ts";

describe("EventHubSource beside another one", () => {
  afterEach(closeAll);

  it("shares the partitions, tells what goes and comes, and takes all back when the other ends", async () => {
    const { connectionString } = await newHubs();
    const store = Store.open();
    onClose(async () => store.close());
    const newSource = async () => {
      const about = { connectionString, eventHubName: HUB, checkpointStore: store.checkpoints, log: silentLog };
      const source = new EventHubSource(about);
      onClose(() => source.close());
      const moves: PartitionMove[] = [];
      source.onMove((move) => moves.push(move));
      await source.start(async (batch, done) => done(batch.last));
      return { source, moves, partitions: () => source.partitions().map(({ partition }) => partition) };
    };
    const first = await newSource();
    await eventually(() => assert.equal(first.partitions().length, 4));
    assert.deepEqual(first.moves, [], "nobody had them before");

    const second = await newSource();
    await eventually(() => assert.deepEqual([first.partitions().length, second.partitions().length], [2, 2]));
    const gone = first.moves.map(({ to, partition }) => `${to} ${partition}`);
    assert.deepEqual(
      gone.toSorted(),
      second
        .partitions()
        .map((partition) => `elsewhere ${partition}`)
        .toSorted(),
    );
    assert.deepEqual(
      second.moves.map(({ to }) => to),
      ["here", "here"],
    );

    await second.source.close();
    await eventually(() => assert.equal(first.partitions().length, 4));
    assert.deepEqual(
      first.moves.slice(2).map(({ to }) => to),
      ["here", "here"],
    );
  });
});
