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
function nameHeir(base: unknown, heir: unknown): void {
  const classes = TypeContext as unknown as {
    inheritedTypes: Map<unknown, Set<unknown>>;
    cachedContexts: Map<unknown, { has(type: unknown): boolean }>;
  };
  classes.inheritedTypes.set(base, new Set([heir]));
  for (const [root, context] of classes.cachedContexts) {
    if (context.has(base)) {
      classes.cachedContexts.delete(root);
    }
  }
}
