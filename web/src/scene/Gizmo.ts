/**
 * Handles on the selected thing while building: move, turn, scale, with snapping that Ctrl suspends. Works on a stand-in,
 * so that a patch on its way never pulls the thing from under the hand. Part of SceneView.
 */
import { type Camera, MathUtils, Object3D, type Scene } from "three";
import { TransformControls } from "three/examples/jsm/controls/TransformControls.js";
import type { Item } from "./PlacementLayer.ts";

export type GizmoMode = "translate" | "rotate" | "scale";
export type Pose = Pick<Item, "x" | "y" | "z" | "qx" | "qy" | "qz" | "qw" | "s">;

const SNAP_METRES = 0.5;
const SNAP_TURN = MathUtils.degToRad(15);
const SNAP_SCALE = 0.1;
const SMALLEST = 0.05;

export interface GizmoOptions {
  scene: Scene;
  camera: Camera;
  canvas: HTMLCanvasElement;
  onChange: () => void;
  /** While a handle is held the camera stays. */
  onHold: (holding: boolean) => void;
  onDrag: (id: string, pose: Pose) => void;
  onDrop: () => void;
}

export class Gizmo {
  readonly #controls: TransformControls;
  readonly #proxy = new Object3D();
  readonly #o: GizmoOptions;
  readonly #abort = new AbortController();
  #id = "";

  constructor(options: GizmoOptions) {
    this.#o = options;
    this.#controls = new TransformControls(options.camera, options.canvas);
    this.#controls.setSize(0.8);
    options.scene.add(this.#proxy, this.#controls.getHelper());
    this.#snap(true);
    this.#controls.addEventListener("change", () => options.onChange());
    this.#controls.addEventListener("dragging-changed", (event) => this.#onDragging(event.value === true));
    this.#controls.addEventListener("objectChange", () => options.onDrag(this.#id, this.#pose()));
    const { signal } = this.#abort;
    const onKey = (event: KeyboardEvent) => event.key === "Control" && this.#snap(event.type === "keyup");
    window.addEventListener("keydown", onKey, { signal });
    window.addEventListener("keyup", onKey, { signal });
  }

  /** A handle is under the pointer or in the hand: presses are not for what lies behind. */
  get busy(): boolean {
    return this.#id !== "" && (this.#controls.dragging || this.#controls.axis !== null);
  }

  /** undefined: no handles. */
  show(item: Item | undefined, mode: GizmoMode): void {
    if (item === undefined) {
      this.#id = "";
      this.#controls.detach();
      this.#o.onChange();
      return;
    }
    if (this.#controls.dragging) {
      return;
    }
    this.#id = item.id;
    this.#proxy.position.set(item.x, item.y, item.z);
    this.#proxy.quaternion.set(item.qx, item.qy, item.qz, item.qw);
    this.#proxy.scale.setScalar(item.s);
    this.#controls.setMode(mode);
    this.#controls.attach(this.#proxy);
    this.#o.onChange();
  }

  dispose(): void {
    this.#abort.abort();
    this.#controls.detach();
    this.#controls.dispose();
  }

  #onDragging(dragging: boolean): void {
    this.#o.onHold(dragging);
    if (!dragging) {
      this.#o.onDrop();
    }
  }

  #snap(on: boolean): void {
    this.#controls.setTranslationSnap(on ? SNAP_METRES : null);
    this.#controls.setRotationSnap(on ? SNAP_TURN : null);
    this.#controls.setScaleSnap(on ? SNAP_SCALE : null);
  }

  /** Scale is one number: the handle that was pulled farthest says it. */
  #pose(): Pose {
    const { position, quaternion, scale } = this.#proxy;
    const before = this.#controls.object === undefined ? 1 : (scale.x + scale.y + scale.z) / 3;
    const s = [scale.x, scale.y, scale.z].reduce(
      (far, one) => (Math.abs(one - before) > Math.abs(far - before) ? one : far),
      before,
    );
    const [qx, qy, qz, qw] = quaternion.toArray() as [number, number, number, number];
    return { x: position.x, y: position.y, z: position.z, qx, qy, qz, qw, s: Math.max(SMALLEST, s) };
  }
}
