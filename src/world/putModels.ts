/** Stores models of ours: one by one, since where one of them is there already the others may still be missing. */
import { toTwinError } from "../errors.ts";
import type { TwinProvider } from "../twins/types.ts";

export async function putModels(provider: Pick<TwinProvider, "putModels">, models: readonly object[]): Promise<void> {
  for (const model of models) {
    try {
      await provider.putModels([model]);
    } catch (error) {
      if (toTwinError(error).code !== "CONFLICT") {
        throw error;
      }
    }
  }
}
