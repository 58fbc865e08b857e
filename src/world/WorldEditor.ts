/**
 * What builders do to the layout of a space, from rooms (TwinBuildingPlugin) and REST: rights, who holds what, one step of
 * undo per action.
 *
 * Way back: shape was checked by the caller (zod) → here → Steps → Placements → the twin service.
 */
import type { AccessPolicy, Actor } from "../auth/AccessPolicy.ts";
import { TwinError } from "../errors.ts";
import type { LayoutDocument } from "../protocol/layout.ts";
import { ORIGIN, type Transform } from "../protocol/names.ts";
import type { VisualTemplate } from "../protocol/visuals.ts";
import type { LinkHealth, PlacementView, SpaceIndex } from "../services.ts";
import { assertLoaded } from "../twins/knownTwin.ts";
import type { Dtmi, Log, TwinId, TwinProvider } from "../twins/types.ts";
import { type Arrangement, arranged, DONE } from "./arrange.ts";
import { type Builder, checkHeld } from "./Builder.ts";
import { type Change, checkChanges, contentOf, copied, sameContent } from "./edits.ts";
import { type HeldLayout, Layouts } from "./Layouts.ts";
import { LayoutTransfer, templatesOf } from "./LayoutTransfer.ts";
import type { LayoutDifference } from "./layoutDocument.ts";
import { checkWithin, transformed } from "./placementValue.ts";
import type { SpaceLayout } from "./SpaceLayout.ts";
import { Steps, type StepsOptions, type Written } from "./Steps.ts";
import { planSpawn, type SpawnRequest, twinsOf } from "./spawn.ts";
import type { Visuals } from "./Visuals.ts";

export type { Builder } from "./Builder.ts";

export interface WorldEditorOptions extends StepsOptions {
  visuals: Visuals;
  spaces: SpaceIndex;
  provider: TwinProvider;
  policy: AccessPolicy;
  link: Pick<LinkHealth, "loaded">;
  log: Log;
  /** Why somebody may not ask this of the twin service; undefined: he may. */
  queryFault: (actor: Actor, query: string) => string | undefined;
}

type AddItem = { twinId: TwinId; visual?: string } & Partial<Transform>;
type MoveItem = { placementId: string } & Partial<Transform>;

export class WorldEditor {
  readonly #o: WorldEditorOptions;
  readonly visuals: Visuals;
  readonly #steps: Steps;
  readonly #transfer: LayoutTransfer;
  readonly #layouts: Layouts;

  constructor(options: WorldEditorOptions) {
    this.#o = options;
    this.visuals = options.visuals;
    this.#transfer = new LayoutTransfer(options);
    this.#layouts = new Layouts(options);
    this.#steps = new Steps(options);
    options.visuals.onRefused(({ actor, modelId, reason }) => {
      options.record?.({ actor, action: "visual.set", after: { modelId }, result: "failed", reason });
    });
  }

  /** Called before what a builder has settled is written, whatever room or request it came by. Returns the unsubscriber. */
  onWrite(space: TwinId, listener: (written: Written) => void): () => void {
    return this.#steps.onWrite(space, listener);
  }

  /**
   * What a space shows, for a room: it follows what changes until it is released. The event loop is free while it is made,
   * however large the space is. UNAVAILABLE while twins are being loaded.
   */
  holdLayout(space: TwinId): Promise<HeldLayout> {
    return this.#layouts.hold(space);
  }

  /** The same for who cannot wait; unless a room holds it, only to look at it now. */
  layout(space: TwinId): SpaceLayout {
    return this.#layouts.now(space);
  }

  close(): void {
    this.#layouts.close();
  }

  /** FORBIDDEN, UNSUPPORTED, NOT_FOUND or, while twins are being loaded, UNAVAILABLE, with the reason. */
  check(builder: Builder, space: TwinId): void {
    this.#checkMay(builder, space);
    if (this.#o.link.loaded && !this.#transfer.canPlace(space)) {
      throw new TwinError("NOT_FOUND", `There is no space '${space}' to build in: no twin has that id.`);
    }
    assertLoaded(this.#o.link);
  }

  #checkMay({ actor }: Builder, space: TwinId): void {
    if (space === "") {
      throw new TwinError("UNSUPPORTED", "This room shows no space, so there is no layout to change.");
    }
    this.#checkRight(actor, { space });
  }

  #checkRight(actor: Actor, on: { space?: TwinId }): void {
    const { allowed, reason } = this.#o.policy.check(actor, "place", on);
    if (!allowed) {
      const twinId = on.space === undefined ? {} : { twinId: on.space };
      this.#o.record?.({ actor, action: "place", ...twinId, result: "refused", reason });
      throw new TwinError("FORBIDDEN", reason);
    }
  }

  /** Ids of the new placements. NOT_FOUND when one of the twins is unknown, and then none is placed. */
  add(builder: Builder, space: TwinId, items: readonly AddItem[]): string[] {
    this.check(builder, space);
    this.#checkTwins(items, (i) => `/items/${i}/twinId`);
    return this.place(builder, space, items);
  }

  /** Refuses what `place` would refuse, while there is no twin yet to place. */
  checkPlace(builder: Builder, space: TwinId, twinId: TwinId, place: Partial<Transform>): void {
    this.check(builder, space);
    checkWithin(twinId, transformed(ORIGIN, place, "/place"));
  }

  /** `add` for twins that the mirror need not know yet: just created. */
  place(builder: Builder, space: TwinId, items: readonly AddItem[]): string[] {
    this.check(builder, space);
    const changes = items.map(({ twinId, visual = "", ...place }, i): Change => {
      const after = { twinId, visual, by: builder.actor.name, ...transformed(ORIGIN, place, `/items/${i}`) };
      return { id: this.#o.placements.newPlacementId(), after };
    });
    this.#do(builder, space, "added", changes);
    return changes.map(({ id }) => id);
  }

  /**
   * Places what a query gives, but for what stands in the space already. FORBIDDEN where a condition, or `position`, speaks
   * of what the builder may not see: what then stands there would tell it.
   */
  async spawn(
    builder: Builder,
    space: TwinId,
    request: SpawnRequest,
  ): Promise<{ placementIds: string[]; skipped: number }> {
    this.check(builder, space);
    const { mirror, spaces, queryFault } = this.#o;
    const fault = queryFault(builder.actor, `${request.query} ${request.position ?? ""}`);
    if (fault !== undefined) {
      throw new TwinError("FORBIDDEN", fault);
    }
    const found = await twinsOf(request.query, this.#o);
    const { items, skipped } = planSpawn(found, request, { layout: this.layout(space), mirror, spaces });
    return { placementIds: items.length === 0 ? [] : this.add(builder, space, items), skipped };
  }

  /** What he is about to drag, as it is kept. NOT_FOUND when one is unknown, CONFLICT when somebody else holds one. */
  grab(builder: Builder, space: TwinId, placementIds: readonly string[]): PlacementView[] {
    this.check(builder, space);
    return this.#free(builder, space, placementIds, "/items/*/placementId");
  }

  /** Settled moves. NOT_FOUND when one is unknown, CONFLICT when somebody else holds one; then none is moved. */
  move(builder: Builder, space: TwinId, items: readonly MoveItem[]): void {
    const ids = items.map(({ placementId }) => placementId);
    const views = this.grab(builder, space, ids);
    const moved = new Map<string, Transform>();
    for (const [i, { placementId, ...place }] of items.entries()) {
      moved.set(placementId, transformed(moved.get(placementId) ?? (views[i] as Transform), place, `/items/${i}`));
    }
    this.#move(builder, space, "moved", [...moved]);
  }

  /** From the room; the twins stay. Where the space's own twin is gone, its placements can still be cleared away. */
  remove(builder: Builder, space: TwinId, placementIds: readonly string[]): void {
    this.#checkMay(builder, space);
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
      DONE[how.do],
      views.map(({ id }, i) => [id, places[i] as Transform]),
    );
  }

  /** The same twins once more, that far away. Ids of the new placements. */
  duplicate(
    builder: Builder,
    space: TwinId,
    placementIds: readonly string[],
    by: { dx: number; dy: number; dz: number },
  ): string[] {
    this.check(builder, space);
    const views = this.#known(space, [...new Set(placementIds)], "/placementIds/*");
    this.#checkTwins(views, (i) => `/placementIds/${i}`);
    const newId = () => this.#o.placements.newPlacementId();
    const { kept, copies } = copied(views, by, { newId, by: builder.actor.name });
    this.#do(builder, space, "added", [...kept, ...copies]);
    return copies.map(({ id }) => id);
  }

  /** What was taken back, in words. CONFLICT when nothing of it can be; then undo goes on with the step before. */
  undo(builder: Builder, space: TwinId): string {
    this.check(builder, space);
    return this.#steps.turn(builder.actor, space, "undo", (ids) => checkHeld(builder, ids));
  }

  redo(builder: Builder, space: TwinId): string {
    this.check(builder, space);
    return this.#steps.turn(builder.actor, space, "redo", (ids) => checkHeld(builder, ids));
  }

  exportLayout(space: TwinId): LayoutDocument {
    assertLoaded(this.#o.link);
    return this.#transfer.export(space);
  }

  /**
   * Makes the space as the document says, as one step of undo; `dryRun`: only tells what would change. Whatever refuses
   * an import refuses it before anything of it is done, and a dry run too.
   */
  importLayout(builder: Builder, space: TwinId, document: LayoutDocument, dryRun: boolean): LayoutDifference {
    this.check(builder, space);
    const { edits, ...difference } = this.#transfer.plan(space, document);
    if (difference.visuals.length > 0) {
      this.#checkRight(builder.actor, {});
    }
    if (!dryRun) {
      for (const [modelId, template] of templatesOf(document, difference.visuals)) {
        this.setVisual(builder, modelId, template);
      }
      this.#do(builder, space, "imported", edits);
    }
    return difference;
  }

  /** For all spaces; `undefined`: none any more. */
  setVisual({ actor }: Builder, modelId: Dtmi, template: VisualTemplate | undefined): void {
    this.#checkRight(actor, {});
    this.visuals.set(modelId, template, actor);
    this.#o.record?.({ actor, action: "visual.set", after: { modelId, template } });
  }

  /** NOT_FOUND with the path of each that nobody can place: unknown ones, and those in which the layout itself is kept. */
  #checkTwins(items: readonly { twinId: TwinId }[], pathOf: (i: number) => string): void {
    const unknown = items.flatMap(({ twinId }, i) =>
      this.#transfer.canPlace(twinId) ? [] : [{ path: pathOf(i), expected: "a twin's id", found: twinId }],
    );
    if (unknown.length > 0) {
      throw new TwinError("NOT_FOUND", `There is no twin '${unknown[0]?.found}' to place.`, { details: unknown });
    }
  }

  #do({ actor }: Builder, space: TwinId, verb: string, changes: readonly Change[]): void {
    checkChanges(changes);
    this.#steps.do(actor, space, verb, changes);
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

  #free(builder: Builder, space: TwinId, ids: readonly string[], path: string): PlacementView[] {
    const views = this.#known(space, ids, path);
    checkHeld(builder, ids, path);
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
}
