import { newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { converge } from "./converge.ts";
import { hasRoles, type Mode, RESTRICTED } from "./convergeModes.ts";

/** Runs the model for these seeds; the first that fails is named. */
export async function runSeeds(mode: Mode, from: number, count: number): Promise<void> {
  for (let seed = from; seed < from + count; seed++) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const restricted = hasRoles(mode) ? { restricted: RESTRICTED } : {};
    const twins = await newMemoryTwins({ ...restricted, beforeLoad: () => promise });
    const load = () => {
      resolve();
      return twins.ready;
    };
    try {
      await converge(twins.services, seed, mode, load);
    } catch (error) {
      throw new Error(`seed ${seed}, ${mode}: ${(error as Error).message}`, { cause: error });
    } finally {
      await load();
      await twins.close();
    }
  }
}
