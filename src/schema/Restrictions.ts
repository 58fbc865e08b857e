/**
 * Properties and Telemetry that only some roles may see: by model and name, for models that extend it too. TwinSchemas tags
 * their fields, so that rooms send them to clients with that right only; `twin.get` leaves them out.
 */
import type { ModelGraph } from "../dtdl/types.ts";
import { ROLES, type Role } from "../protocol/names.ts";
import type { Dtmi, Pointer } from "../twins/types.ts";

export interface Restriction {
  /** The interface that declares it; for a component's property, the component's interface. */
  model: Dtmi;
  /** Name of the Property or Telemetry. */
  property: string;
  /** Who sees it. */
  roles: readonly Role[];
}

export class Restrictions {
  readonly #graph: ModelGraph;
  readonly #all: readonly Restriction[];

  constructor(graph: ModelGraph, all: readonly Restriction[] = []) {
    this.#graph = graph;
    this.#all = all;
  }

  /** Bits of the roles for which this is; undefined: for everybody. Where several apply, who is in all of them. */
  tagOf(model: Dtmi, property: string): number | undefined {
    const applying = this.#all.filter((r) => r.property === property && this.#graph.isA(model, r.model));
    return applying.length === 0 ? undefined : applying.reduce((bits, { roles }) => bits & bitsOf(roles), ALL);
  }

  /** Of the client's role: 0 where the role sees nothing that others do not. */
  rightOf(role: Role): number {
    const bit = bitsOf([role]);
    return this.#all.some(({ roles }) => roles.includes(role)) ? bit : 0;
  }

  /** True where everybody may see it; `path` "" or deeper than a value: all of the twin. */
  isOpen(model: Dtmi, path: Pointer): boolean {
    if (this.#all.length === 0) {
      return true;
    }
    return path !== "" && ROLES.every((role) => this.allows(role, model, path));
  }

  /** True where the role may see the value. `path`: `/temperature` or `/motor/current`. */
  allows(role: Role, model: Dtmi, path: Pointer): boolean {
    const [, first = "", second] = path.split("/");
    const component = this.#graph.get(model)?.components.get(first);
    const tag = component && second !== undefined ? this.tagOf(component.schema, second) : this.tagOf(model, first);
    return tag === undefined || (tag & bitsOf([role])) !== 0;
  }
}

const ALL = (1 << ROLES.length) - 1;

function bitsOf(roles: readonly Role[]): number {
  return roles.reduce((bits, role) => bits | (1 << ROLES.indexOf(role)), 0);
}
