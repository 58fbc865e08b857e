import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Store } from "../../src/store/Store.ts";
import { describeCheckpointStore } from "./checkpointStore.ts";

describeCheckpointStore("SQLite", async () => {
  const folder = mkdtempSync(join(tmpdir(), "checkpoints-"));
  const stores: Store[] = [];
  return {
    open() {
      const store = Store.open({ file: join(folder, "store.sqlite") });
      stores.push(store);
      return store.checkpoints;
    },
    async close() {
      for (const store of stores) {
        store.close();
      }
      rmSync(folder, { recursive: true });
    },
  };
});
