/**
 * Alarms by the rules of the control file: a threshold with hysteresis and delay, a value of an Enum, silence. Two axes:
 * active or cleared, acknowledged or not; what is cleared but unacknowledged stays visible.
 *
 * TwinMirror → here → TwinControlPlugin (`world.alarms`). What is not gone is in the store, so that an acknowledgement
 * outlives a restart.
 */
import type { AccessPolicy, Actor } from "../auth/AccessPolicy.ts";
import type { ModelGraph } from "../dtdl/types.ts";
import { TwinError } from "../errors.ts";
import type { AlarmDesk, AlarmView, AuditDesk, ReadRights } from "../services.ts";
import { type Loading, noSuch } from "../twins/knownTwin.ts";
import type { MirrorTwin } from "../twins/MirrorTwin.ts";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import type { Clock, Dtmi, Log, Pointer, TwinChange, TwinId } from "../twins/types.ts";
import { isA } from "./rules/conditions.ts";
import type { AlarmRule } from "./rules/controlFile.ts";

export interface AlarmsOptions {
  rules: readonly AlarmRule[];
  mirror: TwinMirror;
  link: Loading;
  graph: () => ModelGraph;
  policy: AccessPolicy;
  /** Absent: everybody may be told everything. */
  told?: Pick<ReadRights, "isOpen"> | undefined;
  audit: Pick<AuditDesk, "record">;
  /** src/store/AlarmStore.ts; absent: nothing outlives the process. */
  store?: AlarmMemory | undefined;
  clock: Clock;
  log: Log;
}

interface AlarmMemory {
  put(view: AlarmView): void;
  remove(id: string): void;
  all(): AlarmView[];
}

type Listener = (id: string, alarm: AlarmView | undefined) => void;
interface Pending {
  rule: AlarmRule;
  twinId: TwinId;
  since: number;
}

export class Alarms implements AlarmDesk {
  readonly #o: AlarmsOptions;
  readonly #alarms = new Map<string, AlarmView>();
  /** Would be active, had it lasted longer. */
  readonly #pending = new Map<string, Pending>();
  readonly #listeners = new Set<Listener>();
  #rulesOf = new Map<Dtmi, readonly AlarmRule[]>();
  #graph: ModelGraph | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(options: AlarmsOptions) {
    this.#o = options;
  }

  /** Once the twins are loaded. */
  start(): void {
    const { store, rules, mirror } = this.#o;
    for (const alarm of store?.all() ?? []) {
      this.#takeOver(alarm);
    }
    if (rules.length === 0) {
      return;
    }
    this.#unsubscribe = mirror.onChange((change) => this.#onChange(change));
    for (const twin of mirror.twins()) {
      this.#evaluateAll(twin);
    }
  }

  /** Of an earlier process. Nothing would ever end one whose rule or twin is gone from files and twin service. */
  #takeOver(alarm: AlarmView): void {
    const twin = this.#o.mirror.get(alarm.twinId);
    if (!twin) {
      this.#remove(alarm.id);
      return;
    }
    const isRuled = this.#rules(twin.modelId).some((rule) => idOf(rule, twin.id) === alarm.id);
    const text = this.#isNameOpen(twin) ? alarm.text : alarm.rule; // the name is in it, perhaps
    const cleared = isRuled || alarm.cleared !== 0 ? alarm.cleared : this.#o.clock();
    this.#set({ ...alarm, text, cleared });
  }

  close(): void {
    this.#unsubscribe?.();
  }

  list(): Iterable<AlarmView> {
    return this.#alarms.values();
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Whoever is first has acknowledged it; that others have seen it too is in the audit. */
  acknowledge(actor: Actor, alarmId: string, comment = ""): void {
    const alarm = this.#mine(actor, alarmId, "alarm.acknowledge");
    const { twinId, rule: path, acknowledgedBy } = alarm;
    this.#o.audit.record({ actor, action: "alarm.acknowledge", twinId, path, reason: comment });
    if (acknowledgedBy === "") {
      this.#set({ ...alarm, acknowledgedBy: actor.name });
    }
  }

  shelve(actor: Actor, alarmId: string, until: number): void {
    const alarm = this.#mine(actor, alarmId, "alarm.shelve");
    const shelvedUntil = until > this.#o.clock() ? until : 0;
    const { twinId, rule: path } = alarm;
    this.#o.audit.record({ actor, action: "alarm.shelve", twinId, path, after: shelvedUntil });
    this.#set({ ...alarm, shelvedUntil });
  }

  /** What only time decides: delays, silence, the end of shelving. Called about once a second. */
  sweep(): void {
    const { clock, mirror, rules } = this.#o;
    const now = clock();
    for (const { rule, twinId } of this.#pending.values()) {
      this.#evaluate(rule, mirror.get(twinId));
    }
    if (rules.some((rule) => rule.noData !== undefined)) {
      for (const twin of mirror.twins()) {
        for (const rule of this.#rules(twin.modelId).filter((r) => r.noData !== undefined)) {
          this.#evaluate(rule, twin);
        }
      }
    }
    for (const alarm of this.#alarms.values()) {
      if (alarm.shelvedUntil !== 0 && alarm.shelvedUntil <= now) {
        this.#set({ ...alarm, shelvedUntil: 0 });
      }
    }
  }

  #onChange(change: TwinChange): void {
    if (change.kind === "value") {
      const twin = this.#o.mirror.get(change.twinId);
      for (const rule of twin ? this.#rules(twin.modelId) : []) {
        if (rule.path === change.path || rule.noData !== undefined) {
          this.#evaluate(rule, twin);
        }
      }
    } else if (change.kind === "twin.added") {
      this.#evaluateAll(this.#o.mirror.get(change.twinId));
    } else if (change.kind === "twin.removed") {
      this.#forgetTwin(change.twinId);
    }
  }

  #evaluateAll(twin: MirrorTwin | undefined): void {
    for (const rule of twin ? this.#rules(twin.modelId) : []) {
      this.#evaluate(rule, twin);
    }
  }

  #evaluate(rule: AlarmRule, twin: MirrorTwin | undefined): void {
    if (!twin) {
      return;
    }
    const id = idOf(rule, twin.id);
    const alarm = this.#alarms.get(id);
    const isActive = alarm !== undefined && alarm.cleared === 0;
    const isSo = holds(rule, twin, isActive, this.#o.clock());
    if (isSo === true && !isActive) {
      this.#raiseAfterDelay(rule, twin, id);
    } else if (isSo === false) {
      this.#pending.delete(id);
      if (alarm && isActive) {
        this.#set({ ...alarm, cleared: this.#o.clock() });
      }
    }
  }

  #raiseAfterDelay(rule: AlarmRule, twin: MirrorTwin, id: string): void {
    const now = this.#o.clock();
    const since = this.#pending.get(id)?.since ?? now;
    if (now - since < rule.delay * 1000) {
      this.#pending.set(id, { rule, twinId: twin.id, since });
      return;
    }
    this.#pending.delete(id);
    const { name, severity, path = "" } = rule;
    const shelvedUntil = this.#alarms.get(id)?.shelvedUntil ?? 0;
    const text = textOf(rule, twin, this.#isNameOpen(twin));
    const view = { id, twinId: twin.id, rule: name, path, severity, text, since: now, cleared: 0, acknowledgedBy: "" };
    this.#set({ ...view, shelvedUntil });
  }

  /** Everybody reads the text; that of a value which is for some roles only is kept back where it is shown. */
  #isNameOpen({ modelId }: MirrorTwin): boolean {
    return this.#o.told?.isOpen(modelId, "/name") ?? true;
  }

  /** @throws NOT_FOUND, FORBIDDEN; the refusal is in the audit */
  #mine(actor: Actor, alarmId: string, action: string): AlarmView {
    const alarm = this.#alarms.get(alarmId);
    const { twinId = "", rule: path = alarmId } = alarm ?? {};
    const { allowed, reason } = this.#o.policy.check(actor, "alarm", { twinId });
    if (alarm && allowed) {
      return alarm;
    }
    const error = alarm ? new TwinError("FORBIDDEN", reason) : noSuch(this.#o.link, `There is no alarm '${alarmId}'.`);
    this.#o.audit.record({ actor, action, twinId, path, result: "refused", reason: `${error.code}: ${error.message}` });
    throw error;
  }

  /** What is cleared and acknowledged is gone. */
  #set(alarm: AlarmView): void {
    const isGone = alarm.cleared !== 0 && alarm.acknowledgedBy !== "";
    if (isGone) {
      this.#remove(alarm.id);
    } else {
      this.#alarms.set(alarm.id, alarm);
      this.#keep((store) => store.put(alarm));
      this.#tell(alarm.id, alarm);
    }
  }

  #remove(id: string): void {
    this.#alarms.delete(id);
    this.#keep((store) => store.remove(id));
    this.#tell(id, undefined);
  }

  /** An alarm is raised though it cannot be kept. */
  #keep(write: (store: AlarmMemory) => void): void {
    try {
      if (this.#o.store) {
        write(this.#o.store);
      }
    } catch (error) {
      this.#o.log.error({ err: error }, "an alarm could not be kept; after a restart it is not known how it stands");
    }
  }

  #forgetTwin(twinId: TwinId): void {
    for (const alarm of this.#alarms.values()) {
      if (alarm.twinId === twinId) {
        this.#remove(alarm.id);
      }
    }
    for (const [id, pending] of this.#pending) {
      if (pending.twinId === twinId) {
        this.#pending.delete(id);
      }
    }
  }

  /** Looked up for every value that comes in. */
  #rules(modelId: Dtmi): readonly AlarmRule[] {
    const graph = this.#o.graph();
    if (graph !== this.#graph) {
      this.#graph = graph;
      this.#rulesOf = new Map();
    }
    let rules = this.#rulesOf.get(modelId);
    if (!rules) {
      rules = this.#o.rules.filter((rule) => isA(graph, modelId, rule.model));
      this.#rulesOf.set(modelId, rules);
    }
    return rules;
  }

  #tell(id: string, alarm: AlarmView | undefined): void {
    for (const listener of this.#listeners) {
      listener(id, alarm);
    }
  }
}

function idOf(rule: AlarmRule, twinId: TwinId): string {
  return `${rule.name}:${twinId}`;
}

/** undefined: nobody can tell, so it stays as it is. */
function holds(rule: AlarmRule, twin: MirrorTwin, isActive: boolean, now: number): boolean | undefined {
  if (rule.noData !== undefined) {
    return twin.seen === 0 ? undefined : now - Math.max(twin.seen, twin.reportedAt) > rule.noData * 1000;
  }
  const value = twin.values.get(rule.path as Pointer)?.value;
  if (rule.equals !== undefined) {
    return value === undefined ? undefined : value === rule.equals;
  }
  if (typeof value !== "number") {
    return undefined;
  }
  const slack = isActive ? rule.hysteresis : 0;
  return rule.above !== undefined ? value > rule.above - slack : value < (rule.below ?? 0) + slack;
}

function textOf({ text, path }: AlarmRule, twin: MirrorTwin, isNameOpen: boolean): string {
  const value = path === undefined ? "" : twin.values.get(path)?.value;
  const shown = typeof value === "number" ? String(Number(value.toPrecision(4))) : String(value);
  const name = isNameOpen ? twin.values.get("/name")?.value : undefined;
  const known: Record<string, string> = { value: shown, name: typeof name === "string" ? name : twin.id };
  return text.replaceAll(/\{(value|name)\}/g, (_all, key: string) => known[key] ?? "");
}
