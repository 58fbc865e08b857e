/** Turns the room's placements into things to show: visual, colour, label. Shared by the 3D view and the plan. */

import { colourOf, fillOf, spinOf, visualOf as templateOf } from "../../../src/protocol/visuals.ts";
import type { AppState } from "../app/AppState.ts";
import type { Keyed, PlacementState } from "../live/roomTypes.ts";
import type { World } from "../live/World.ts";
import { allValues } from "../model/looks.ts";
import { STATUS_SHAPES, type Status, shownStatus, statusOf } from "../model/status.ts";
import { shortModelName } from "../model/TwinModel.ts";
import { formatWithUnit, keyValue, readValue } from "../model/values.ts";
import { palette, reducedMotion } from "../scene/palette.ts";
import type { SceneItem } from "../scene/sceneTypes.ts";
import { stretchTo, visualOf } from "../scene/visualNames.ts";

/** Reads signals: call it inside an effect or a component. */
export function sceneItems(app: AppState, world: World): SceneItem[] {
  const held = app.mover.value?.held.value;
  return world.placements.value.map((placement) => {
    const at = held?.id === placement.id ? { ...placement, ...held } : placement;
    return toItem(app, world, at);
  });
}

function toItem(app: AppState, world: World, placement: Keyed<PlacementState>): SceneItem {
  const { twinId } = placement;
  const twin = world.twin(twinId);
  const model = app.modelOf(twinId);
  const template = templateOf(world.visuals.value.get(model?.id ?? ""), placement.visual);
  const visual = visualOf(template.shape ?? "", model ? model.lineage.map(shortModelName) : []);
  const look = drivenLook(app, world, { twinId, template });
  return {
    ...placement,
    ...look,
    visual,
    template,
    stretch: stretchTo(visual, template.size),
    title: app.freeze ? "" : titleOf(placement, twin?.$name || twinId),
    value: "",
    rank: rankOf(app, twinId, statusIn(app, world, twinId)),
    ring: ringOf(app, placement.id, statusIn(app, world, twinId), look.colour),
  };
}

type Templated = Pick<SceneItem, "twinId" | "template">;

/** What a twin's values make of its look. Only a twin that is heard of turns: the last speed of a silent one proves nothing. */
export function drivenLook(app: AppState, world: World, item: Templated): Pick<SceneItem, "colour" | "drive"> {
  const { twinId, template } = item;
  const status = statusIn(app, world, twinId);
  const { colour, spin, fill } = template;
  const shade =
    shadeOf(app, twinId, status) ?? (colour && colourOf(template, valueAt(app, world, twinId, colour.property)));
  const isHeard = isFresh(world, twinId) && !app.freeze && !reducedMotion();
  return {
    colour: shade ?? palette().status[status],
    drive: (spin ?? fill) && {
      turn: spin && (isHeard ? spinOf(template, valueAt(app, world, twinId, spin.property)) : 0),
      axis: spin?.axis,
      fill: fill && fillOf(template, valueAt(app, world, twinId, fill.property)),
    },
  };
}

/** In a frozen scene no status is shown: which it is depends on what devices happen to send. */
function statusIn(app: AppState, world: World, twinId: string): Status {
  if (app.freeze) {
    return "live";
  }
  const twin = world.twin(twinId);
  return twin === undefined ? "never" : shownStatus(twin, world.severities.value.get(twinId));
}

function isFresh(world: World, twinId: string): boolean {
  const twin = world.twin(twinId);
  return twin !== undefined && statusOf(twin) === "live";
}

/** undefined where the model does not declare it, or nothing was received. */
function valueAt(app: AppState, world: World, twinId: string, pointer: string): unknown {
  const twin = world.twin(twinId);
  const def = allValues(app.modelOf(twinId)).find((value) => value.pointer === pointer);
  return twin && def && readValue(twin, def);
}

/** What is about to be placed; reads signals. */
export function ghostShape(app: AppState, world: World) {
  const ghost = app.placing.ghost.value;
  const model = ghost && app.models.value.get(ghost.modelId);
  const template = templateOf(world.visuals.value.get(ghost?.modelId ?? ""), ghost?.visual ?? "");
  const visual = visualOf(template.shape ?? "", model ? model.lineage.map(shortModelName) : []);
  const stretch = stretchTo(visual, template.size);
  return ghost && { visual, stretch, colour: palette().accent, x: ghost.x, z: ghost.z };
}

/** Under what is picked to be arranged, and under what has an alarm. */
function ringOf(app: AppState, placementId: string, status: Status, shade: string): string | undefined {
  if (app.picked.value.has(placementId)) {
    return palette().accent;
  }
  return status === "alarm" || status === "warning" ? shade : undefined;
}

/** Whose label goes first where there is no room for all. */
function rankOf(app: AppState, twinId: string, status: Status): number {
  if (twinId === app.selected.value || app.found.value?.has(twinId)) {
    return 3;
  }
  return status === "alarm" || status === "warning" ? 2 : status === "live" ? 0 : 1;
}

/** What a query found is marked; what a filter leaves out is faint. */
function shadeOf(app: AppState, twinId: string, status: Status): string | undefined {
  const colours = palette();
  if (app.found.value !== undefined) {
    return app.found.value.has(twinId) ? colours.found : colours.faint;
  }
  const filter = app.filter.value;
  if (filter !== "" && filter !== status) {
    return colours.faint;
  }
  return status === "live" ? undefined : colours.status[status]; // a live twin may have the colour of its template
}

/** Who drags it stands beside its name. */
function titleOf({ heldBy }: PlacementState, name: string): string {
  return heldBy === "" ? name : `${heldBy}: ${name}`;
}

/**
 * The value that the template names, else the key value, as a label shows it: with its unit, behind the mark of a status
 * that is not live.
 */
export function valueText(app: AppState, world: World, { twinId, template }: Templated): string {
  const twin = world.twin(twinId);
  const model = app.modelOf(twinId);
  const { property, unit } = template.label ?? {};
  const wished = property === undefined ? undefined : allValues(model).find(({ pointer }) => pointer === property);
  const def = model && (wished ?? keyValue(model));
  const status = statusIn(app, world, twinId);
  const shown = def && wished && unit !== undefined ? { ...def, unit } : def;
  const value = twin && shown && status !== "never" ? formatWithUnit(readValue(twin, shown), shown) : "";
  return status === "live" ? value : `${STATUS_SHAPES[status]} ${value}`.trim();
}
