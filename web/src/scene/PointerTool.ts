/**
 * What a pointer does to things in the 3D view: hover, click to select, press and pull to drag on the ground. Movements
 * of a few pixels are clicks. Things snap to half metres; Ctrl lets them off the grid.
 */

const CLICK_PIXELS = 5;
const SNAP = 0.5;

export interface PointerToolOptions {
  canvas: HTMLCanvasElement;
  pick: (x: number, y: number) => string | undefined;
  /** Something else has the pointer. */
  isTaken: () => boolean;
  /** Ground point under the pointer at that height; undefined above the horizon. */
  ground: (x: number, y: number, height: number) => { x: number; z: number } | undefined;
  position: (id: string) => { x: number; y: number; z: number } | undefined;
  onHover: (id: string | undefined) => void;
  /** While something is held the camera stays. */
  onHold: (holding: boolean) => void;
  /** `more`: beside what is selected already (Shift). */
  onSelect: (id: string | undefined, more: boolean) => void;
  canDrag: (id: string) => boolean;
  onDrag: (id: string, to: { x: number; y: number; z: number }) => void;
  onDrop: () => void;
}

interface Press {
  x: number;
  y: number;
  id: string | undefined;
  /** From the thing to where it was grabbed; undefined when it is not dragged. */
  grab: { dx: number; dz: number; height: number } | undefined;
  moved: boolean;
}

export class PointerTool {
  readonly #o: PointerToolOptions;
  readonly #abort = new AbortController();
  #press: Press | undefined;

  constructor(options: PointerToolOptions) {
    this.#o = options;
  }

  start(): void {
    const { canvas } = this.#o;
    const on = { signal: this.#abort.signal };
    // In the capturing phase: the camera must know that it stays before it sees the press.
    canvas.addEventListener("pointerdown", (event) => this.#down(event), { ...on, capture: true });
    canvas.addEventListener("pointermove", (event) => this.#move(event), on);
    canvas.addEventListener("pointerup", (event) => this.#up(event), on);
    canvas.addEventListener("pointercancel", () => this.#release(), on);
    canvas.addEventListener("pointerleave", () => this.#o.onHover(undefined), on);
  }

  close(): void {
    this.#abort.abort();
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0 || !event.isPrimary || this.#o.isTaken()) {
      return;
    }
    const id = this.#o.pick(event.clientX, event.clientY);
    const grab = id !== undefined && this.#o.canDrag(id) ? this.#grab(event, id) : undefined;
    this.#press = { x: event.clientX, y: event.clientY, id, grab, moved: false };
    this.#o.onHover(undefined);
    if (grab !== undefined) {
      this.#o.onHold(true);
      this.#o.canvas.setPointerCapture(event.pointerId);
    }
  }

  #grab(event: PointerEvent, id: string): Press["grab"] {
    const at = this.#o.position(id);
    const ground = at && this.#o.ground(event.clientX, event.clientY, at.y);
    return at && ground && { dx: ground.x - at.x, dz: ground.z - at.z, height: at.y };
  }

  #move(event: PointerEvent): void {
    const press = this.#press;
    if (press === undefined) {
      this.#hover(event);
      return;
    }
    press.moved ||= Math.hypot(event.clientX - press.x, event.clientY - press.y) > CLICK_PIXELS;
    if (press.moved && press.grab !== undefined && press.id !== undefined) {
      this.#drag(event, press.id, press.grab);
    }
  }

  #drag(event: PointerEvent, id: string, grab: NonNullable<Press["grab"]>): void {
    const ground = this.#o.ground(event.clientX, event.clientY, grab.height);
    if (ground !== undefined) {
      const snap = (value: number) => (event.ctrlKey ? value : Math.round(value / SNAP) * SNAP);
      this.#o.onDrag(id, { x: snap(ground.x - grab.dx), y: grab.height, z: snap(ground.z - grab.dz) });
    }
  }

  #up(event: PointerEvent): void {
    const press = this.#press;
    this.#release();
    if (press !== undefined && !press.moved) {
      this.#o.onSelect(press.id, event.shiftKey);
      this.#hover(event);
    }
  }

  #release(): void {
    if (this.#press?.grab !== undefined) {
      this.#o.onHold(false);
      if (this.#press.moved) {
        this.#o.onSelect(this.#press.id, false);
        this.#o.onDrop();
      }
    }
    this.#press = undefined;
  }

  #hover(event: PointerEvent): void {
    const id = event.pointerType === "mouse" ? this.#o.pick(event.clientX, event.clientY) : undefined;
    this.#o.canvas.style.cursor = id === undefined ? "" : this.#o.canDrag(id) ? "grab" : "pointer";
    this.#o.onHover(id);
  }
}
