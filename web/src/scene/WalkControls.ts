/**
 * On foot: at eye height, W A S D or arrow keys to go, a drag to look around, Shift to hurry. The page's own walk pad
 * (touch) comes in by `step`. Part of CameraRig; moves the camera only while something is pressed.
 */
import { Euler, type PerspectiveCamera, Vector3 } from "three";

export const EYE = 1.7;
const METRES_PER_SECOND = 3.2;
const HURRY = 2.4;
const TURN_PER_PIXEL = 0.0042;
const STEEPEST = 1.35;
const REACH = 300;

const KEYS: Record<string, readonly [right: number, ahead: number]> = {
  KeyW: [0, 1],
  ArrowUp: [0, 1],
  KeyS: [0, -1],
  ArrowDown: [0, -1],
  KeyA: [-1, 0],
  ArrowLeft: [-1, 0],
  KeyD: [1, 0],
  ArrowRight: [1, 0],
};

export class WalkControls {
  readonly #camera: PerspectiveCamera;
  readonly #canvas: HTMLCanvasElement;
  readonly #onMove: () => void;
  readonly #onRest: () => void;
  readonly #down = new Set<string>();
  #abort: AbortController | undefined;
  #pad = { right: 0, ahead: 0 };
  #hurry = false;
  #frame = 0;
  #at = 0;

  constructor(o: {
    camera: PerspectiveCamera;
    canvas: HTMLCanvasElement;
    onMove: () => void;
    onRest: () => void;
  }) {
    this.#camera = o.camera;
    this.#canvas = o.canvas;
    this.#onMove = o.onMove;
    this.#onRest = o.onRest;
  }

  get on(): boolean {
    return this.#abort !== undefined;
  }

  start(): void {
    this.stop();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    window.addEventListener("keydown", (event) => this.#press(event), { signal });
    window.addEventListener("keyup", (event) => this.#release(event), { signal });
    window.addEventListener("blur", () => this.#down.clear(), { signal });
    this.#canvas.addEventListener("pointermove", (event) => this.#look(event), { signal });
    this.#canvas.addEventListener("pointerup", () => this.#onRest(), { signal });
    this.#camera.position.y = EYE;
    this.#camera.rotation.reorder("YXZ").set(-0.06, this.#camera.rotation.y, 0);
    this.#onMove();
  }

  stop(): void {
    this.#abort?.abort();
    this.#abort = undefined;
    this.#down.clear();
    this.#pad = { right: 0, ahead: 0 };
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  /** From the walk pad: -1 to 1. */
  step(right: number, ahead: number): void {
    this.#pad = { right, ahead };
    this.#go();
  }

  #press(event: KeyboardEvent): void {
    const { target } = event;
    const typing =
      target instanceof HTMLElement && target.matches("input, textarea, select, [role=listbox], [role=tab]");
    if (KEYS[event.code] === undefined || typing || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    event.preventDefault();
    this.#hurry = event.shiftKey;
    this.#down.add(event.code);
    this.#go();
  }

  #release(event: KeyboardEvent): void {
    if (this.#down.has(event.code)) {
      this.#advance(); // a tap shorter than a frame is a step too
    }
    this.#hurry = event.shiftKey;
    this.#down.delete(event.code);
  }

  #look(event: PointerEvent): void {
    if ((event.buttons & 1) === 0) {
      return;
    }
    const { x, y } = new Euler().setFromQuaternion(this.#camera.quaternion, "YXZ");
    const pitch = Math.max(-STEEPEST, Math.min(STEEPEST, x - event.movementY * TURN_PER_PIXEL));
    this.#camera.rotation.set(pitch, y - event.movementX * TURN_PER_PIXEL, 0, "YXZ");
    this.#onMove();
  }

  #go(): void {
    if (this.#frame === 0) {
      this.#at = performance.now();
      this.#frame = requestAnimationFrame(() => this.#walk());
    }
  }

  #walk(): void {
    this.#frame = 0;
    if (this.#advance()) {
      this.#frame = requestAnimationFrame(() => this.#walk());
    } else {
      this.#onRest();
    }
  }

  /** Goes as far as the time since the last step allows; false when nothing is pressed. */
  #advance(): boolean {
    const wish = [...this.#down].reduce(
      (sum, code) => ({ right: sum.right + (KEYS[code]?.[0] ?? 0), ahead: sum.ahead + (KEYS[code]?.[1] ?? 0) }),
      this.#pad,
    );
    if (Math.hypot(wish.right, wish.ahead) < 0.05) {
      return false;
    }
    const now = performance.now();
    const metres = ((now - this.#at) / 1000) * METRES_PER_SECOND * (this.#hurry ? HURRY : 1);
    this.#at = now;
    const ahead = this.#camera.getWorldDirection(new Vector3()).setY(0).normalize();
    const right = new Vector3(-ahead.z, 0, ahead.x);
    const step = ahead.multiplyScalar(wish.ahead).add(right.multiplyScalar(wish.right)).clampLength(0, 1);
    this.#camera.position.addScaledVector(step, metres).clampScalar(-REACH, REACH).setY(EYE);
    this.#onMove();
    return true;
  }
}
