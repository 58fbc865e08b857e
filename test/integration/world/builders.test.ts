// A few seeds of test/long/builders.long.ts.
import { runSequences } from "../../support/builderModel.ts";

describe("builders together", () => {
  it("room, twin service and oracle agree after whatever they do, undo and redo included", async function () {
    this.timeout(30_000);
    await runSequences({ from: 1, count: 40, atOnce: 40 });
  });
});
