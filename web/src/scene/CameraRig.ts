/** The camera and the hand on it: orbiting, flying to a thing, showing everything. Part of SceneView. */
import { PerspectiveCamera, Vector3 } from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import { frameCamera } from "./frameCamera.ts";
import { orbitByKeys } from "./OrbitKeys.ts";
import { reducedMotion } from "./palette.ts";
import type { CameraPose } from "./pose.ts";
import { EYE, WalkControls } from "./WalkControls.ts";

const FLY_MS = 350;
const NEAR_METRES = 9;
/** At most so far from what one looked at one comes to stand, metres. */
const STEPS_BEFORE = 7;
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
  readonly #walk: WalkControls;
  readonly #endKeys: () => void;
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
    this.#walk = new WalkControls({
      camera: this.camera,
      canvas: options.canvas,
      onMove: () => {
        this.#lookAhead();
        options.onMove();
      },
      onRest: () => this.#rest(),
    });
    this.#endKeys = orbitByKeys({
      camera: this.camera,
      canvas: options.canvas,
      target: this.#controls.target,
      isOn: () => !this.#walk.on,
      onMove: () => {
        this.#flight++;
        this.#controls.update();
        options.onMove();
        this.#rest();
      },
    });
  }

  get pose(): CameraPose {
    return { eye: this.camera.position.toArray(), target: this.#controls.target.toArray() };
  }

  /** On foot from where one looks, or back to looking from above. */
  walk(walking: boolean): void {
    if (walking === this.#walk.on) {
      return;
    }
    this.#flight++;
    this.#controls.enabled = !walking;
    if (walking) {
      this.#stepDown();
      this.#walk.start();
    } else {
      this.#walk.stop();
      const back = this.camera.position.clone().sub(this.#controls.target).setY(0).normalize();
      this.#fly(this.#controls.target.clone().setY(0), this.camera.position.clone().addScaledVector(back, 6).setY(7));
    }
  }

  step(right: number, ahead: number): void {
    if (this.#walk.on) {
      this.#walk.step(right, ahead);
    }
  }

  take({ eye, target }: CameraPose): void {
    this.#flight++;
    this.camera.position.set(...eye);
    this.#controls.target.set(...target);
    this.#controls.update();
    this.#rest();
  }

  /** To the ground, a few steps before what one looked at. */
  #stepDown(): void {
    const target = this.#controls.target;
    const back = this.camera.position.clone().sub(target).setY(0);
    this.camera.position.copy(target).add(back.clampLength(0, STEPS_BEFORE)).setY(EYE); // a link leads to where one stood
    this.camera.lookAt(target.x, EYE, target.z);
  }

  /** While walking the target is what is ahead: new things are placed there. */
  #lookAhead(): void {
    const ahead = this.camera.getWorldDirection(new Vector3()).setY(0).normalize();
    this.#controls.target.copy(this.camera.position).addScaledVector(ahead, 4).setY(0);
  }

  get distance(): number {
    return this.#controls.getDistance();
  }

  /** While something is dragged the camera stays. */
  hold(holding: boolean): void {
    this.#controls.enabled = !holding && !this.#walk.on;
  }

  resize(width: number, height: number): void {
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
  }

  /** All points in sight, from above. */
  fit(points: readonly Vector3[]): void {
    if (points.length === 0 || this.#walk.on) {
      return;
    }
    const { target, distance } = frameCamera(this.camera, OVERVIEW, points);
    this.#fly(target, target.clone().addScaledVector(OVERVIEW, distance));
  }

  /** Near to a point, from where one looks now. */
  focus(on: Vector3): void {
    if (this.#walk.on) {
      const from = this.camera.position.clone().sub(on).setY(0).normalize();
      this.camera.position.copy(on).addScaledVector(from, 3.5).setY(EYE);
      this.camera.lookAt(on);
      this.#lookAhead();
      this.#options.onMove();
      this.#rest();
      return;
    }
    const direction = this.camera.position.clone().sub(this.#controls.target).normalize();
    this.#fly(on, on.clone().addScaledVector(direction, NEAR_METRES));
  }

  dispose(): void {
    this.#flight++;
    this.#endKeys();
    this.#walk.stop();
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
