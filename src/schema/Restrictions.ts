/**
 * Properties and Telemetry that only some roles may see: by model and name, for models that extend it too. TwinSchemas tags
 * their fields, so that rooms send them to clients with that right only; `twin.get` leaves them out.
 *
 * Answers by the models as they are when it is asked. Of a model that is not known (it was deleted, or is not read yet)
 * nobody can tell what it extends: there each restriction holds for all that has its name, at any depth. Of one whose name
 * its model does not have nobody can tell what was meant: it holds for all values of that model's twins (`faults`).
 */
import type { Interface, ModelGraph } from "../dtdl/types.ts";
import { ROLES, type Role } from "../protocol/names.ts";
import type { Dtmi, Pointer, Twin } from "../twins/types.ts";

export interface Restriction {
  /** The interface that declares it; for a component's property, the component's interface. */
  model: Dtmi;
  /** Name of the Property or Telemetry. */
  property: string;
  /** Who sees it. */
  roles: readonly Role[];
}

export class Restrictions {
  readonly #graph: () => ModelGraph;
  readonly #all: readonly Restriction[];

  constructor(graph: () => ModelGraph, all: readonly Restriction[] = []) {
    this.#graph = graph;
    this.#all = all;
  }

  /** As they are now. */
  get models(): ModelGraph {
    return this.#graph();
  }

  /** Everybody sees everything. */
  get isEmpty(): boolean {
    return this.#all.length === 0;
  }

  /** Their models that there are not (yet). */
  unknownModels(): Dtmi[] {
    return [...new Set(this.#all.map((r) => r.model))].filter((model) => !this.#graph().get(model));
  }

  /** A sentence on each whose model is there and has no Property or Telemetry of its name. */
  faults(): string[] {
    return this.#all.filter((r) => this.#isLost(r)).map((r) => faultOf(r, this.#graph().get(r.model) as Interface));
  }

  /** Bits of the roles for which this is; undefined: for everybody. Where several apply, who is in all of them. */
  tagOf(model: Dtmi, property: string): number | undefined {
    const graph = this.#graph();
    const isMeant = (r: Restriction, isLost: boolean) =>
      !graph.get(model) || graph.isA(model, r.model) || (isLost && this.#heirsOf(r.model).some(has(model)));
    const applying = this.#all.filter((r) => {
      const isLost = this.#isLost(r);
      return (isLost || r.property === property) && isMeant(r, isLost);
    });
    return applying.length === 0 ? undefined : applying.reduce((bits, { roles }) => bits & bitsOf(roles), ALL);
  }

  /** Of the client's roles: 0 where they see nothing that others do not. */
  rightOf(roles: readonly Role[]): number {
    return bitsOf(roles.filter((role) => this.#all.some((r) => r.roles.includes(role))));
  }

  /** True where everybody may see it; `path` "" or deeper than a value: all of the twin. */
  isOpen(model: Dtmi, path: Pointer): boolean {
    return this.isEmpty || (path !== "" && ROLES.every((role) => this.allows([role], model, path)));
  }

  /** What everybody may see of the value there; undefined: nothing. */
  openPart(model: Dtmi, path: Pointer, value: unknown): unknown {
    if (this.isEmpty || !this.isOpen(model, path)) {
      return this.isEmpty ? value : undefined;
    }
    return this.#graph().get(model) ? value : withoutMembers(value, new Set(this.#all.map((r) => r.property)));
  }

  /** True where one of the roles may see the value. `path`: `/temperature` or `/motor/current`. */
  allows(roles: readonly Role[], model: Dtmi, path: Pointer): boolean {
    const [, first = "", second] = path.split("/");
    const known = this.#graph().get(model);
    if (!known) {
      return path.split("/").every((name) => isFor(roles, this.tagOf(model, name)));
    }
    const component = known.components.get(first);
    if (component && second === undefined) {
      return this.#all.every((r) => isFor(roles, this.tagOf(component.schema, r.property)));
    }
    const tag = component && second !== undefined ? this.tagOf(component.schema, second) : this.tagOf(model, first);
    return isFor(roles, tag);
  }

  /** The twin without the values that these roles may not see; the same object where there are none. */
  seen(roles: readonly Role[], twin: Twin): Twin {
    if (this.isEmpty) {
      return twin;
    }
    const known = this.#graph().get(twin.modelId);
    const hidden = pathsOf(twin, known).filter((p) => !this.allows(roles, twin.modelId, p));
    const kept = hidden.length === 0 ? twin : without(twin, hidden);
    // Of an unknown model nobody can tell which of its objects are components.
    return known ? kept : { ...kept, properties: this.seenRow(roles, kept.properties) as Twin["properties"] };
  }

  /**
   * Why these roles may not ask this; undefined: they may. Conditions tell values too, and a query does not say of which
   * models it speaks: so it may not have the name of a property in it that they may not see on some model.
   */
  queryFault(roles: readonly Role[], query: string): string | undefined {
    const named = this.#hiddenNames(roles).find((name) => new RegExp(`\\b${name}\\b`, "i").test(query));
    return named === undefined ? undefined : `The query speaks of '${named}', which your role may not see.`;
  }

  /** A row of an answer: parts of twins do not tell their model, so members of these names go wherever they stand. */
  seenRow(roles: readonly Role[], row: object): object {
    const names = new Set(this.#hiddenNames(roles));
    return names.size === 0 ? row : (withoutMembers(row, names) as object);
  }

  /** True where nothing is kept from them. */
  seesAll(roles: readonly Role[]): boolean {
    return this.#hiddenNames(roles).length === 0;
  }

  /** Across models: who is in all that there is about a name sees it everywhere. */
  #hiddenNames(roles: readonly Role[]): string[] {
    const bits = new Map<string, number>();
    for (const r of this.#all) {
      for (const name of this.#isLost(r) ? this.#heirsOf(r.model).flatMap(namesIn) : [r.property]) {
        bits.set(name, (bits.get(name) ?? ALL) & bitsOf(r.roles));
      }
    }
    return [...bits].flatMap(([name, tag]) => (isFor(roles, tag) ? [] : [name]));
  }

  /** The model is there, and nothing in it has the name. */
  #isLost({ model, property }: Restriction): boolean {
    const known = this.#graph().get(model);
    return known !== undefined && !known.properties.has(property) && !known.telemetries.has(property);
  }

  #heirsOf(model: Dtmi): Interface[] {
    const graph = this.#graph();
    return [...graph.interfaces.values()].filter((it) => graph.isA(it.id, model));
  }
}

function faultOf({ model, property }: Restriction, { components, properties, telemetries }: Interface): string {
  const component = components.get(property);
  if (component) {
    return `${model}/${property}: '${property}' is a Component. Name its model and one of its properties: ${component.schema}/<property>`;
  }
  const names = [...properties.keys(), ...telemetries.keys()].sort();
  const has = names.length === 0 ? "none" : names.join(", ");
  return `${model}/${property}: the model has no Property or Telemetry '${property}'; it has ${has}`;
}

/** With a component of that model. */
function has(model: Dtmi) {
  return ({ components }: Interface) => [...components.values()].some((component) => component.schema === model);
}

/** Of all that a twin has values of. */
function namesIn({ properties, telemetries, components }: Interface): string[] {
  return [...properties.keys(), ...telemetries.keys(), ...components.keys()];
}

/** Values of the twin, those of its components one by one. */
function pathsOf({ properties, times }: Twin, model: Interface | undefined): Pointer[] {
  const components = model?.components;
  const paths = Object.entries(properties).flatMap(([name, value]) =>
    components?.has(name) && typeof value === "object" && value !== null
      ? Object.keys(value).map((inner) => `/${name}/${inner}`)
      : [`/${name}`],
  );
  return [...new Set([...paths, ...Object.keys(times)])];
}

function without(twin: Twin, hidden: readonly Pointer[]): Twin {
  const copy = structuredClone(twin);
  for (const path of hidden) {
    const [, first = "", second] = path.split("/");
    delete copy.times[path];
    if (second === undefined) {
      delete copy.properties[first];
    } else {
      delete (copy.properties[first] as Record<string, unknown> | undefined)?.[second];
    }
  }
  return copy;
}

function withoutMembers(value: unknown, names: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => withoutMembers(item, names));
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const kept = Object.entries(value).filter(([name]) => !names.has(name));
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutMembers(member, names)]));
}

const ALL = (1 << ROLES.length) - 1;

/** `tag` as `tagOf` gives it. */
function isFor(roles: readonly Role[], tag: number | undefined): boolean {
  return tag === undefined || (tag & bitsOf(roles)) !== 0;
}

function bitsOf(roles: readonly Role[]): number {
  return roles.reduce((bits, role) => bits | (1 << ROLES.indexOf(role)), 0);
}
