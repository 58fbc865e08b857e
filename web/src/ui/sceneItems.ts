/** Turns the room's placements into things to show: visual, colour, label. Shared by the 3D view and the plan. */

import { colourOf, visualOf as templateOf, type VisualTemplate } from "../../../src/protocol/visuals.ts";
import type { AppState } from "../app/AppState.ts";
import type { Keyed, PlacementState } from "../live/roomTypes.ts";
import type { World } from "../live/World.ts";
import { STATUS_SHAPES, type Status, shownStatus } from "../model/status.ts";
import { shortModelName, type TwinModel, type ValueDef } from "../model/TwinModel.ts";
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
  const status = twin === undefined ? "never" : shownStatus(twin, world.severities.value.get(twinId));
  const template = templateOf(world.visuals.value.get(model?.id ?? ""), placement.visual);
  const shade = shadeOf(app, twinId, status) ?? valueColour(template, world, model, twinId) ?? palette().status[status];
  return {
    ...placement,
    visual: visualOf(template.shape ?? "", model ? model.lineage.map(shortModelName) : []),
    colour: shade,
    title: app.freeze ? "" : titleOf(placement, twin?.$name || twinId),
    value: "",
    rank: rankOf(app, twinId, status),
    ring: ringOf(app, placement.id, status, shade),
  };
}

/** What is about to be placed; reads signals. */
export function ghostShape(app: AppState, world: World) {
  const ghost = app.placing.ghost.value;
  const model = ghost && app.models.value.get(ghost.modelId);
  const shape = world.visuals.value.get(ghost?.modelId ?? "")?.shape ?? "";
  const visual = visualOf(shape, model ? model.lineage.map(shortModelName) : []);
  return ghost && { visual, colour: palette().accent, x: ghost.x, z: ghost.z };
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

/** By the template of its model, or of the placement. */
function valueColour(
  template: VisualTemplate,
  world: World,
  model: TwinModel | undefined,
  twinId: string,
): string | undefined {
  const pointer = template.colour?.property;
  const twin = world.twin(twinId);
  const def = pointer === undefined ? undefined : allValues(model).find((value) => value.pointer === pointer);
  return twin && def && colourOf(template, readValue(twin, def));
}

function allValues(model: TwinModel | undefined): readonly ValueDef[] {
  return model === undefined ? [] : [...model.values, ...model.components.flatMap(({ values }) => values)];
}

/** Who drags it stands beside its name. */
function titleOf({ heldBy }: PlacementState, name: string): string {
  return heldBy === "" ? name : `${heldBy}: ${name}`;
}

/** The key value as a label shows it: with its unit, behind the mark of a status that is not live. */
export function valueText(app: AppState, world: World, twinId: string): string {
  const twin = world.twin(twinId);
  const model = app.modelOf(twinId);
  const wish = model && world.visuals.value.get(model.id)?.label?.property;
  const def = model && (allValues(model).find(({ pointer }) => pointer === wish) ?? keyValue(model));
  const status = twin === undefined ? "never" : shownStatus(twin, world.severities.value.get(twinId));
  const value = twin && def && status !== "never" ? formatWithUnit(readValue(twin, def), def) : "";
  return status === "live" ? value : `${STATUS_SHAPES[status]} ${value}`.trim();
}
