/**
 * Joins the parts between a cloud and the rooms, once per process: mirror, spaces, pump, control, layout.
 *
 * Knows no cloud: provider and sources are passed in (connect.ts makes Azure's, tests those in memory). `startTwins`
 * resolves when the models are known, so that state classes can be made; twins load in the background, and rooms show
 * "loading" until they are there.
 */
import { randomUUID } from "node:crypto";
import type { AccessPolicy } from "./auth/AccessPolicy.ts";
import { TwinControl } from "./control/TwinControl.ts";
import { type DeadLetters, EventPump } from "./ingest/EventPump.ts";
import { WriteThrough } from "./ingest/WriteThrough.ts";
import type { Restriction } from "./schema/Restrictions.ts";
import { TwinSchemaCache } from "./schema/TwinSchemas.ts";
import type { TwinServices } from "./services.ts";
import { CloudLink } from "./twins/CloudLink.ts";
import { loadModels, loadTwins, type ModelCache } from "./twins/loadGraph.ts";
import { ModelCatalog } from "./twins/ModelCatalog.ts";
import { Spaces } from "./twins/Spaces.ts";
import { TwinMirror } from "./twins/TwinMirror.ts";
import type { Clock, Dtmi, Log, TwinEventSource, TwinProvider } from "./twins/types.ts";
import { Placements } from "./world/Placements.ts";

export interface RuntimeParts {
  /** Given a way to ask for components, since only the models know them. */
  provider: (isComponent: (modelId: string, name: string) => boolean) => TwinProvider;
  sources: readonly TwinEventSource[];
  deadLetters: DeadLetters;
  modelCache: ModelCache;
  policy: AccessPolicy;
  log: Log;
  clock?: Clock;
  demo: boolean;
  writeThrough: boolean;
  contains: readonly string[];
  partOf: readonly string[];
  firstSpace?: string;
  /** Properties that only some roles see. */
  restricted?: readonly Restriction[];
}

export interface TwinRuntime {
  services: TwinServices;
  /** Resolves when twins are loaded and the sources deliver. Never rejects; until then `link` tells what is missing. */
  ready: Promise<void>;
  /** What was taken in is written or left for the next start; bounded, about 5 s at the worst. */
  close(): Promise<void>;
}

export async function startTwins(parts: RuntimeParts): Promise<TwinRuntime> {
  const { log, policy, clock = Date.now } = parts;
  const catalog = new ModelCatalog({ log });
  const isComponent = (modelId: string, name: string) => catalog.graph.get(modelId)?.components.has(name) ?? false;
  const provider = parts.provider(isComponent);
  const mirror = new TwinMirror(() => catalog.graph);
  const link = new CloudLink({ clock });
  const spaces = new Spaces({
    mirror,
    contains: parts.contains,
    partOf: parts.partOf,
    ...(parts.firstSpace === undefined ? {} : { first: parts.firstSpace }),
  });
  const control = new TwinControl({ provider, mirror, models: catalog, policy, log, clock, newId: randomUUID });
  const placements = new Placements({ provider, log, clock, newId: randomUUID });
  const pump = newPump(parts, { provider, mirror, catalog, control, clock });
  const schemas = new TwinSchemaCache(() => catalog.graph, parts.restricted);
  const services: TwinServices = {
    log,
    models: catalog,
    mirror,
    provider,
    control,
    spaces,
    placements,
    policy,
    schemas,
    link,
    demo: parts.demo,
  };

  await loadModels({ provider, catalog, cache: parts.modelCache, log });
  catalog.onChange(() => parts.modelCache.write(catalog.stored()));
  parts.modelCache.write(catalog.stored());
  mirror.onChange((change) => placements.onMirrorChange(change));
  control.start();
  const sweeper = setInterval(() => mirror.sweepStale(clock()), 1000);
  sweeper.unref();

  const stop = new AbortController();
  const ready = load();
  return { services, ready, close };

  async function load(): Promise<void> {
    const also = () => placements.load();
    await loadTwins({ provider, mirror, link, log, clock, signal: stop.signal, also });
    if (stop.signal.aborted) {
      return;
    }
    for (const source of parts.sources) {
      link.watch(source);
    }
    link.setLoaded();
    await Promise.all(parts.sources.map((source) => pump.attach(source)));
  }

  async function close(): Promise<void> {
    stop.abort();
    clearInterval(sweeper);
    await ready;
    await placements.close();
    await pump.close();
    control.close();
    spaces.close();
  }
}

function newPump(
  parts: RuntimeParts,
  o: { provider: TwinProvider; mirror: TwinMirror; catalog: ModelCatalog; control: TwinControl; clock: Clock },
): EventPump {
  const { deadLetters, log } = parts;
  const { provider, mirror, clock } = o;
  return new EventPump({
    mirror,
    models: () => o.catalog.graph,
    provider,
    deadLetters,
    log,
    clock,
    observe: (event) => o.control.observe(event),
    learnModel: modelLearner(provider, o.catalog, log),
    ...(parts.writeThrough ? { writeThrough: new WriteThrough({ provider, mirror, deadLetters, log, clock }) } : {}),
  });
}

/** Reads the provider's models again, once for each id that is asked for. */
function modelLearner(provider: TwinProvider, catalog: ModelCatalog, log: Log): (id: Dtmi) => Promise<void> {
  const asked = new Map<Dtmi, Promise<void>>();
  const learn = async (id: Dtmi) => {
    try {
      const fresh = catalog.add(await Array.fromAsync(provider.listModels()));
      log.info({ model: id, fresh }, "models were added in the twin service");
    } catch (error) {
      asked.delete(id);
      throw error;
    }
  };
  return (id) => {
    const reading = asked.get(id) ?? learn(id);
    asked.set(id, reading);
    return reading;
  };
}
