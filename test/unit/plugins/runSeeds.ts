import { TypeContext } from "@colyseus/schema";
import { newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { converge, type Mode, RESTRICTED } from "./converge.ts";

const CLASSES: readonly Map<unknown, unknown>[] = [TypeContext.cachedContexts, TypeContext.inheritedTypes];
/** Those of this process's modules: made before the first run. */
const KEPT = CLASSES.map((map) => map.size);

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
      forgetClasses();
    }
  }
}

/** Colyseus keeps the classes that each decoder makes for as long as the process lives: 0.4 MB a run. */
function forgetClasses(): void {
  for (const [i, map] of CLASSES.entries()) {
    for (const Class of [...map.keys()].slice(KEPT[i])) {
      map.delete(Class);
    }
  }
}
