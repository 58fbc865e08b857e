/** Turns the room's placements into things to show: visual, colour, label. Shared by the 3D view and the plan. */

import type { AppState } from "../app/AppState.ts";
import type { Keyed, PlacementState } from "../live/roomTypes.ts";
import type { World } from "../live/World.ts";
import { STATUS_SHAPES, statusOf } from "../model/status.ts";
import { shortModelName } from "../model/TwinModel.ts";
import { formatWithUnit, keyValue, readValue } from "../model/values.ts";
import { palette } from "../scene/palette.ts";
import type { SceneItem } from "../scene/SceneView.ts";
import { visualOf } from "../scene/visualNames.ts";

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
  const status = twin === undefined ? "never" : statusOf(twin);
  return {
    ...placement,
    visual: visualOf(placement.visual, model ? model.lineage.map(shortModelName) : []),
    colour: palette().status[status],
    title: twin?.$name || twinId,
    value: valueText(app, world, twinId),
    rank: twinId === app.selected.value ? 2 : status === "live" ? 0 : 1,
  };
}

/** The key value as a label shows it: with its unit, behind the mark of a status that is not live. */
export function valueText(app: AppState, world: World, twinId: string): string {
  const twin = world.twin(twinId);
  const model = app.modelOf(twinId);
  const def = model && keyValue(model);
  const status = twin === undefined ? "never" : statusOf(twin);
  const value = twin && def && status !== "never" ? formatWithUnit(readValue(twin, def), def) : "";
  return status === "live" ? value : `${STATUS_SHAPES[status]} ${value}`.trim();
}
