/** From a point of the canvas into the scene: rays, and where they meet the ground. Part of SceneView. */
import { type Camera, Plane, Raycaster, Vector2, Vector3 } from "three";

export class Aim {
  readonly #canvas: HTMLCanvasElement;
  readonly #camera: Camera;
  readonly #raycaster = new Raycaster();

  constructor(canvas: HTMLCanvasElement, camera: Camera) {
    this.#canvas = canvas;
    this.#camera = camera;
  }

  /** x and y as pointer events tell them. */
  ray(x: number, y: number): Raycaster {
    const box = this.#canvas.getBoundingClientRect();
    const at = new Vector2(((x - box.left) / box.width) * 2 - 1, 1 - ((y - box.top) / box.height) * 2);
    this.#raycaster.setFromCamera(at, this.#camera);
    return this.#raycaster;
  }

  /** At that height, metres; undefined above the horizon. */
  ground(x: number, y: number, height: number): { x: number; z: number } | undefined {
    return this.ray(x, y).ray.intersectPlane(new Plane(new Vector3(0, 1, 0), -height), new Vector3()) ?? undefined;
  }
}
