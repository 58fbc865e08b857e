/**
 * The world's class with its twins for one set of models, made known to @colyseus/schema as the heir of what a game
 * declares (`t.ref(World)`). Used by TwinSchemas.
 */
import { TypeContext } from "@colyseus/schema";
import type { World } from "./entities.ts";
import type { Fields, WorldClass } from "./states.ts";

export function heirOf(base: typeof World, twins: unknown): WorldClass {
  const Concrete = base.extend({ twins } as Fields, base.name) as unknown as WorldClass;
  nameHeir(base, Concrete);
  return Concrete;
}

/**
 * Makes `heir` the one subclass that encoders made from now on know for fields declared as `base`. @colyseus/schema looks
 * for subclasses once per root class and keeps what it found; by itself it would go on using the classes of the models
 * that there were when the first room of a game was created. Encoders that exist keep theirs.
 */
function nameHeir(base: object, heir: object): void {
  const { inheritedTypes, cachedContexts } = heldWeakly();
  inheritedTypes.set(base, new Set([heir]));
  cachedContexts.bases.add(base);
}

interface Context {
  has(type: object): boolean;
}
interface Heirs {
  get(base: object): Set<object> | undefined;
  set(base: object, heirs: Set<object>): unknown;
}

/** What is known of root classes; not of those that do not know the heir of a base that they know. */
class Contexts extends WeakMap<object, Context> {
  readonly bases = new Set<object>();
  readonly #heirs: Heirs;

  constructor(heirs: Heirs, known: Iterable<readonly [object, Context]>) {
    super(known);
    this.#heirs = heirs;
  }

  override get(root: object): Context | undefined {
    const context = super.get(root);
    const isNew = (base: object) => [...(this.#heirs.get(base) ?? [])].every((heir) => context?.has(heir));
    return context && [...this.bases].every((base) => !context.has(base) || isNew(base)) ? context : undefined;
  }
}

/**
 * @colyseus/schema keeps every class for as long as the process lives, in static maps: 3.5 MB for each change of 200 models.
 * Held weakly they go with the rooms that use them. It only gets from these maps and sets in them.
 */
function heldWeakly(): { inheritedTypes: Heirs; cachedContexts: Contexts } {
  const held = TypeContext as unknown as {
    inheritedTypes: Heirs | Map<object, Set<object>>;
    cachedContexts: Contexts | Map<object, Context>;
  };
  if (held.inheritedTypes instanceof Map) {
    held.inheritedTypes = new WeakMap(held.inheritedTypes);
  }
  if (held.cachedContexts instanceof Map) {
    held.cachedContexts = new Contexts(held.inheritedTypes, held.cachedContexts);
  }
  return held as { inheritedTypes: Heirs; cachedContexts: Contexts };
}
