// A root hook: what a suite leaves listening or running would keep the process, or answer the suite after it. Files run in
// parallel, each with root hooks of its own: the failure stands with the file that it is about.
import assert from "node:assert/strict";
import { eventually } from "./eventually.ts";

const KINDS = new Set(["TCPServerWrap", "ProcessWrap", "FSEventWrap", "MessagePort"]);

export const mochaHooks = {
  async afterAll(): Promise<void> {
    await eventually(() => {
      const open = process.getActiveResourcesInfo().filter((kind) => KINDS.has(kind));
      assert.deepEqual(open, [], "left running when the tests were through");
    });
  },
};
