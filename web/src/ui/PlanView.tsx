/**
 * The space from above, as SVG: the stand-in for the 3D view where WebGL is missing, and a choice of its own. Every thing
 * is a button with a name; in Build mode it is dragged like in 3D, or moved by arrow keys.
 */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { SNAP, STEPS } from "../app/Placing.ts";
import { useApp } from "../app/useApp.ts";
import type { World } from "../live/World.ts";
import { FONT_PIXELS, LINE, type PlanLabel, type PlanPicture, planLabels } from "../model/planLabels.ts";
import type { SceneItem } from "../scene/sceneTypes.ts";
import { S } from "../strings.ts";
import { ghostShape, sceneItems, valueText } from "./sceneItems.ts";

const MARGIN = 3;
/** What is shown around a thing that one goes to, metres. */
const NEAR = { width: 14, depth: 10 };

interface Box {
  x: number;
  z: number;
  width: number;
  depth: number;
}

export function PlanView({ world }: { world: World }) {
  const app = useApp();
  world.beat.value;
  const items = sceneItems(app, world).map((item) => ({ ...item, value: valueText(app, world, item) }));
  const [box, setBox] = useState<Box>(() => boxOf(items));
  const placed = items.length;
  const fit = app.fit.value;
  useEffect(() => {
    const next = boxOf(items);
    setBox(next);
    app.centre.value = { x: next.x + next.width / 2, z: next.z + next.depth / 2 };
  }, [placed, fit, app]);
  const focus = app.focus.value;
  useEffect(() => {
    const item = items.find(({ twinId }) => twinId === focus?.twinId);
    if (item !== undefined) {
      setBox({ x: item.x - NEAR.width / 2, z: item.z - NEAR.depth / 2, ...NEAR });
    }
  }, [focus]);
  const svg = useRef<SVGSVGElement>(null);
  const picture = usePicture(svg, box);
  const ghost = ghostShape(app, world);
  const follow = (event: PointerEvent) => {
    const ground = ghost && toGround(svg.current, event);
    if (ground !== undefined) {
      app.placing.move(ground, event.ctrlKey);
    }
  };
  const set = (event: Event) => {
    if (ghost !== undefined) {
      event.stopPropagation(); // it does not select what lies there
      void app.placing.set();
    }
  };
  const sorted = items.toSorted((a, b) => Number(b.visual === "room") - Number(a.visual === "room"));
  return (
    // biome-ignore lint/a11y/useSemanticElements: an SVG cannot be a fieldset
    <svg
      ref={svg}
      class="plan"
      role="group"
      aria-label={S.scene.planLabel}
      onPointerMove={follow}
      onPointerDown={follow}
      onClickCapture={set}
      viewBox={`${box.x} ${box.z} ${box.width} ${box.depth}`}
    >
      <Grid box={box} />
      {sorted.map((item) => (
        <PlanItem key={item.id} item={item} svg={svg} />
      ))}
      {ghost && (
        <g class="plan-ghost" transform={`translate(${ghost.x} ${ghost.z})`}>
          <Stretched item={{ ...ghost, s: 1 }} />
        </g>
      )}
      {planLabels(sorted.map(labelled), picture).map((label) => (
        <Label key={label.id} label={label} size={FONT_PIXELS / picture.perMetre} />
      ))}
    </svg>
  );
}

function Grid({ box }: { box: Box }) {
  const lines = useMemo(() => {
    const path: string[] = [];
    for (let x = Math.ceil(box.x / 2) * 2; x <= box.x + box.width; x += 2) {
      path.push(`M${x} ${box.z}v${box.depth}`);
    }
    for (let z = Math.ceil(box.z / 2) * 2; z <= box.z + box.depth; z += 2) {
      path.push(`M${box.x} ${z}h${box.width}`);
    }
    return path.join("");
  }, [box]);
  return <path class="plan-grid" d={lines} />;
}

function PlanItem({ item, svg }: { item: SceneItem; svg: { current: SVGSVGElement | null } }) {
  const app = useApp();
  const [grab, setGrab] = useState<{ dx: number; dz: number } | undefined>(undefined);
  const selected = app.selected.value === item.twinId;
  const movable = app.placing.ghost.value === undefined && app.building.value && app.placeBlock.value === "";
  const at = (event: PointerEvent) => toGround(svg.current, event);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (app.placing.ghost.value !== undefined) {
      return; // keys are the ghost's
    }
    if (step !== undefined && movable) {
      event.preventDefault();
      void app.mover.value?.settle({ id: item.id, x: item.x + step[0], y: item.y, z: item.z + step[1] });
    }
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (event.shiftKey && movable) {
        app.pick(item.id);
      } else {
        app.select(item.twinId);
      }
    }
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: SVG has no button
    <g
      class={`plan-item ${selected || app.picked.value.has(item.id) ? "selected" : ""} ${movable ? "movable" : ""}`}
      role="button"
      tabindex={0} // in SVG names of attributes tell capitals: tabIndex would be none
      aria-pressed={selected}
      aria-label={`${item.title}, ${item.value}`}
      transform={`translate(${item.x} ${item.z})`}
      onClick={(event) => (event.shiftKey && movable ? app.pick(item.id) : app.select(item.twinId))}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        const ground = movable ? at(event) : undefined;
        if (ground !== undefined) {
          event.currentTarget.setPointerCapture(event.pointerId);
          setGrab({ dx: ground.x - item.x, dz: ground.z - item.z });
        }
      }}
      onPointerMove={(event) => {
        const ground = grab && at(event);
        if (grab !== undefined && ground !== undefined) {
          const snap = (value: number) => (event.ctrlKey ? value : Math.round(value / SNAP) * SNAP);
          app.mover.value?.drag({ id: item.id, x: snap(ground.x - grab.dx), y: item.y, z: snap(ground.z - grab.dz) });
        }
      }}
      onPointerUp={() => {
        setGrab(undefined);
        void app.mover.value?.drop();
      }}
    >
      <Stretched item={item} />
    </g>
  );
}

/** Over all symbols, and as large on the screen as other text. */
function Label({ label, size }: { label: PlanLabel; size: number }) {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: not focusable; the symbol says the same to screen readers
    <g aria-hidden="true" font-size={size}>
      <text x={label.x} y={label.z + size} class="plan-title">
        {label.title}
      </text>
      <text x={label.x} y={label.z + size * (1 + LINE)} class="plan-value">
        {label.value}
      </text>
    </g>
  );
}

/** For the labels: a room is ground, its label lies in it. */
function labelled(item: SceneItem) {
  const r = radius(item);
  const half = { x: r * item.stretch.x, z: r * item.stretch.z };
  return { ...item, half, isGround: item.visual === "room" };
}

/** What the picture shows: the box in its middle, as large as it fits. */
function usePicture(svg: { current: SVGSVGElement | null }, box: Box): PlanPicture {
  const [size, setSize] = useState({ width: 800, height: 600 });
  useEffect(() => {
    const element = svg.current;
    if (element === null) {
      return;
    }
    const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, [svg]);
  const perMetre = Math.max(1, Math.min(size.width / box.width, size.height / box.depth));
  const [middle, half] = [box.x + box.width / 2, size.width / perMetre / 2];
  return { perMetre, left: middle - half, right: middle + half };
}

/** By the size of its template. */
function Stretched({ item }: { item: Drawn }) {
  return (
    <g transform={`scale(${item.stretch.x} ${item.stretch.z})`}>
      <Shape item={item} />
    </g>
  );
}

type Drawn = Pick<SceneItem, "visual" | "s" | "colour" | "stretch">;

const RADII: Partial<Record<SceneItem["visual"], number>> = { sensor: 0.45, valve: 0.55, room: 1.7, tank: 0.95 };

function radius({ visual, s }: Pick<SceneItem, "visual" | "s">): number {
  return (RADII[visual] ?? 0.75) * s;
}

function Shape({ item }: { item: Pick<SceneItem, "visual" | "s" | "colour"> }) {
  const r = radius(item);
  if (item.visual === "tank" || item.visual === "sensor") {
    return <circle r={r} fill={item.colour} />;
  }
  if (item.visual === "valve") {
    return <path d={`M${-r} ${-r}V${r}L${r} ${-r}V${r}Z`} fill={item.colour} />;
  }
  if (item.visual === "room") {
    return <rect class="plan-room" x={-r} y={-r} width={r * 2} height={r * 2} rx={0.1} />;
  }
  const [width, height] = item.visual === "box" ? [r, r] : [r * 1.15, r * 0.75];
  return <rect x={-width} y={-height} width={width * 2} height={height * 2} rx={0.14} fill={item.colour} />;
}

function toGround(svg: SVGSVGElement | null, event: PointerEvent): { x: number; z: number } | undefined {
  const matrix = svg?.getScreenCTM()?.inverse();
  const point = matrix && new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
  return point && { x: point.x, z: point.y };
}

function boxOf(items: readonly SceneItem[]): Box {
  if (items.length === 0) {
    return { x: -8, z: -6, width: 16, depth: 12 };
  }
  const xs = items.map(({ x }) => x);
  const zs = items.map(({ z }) => z);
  const [x, z] = [Math.min(...xs) - MARGIN, Math.min(...zs) - MARGIN];
  return { x, z, width: Math.max(...xs) + MARGIN - x, depth: Math.max(...zs) + MARGIN - z };
}
