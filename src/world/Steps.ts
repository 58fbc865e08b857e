/**
 * The steps of builders: done, taken back, done again, each as one. Owned by WorldEditor, which has checked the rights.
 *
 * A step is kept (EditHistory) before its placements are written: a process that dies in between leaves a step whose
 * placements never came, and undo says so.
 */
import type { Actor } from "../auth/AccessPolicy.ts";
import { TwinError } from "../errors.ts";
import type { PlacementIndex } from "../services.ts";
import type { EditHistory, StoredEdit } from "../store/EditHistory.ts";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import type { TwinId } from "../twins/types.ts";
import { type Change, inverted, labelOf, type Obstacle } from "./edits.ts";
import { judge } from "./undo.ts";

export interface StepsOptions {
  placements: PlacementIndex;
  history: Pick<EditHistory, "push" | "last" | "next" | "turn" | "drop">;
  mirror: TwinMirror;
  record?: Recorder;
}

/** What a builder is about to have written: in whatever way he came to it. */
export interface Written {
  actor: Actor;
  changes: readonly Change[];
}

/** Told of everything that was done, for the audit. */
export type Recorder = (note: {
  actor: Actor;
  action: string;
  twinId?: TwinId;
  after?: unknown;
  result?: "failed" | "refused";
  reason?: string;
}) => void;
type Direction = "undo" | "redo";
/** Throws when one of them may not be touched now. */
type CheckFree = (placementIds: readonly string[]) => void;

export class Steps {
  readonly #o: StepsOptions;
  readonly #listeners = new Map<TwinId, Set<(written: Written) => void>>();

  constructor(options: StepsOptions) {
    this.#o = options;
  }

  onWrite(space: TwinId, listener: (written: Written) => void): () => void {
    const listeners = this.#listeners.get(space) ?? new Set();
    this.#listeners.set(space, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(space) === listeners) {
        this.#listeners.delete(space);
      }
    };
  }

  do(actor: Actor, space: TwinId, verb: string, changes: readonly Change[]): void {
    if (changes.length === 0) {
      return;
    }
    const label = labelOf(verb, changes);
    this.#o.history.push(builderKey(actor), space, { label, changes });
    this.#write(actor, space, changes);
    this.#o.record?.({ actor, action: `placement: ${verb}`, twinId: space, after: label });
  }

  /** What was taken back or done again, in words. NOT_FOUND when there is nothing, CONFLICT when nothing of it can be. */
  turn(actor: Actor, space: TwinId, direction: Direction, checkFree: CheckFree): string {
    const { history, record } = this.#o;
    const key = builderKey(actor);
    const edit = direction === "undo" ? history.last(key, space) : history.next(key, space);
    if (edit === undefined) {
      throw new TwinError("NOT_FOUND", `There is nothing of yours to ${direction} in this space.`);
    }
    const turned = this.#turn(edit, actor, space, { direction, checkFree });
    record?.({ actor, action: `placement.${direction}`, twinId: space, after: edit.label });
    return turned;
  }

  #turn(edit: StoredEdit, actor: Actor, space: TwinId, o: { direction: Direction; checkFree: CheckFree }): string {
    const { history, placements, mirror } = this.#o;
    const isUndo = o.direction === "undo";
    const changes = edit.changes as Change[];
    const wanted = isUndo ? changes.map(inverted) : changes;
    o.checkFree(wanted.map(({ id }) => id));
    const { possible, obstacles } = judge(wanted, {
      current: (id) => placements.get(space, id),
      exists: (twinId) => mirror.get(twinId) !== undefined,
      spaceOf: (id) => placements.spaceOf(id),
    });
    if (possible.length === 0) {
      history.drop(edit.id);
      throw impossible(edit.label, isUndo, obstacles);
    }
    history.turn({ ...edit, changes: isUndo ? possible.map(inverted) : possible }, isUndo);
    const mine = possible.map((change) =>
      change.after ? { ...change, after: { ...change.after, by: actor.name } } : change,
    );
    this.#write(actor, space, mine);
    const [first] = obstacles;
    const left = obstacles.length === 1 ? "one was left" : `${obstacles.length} were left`;
    return first === undefined ? edit.label : `${edit.label}; ${left}: ${first.reason}`;
  }

  #write(actor: Actor, space: TwinId, changes: readonly Change[]): void {
    for (const listener of this.#listeners.get(space) ?? []) {
      listener({ actor, changes });
    }
    this.#o.placements.write(
      space,
      changes.map(({ id, after }) => ({ id, content: after })),
    );
  }
}

function impossible(label: string, isUndo: boolean, obstacles: readonly Obstacle[]): TwinError {
  const verb = isUndo ? "undone" : "done again";
  const why = obstacles[0]?.reason ?? "nothing is left of it";
  const details = obstacles.map(({ id, reason }) => {
    return { path: `/placements/${id}`, expected: "as you left it", found: reason };
  });
  return new TwinError("CONFLICT", `"${label}" can no longer be ${verb}: ${why}.`, { details });
}

/** Over connections: by the token's subject; without sign-in by name. Who has neither is known by his connection only. */
export function builderKey({ id, name, subject }: Actor): string {
  if (subject !== undefined) {
    return `subject ${subject}`;
  }
  return name === "guest" ? `connection ${id}` : `name ${name}`;
}
