/** The camera and the hand on it: orbiting, flying to a thing, showing everything. Part of SceneView. */
import { PerspectiveCamera, Vector3 } from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import { frameCamera } from "./frameCamera.ts";
import { reducedMotion } from "./palette.ts";

const FLY_MS = 350;
const NEAR_METRES = 9;
/** From above, in front and a little to the right. */
const OVERVIEW = new Vector3(0.24, 0.85, 1).normalize();

export interface CameraRigOptions {
  canvas: HTMLCanvasElement;
  /** The picture is another one now. */
  onMove: () => void;
  /** The camera came to rest with this ground point in the middle. */
  onRest: (centre: { x: number; z: number }) => void;
}

export class CameraRig {
  readonly camera = new PerspectiveCamera(45, 1, 0.1, 600);
  readonly #controls: OrbitControls;
  readonly #options: CameraRigOptions;
  /** Counts flights: a new one ends the one before. */
  #flight = 0;

  constructor(options: CameraRigOptions) {
    this.#options = options;
    this.camera.position.set(9, 9, 14);
    this.#controls = new OrbitControls(this.camera, options.canvas);
    this.#controls.maxPolarAngle = Math.PI / 2 - 0.06;
    this.#controls.minDistance = 2.5;
    this.#controls.maxDistance = 150;
    this.#controls.enableDamping = false;
    this.#controls.addEventListener("change", () => options.onMove());
    this.#controls.addEventListener("start", () => this.#flight++);
    this.#controls.addEventListener("end", () => this.#rest());
  }

  get distance(): number {
    return this.#controls.getDistance();
  }

  /** While something is dragged the camera stays. */
  hold(holding: boolean): void {
    this.#controls.enabled = !holding;
  }

  resize(width: number, height: number): void {
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
  }

  /** All points in sight, from above. */
  fit(points: readonly Vector3[]): void {
    const { target, distance } = frameCamera(this.camera, OVERVIEW, points);
    this.#fly(target, target.clone().addScaledVector(OVERVIEW, distance));
  }

  /** Near to a point, from where one looks now. */
  focus(on: Vector3): void {
    const direction = this.camera.position.clone().sub(this.#controls.target).normalize();
    this.#fly(on, on.clone().addScaledVector(direction, NEAR_METRES));
  }

  dispose(): void {
    this.#flight++;
    this.#controls.dispose();
  }

  #fly(target: Vector3, position: Vector3): void {
    const flight = ++this.#flight;
    const from = { target: this.#controls.target.clone(), position: this.camera.position.clone() };
    const startedAt = performance.now();
    const length = reducedMotion() ? 0 : FLY_MS;
    const step = () => {
      if (flight !== this.#flight) {
        return;
      }
      const part = length === 0 ? 1 : Math.min(1, (performance.now() - startedAt) / length);
      const eased = 1 - (1 - part) ** 3;
      this.#controls.target.lerpVectors(from.target, target, eased);
      this.camera.position.lerpVectors(from.position, position, eased);
      this.#controls.update();
      this.#options.onMove();
      if (part < 1) {
        requestAnimationFrame(step);
      } else {
        this.#rest();
      }
    };
    step();
  }

  #rest(): void {
    const { x, z } = this.#controls.target;
    this.#options.onRest({ x, z });
  }
}
