/**
 * Looking around by keyboard: arrow keys turn the view about its middle, with Shift they move it, + and - go nearer and
 * farther. Part of CameraRig; only while the scene, or nothing, has the focus.
 */
import { type PerspectiveCamera, Spherical, Vector3 } from "three";

const TURN = Math.PI / 18;
/** Of the distance. */
const MOVE = 0.1;
const NEARER = 0.85;
/** Not from below, nor quite from above, where turning has no direction. */
const STEEP = { least: 0.05, most: Math.PI / 2 - 0.06 };

const ARROWS: Record<string, readonly [right: number, up: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

export interface OrbitKeysOptions {
  camera: PerspectiveCamera;
  canvas: HTMLCanvasElement;
  target: Vector3;
  isOn: () => boolean;
  /** Camera or target were moved. */
  onMove: () => void;
}

/** Returns what ends it. */
export function orbitByKeys(options: OrbitKeysOptions): () => void {
  const abort = new AbortController();
  window.addEventListener("keydown", (event) => onKey(options, event), { signal: abort.signal });
  return () => abort.abort();
}

function onKey({ camera, canvas, target, isOn, onMove }: OrbitKeysOptions, event: KeyboardEvent): void {
  const isHere = event.target === canvas || event.target === document.body;
  if (!isHere || !isOn() || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  const arrow = ARROWS[event.key];
  if (arrow !== undefined && event.shiftKey) {
    move(camera, target, arrow);
  } else if (arrow !== undefined) {
    turn(camera, target, arrow);
  } else if (event.key === "+" || event.key === "-") {
    const factor = event.key === "+" ? NEARER : 1 / NEARER;
    camera.position.sub(target).multiplyScalar(factor).add(target);
  } else {
    return;
  }
  event.preventDefault();
  onMove();
}

/** To where the arrow points: the camera goes the other way round the middle, as under a hand. */
function turn(camera: PerspectiveCamera, target: Vector3, [right, up]: readonly [number, number]): void {
  const round = new Spherical().setFromVector3(camera.position.clone().sub(target));
  round.theta += right * TURN;
  round.phi = Math.max(STEEP.least, Math.min(STEEP.most, round.phi - up * TURN));
  camera.position.setFromSpherical(round).add(target);
}

function move(camera: PerspectiveCamera, target: Vector3, [right, up]: readonly [number, number]): void {
  const ahead = target.clone().sub(camera.position).setY(0).normalize();
  const aside = new Vector3(-ahead.z, 0, ahead.x);
  const far = camera.position.distanceTo(target) * MOVE;
  const step = aside.multiplyScalar(right * far).addScaledVector(ahead, up * far);
  camera.position.add(step);
  target.add(step);
}
