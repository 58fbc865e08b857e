/**
 * Where the camera must stand so that all points are in sight and fill the view: from a fixed direction, the nearest
 * distance by bisection, the target moved until the picture is centred. Pure.
 */
import { MathUtils, PerspectiveCamera, Vector3 } from "three";

const NEAREST = 7;
const FARTHEST = 140;
const BISECTIONS = 14;
const ROUNDS = 4;
/** Part of the half width and half height that things may fill; labels need the rest. */
const FILL = { x: 0.86, y: 0.74 };

export interface Framing {
  target: Vector3;
  distance: number;
}

export function frameCamera(camera: PerspectiveCamera, direction: Vector3, points: readonly Vector3[]): Framing {
  const probe = new PerspectiveCamera(camera.fov, camera.aspect, camera.near, camera.far);
  const target = middle(points);
  let distance = NEAREST;
  for (let round = 0; round < ROUNDS; round++) {
    distance = nearest(probe, target, direction, points);
    const picture = look(probe, target, direction, distance, points);
    const scale = distance * Math.tan(MathUtils.degToRad(camera.fov / 2));
    const right = new Vector3().setFromMatrixColumn(probe.matrixWorld, 0);
    const ahead = new Vector3(-direction.x, 0, -direction.z).normalize();
    target.addScaledVector(right, ((picture.left + picture.right) / 2) * scale * camera.aspect);
    target.addScaledVector(ahead, (((picture.top + picture.bottom) / 2) * scale) / Math.max(direction.y, 0.3));
  }
  return { target, distance: nearest(probe, target, direction, points) };
}

/** The picture's edges in normalised device coordinates. */
interface Picture {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

function nearest(camera: PerspectiveCamera, target: Vector3, direction: Vector3, points: readonly Vector3[]): number {
  let low = NEAREST;
  let high = FARTHEST;
  for (let i = 0; i < BISECTIONS; i++) {
    const distance = (low + high) / 2;
    if (fits(look(camera, target, direction, distance, points))) {
      high = distance;
    } else {
      low = distance;
    }
  }
  return high;
}

function fits({ left, right, top, bottom }: Picture): boolean {
  return Math.max(-left, right) <= FILL.x && Math.max(-bottom, top) <= FILL.y;
}

function look(
  camera: PerspectiveCamera,
  target: Vector3,
  direction: Vector3,
  distance: number,
  points: readonly Vector3[],
): Picture {
  camera.position.copy(target).addScaledVector(direction, distance);
  camera.lookAt(target);
  camera.updateMatrixWorld();
  const picture: Picture = { left: 1, right: -1, top: -1, bottom: 1 };
  const at = new Vector3();
  for (const point of points) {
    at.copy(point).applyMatrix4(camera.matrixWorldInverse);
    if (at.z > -camera.near) {
      return { left: -9, right: 9, top: 9, bottom: -9 }; // behind the camera: too near
    }
    at.applyMatrix4(camera.projectionMatrix);
    picture.left = Math.min(picture.left, at.x);
    picture.right = Math.max(picture.right, at.x);
    picture.top = Math.max(picture.top, at.y);
    picture.bottom = Math.min(picture.bottom, at.y);
  }
  return picture;
}

function middle(points: readonly Vector3[]): Vector3 {
  const sum = points.reduce((total, point) => total.add(point), new Vector3());
  return sum.divideScalar(Math.max(1, points.length)).setY(0.5);
}
