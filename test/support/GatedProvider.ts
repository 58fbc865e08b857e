// A twin service in memory that a test can hold up or let fail.
import { MemoryTwinProvider } from "../../src/providers/memory/MemoryTwinProvider.ts";
import type { JsonPatchOp, Twin } from "../../src/twins/types.ts";
import { MODELS, RELATIONSHIPS, TWINS } from "./hall.ts";

type PatchOptions = Parameters<MemoryTwinProvider["patchTwin"]>[2];

export class GatedProvider extends MemoryTwinProvider {
  /** Thrown by the next patches, one each. */
  readonly failPatches: Error[] = [];
  /** Thrown by the next reads of a twin, one each. */
  readonly failReads: Error[] = [];
  /** Refuses a patch for good. */
  refuse: ((id: string, patch: readonly JsonPatchOp[]) => Error | undefined) | undefined;
  readonly patches: { id: string; patch: readonly JsonPatchOp[]; traceparent: string | undefined }[] = [];
  reads = 0;
  readonly #gates: { patches?: Promise<void>; reads?: Promise<void> } = {};

  /** Until the returned function is called, patches wait, or reads of a twin. */
  hold(what: "patches" | "reads" = "patches"): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gates[what] = promise;
    return () => {
      delete this.#gates[what];
      resolve();
    };
  }

  override async patchTwin(id: string, patch: readonly JsonPatchOp[], o: PatchOptions = {}): Promise<{ etag: string }> {
    this.patches.push({ id, patch, traceparent: o.traceparent });
    await this.#gates.patches;
    const error = this.failPatches.shift() ?? this.refuse?.(id, patch);
    if (error) {
      throw error;
    }
    return super.patchTwin(id, patch, o);
  }

  override async getTwin(id: string): Promise<Twin | undefined> {
    this.reads++;
    await this.#gates.reads;
    const error = this.failReads.shift();
    if (error) {
      throw error;
    }
    return super.getTwin(id);
  }
}

/** With the hall of hall.ts in it. */
export async function newGatedProvider(
  options: ConstructorParameters<typeof GatedProvider>[0] = {},
): Promise<GatedProvider> {
  const isComponent = (modelId: string, name: string) => modelId.startsWith("dtmi:test:Pump") && name === "motor";
  const provider = new GatedProvider({ models: MODELS, isComponent, ...options });
  for (const twin of TWINS) {
    await provider.putTwin(twin);
  }
  for (const r of RELATIONSHIPS) {
    await provider.putRelationship(r);
  }
  return provider;
}
