// Which writes reached the twin service, past everything that should have kept them from it.
import { WRITES } from "../../src/control/WriteBudget.ts";
import type { TwinProvider } from "../../src/twins/types.ts";

/** What is given tells the writes since then, by name. */
export function countWrites(provider: TwinProvider): () => readonly string[] {
  const seen: string[] = [];
  for (const name of WRITES) {
    const write = provider[name].bind(provider) as (...given: unknown[]) => unknown;
    const noted = (...given: unknown[]) => {
      seen.push(name);
      return write(...given);
    };
    Object.assign(provider, { [name]: noted });
  }
  return () => seen;
}
