/**
 * Joins the parts between a cloud and the rooms, once per process: mirror, spaces, pump, control, layout.
 *
 * Knows no cloud: provider and sources are passed in (connect.ts makes Azure's, tests those in memory). `startTwins`
 * resolves when the models are known, so that state classes can be made; twins load in the background, and rooms show
 * "loading" until they are there.
 */
import { randomUUID } from "node:crypto";
import { type AccessPolicy, rolesOf } from "./auth/AccessPolicy.ts";
import type { PolicyFacts } from "./auth/RulePolicy.ts";
import type { SignIn } from "./auth/SignIn.ts";
import { ConfigError } from "./config.ts";
import { Alarms } from "./control/Alarms.ts";
import { Audit } from "./control/Audit.ts";
import { DeadLetterControl, type DeadLetterControlOptions, type LetterReader } from "./control/DeadLetterControl.ts";
import { Leases } from "./control/Leases.ts";
import type { OperationMemory } from "./control/OperationLog.ts";
import { checkRules } from "./control/rules/checkRules.ts";
import { ControlFileError, type ControlRules, NO_RULES } from "./control/rules/controlFile.ts";
import { TwinControl } from "./control/TwinControl.ts";
import { budgeted, WriteBudget } from "./control/WriteBudget.ts";
import { eventOf } from "./ingest/deadLetter.ts";
import { EventPump } from "./ingest/EventPump.ts";
import { GraphRepair, type GraphRepairOptions } from "./ingest/GraphRepair.ts";
import { LetterBox, type LetterBoxOptions } from "./ingest/LetterBox.ts";
import { ModelRepair } from "./ingest/ModelRepair.ts";
import type { MessageRules } from "./ingest/mapping/MessageRules.ts";
import { Rate, readMetrics } from "./ingest/metrics.ts";
import { WriteThrough } from "./ingest/WriteThrough.ts";
import { within } from "./providers/azure/timing.ts";
import { checkedParts } from "./runtimeParts.ts";
import type { Restriction, Restrictions } from "./schema/Restrictions.ts";
import { TwinSchemaCache } from "./schema/TwinSchemas.ts";
import type { TwinServices } from "./services.ts";
import type { AlarmStore } from "./store/AlarmStore.ts";
import type { AuditStore } from "./store/AuditStore.ts";
import type { EditHistory } from "./store/EditHistory.ts";
import { CloudLink } from "./twins/CloudLink.ts";
import { CallCounts, countedProvider } from "./twins/countedProvider.ts";
import { loadModels, loadTwins, type ModelCache } from "./twins/loadGraph.ts";
import { ModelCatalog } from "./twins/ModelCatalog.ts";
import { Spaces } from "./twins/Spaces.ts";
import { TwinMirror } from "./twins/TwinMirror.ts";
import type { Clock, DeviceGateway, Dtmi, Log, TwinEventSource, TwinProvider } from "./twins/types.ts";
import { ValueHistory } from "./twins/ValueHistory.ts";
import { Placements } from "./world/Placements.ts";
import { Visuals } from "./world/Visuals.ts";
import { WorldEditor } from "./world/WorldEditor.ts";

const LOST_RESTRICTION =
  "a model came or changed that does not have what RESTRICTED_PROPERTIES names; all values of its twins are kept back until that is mended and the server started again";

/** src/store/DeadLetters.ts */
export type DeadLetters = LetterBoxOptions["store"] & DeadLetterControlOptions["letters"];

const FIRST_CONTACT_MS = 3000;
/** Of a stop, which may take 10 s in all. */
const LOAD_CLOSE_MS = 500;
const WRITES_CLOSE_MS = 6500;

export interface RuntimeParts {
  /** Given a way to ask for components, since only the models know them. */
  provider: (isComponent: (modelId: string, name: string) => boolean) => TwinProvider;
  sources: readonly TwinEventSource[];
  /** The way to devices; absent: twins have none. */
  devices?: DeviceGateway | undefined;
  /** Of the control file. */
  controlRules?: { control: ControlRules; where: string } | undefined;
  /** src/store/Store.ts: what of control outlives the process. */
  records: { operations: OperationMemory; alarms: AlarmStore; audit: AuditStore };
  deadLetters: DeadLetters;
  /** Decodes a dead letter's message as its source did. */
  readLetter?: LetterReader;
  modelCache: ModelCache;
  /** Steps of undo. */
  edits: EditHistory;
  /** Given what it may want to know of twins and models. */
  policy: AccessPolicy | ((facts: PolicyFacts) => AccessPolicy);
  signIn?: SignIn | undefined;
  log: Log;
  clock?: Clock;
  demo: boolean;
  writeThrough: boolean;
  /** Patches per second of write-through. Default: 200. */
  writeThroughRate?: number;
  /** Writes per second that people cause in the twin service. Default: as many as they like. */
  writesPerSecond?: number;
  /** Rules of the mapping file, if there is one. */
  rules?: () => MessageRules;
  contains: readonly string[];
  partOf: readonly string[];
  firstSpace?: string;
  /** Times of the comparison with the twin service; default: GraphRepair's. */
  comparison?: Pick<GraphRepairOptions, "firstMs" | "intervalMs" | "graceMs">;
  /** Properties that only some roles see. */
  restricted?: readonly Restriction[];
}

export interface TwinRuntime {
  services: TwinServices;
  /** Resolves when twins are loaded and the sources deliver. Never rejects; until then `link` tells what is missing. */
  ready: Promise<void>;
  /** What was taken in is written or left for the next start; bounded, about 8 s at the worst. */
  close(): Promise<void>;
}

/** @throws Error that names a part which there is not, so that a misspelt one is not ignored */
export async function startTwins(given: RuntimeParts): Promise<TwinRuntime> {
  const { log, clock = Date.now } = checkedParts(given);
  const catalog = new ModelCatalog({ log });
  const isComponent = (modelId: string, name: string) => catalog.graph.get(modelId)?.components.has(name) ?? false;
  const calls = new CallCounts();
  const provider = countedProvider(given.provider(isComponent), calls);
  const mirror = new TwinMirror(() => catalog.graph);
  const history = new ValueHistory();
  history.follow(mirror);
  const link = new CloudLink({ clock });
  const schemas = new TwinSchemaCache(() => catalog.graph, given.restricted);
  const spaces = newSpaces(given, mirror, link, schemas);
  const policy = policyOf(given, { mirror, spaces, catalog });
  const parts = { ...given, policy };
  // What people write, over rooms and REST, goes by `counted`; what devices say has a pace of its own.
  const perSecond = parts.writesPerSecond;
  const counted = perSecond === undefined ? provider : budgeted(provider, new WriteBudget({ perSecond, clock }));
  const { control, ...desks } = newControl(parts, { provider: counted, mirror, catalog, schemas, link, clock });
  const world = newWorld(parts, { provider: counted, mirror, spaces, schemas, link, audit: desks.audit, clock });
  const { placements, editor } = world;
  const inward = { provider, mirror, catalog, control, clock };
  const { pump, repair, closePump, deadLetters, metrics, sample } = newIngest(parts, inward);
  const shared = { log, mirror, history, provider, control, ...desks, spaces, placements, editor };
  const { demo, signIn } = parts;
  const more = { policy, schemas, link, deadLetters, models: catalog, ingestMetrics: metrics, demo, signIn };
  const traffic = { rooms: new Set<never>(), patches: 0, patchBytes: 0, fullStates: 0, fullStateBytes: 0 };
  const services: TwinServices = { ...shared, ...more, traffic, providerCalls: () => calls.list() };

  await fillCatalog(parts, { provider, catalog, schemas });
  control.start();
  const sweeper = setInterval(() => {
    mirror.sweepStale(clock());
    desks.alarms.sweep();
    sample();
  }, 1000);
  sweeper.unref();

  const stop = new AbortController();
  const ready = load();
  return { services, ready, close };

  async function load(): Promise<void> {
    await loadTwins({ provider, mirror, link, log, clock, signal: stop.signal, also: () => world.load() });
    if (stop.signal.aborted) {
      return;
    }
    for (const source of parts.sources) {
      link.watch(source);
    }
    control.recover();
    desks.alarms.start();
    await Promise.all(parts.sources.map((source) => pump.attach(source)));
    await firstContact(parts.sources, stop.signal);
    link.setLoaded();
    link.onChange(onReconnect(link, () => repair.reconnected()));
    repair.start();
  }

  async function close(): Promise<void> {
    stop.abort();
    clearInterval(sweeper);
    if (!(await within(LOAD_CLOSE_MS, ready))) {
      log.warn({}, "stopping: twins were still being loaded, given up");
    }
    await repair.close();
    if (!(await within(WRITES_CLOSE_MS, Promise.all([world.close(), closePump()])))) {
      log.warn({}, "stopping: writes and checkpoints took too long, given up; what is not done comes again");
    }
    control.close();
    desks.alarms.close();
    desks.audit.flush();
    spaces.close();
  }
}

interface WorldParts {
  provider: TwinProvider;
  mirror: TwinMirror;
  spaces: Spaces;
  schemas: TwinSchemaCache;
  link: CloudLink;
  audit: Audit;
  clock: Clock;
}

/** Layout, visuals, and those who change them. */
function newWorld(
  { edits, policy, log }: JoinedParts,
  { provider, mirror, spaces, schemas, link, audit, clock }: WorldParts,
) {
  const placements = new Placements({ provider, log, clock, newId: randomUUID });
  const visuals = new Visuals({ provider, log, clock });
  const record = audit.record.bind(audit);
  const editor = new WorldEditor({
    placements,
    visuals,
    history: edits,
    mirror,
    spaces,
    provider,
    policy,
    link,
    log,
    record,
    queryFault: (actor, query) => schemas.restrictions.queryFault(rolesOf(actor), query),
  });
  mirror.onChange((change) => placements.onMirrorChange(change));
  mirror.onChange((change) => visuals.onMirrorChange(change));
  return {
    placements,
    editor,
    load: async () => void (await Promise.all([placements.load(), visuals.load()])),
    async close() {
      await Promise.all([placements.close(), visuals.close()]);
      editor.close();
    },
  };
}

/** The parts once the policy is made. */
type JoinedParts = RuntimeParts & { policy: AccessPolicy };

function newSpaces(
  { contains, partOf, firstSpace, log }: RuntimeParts,
  mirror: TwinMirror,
  link: CloudLink,
  schemas: TwinSchemaCache,
): Spaces {
  const isNameOpen = (modelId: Dtmi) => schemas.restrictions.isOpen(modelId, "/name");
  const first = firstSpace === undefined ? {} : { first: firstSpace };
  return new Spaces({ mirror, contains, partOf, isLoaded: () => link.loaded, isNameOpen, log, ...first });
}

function policyOf(
  { policy }: RuntimeParts,
  { mirror, spaces, catalog }: { mirror: TwinMirror; spaces: Spaces; catalog: ModelCatalog },
): AccessPolicy {
  return typeof policy === "function"
    ? policy({
        modelOf: (twinId) => mirror.get(twinId)?.modelId,
        isA: (modelId, ancestor) => catalog.graph.isA(modelId, ancestor),
        isIn: (twinId, space) => spaces.members(space).has(twinId),
      })
    : policy;
}

interface IngestParts {
  provider: TwinProvider;
  mirror: TwinMirror;
  catalog: ModelCatalog;
  control: TwinControl;
  clock: Clock;
}

/** The way in behind the sources. `sample`: to be called once a second. */
function newIngest(parts: JoinedParts, o: IngestParts) {
  const { provider, mirror, clock } = o;
  const { deadLetters: letters, log, policy, writeThroughRate } = parts;
  const pace = writeThroughRate === undefined ? {} : { patchesPerSecond: writeThroughRate };
  const letterBox = new LetterBox({ store: letters, log });
  const writeThrough = parts.writeThrough
    ? new WriteThrough({ provider, mirror, clock, log, deadLetters: letterBox, ...pace })
    : undefined;
  const { graceMs } = parts.comparison ?? {};
  const models = new ModelRepair({ provider, catalog: o.catalog, log, ...(graceMs === undefined ? {} : { graceMs }) });
  const pump = newPump(parts, { ...o, letterBox, writeThrough, models }, () => repair);
  const compared = { provider, mirror, graph: pump.graph, models, log, clock };
  const repair: GraphRepair = new GraphRepair({ ...compared, ...parts.comparison });
  const rate = new Rate();
  const deadLetters = new DeadLetterControl({
    letters,
    read: (letter) => eventOf(letter) ?? parts.readLetter?.(letter),
    apply: (event) => pump.replay(event),
    policy,
  });
  const metrics = () => readMetrics({ pump, repair, writeThrough, deadLetters, rate, clock });
  const closePump = async () => {
    await pump.close();
    letterBox.close();
  };
  return { pump, repair, closePump, deadLetters, metrics, sample: () => rate.sample(pump.counts.events) };
}

function newPump(
  { log, rules }: RuntimeParts,
  o: IngestParts & { letterBox: LetterBox; writeThrough: WriteThrough | undefined; models: ModelRepair },
  repair: () => GraphRepair,
): EventPump {
  const { provider, mirror, clock, catalog, control, letterBox, writeThrough } = o;
  return new EventPump({
    mirror,
    models: () => catalog.graph,
    provider,
    deadLetters: letterBox,
    log,
    clock,
    observe: (event) => control.observe(event),
    learnModel: (id) => o.models.learn(id),
    doubtModels: () => repair().modelsDoubted(),
    taken: () => repair().takenOver(),
    ...(rules ? { rules } : {}),
    ...(writeThrough ? { writeThrough } : {}),
  });
}

type ControlParts = Omit<IngestParts, "control"> & { schemas: TwinSchemaCache; link: CloudLink };

function newControl(
  { devices, controlRules, records, policy, log }: RuntimeParts & { policy: AccessPolicy },
  { provider, mirror, catalog, schemas, link, clock }: ControlParts,
) {
  const given = controlRules?.control ?? NO_RULES;
  const graph = () => catalog.graph;
  const audit = new Audit({ store: records.audit, policy, clock, log });
  const leases = new Leases({ mirror, link, policy, audit, clock });
  const store = records.alarms;
  const told = schemas.restrictions;
  const alarms = new Alarms({ rules: given.alarms, mirror, link, graph, policy, told, audit, store, clock, log });
  const control = new TwinControl({
    provider,
    devices,
    mirror,
    link,
    models: catalog,
    policy,
    leases,
    audit,
    rules: given,
    told,
    memory: records.operations,
    log,
    clock,
    newId: randomUUID,
  });
  return { control, leases, alarms, audit };
}

async function fillCatalog(
  parts: RuntimeParts,
  { provider, catalog, schemas }: Pick<IngestParts, "provider" | "catalog"> & { schemas: TwinSchemaCache },
): Promise<void> {
  const { modelCache: cache, log } = parts;
  await loadModels({ provider, catalog, cache, log });
  catalog.onChange(() => cache.write(catalog.stored()));
  cache.write(catalog.stored());
  assertRules(parts, catalog);
  assertRestrictions(schemas.restrictions, catalog, log);
}

/**
 * Of a model that is not there (yet) it is asked when it comes, and when it changes: then nobody can be refused, and
 * Restrictions keeps all of it back.
 *
 * @throws ConfigError: a restriction of what does not exist would restrict nothing, in silence
 */
function assertRestrictions(restrictions: Restrictions, catalog: ModelCatalog, log: Log): void {
  const problems = restrictions.faults();
  if (problems.length > 0) {
    throw new ConfigError(problems.map((problem) => `RESTRICTED_PROPERTIES: ${problem}`));
  }
  const models = restrictions.unknownModels();
  if (models.length > 0) {
    log.warn({ models }, "properties are restricted of models that the twin service does not have (yet)");
  }
  let told = new Set<string>();
  catalog.onChange(() => {
    const faults = restrictions.faults();
    for (const fault of faults.filter((it) => !told.has(it))) {
      log.error({ fault }, LOST_RESTRICTION);
    }
    told = new Set(faults);
  });
}

/** @throws ControlFileError: a rule about what does not exist would guard nothing, in silence */
function assertRules({ controlRules: rules }: RuntimeParts, { graph }: ModelCatalog): void {
  const problems = rules ? checkRules(rules.control, graph) : [];
  if (problems.length > 0) {
    throw new ControlFileError(rules?.where ?? "", problems);
  }
}

/** Until all sources are connected, or it takes too long: so that a room does not call itself degraded while it opens. */
async function firstContact(sources: readonly TwinEventSource[], signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const check = () => sources.every((source) => source.health().connected) && resolve();
  const unsubscribe = sources.map((source) => source.onHealth(check));
  const limit = setTimeout(resolve, FIRST_CONTACT_MS);
  signal.addEventListener("abort", () => resolve());
  check();
  await promise;
  clearTimeout(limit);
  for (const stop of unsubscribe) {
    stop();
  }
}

/** Calls when the link is up after it was down. */
function onReconnect(link: CloudLink, call: () => void): () => void {
  let wasConnected = link.source.connected;
  return () => {
    const { connected } = link.source;
    if (connected && !wasConnected) {
      call();
    }
    wasConnected = connected;
  };
}
