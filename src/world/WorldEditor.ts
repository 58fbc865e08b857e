/**
 * What builders do to the layout of a space, from rooms (TwinBuildingPlugin) and REST: rights, who holds what, one step of
 * undo per action.
 *
 * Way back: shape was checked by the caller (zod) → here → the step is kept (EditHistory) → Placements → the twin
 * service. In that order: a process that dies in between leaves a step whose placements never came, and undo says so.
 */
import type { AccessPolicy, Actor } from "../auth/AccessPolicy.ts";
import { TwinError } from "../errors.ts";
import type { LayoutDocument } from "../protocol/layout.ts";
import { ORIGIN, type Transform } from "../protocol/names.ts";
import type { VisualTemplate } from "../protocol/visuals.ts";
import type { LinkHealth, PlacementIndex, PlacementView, SpaceIndex } from "../services.ts";
import type { EditHistory, StoredEdit } from "../store/EditHistory.ts";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import type { Dtmi, TwinId, TwinProvider } from "../twins/types.ts";
import { type Arrangement, arranged } from "./arrange.ts";
import { type Change, contentOf, inverted, labelOf, sameContent } from "./edits.ts";
import { type LayoutDifference, planImport, toDocument } from "./layoutDocument.ts";
import { transformed } from "./placementValue.ts";
import { SpaceLayout } from "./SpaceLayout.ts";
import { planSpawn, type SpawnRequest, twinsOf } from "./spawn.ts";
import { judge } from "./undo.ts";
import type { Visuals } from "./Visuals.ts";

/** Who builds, and how it is known that somebody else drags something right now. */
export interface Builder {
  actor: Actor;
  /** Name of another one who holds it. */
  holderOf?: (placementId: string) => string | undefined;
}

export interface WorldEditorOptions {
  placements: PlacementIndex;
  visuals: Visuals;
  history: Pick<EditHistory, "push" | "last" | "next" | "turn" | "drop">;
  mirror: TwinMirror;
  spaces: SpaceIndex;
  provider: TwinProvider;
  policy: AccessPolicy;
  link: Pick<LinkHealth, "loaded">;
  /** Told of everything that was done, for the audit. */
  record?: (note: { actor: Actor; action: string; twinId?: TwinId; after: unknown }) => void;
}

type AddItem = { twinId: TwinId; visual?: string } & Partial<Transform>;
type MoveItem = { placementId: string } & Partial<Transform>;

export class WorldEditor {
  readonly #o: WorldEditorOptions;
  readonly visuals: Visuals;
  readonly #layouts = new Map<TwinId, SpaceLayout>();

  constructor(options: WorldEditorOptions) {
    this.#o = options;
    this.visuals = options.visuals;
  }

  /** What a space shows. UNAVAILABLE while twins are being loaded. */
  layout(space: TwinId): SpaceLayout {
    const { placements, spaces, mirror, link } = this.#o;
    if (!link.loaded) {
      throw new TwinError("UNAVAILABLE", "The twins are still being loaded; try again in a moment.");
    }
    const known = this.#layouts.get(space) ?? new SpaceLayout({ space, placements, spaces, mirror });
    this.#layouts.set(space, known);
    return known;
  }

  close(): void {
    for (const layout of this.#layouts.values()) {
      layout.close();
    }
  }

  /** FORBIDDEN or UNSUPPORTED with the reason. */
  check({ actor }: Builder, space: TwinId): void {
    if (space === "") {
      throw new TwinError("UNSUPPORTED", "This room shows no space, so there is no layout to change.");
    }
    this.#checkRight(actor, { space });
  }

  #checkRight(actor: Actor, on: { space?: TwinId }): void {
    const { allowed, reason } = this.#o.policy.check(actor, "place", on);
    if (!allowed) {
      throw new TwinError("FORBIDDEN", reason);
    }
  }

  /** Ids of the new placements. NOT_FOUND when one of the twins is unknown, and then none is placed. */
  add(builder: Builder, space: TwinId, items: readonly AddItem[]): string[] {
    this.check(builder, space);
    const unknown = items.flatMap(({ twinId }, i) => (this.#o.mirror.get(twinId) ? [] : [{ i, twinId }]));
    if (unknown.length > 0) {
      throw new TwinError("NOT_FOUND", `There is no twin '${unknown[0]?.twinId}'.`, {
        details: unknown.map(({ i, twinId }) => ({
          path: `/items/${i}/twinId`,
          expected: "a twin's id",
          found: twinId,
        })),
      });
    }
    return this.place(builder, space, items);
  }

  /** `add` for twins that the mirror need not know yet: just created. */
  place(builder: Builder, space: TwinId, items: readonly AddItem[]): string[] {
    this.check(builder, space);
    const changes = items.map(({ twinId, visual = "", ...place }): Change => {
      const after = { twinId, visual, by: builder.actor.name, ...transformed(ORIGIN, place) };
      return { id: this.#o.placements.newPlacementId(), after };
    });
    this.#do(builder, space, "added", changes);
    return changes.map(({ id }) => id);
  }

  /** Places what a query gives, but for what stands in the space already. */
  async spawn(
    builder: Builder,
    space: TwinId,
    request: SpawnRequest,
  ): Promise<{ placementIds: string[]; skipped: number }> {
    this.check(builder, space);
    const { mirror, spaces } = this.#o;
    const found = await twinsOf(request.query, this.#o);
    const { items, skipped } = planSpawn(found, request, { layout: this.layout(space), mirror, spaces });
    return { placementIds: items.length === 0 ? [] : this.add(builder, space, items), skipped };
  }

  /** Settled moves. NOT_FOUND when one is unknown, CONFLICT when somebody else holds one; then none is moved. */
  move(builder: Builder, space: TwinId, items: readonly MoveItem[]): void {
    this.check(builder, space);
    const views = this.#free(
      builder,
      space,
      items.map(({ placementId }) => placementId),
      "/items/*/placementId",
    );
    const moved = new Map<string, Transform>();
    for (const [i, { placementId, ...place }] of items.entries()) {
      moved.set(placementId, transformed(moved.get(placementId) ?? (views[i] as Transform), place));
    }
    this.#move(builder, space, "moved", [...moved]);
  }

  /** From the room; the twins stay. */
  remove(builder: Builder, space: TwinId, placementIds: readonly string[]): void {
    this.check(builder, space);
    const views = this.#free(builder, space, placementIds, "/placementIds/*");
    const unsaved = views.find(({ status }) => status === "unsaved");
    if (unsaved) {
      const why = `it is shown because '${space}' contains it`;
      throw new TwinError("INVALID_VALUE", `'${unsaved.twinId}' has no place of its own to remove: ${why}.`);
    }
    const changes = [...new Set(views)].map((view) => ({ id: view.id, before: contentOf(view) }));
    this.#do(builder, space, "removed", changes);
  }

  arrange(builder: Builder, space: TwinId, placementIds: readonly string[], how: Arrangement): void {
    this.check(builder, space);
    const views = this.#free(builder, space, [...new Set(placementIds)], "/placementIds/*");
    const places = arranged(views, how);
    this.#move(
      builder,
      space,
      `${how.do}: changed`,
      views.map(({ id }, i) => [id, places[i] as Transform]),
    );
  }

  /** The same twins once more, that far away. Ids of the new placements. */
  duplicate(
    builder: Builder,
    space: TwinId,
    placementIds: readonly string[],
    by: { dx: number; dy: number; dz: number },
  ) {
    const views = this.#known(space, [...new Set(placementIds)], "/placementIds/*");
    const items = views.map(({ id: _, status: __, by: ___, x, y, z, ...view }) => {
      return { ...view, x: x + by.dx, y: y + by.dy, z: z + by.dz };
    });
    return this.add(builder, space, items);
  }

  /** What was taken back, in words. CONFLICT when nothing of it can be; then undo goes on with the step before. */
  undo(builder: Builder, space: TwinId): string {
    this.check(builder, space);
    const edit = this.#o.history.last(keyOf(builder.actor), space);
    if (edit === undefined) {
      throw new TwinError("NOT_FOUND", "There is nothing of yours to undo in this space.");
    }
    return this.#turn(builder, space, edit, true);
  }

  redo(builder: Builder, space: TwinId): string {
    this.check(builder, space);
    const edit = this.#o.history.next(keyOf(builder.actor), space);
    if (edit === undefined) {
      throw new TwinError("NOT_FOUND", "There is nothing of yours to redo in this space.");
    }
    return this.#turn(builder, space, edit, false);
  }

  exportLayout(space: TwinId): LayoutDocument {
    this.layout(space);
    return toDocument(space, this.#o.placements.list(space), this.visuals.list());
  }

  /** Makes the space as the document says, as one step of undo; `dryRun`: only tells what would change. */
  importLayout(builder: Builder, space: TwinId, document: LayoutDocument, dryRun: boolean): LayoutDifference {
    this.check(builder, space);
    this.layout(space);
    const { placements, mirror, spaces } = this.#o;
    const others = spaces.list().filter(({ id }) => id !== space);
    const { edits, ...difference } = planImport(document, {
      current: new Map([...placements.list(space)].map((view) => [view.id, view])),
      templates: this.visuals.list(),
      exists: (twinId) => mirror.get(twinId) !== undefined,
      isTaken: (id) => others.some((other) => placements.get(other.id, id) !== undefined),
      newId: () => placements.newPlacementId(),
    });
    if (!dryRun) {
      for (const modelId of difference.visuals) {
        this.setVisual(builder, modelId, document.visuals?.[modelId]);
      }
      this.#do(builder, space, "imported", edits);
    }
    return difference;
  }

  /** For all spaces; `undefined`: none any more. */
  setVisual({ actor }: Builder, modelId: Dtmi, template: VisualTemplate | undefined): void {
    this.#checkRight(actor, {});
    this.visuals.set(modelId, template);
    this.#o.record?.({ actor, action: "visual.set", after: { modelId, template } });
  }

  #turn(builder: Builder, space: TwinId, edit: StoredEdit, undone: boolean): string {
    const { history, placements, mirror } = this.#o;
    const changes = edit.changes as Change[];
    const steps = undone ? changes.map(inverted) : changes;
    this.#checkHeld(
      builder,
      steps.map(({ id }) => id),
    );
    const { possible, obstacles } = judge(steps, {
      current: (id) => placements.get(space, id),
      exists: (twinId) => mirror.get(twinId) !== undefined,
    });
    const [first] = obstacles;
    if (possible.length === 0) {
      history.drop(edit.id);
      const verb = undone ? "undone" : "done again";
      throw new TwinError(
        "CONFLICT",
        `"${edit.label}" can no longer be ${verb}: ${first?.reason ?? "nothing is left of it"}.`,
        {
          details: obstacles.map(({ id, reason }) => ({
            path: `/placements/${id}`,
            expected: "as you left it",
            found: reason,
          })),
        },
      );
    }
    history.turn({ ...edit, changes: undone ? possible.map(inverted) : possible }, undone);
    this.#write(builder, space, possible);
    this.#o.record?.({
      actor: builder.actor,
      action: undone ? "placement.undo" : "placement.redo",
      twinId: space,
      after: edit.label,
    });
    const rest = obstacles.length === 1 ? "one was left" : `${obstacles.length} were left`;
    return first === undefined ? edit.label : `${edit.label}; ${rest}: ${first.reason}`;
  }

  #move(builder: Builder, space: TwinId, verb: string, moved: readonly [string, Transform][]): void {
    const changes = moved.map(([id, place]): Change => {
      const { twinId, visual, ...shown } = this.layout(space).get(id) as PlacementView;
      const kept = this.#o.placements.get(space, id);
      const after = { twinId, visual, by: builder.actor.name, ...transformed(shown, place) };
      return { id, ...(kept && { before: contentOf(kept) }), after };
    });
    const real = changes.filter(({ before, after }) => !sameContent(before, after));
    this.#do(builder, space, verb, real);
  }

  #do(builder: Builder, space: TwinId, verb: string, changes: readonly Change[]): void {
    if (changes.length === 0) {
      return;
    }
    const label = labelOf(verb, changes);
    this.#o.history.push(keyOf(builder.actor), space, { label, changes });
    this.#o.placements.write(
      space,
      changes.map(({ id, after }) => ({ id, content: after })),
    );
    this.#o.record?.({ actor: builder.actor, action: `placement: ${verb}`, twinId: space, after: label });
  }

  #write({ actor }: Builder, space: TwinId, changes: readonly Change[]): void {
    const by = actor.name;
    this.#o.placements.write(
      space,
      changes.map(({ id, after }) => ({ id, content: after && { ...after, by } })),
    );
  }

  #free(builder: Builder, space: TwinId, ids: readonly string[], path: string): PlacementView[] {
    const views = this.#known(space, ids, path);
    this.#checkHeld(builder, ids, path);
    return views;
  }

  #known(space: TwinId, ids: readonly string[], path: string): PlacementView[] {
    const layout = this.layout(space);
    return ids.map((id, i) => {
      const view = layout.get(id);
      if (view === undefined) {
        const details = [{ path: path.replace("*", String(i)), expected: "a placement of this space", found: id }];
        throw new TwinError("NOT_FOUND", `There is no placement '${id}' in this space.`, { details });
      }
      return view;
    });
  }

  #checkHeld({ holderOf }: Builder, ids: readonly string[], path = "/placements/*"): void {
    for (const [i, id] of ids.entries()) {
      const holder = holderOf?.(id);
      if (holder !== undefined) {
        const details = [{ path: path.replace("*", String(i)), expected: "held by nobody", found: holder }];
        throw new TwinError("CONFLICT", `${holder} is moving this right now.`, { details });
      }
    }
  }
}

/** Over connections: by name, as long as sign-in does not give more. Who has none is known by his connection only. */
function keyOf({ id, name }: Actor): string {
  return name === "guest" ? `connection ${id}` : `name ${name}`;
}
