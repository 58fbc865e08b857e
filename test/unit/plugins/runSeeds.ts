import { newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { converge, type Mode, RESTRICTED } from "./converge.ts";

/** Runs the model for these seeds; the first that fails is named. */
export async function runSeeds(mode: Mode, from: number, count: number): Promise<void> {
  for (let seed = from; seed < from + count; seed++) {
    const twins = await newMemoryTwins(mode.toLowerCase().includes("roles") ? { restricted: RESTRICTED } : {});
    await twins.ready;
    try {
      await converge(twins.services, seed, mode);
    } catch (error) {
      throw new Error(`seed ${seed}, ${mode}: ${(error as Error).message}`, { cause: error });
    } finally {
      await twins.close();
    }
  }
}
