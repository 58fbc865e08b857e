/**
 * Makes MapSchema take any key. Schema 5 looks keys up in a plain object, where `__proto__`, `constructor`, `toString` … are
 * always found: such a key, which a client invents as an operationId or somebody gives to a twin, ends the process when the
 * room's next patch is encoded. Called by TwinSchemas, once for the process.
 */
import { MapSchema } from "@colyseus/schema";

/** Part of Schema's MapJournal, which it does not export. */
interface Journal {
  indexByKey: Record<string, number>;
  indexOf(key: string): number | undefined;
  assign(key: string): number;
}
const SAFE = Symbol("map keys are safe");

export function keepMapKeysSafe(): void {
  const { journal } = new MapSchema() as unknown as { journal: Journal };
  const methods = Object.getPrototypeOf(journal) as Journal & { [SAFE]?: true };
  if (methods[SAFE]) {
    return;
  }
  methods[SAFE] = true;
  for (const name of ["indexOf", "assign"] as const) {
    const original = methods[name];
    methods[name] = function (this: Journal, key: string): number {
      if (Object.getPrototypeOf(this.indexByKey) !== null) {
        this.indexByKey = Object.assign(Object.create(null) as Journal["indexByKey"], this.indexByKey);
      }
      return original.call(this, key) as number;
    };
  }
}
