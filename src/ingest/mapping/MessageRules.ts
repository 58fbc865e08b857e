/**
 * Device messages → the twins they speak of, by the rules of a mapping file: the first rule that matches names the twin,
 * the component, the time, and where the fields go. Without rules, and for what none matches, the convention holds:
 * device id = twin id, field = Property or Telemetry of that name.
 *
 * Way in: EventPump asks for every message; mapTelemetry then holds the result against the model. Pure.
 */
import type { Pointer, TelemetryData, TwinEvent, TwinId } from "../../twins/types.ts";
import { compileExpression, type Evaluate } from "./expression.ts";
import { compileReference, compileTemplate, dataOf, inBody, type Reference } from "./reference.ts";
import type { Condition, FieldDefinition, RuleDefinition, RuleFile } from "./ruleFile.ts";
import { compileWildcard } from "./wildcard.ts";

/** What a message says of one twin. */
export interface MessageTarget {
  twinId: TwinId;
  data: TelemetryData;
  /** Source time that a rule read from the message, ms since epoch. */
  time?: number;
  /** What expressions could not make, and why. */
  refused?: { path: string; reason: string }[];
  /** The rule's name; absent: by convention. */
  rule?: string;
}

/** One step of what rules made of a message, for people. */
export interface RuleTrace {
  rule: string;
  /** Why it did not match, or made nothing; absent: it did. */
  not?: string;
  target?: MessageTarget;
}

interface CompiledField {
  from: Reference;
  /** What it reads: `/site/load`. */
  pointer: Pointer;
  /** First member of the body that it reads: that one is not among the rest. */
  root: string;
  definition: FieldDefinition;
}

interface CompiledRule {
  definition: RuleDefinition;
  conditions: { text: string; read: Reference; holds: (value: unknown) => boolean }[];
  twin: (event: TwinEvent) => string | undefined;
  component: ((event: TwinEvent) => string | undefined) | undefined;
  time: Reference | undefined;
  fields: CompiledField[];
  values: { to: string; evaluate: Evaluate }[];
  taken: ReadonlySet<string>;
}

/** Numbers below are seconds: 1973 in milliseconds, the year 5138 in seconds. */
const LEAST_MS = 1e11;

export class MessageRules {
  readonly #rules: readonly CompiledRule[];
  readonly #otherwise: RuleFile["otherwise"];

  constructor(file: RuleFile) {
    this.#rules = file.rules.map(compile);
    this.#otherwise = file.otherwise;
  }

  /**
   * Nothing: the rules drop it, or nobody knows whose it is (`names no sender` then). A promise only where a rule with
   * expressions matches: they are many, and most rules have none.
   */
  apply(event: TwinEvent, trace?: (step: RuleTrace) => void): MessageTarget[] | Promise<MessageTarget[]> {
    const targets: MessageTarget[] = [];
    const computing: [MessageTarget, CompiledRule][] = [];
    for (const rule of this.#rules) {
      const made = runRule(rule, event);
      trace?.({ rule: rule.definition.name, ...made });
      if (made.target) {
        targets.push(made.target);
        if (rule.values.length > 0) {
          computing.push([made.target, rule]);
        }
        if (!rule.definition.continue) {
          break;
        }
      }
    }
    if (targets.length === 0 && this.#otherwise === "convention") {
      targets.push(...byConvention(event));
    }
    return computing.length === 0 ? targets : computeAll(computing, event).then(() => targets);
  }

  /** Whether messages that no rule matches are meant to be dropped. */
  get dropsOthers(): boolean {
    return this.#otherwise === "drop";
  }
}

/** The device is the twin. Nothing when the message names none. */
export function byConvention(event: TwinEvent): MessageTarget[] {
  return event.subject === "" ? [] : [{ twinId: event.subject, data: dataOf(event) }];
}

function runRule(rule: CompiledRule, event: TwinEvent): Omit<RuleTrace, "rule"> {
  const failed = rule.conditions.find(({ read, holds }) => !holds(read(event)));
  if (failed) {
    return { not: `${failed.text} is ${show(failed.read(event))}` };
  }
  const twinId = rule.twin(event);
  if (twinId === undefined) {
    return { not: `the message lacks a part of twin "${rule.definition.twin}"` };
  }
  const component = rule.component?.(event) ?? dataOf(event).component;
  const time = rule.time && timeOf(rule.time(event));
  const data: TelemetryData = { values: valuesOf(rule, event) };
  if (component !== undefined) data.component = component;
  const { merge, times } = dataOf(event);
  if (merge) data.merge = true;
  if (times && time === undefined)
    data.times = Object.fromEntries(timesOf(rule, times, component === undefined ? "" : `/${component}`));
  const target: MessageTarget = { twinId, rule: rule.definition.name, data };
  return { target: time === undefined ? target : { ...target, time } };
}

/** One after the other: each has its own time. */
async function computeAll(computing: readonly [MessageTarget, CompiledRule][], event: TwinEvent): Promise<void> {
  const { component, values: body } = dataOf(event);
  const { properties, systemProperties } = event.message ?? {};
  const bindings = { device: event.subject, component, hub: event.source, properties, system: systemProperties };
  for (const [target, { values }] of computing) {
    const out = new Map(Object.entries(target.data.values));
    for (const { to, evaluate } of values) {
      const result = await evaluate(body, bindings);
      if ("refused" in result) {
        target.refused = [...(target.refused ?? []), { path: `/${to}`, reason: result.refused }];
      } else if (result.value !== undefined) {
        put(out, to, result.value);
      }
    }
    target.data.values = Object.fromEntries(out);
  }
}

function valuesOf(rule: CompiledRule, event: TwinEvent): Record<string, unknown> {
  const { values, merge } = dataOf(event);
  const out = new Map<string, unknown>(); // names are the sender's: __proto__ is one like any other
  if (rule.definition.rest === "keep") {
    for (const [name, value] of Object.entries(values)) {
      if (!rule.taken.has(name)) {
        out.set(name, value);
      }
    }
  }
  for (const { from, pointer, definition } of rule.fields) {
    const read = from(event);
    const value = read === undefined && merge && isCut(values, pointer) ? null : read;
    if (definition !== false && value !== undefined) {
      put(out, definition.to, converted(value, definition));
    }
  }
  return Object.fromEntries(out);
}

/** Whether null stands in the place of what the pointer leads to, or of what that is in. */
function isCut(values: Record<string, unknown>, pointer: Pointer): boolean {
  let at: unknown = values;
  for (const name of pointer.split("/").slice(1)) {
    at = typeof at === "object" && at !== null && Object.hasOwn(at, name) ? Reflect.get(at, name) : undefined;
    if (at === null) {
      return true;
    }
  }
  return false;
}

/** The values' own times, where the rule puts the values; a value out of an object has the object's. */
function* timesOf({ fields, taken, definition }: CompiledRule, times: Record<Pointer, number>, base: Pointer) {
  for (const { pointer, definition: moved } of fields) {
    const time = timeAt(times, pointer);
    if (moved && time !== undefined) {
      yield [`${base}/${moved.to}`, time] as const;
    }
  }
  for (const [pointer, time] of definition.rest === "keep" ? Object.entries(times) : []) {
    if (!taken.has(pointer.split("/")[1] ?? "")) {
      yield [`${base}${pointer}`, time] as const;
    }
  }
}

function timeAt(times: Record<Pointer, number>, pointer: Pointer): number | undefined {
  return pointer === "" ? undefined : (times[pointer] ?? timeAt(times, pointer.slice(0, pointer.lastIndexOf("/"))));
}

/** `motor/current` becomes an object in the component's place, as a device may send it too. */
function put(out: Map<string, unknown>, to: string, value: unknown): void {
  const [first = "", second] = to.split("/");
  if (second === undefined) {
    out.set(first, value);
    return;
  }
  const held = out.get(first);
  out.set(first, { ...(typeof held === "object" ? held : {}), [second]: value });
}

/** What cannot be converted stays as it is: the model then says what it is not. */
function converted(value: unknown, definition: Exclude<FieldDefinition, false>): unknown {
  if (value === null) {
    return value;
  }
  const { scale, offset, type } = { scale: undefined, offset: undefined, type: undefined, ...definition };
  if (type === "boolean") {
    return BOOLEANS.get(String(value).toLowerCase()) ?? value;
  }
  if (type === "string") {
    return typeof value === "object" ? value : String(value);
  }
  const isNumeric = (type ?? scale ?? offset) !== undefined;
  const number = isNumeric ? numberOf(value) * (scale ?? 1) + (offset ?? 0) : Number.NaN;
  if (!Number.isFinite(number)) {
    return value;
  }
  return type === "integer" ? Math.round(number) : number;
}

function numberOf(value: unknown): number {
  return typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value);
}

const BOOLEANS = new Map([
  ...["1", "true", "on", "yes"].map((text) => [text, true] as const),
  ...["0", "false", "off", "no"].map((text) => [text, false] as const),
]);

function timeOf(value: unknown): number | undefined {
  const ms = typeof value === "number" ? (value < LEAST_MS ? value * 1000 : value) : Date.parse(String(value));
  return Number.isFinite(ms) ? ms : undefined;
}

function compile(definition: RuleDefinition): CompiledRule {
  const fields = Object.entries(definition.fields).map(([name, field]) => {
    const path = name.split(".");
    return { from: inBody(path), pointer: `/${path.join("/")}`, root: path[0] ?? name, definition: field };
  });
  return {
    definition,
    conditions: Object.entries(definition.match).map(([text, condition]) => ({
      text,
      read: compiled(compileReference(text)),
      holds: compileCondition(condition),
    })),
    twin: compiled(compileTemplate(definition.twin)),
    component: definition.component === undefined ? undefined : compiled(compileTemplate(definition.component)),
    time: definition.time === undefined ? undefined : compiled(compileReference(definition.time)),
    fields,
    values: Object.entries(definition.values).map(([to, text]) => ({
      to,
      evaluate: compiled(compileExpression(text)),
    })),
    taken: new Set(fields.map(({ root }) => root)),
  };
}

/** The file was parsed, which compiles everything once: it can only be a function. */
function compiled<T>(made: T | string | undefined): T {
  if (typeof made === "string" || made === undefined) {
    throw new TypeError(String(made));
  }
  return made;
}

/** Texts may have `*` for anything. A number matches its text too: AMQP properties are often texts. */
function compileCondition(condition: Condition): (value: unknown) => boolean {
  if (!Array.isArray(condition)) {
    return (value) => (value !== undefined && value !== null) === condition.exists;
  }
  const tests = condition.map((wanted) => {
    if (typeof wanted === "string" && wanted.includes("*")) {
      const fits = compileWildcard(wanted);
      return (value: unknown) => typeof value === "string" && fits(value);
    }
    return (value: unknown) => value === wanted || (value !== undefined && String(value) === String(wanted));
  });
  return (value) => tests.some((test) => test(value));
}

function show(value: unknown): string {
  return value === undefined ? "not there" : JSON.stringify(value).slice(0, 80);
}
