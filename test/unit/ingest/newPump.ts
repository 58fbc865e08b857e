import { EventPump } from "../../../src/ingest/EventPump.ts";
import { LetterBox } from "../../../src/ingest/LetterBox.ts";
import type { MessageRules } from "../../../src/ingest/mapping/MessageRules.ts";
import { WriteThrough } from "../../../src/ingest/WriteThrough.ts";
import { ModelCatalog } from "../../../src/twins/ModelCatalog.ts";
import { TwinMirror } from "../../../src/twins/TwinMirror.ts";
import type { Log, TwinEvent } from "../../../src/twins/types.ts";
import { newGatedProvider } from "../../support/GatedProvider.ts";
import { MODELS } from "../../support/hall.ts";
import { MemorySource } from "../../support/MemorySource.ts";
import { silentLog } from "../../support/silentLog.ts";

interface PumpOptions {
  writeThrough?: boolean;
  intervalMs?: number;
  rules?: () => MessageRules;
  /** What the dead letters do; default: they keep it. */
  bury?: (letter: { reason: string }) => void;
  doubtModels?: () => void;
  /** A box before the dead letters, as in the server, that tries again after so long. */
  retryMs?: number;
}

/** A pump over the hall, with write-through, its mirror loaded, one source attached. */
export async function newPump(options: PumpOptions = {}) {
  const catalog = new ModelCatalog({ log: silentLog });
  catalog.add(MODELS.map((model) => ({ id: model["@id"], model })));
  const mirror = new TwinMirror(() => catalog.graph);
  const provider = await newGatedProvider();
  for await (const twin of provider.listTwins()) {
    mirror.upsertTwin(twin, Date.now());
  }
  for await (const r of provider.listRelationships()) {
    mirror.upsertRelationship(r);
  }
  const { retryMs } = options;
  const letters: { reason: string; position: TwinEvent["position"]; raw: Uint8Array }[] = [];
  const kept = {
    add(letter: (typeof letters)[number]) {
      options.bury?.(letter);
      letters.push(letter);
    },
  };
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (o, message) => warnings.push(`${message} ${JSON.stringify(o)}`) };
  const box =
    retryMs === undefined
      ? undefined
      : new LetterBox({ store: { addAll: (all) => all.forEach(kept.add) }, log, retryMs });
  const deadLetters = box ?? kept;
  const { intervalMs = 1 } = options;
  const written = { provider, mirror, deadLetters, log, clock: Date.now, intervalMs, backoffMs: 1 };
  const writeThrough = options.writeThrough === false ? undefined : new WriteThrough(written);
  const observed: TwinEvent[] = [];
  const taken = { count: 0 };
  const pump = new EventPump({
    mirror,
    models: () => catalog.graph,
    provider,
    deadLetters,
    log,
    clock: Date.now,
    learnModel: async () => undefined,
    observe: (event) => observed.push(event),
    taken: () => taken.count++,
    ...(writeThrough ? { writeThrough } : {}),
    ...(options.rules ? { rules: options.rules } : {}),
    ...(options.doubtModels ? { doubtModels: options.doubtModels } : {}),
  });
  const source = new MemorySource();
  await pump.attach(source);
  const value = (id: string, path: string) => mirror.get(id)?.values.get(path)?.value;
  const stored = async (id: string, name: string) => (await provider.getTwin(id))?.properties[name];
  return {
    log,
    pump,
    writeThrough,
    catalog,
    mirror,
    provider,
    source,
    letters,
    warnings,
    observed,
    taken,
    value,
    stored,
  };
}

/** A device's message. */
export const says = (subject: string, values: Record<string, unknown>, more: Partial<TwinEvent> = {}) => ({
  type: "telemetry.received" as const,
  subject,
  data: { values },
  ...more,
});
