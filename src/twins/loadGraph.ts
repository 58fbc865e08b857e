/**
 * Brings models, twins and relationships from the provider into this process. Models before the server listens, twins
 * after it: rooms open at once with `status: "loading"` (invariant 8). Called by app.ts.
 */
import type { CloudLink } from "./CloudLink.ts";
import { isSameModel } from "./isSameModel.ts";
import type { ModelCatalog } from "./ModelCatalog.ts";
import type { TwinMirror } from "./TwinMirror.ts";
import type { Clock, Log, StoredModel, TwinProvider } from "./types.ts";

/** Where models are kept between runs, so that the server can start while the cloud is away. */
export interface ModelCache {
  read(): StoredModel[];
  write(models: Iterable<StoredModel>): void;
}

/**
 * The cache's copy of a model wins over the provider's: it is the full document, while Azure stores them without what it
 * does not take (Commands). Unless the provider's is another by now.
 */
export async function loadModels(o: {
  provider: TwinProvider;
  catalog: ModelCatalog;
  cache: ModelCache;
  log: Log;
}): Promise<void> {
  const cached = new Map(o.cache.read().map((m) => [m.id, m]));
  try {
    const stored = await Array.fromAsync(o.provider.listModels());
    o.catalog.add(stored.map((m) => whole(m, cached.get(m.id), o.log)));
  } catch (error) {
    o.log.warn({ err: error, cached: cached.size }, "models could not be read from the twin service; using the cache");
    o.catalog.add(cached.values());
  }
}

function whole(listed: StoredModel, cached: StoredModel | undefined, log: Log): StoredModel {
  if (cached === undefined || isSameModel(cached.model, listed.model)) {
    return cached ?? listed;
  }
  log.warn({ model: listed.id }, "a model is another in the twin service than it was here; taking that of the service");
  return listed;
}

/** Loads twins and relationships; tries again until it succeeds or `signal` aborts. */
export async function loadTwins(o: {
  provider: TwinProvider;
  mirror: TwinMirror;
  link: CloudLink;
  log: Log;
  clock: Clock;
  signal: AbortSignal;
  /** Loaded with the twins: tried again together with them. */
  also: () => Promise<void>;
}): Promise<void> {
  for (let attempt = 0; !o.signal.aborted; attempt++) {
    try {
      await loadOnce(o);
      return;
    } catch (error) {
      const waitMs = Math.min(30_000, 1000 * 2 ** attempt);
      const reason = error instanceof Error ? error.message : String(error);
      o.link.setWaiting(reason);
      o.log.error({ reason, waitMs }, "twins could not be loaded; trying again");
      o.log.debug({ err: error }, "twins could not be loaded");
      await sleep(waitMs, o.signal);
    }
  }
}

async function loadOnce(o: Parameters<typeof loadTwins>[0]): Promise<void> {
  const started = o.clock();
  const twins = new Set<string>();
  const relationships = new Set<string>();
  for await (const twin of o.provider.listTwins()) {
    o.mirror.upsertTwin(twin, o.clock());
    twins.add(twin.id);
  }
  for await (const relationship of o.provider.listRelationships()) {
    o.mirror.upsertRelationship(relationship);
    relationships.add(`${relationship.sourceId}/${relationship.id}`);
  }
  forgetOthers(o.mirror, twins, relationships);
  await o.also();
  const ms = o.clock() - started;
  o.log.info({ twins: o.mirror.size, relationships: relationships.size, ms }, "twins loaded");
}

/** What an attempt before this one has brought, and is there no more. No event has told of it: sources start after this. */
function forgetOthers(mirror: TwinMirror, twins: ReadonlySet<string>, relationships: ReadonlySet<string>): void {
  for (const { id } of mirror.twins()) {
    for (const r of [...mirror.outgoing(id)].filter((it) => !relationships.has(`${it.sourceId}/${it.id}`))) {
      mirror.removeRelationship(r.sourceId, r.id);
    }
    if (!twins.has(id)) {
      mirror.removeTwin(id);
    }
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
