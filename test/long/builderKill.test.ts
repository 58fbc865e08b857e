import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killBuilders } from "../support/killBuilders.ts";
import { endProcesses } from "../support/newProcess.ts";

describe("builders of a server that is killed, at length", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "killed-"));
  after(async () => {
    await endProcesses();
    rmSync(dataDir, { recursive: true });
  });

  it("30 kills during a spawn and a drag leave nothing half done", async () => {
    const survived = await killBuilders(dataDir, { seed: 1, rounds: 30 });
    console.log(`      spawned and there after the kill, of 1,000: ${survived.join(" ")}`);
  });
});
