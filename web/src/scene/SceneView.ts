/**
 * The 3D view: renders on demand, lets a person look around, select and drag. It is told what is where (`show`) and tells
 * what the hand does (callbacks); it knows nothing of rooms. Throws in `start` when there is no WebGL.
 */

import { Scene, Vector3, WebGLRenderer } from "three";
import { Aim } from "./Aim.ts";
import { type Avatar, AvatarLayer } from "./AvatarLayer.ts";
import { CameraRig } from "./CameraRig.ts";
import { Floor } from "./Floor.ts";
import { GhostLayer, type GhostShape } from "./GhostLayer.ts";
import { Gizmo, type GizmoMode } from "./Gizmo.ts";
import { ItemLabels } from "./ItemLabels.ts";
import { cornersOf, PlacementLayer } from "./PlacementLayer.ts";
import { PointerTool } from "./PointerTool.ts";
import { onPalette, palette } from "./palette.ts";
import type { CameraPose } from "./pose.ts";
import { Surroundings } from "./Surroundings.ts";
import type { SceneCallbacks, SceneItem } from "./sceneTypes.ts";

export class SceneView {
  readonly #canvas: HTMLCanvasElement;
  readonly #callbacks: SceneCallbacks;
  readonly #scene = new Scene();
  readonly #surroundings = new Surroundings(this.#scene);
  readonly #floor = new Floor();
  readonly #layer = new PlacementLayer();
  readonly #rig: CameraRig;
  readonly #aim: Aim;
  readonly #avatars = new AvatarLayer();
  readonly #ghost = new GhostLayer();
  readonly #cleanups: (() => void)[] = [];
  /** Where the labels of a twin are. */
  #slots = new Map<string, number[]>();
  #renderer: WebGLRenderer | undefined;
  #labels: ItemLabels | undefined;
  #gizmo: Gizmo | undefined;
  #gizmoMode: GizmoMode | undefined;
  #items: readonly SceneItem[] = [];
  #selected = "";
  #frame = 0;
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
    this.#aim = new Aim(options.canvas, this.#rig.camera);
  }

  start(): void {
    this.#renderer = new WebGLRenderer({ canvas: this.#canvas, antialias: devicePixelRatio < 2 });
    this.#renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
    const pixelRatio = this.#renderer.getPixelRatio();
    this.#labels = new ItemLabels({ pixelRatio, valueOf: this.#callbacks.valueOf, onDue: () => this.invalidate() });
    this.#scene.add(this.#floor.mesh, this.#layer.group, this.#ghost.group);
    this.#scene.add(this.#avatars.start(pixelRatio), this.#labels.mesh);
    this.#paint();
    this.#listen();
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
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
    this.#labels?.show(items);
    this.#floor.select(this.#selectedItem());
    this.#showGizmo();
    if (!this.#framed && items.length > 0) {
      this.#framed = true;
      this.fit();
    }
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
        if (this.#labels?.refresh(index)) {
          this.invalidate();
        }
      }
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
    return this.#aim.ground(clientX, clientY, 0);
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
    this.#rig.fit(this.#items.flatMap(cornersOf));
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
    this.#labels?.arrange(this.#rig.camera, width, height);
    this.#avatars.arrange(this.#rig.camera, width, height);
    this.#surroundings.keepFogBehind(this.#rig.distance);
    this.#renderer?.render(this.#scene, this.#rig.camera);
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
      pick: (x, y) => this.#layer.pick(this.#aim.ray(x, y)),
      isTaken: () => this.#gizmo?.busy ?? false,
      ground: (x, y, height) => this.#aim.ground(x, y, height),
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
      this.#labels?.unsettle();
      this.invalidate();
    }
  }

  #selectedItem(): SceneItem | undefined {
    return this.#items.find(({ twinId }) => twinId === this.#selected);
  }

  #hover(id: string | undefined): void {
    const item = this.#items.find((candidate) => candidate.id === id);
    this.#labels?.hover(item);
    this.#floor.hover(item?.twinId === this.#selected ? undefined : item);
    this.invalidate();
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
