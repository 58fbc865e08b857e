// 10,000 sequences of several builders' actions, with undo and redo: room, twin service and oracle agree in the end.
import { runSequences } from "../support/builderModel.ts";

describe("builders together, at length", () => {
  it("10,000 sequences", () => runSequences({ from: 1000, count: 10_000, atOnce: 250 }));
});
