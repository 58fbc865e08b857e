/** The 3D view as a component: a canvas, kept in step with the room by effects. Loaded lazily, with three. */
import { effect, untracked } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { AppState } from "../app/AppState.ts";
import { useApp } from "../app/useApp.ts";
import type { World } from "../live/World.ts";
import { SceneView } from "../scene/SceneView.ts";
import { S } from "../strings.ts";
import { drivenLook, ghostShape, sceneItems, valueText } from "./sceneItems.ts";

export function Scene3D({ world }: { world: World }) {
  const app = useApp();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => (canvas.current === null ? undefined : run(app, world, canvas.current)), [app, world]);
  return <canvas ref={canvas} class="scene" role="img" tabIndex={0} aria-label={S.scene.label} />;
}

/** Runs the view until the returned function is called. */
function run(app: AppState, world: World, canvas: HTMLCanvasElement): () => void {
  const view = newView(app, world, canvas);
  try {
    view.start();
  } catch {
    app.webgl.value = false;
    return () => view.close();
  }
  if (app.startPose !== undefined) {
    view.take(app.startPose);
    app.startPose = undefined;
  }
  const stops = [
    effect(() => {
      world.facts.value;
      world.twinIds.value;
      view.show(sceneItems(app, world));
      canvas.dataset["placed"] = String(world.placements.value.length);
    }),
    world.onFrame((twins) => app.freeze || view.refresh(twins)),
    effect(() => view.handles(app.building.value && app.placeBlock.value === "" ? app.handles.value : undefined)),
    effect(() => view.walk(app.view.value === "walk")),
    effect(() => view.showAvatars(app.freeze ? [] : others(world))),
    effect(() => view.step(app.pad.value.right, app.pad.value.ahead)),
    effect(() => view.showGhost(ghostShape(app, world))),
    followPointer(app, view, canvas),
    effect(() => view.select(app.selected.value)),
    effect(() => {
      const request = app.focus.value;
      if (request !== undefined) {
        untracked(() => view.focus(request.twinId));
      }
    }),
    effect(() => {
      if (app.fit.value > 0) {
        untracked(() => view.fit());
      }
    }),
  ];
  return () => {
    for (const stop of stops) {
      stop();
    }
    view.close();
  };
}

/** The ghost of what is being placed goes with the pointer; a tap takes it there at once. */
function followPointer(app: AppState, view: SceneView, canvas: HTMLCanvasElement): () => void {
  const abort = new AbortController();
  const follow = (event: PointerEvent) => {
    const ground = app.placing.ghost.value && view.groundAt(event);
    if (ground !== undefined) {
      app.placing.move(ground, event.ctrlKey);
    }
  };
  canvas.addEventListener("pointermove", follow, { signal: abort.signal });
  canvas.addEventListener("pointerdown", follow, { signal: abort.signal });
  return () => abort.abort();
}

function others(world: World) {
  return world.players.value.filter(({ id }) => id !== world.room.sessionId);
}

function newView(app: AppState, world: World, canvas: HTMLCanvasElement): SceneView {
  const twinOf = (id: string | undefined) =>
    world.placements.value.find((placement) => placement.id === id)?.twinId ?? "";
  return new SceneView({
    canvas,
    onSelect: (id, more) => {
      if (app.placing.ghost.value !== undefined) {
        void app.placing.set();
      } else if (more && id !== undefined && app.building.value) {
        app.pick(id);
      } else {
        app.select(twinOf(id));
      }
    },
    canDrag: () => app.placing.ghost.value === undefined && app.building.value && app.placeBlock.value === "",
    onDrag: (id, to) => app.mover.value?.drag({ id, ...to }),
    onDrop: () => void app.mover.value?.drop(),
    onCentre: (centre) => {
      app.centre.value = centre;
    },
    onLost: () => app.lostGraphics(),
    onPose: (pose) => app.sender.value?.pose(pose),
    onRestPose: (pose) => {
      app.pose.value = pose;
    },
    valueOf: (item) => (app.freeze ? "" : valueText(app, world, item)),
    driven: (item) => ({ ...item, ...drivenLook(app, world, item) }),
  });
}
