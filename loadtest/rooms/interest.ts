/**
 * What views cost beside the sends: 500 clients, each seeing about 200 of N twins, the same twins for the ready-made design
 * (encoded once per cell) and for Colyseus' own way, one StateView per client. In processes without sockets (viewScene.ts), on
 * the CPU's clock. Called by ../rooms.ts.
 */
import type { BenchRow } from "../bench.ts";
import { percentile } from "../percentile.ts";
import type { SceneDo } from "./messages.ts";
import { Processes, type Scene } from "./processes.ts";

const CLIENTS = 500;
/** Runs before any is counted, on either side; no longer than that. */
const WARM_UP = 1200;
const WARM_UP_MS = 2000;
const ROUNDS = 60;
/** Of one side, before the other's turn. */
const IN_A_ROW = 5;

export async function interest(): Promise<BenchRow[]> {
  const processes = new Processes();
  try {
    const middle = { ours: await processes.scene(10_000, "cells"), stock: await processes.scene(10_000, "views") };
    const large = { ours: await processes.scene(100_000, "cells"), stock: await processes.scene(100_000, "views") };
    const small = await processes.scene(1000, "cells");
    const what = (n: string, share: string) =>
      `${CLIENTS} clients × ~200 of ${n} twins, ${share} changing: CPU per patch`;
    const patches = ({ ours, stock }: { ours: Scene; stock: Scene }, share: number) =>
      compared(ours, stock, { do: "patch", share });
    return [
      row(what("10k", "1 %"), await patches(middle, 0.01), 1 / 3),
      row(what("10k", "10 %"), await patches(middle, 0.1), 1 / 3),
      row(what("100k", "1 %"), await patches(large, 0.01), 1 / 8),
      row(
        "a join, 200 of 100k twins",
        await compared(large.ours, small, { do: "join", share: 0 }),
        3,
        "the same in a world of 1k",
      ),
    ];
  } finally {
    processes.close();
  }
}

function row(name: string, [value, peerValue]: Compared, most: number, peer = "one StateView per client"): BenchRow {
  const ratio = value / peerValue;
  const goal = `≤ ${Number(most.toPrecision(3))} × peer`;
  return { name, value, unit: "ms", peer, peerValue, ratio, goal, ok: ratio <= most };
}

type Compared = readonly [ours: number, peers: number];

/**
 * ms of CPU, the median of each. They take turns, so that both meet the same machine, once the engine has compiled what
 * runs: as in a server that has been up for a minute.
 */
async function compared(ours: Scene, peers: Scene, task: Pick<SceneDo, "do" | "share">): Promise<Compared> {
  await ours({ ...task, times: WARM_UP, warmUpMs: WARM_UP_MS });
  await peers({ ...task, times: WARM_UP, warmUpMs: WARM_UP_MS });
  const [mine, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    mine.push(...(await ours({ ...task, times: IN_A_ROW })));
    theirs.push(...(await peers({ ...task, times: IN_A_ROW })));
  }
  return [percentile(mine, 0.5), percentile(theirs, 0.5)];
}
