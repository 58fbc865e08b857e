// The layout on the embedded twin service, over real sockets: kept over a restart of server and service, shared by two.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DigitalTwinsService, startDigitalTwins } from "../../../emulator/adt/index.ts";
import { AzureTwinProvider } from "../../../src/providers/azure/AzureTwinProvider.ts";
import { Placements } from "../../../src/world/Placements.ts";
import { eventually } from "../../support/eventually.ts";
import { silentLog } from "../../support/silentLog.ts";

describe("Placements on the embedded twin service", () => {
  const teardown: (() => Promise<unknown>)[] = [];
  let file: string;
  beforeEach(async () => {
    const directory = await mkdtemp(join(tmpdir(), "placements-"));
    teardown.push(() => rm(directory, { recursive: true }));
    file = join(directory, "twins.db");
  });
  afterEach(async () => {
    for (const close of teardown.splice(0).reverse()) {
      await close();
    }
  });

  async function newService(): Promise<DigitalTwinsService> {
    const service = await startDigitalTwins({ file, publish: async () => undefined });
    let closing: Promise<void> | undefined;
    const close = (): Promise<void> => (closing ??= service.close());
    teardown.push(close);
    return { ...service, close };
  }
  function newPlacements({ url }: DigitalTwinsService): Placements {
    const provider = new AzureTwinProvider({ url, log: silentLog });
    const placements = new Placements({ provider, log: silentLog, clock: Date.now, newId: randomUUID });
    teardown.push(() => placements.close());
    return placements;
  }
  const statuses = (placements: Placements): string[] => [
    ...new Set([...placements.list("hall")].map((p) => p.status)),
  ];

  it("is there after a restart", async () => {
    const service = await newService();
    const placements = newPlacements(service);
    const many = Array.from({ length: 250 }, (_, i) => ({ twinId: `pump-${i}`, x: i, visual: "pump" }));
    const [first, second] = placements.add("hall", many, "Bea");
    assert.ok(first !== undefined && second !== undefined);
    placements.move("hall", [{ placementId: first.id, x: -5, qy: 0.6, qw: 0.8 }], "Bob");
    placements.remove("hall", [second.id], "Bob");
    await placements.close();
    assert.deepEqual(statuses(placements), ["saved"]);
    await service.close();

    const after = newPlacements(await newService());
    await after.load();
    const views = [...after.list("hall")];
    assert.equal(views.length, 249);
    const moved = views.find(({ id }) => id === first.id);
    assert.deepEqual(moved, { ...first, x: -5, qy: 0.6, qw: 0.8, by: "Bob", status: "saved" });
    assert.ok(!views.some(({ id }) => id === second.id));
  });

  it("is shared: two servers write the same layer and lose nothing of each other", async () => {
    const service = await newService();
    const one = newPlacements(service);
    one.add("hall", [{ twinId: "pump-0" }], "Bea");
    await eventually(() => assert.deepEqual(statuses(one), ["saved"]));
    const two = newPlacements(service);
    await two.load();
    for (let i = 1; i <= 20; i++) {
      one.add("hall", [{ twinId: `one-${i}` }], "Bea");
      two.add("hall", [{ twinId: `two-${i}` }], "Bob");
    }
    await Promise.all([one.close(), two.close()]);
    const third = newPlacements(service);
    await third.load();
    assert.equal(new Set([...third.list("hall")].map(({ twinId }) => twinId)).size, 41);
  });
});
