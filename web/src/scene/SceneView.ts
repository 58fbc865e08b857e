/**
 * The 3D view: renders on demand, lets a person look around, select and drag. It is told what is where (`show`) and tells
 * what the hand does (callbacks); it knows nothing of rooms. Throws in `start` when there is no WebGL.
 */

import { Matrix4, Plane, Raycaster, Scene, Vector2, Vector3, WebGLRenderer } from "three";
import type { VisualTemplate } from "../../../src/protocol/visuals.ts";
import { type Avatar, AvatarLayer } from "./AvatarLayer.ts";
import { CameraRig } from "./CameraRig.ts";
import { Floor } from "./Floor.ts";
import { GhostLayer, type GhostShape } from "./GhostLayer.ts";
import { Gizmo, type GizmoMode, type Pose } from "./Gizmo.ts";
import { LabelLayer } from "./LabelLayer.ts";
import { type Item, PlacementLayer, reach } from "./PlacementLayer.ts";
import { PointerTool } from "./PointerTool.ts";
import { onPalette, palette } from "./palette.ts";
import type { CameraPose } from "./pose.ts";
import { Surroundings } from "./Surroundings.ts";

const ARRANGE_MS = 90;
/** At most; no screen has room for more. */
const LABELS = 512;

/** A thing to show. */
export interface SceneItem extends Item {
  twinId: string;
  template: VisualTemplate;
  title: string;
  value: string;
  /** Higher goes first where labels would overlap. */
  rank: number;
}

export interface SceneCallbacks {
  onSelect: (placementId: string | undefined, more: boolean) => void;
  /** False when this thing may not be dragged now. */
  canDrag: (placementId: string) => boolean;
  onDrag: (placementId: string, to: { x: number; y: number; z: number } & Partial<Pose>) => void;
  onDrop: () => void;
  /** The view came to rest with this ground point in its middle. */
  onCentre: (centre: { x: number; z: number }) => void;
  onLost: () => void;
  /** Where one is and what one looks at, after each movement. */
  onPose: (pose: CameraPose) => void;
  /** The camera came to rest there. */
  onRestPose: (pose: CameraPose) => void;
  /** Text under the title of a label, now. */
  valueOf: (item: SceneItem) => string;
  /** The same thing with the colour, the turning and the level that its values give it now. */
  driven: (item: SceneItem) => SceneItem;
}

export class SceneView {
  readonly #canvas: HTMLCanvasElement;
  readonly #callbacks: SceneCallbacks;
  readonly #scene = new Scene();
  readonly #surroundings = new Surroundings(this.#scene);
  readonly #floor = new Floor();
  readonly #layer = new PlacementLayer();
  readonly #raycaster = new Raycaster();
  readonly #rig: CameraRig;
  readonly #avatars = new AvatarLayer();
  readonly #ghost = new GhostLayer();
  readonly #cleanups: (() => void)[] = [];
  /** Where the labels of a twin are. */
  #slots = new Map<string, number[]>();
  #renderer: WebGLRenderer | undefined;
  #labels: LabelLayer | undefined;
  #gizmo: Gizmo | undefined;
  #gizmoMode: GizmoMode | undefined;
  #items: readonly SceneItem[] = [];
  #selected = "";
  #frame = 0;
  #arrangeTimer = 0;
  #arrangedAt = 0;
  readonly #arrangedFor = new Matrix4();
  #framed = false;

  constructor(options: { canvas: HTMLCanvasElement } & SceneCallbacks) {
    this.#canvas = options.canvas;
    this.#callbacks = options;
    this.#rig = new CameraRig({
      canvas: options.canvas,
      onMove: () => {
        this.invalidate();
        options.onPose(this.#rig.pose);
      },
      onRest: (centre) => {
        options.onCentre(centre);
        options.onRestPose(this.#rig.pose);
      },
    });
  }

  start(): void {
    this.#renderer = new WebGLRenderer({ canvas: this.#canvas, antialias: devicePixelRatio < 2 });
    this.#renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
    this.#scene.add(
      this.#floor.mesh,
      this.#layer.group,
      this.#ghost.group,
      this.#avatars.start(this.#renderer.getPixelRatio()),
    );
    this.#newLabels(LABELS);
    this.#paint();
    this.#listen();
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    window.clearTimeout(this.#arrangeTimer);
    for (const cleanup of this.#cleanups) {
      cleanup();
    }
    this.#rig.dispose();
    this.#labels?.dispose();
    this.#layer.dispose();
    this.#avatars.dispose();
    this.#ghost.dispose();
    this.#gizmo?.dispose();
    this.#floor.dispose();
    this.#renderer?.dispose();
    this.#renderer = undefined;
  }

  /** Shows exactly these. The first time the camera goes to where all of them are in sight. */
  show(items: readonly SceneItem[]): void {
    this.#items = items;
    this.#slots = slotsOf(items);
    this.#layer.update(items);
    this.#floor.show(items);
    this.#labels?.trim(items.length);
    items.forEach((item, index) => {
      this.#labels?.set(index, { ...item, y: this.#layer.labelHeight(item) });
    });
    this.#floor.select(this.#selectedItem());
    this.#showGizmo();
    if (!this.#framed && items.length > 0) {
      this.#framed = true;
      this.fit();
    }
    this.#arrangedAt = 0;
    this.invalidate();
  }

  /**
   * New values of some twins: what they drive; of labels only those in sight are written, others when they come into it.
   */
  refresh(twins: ReadonlySet<string>): void {
    for (const twinId of twins) {
      for (const index of this.#slots.get(twinId) ?? []) {
        const item = this.#items[index];
        if (item !== undefined && isDriven(item)) {
          this.#layer.redrive(this.#callbacks.driven(item));
          this.invalidate();
        }
        if (this.#labels?.isShown(index)) {
          this.#relabel(index);
          this.invalidate();
        }
      }
    }
  }

  #relabel(index: number): void {
    const item = this.#items[index];
    if (item !== undefined) {
      const value = this.#callbacks.valueOf(item);
      this.#labels?.set(index, { ...item, y: this.#layer.labelHeight(item), value });
    }
  }

  select(twinId: string): void {
    this.#selected = twinId;
    this.#floor.select(this.#selectedItem());
    this.#showGizmo();
    this.invalidate();
  }

  /** Handles on what is selected; undefined for none. */
  handles(mode: GizmoMode | undefined): void {
    this.#gizmoMode = mode;
    this.#showGizmo();
  }

  #showGizmo(): void {
    if (this.#gizmoMode === undefined && this.#gizmo === undefined) {
      return;
    }
    this.#gizmo ??= new Gizmo({
      scene: this.#scene,
      camera: this.#rig.camera,
      canvas: this.#canvas,
      onChange: () => this.invalidate(),
      onHold: (holding) => this.#rig.hold(holding),
      onDrag: (id, pose) => this.#callbacks.onDrag(id, pose),
      onDrop: () => this.#callbacks.onDrop(),
    });
    this.#gizmo.show(this.#gizmoMode && this.#selectedItem(), this.#gizmoMode ?? "translate");
  }

  /** Flies to a twin. */
  focus(twinId: string): void {
    const item = this.#items.find((candidate) => candidate.twinId === twinId);
    if (item !== undefined) {
      this.#rig.focus(new Vector3(item.x, item.y + 0.8, item.z));
    }
  }

  /** What is about to be placed. */
  showGhost(ghost: GhostShape | undefined): void {
    this.#ghost.show(ghost);
    this.invalidate();
  }

  /** Ground point under the pointer; undefined above the horizon. */
  groundAt({ clientX, clientY }: MouseEvent): { x: number; z: number } | undefined {
    return this.#onGround(clientX, clientY, 0);
  }

  /** The others who are here. */
  showAvatars(avatars: readonly Avatar[]): void {
    const looked = new Map(this.#items.map((item) => [item.twinId, item]));
    this.#avatars.show(avatars, (twinId) => looked.get(twinId));
    this.invalidate();
  }

  /** On foot, or around the middle of the view. */
  walk(walking: boolean): void {
    this.#rig.walk(walking);
  }

  /** Steps while walking: right and ahead, -1 to 1. */
  step(right: number, ahead: number): void {
    this.#rig.step(right, ahead);
  }

  /** A view that a link leads to. */
  take(pose: CameraPose): void {
    this.#framed = true;
    this.#rig.take(pose);
  }

  /** Everything in sight. */
  fit(): void {
    this.#rig.fit(this.#items.flatMap((item) => corners(item, this.#layer.labelHeight(item))));
  }

  invalidate(): void {
    if (this.#frame === 0 && this.#renderer !== undefined) {
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.#layer.tick(performance.now());
        this.#render();
        if (this.#layer.isTurning) {
          this.invalidate();
        }
      });
    }
  }

  #render(): void {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (width === 0 || height === 0) {
      return;
    }
    this.#rig.camera.updateMatrixWorld();
    this.#arrangeLabels(width, height);
    this.#avatars.arrange(this.#rig.camera, width, height);
    this.#surroundings.keepFogBehind(this.#rig.distance);
    this.#renderer?.render(this.#scene, this.#rig.camera);
  }

  /** Only after the camera or things have moved; not at every frame, and once more after the last one. */
  #arrangeLabels(width: number, height: number): void {
    const { camera } = this.#rig;
    const isMoved = this.#arrangedAt === 0 || !this.#arrangedFor.equals(camera.matrixWorld);
    if (!isMoved) {
      return;
    }
    if (performance.now() - this.#arrangedAt >= ARRANGE_MS) {
      this.#arrangedAt = performance.now();
      this.#arrangedFor.copy(camera.matrixWorld);
      this.#labels?.arrange(camera, width, height, (index) => this.#relabel(index));
    } else if (this.#arrangeTimer === 0) {
      this.#arrangeTimer = window.setTimeout(() => {
        this.#arrangeTimer = 0;
        this.invalidate();
      }, ARRANGE_MS);
    }
  }

  #listen(): void {
    const observer = new ResizeObserver(() => this.#resize());
    observer.observe(this.#canvas.parentElement ?? this.#canvas);
    const onLost = (event: Event) => {
      event.preventDefault();
      this.#callbacks.onLost();
    };
    this.#canvas.addEventListener("webglcontextlost", onLost);
    const tool = new PointerTool({
      canvas: this.#canvas,
      pick: (x, y) => this.#layer.pick(this.#aim(x, y)),
      isTaken: () => this.#gizmo?.busy ?? false,
      ground: (x, y, height) => this.#onGround(x, y, height),
      position: (id) => this.#items.find((item) => item.id === id),
      onHover: (id) => this.#hover(id),
      onHold: (holding) => this.#rig.hold(holding),
      ...this.#callbacks,
    });
    tool.start();
    this.#cleanups.push(
      () => observer.disconnect(),
      () => this.#canvas.removeEventListener("webglcontextlost", onLost),
      onPalette(() => this.#paint()),
      () => tool.close(),
    );
  }

  #newLabels(capacity: number): void {
    if (this.#labels !== undefined) {
      this.#scene.remove(this.#labels.mesh);
      this.#labels.dispose();
    }
    this.#labels = new LabelLayer({ capacity, pixelRatio: this.#renderer?.getPixelRatio() ?? 1 });
    this.#labels.setColours(palette());
    this.#scene.add(this.#labels.mesh);
  }

  #paint(): void {
    const colours = palette();
    this.#surroundings.paint(colours);
    this.#floor.paint(colours);
    this.#layer.paint(colours);
    this.#labels?.setColours(colours);
    this.#avatars.setColours(colours);
    this.invalidate();
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#canvas.parentElement ?? this.#canvas;
    if (width > 0 && height > 0) {
      this.#renderer?.setSize(width, height);
      this.#rig.resize(width, height);
      this.#arrangedAt = 0;
      this.invalidate();
    }
  }

  #selectedItem(): SceneItem | undefined {
    return this.#items.find(({ twinId }) => twinId === this.#selected);
  }

  #hover(id: string | undefined): void {
    const item = this.#items.find((candidate) => candidate.id === id);
    this.#floor.hover(item?.twinId === this.#selected ? undefined : item);
    this.invalidate();
  }

  #aim(x: number, y: number): Raycaster {
    const box = this.#canvas.getBoundingClientRect();
    const at = new Vector2(((x - box.left) / box.width) * 2 - 1, 1 - ((y - box.top) / box.height) * 2);
    this.#raycaster.setFromCamera(at, this.#rig.camera);
    return this.#raycaster;
  }

  #onGround(x: number, y: number, height: number): { x: number; z: number } | undefined {
    return this.#aim(x, y).ray.intersectPlane(new Plane(new Vector3(0, 1, 0), -height), new Vector3()) ?? undefined;
  }
}

function slotsOf(items: readonly SceneItem[]): Map<string, number[]> {
  const slots = new Map<string, number[]>();
  items.forEach(({ twinId }, index) => {
    const known = slots.get(twinId);
    if (known === undefined) {
      slots.set(twinId, [index]);
    } else {
      known.push(index);
    }
  });
  return slots;
}

function isDriven({ template: { colour, spin, fill } }: SceneItem): boolean {
  return colour !== undefined || spin !== undefined || fill !== undefined;
}

/** What must be in sight of a thing: its foot on four sides, and its top. */
function corners({ x, y, z, visual, ...size }: SceneItem, top: number): Vector3[] {
  const half = reach(size) * (visual === "room" ? 1.8 : 1);
  const feet = [-half, half].flatMap((dx) => [-half, half].map((dz) => new Vector3(x + dx, y, z + dz)));
  return [...feet, new Vector3(x, top, z)];
}
