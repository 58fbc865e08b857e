/**
 * The labels of the things in the scene: which are seen is decided anew after the camera or things have moved, the text of
 * a value is asked for only where it is seen. Part of SceneView.
 */
import { Matrix4, type Mesh, type PerspectiveCamera } from "three";
import { type Label, LabelLayer } from "./LabelLayer.ts";
import { labelHeight } from "./PlacementLayer.ts";
import type { Palette } from "./palette.ts";
import type { SceneItem } from "./sceneTypes.ts";
import { SIZES } from "./visualNames.ts";

const ARRANGE_MS = 90;
/** At most; no screen has room for more. */
const CAPACITY = 512;
/** Above that of what is selected. */
const HOVERED_RANK = 4;

export interface ItemLabelsOptions {
  pixelRatio: number;
  /** Text under the title, now. */
  valueOf: (item: SceneItem) => string;
  /** Labels are to be arranged once more: another picture is needed. */
  onDue: () => void;
}

export class ItemLabels {
  readonly #layer: LabelLayer;
  readonly #o: ItemLabelsOptions;
  #items: readonly SceneItem[] = [];
  #hovered: SceneItem | undefined;
  #timer = 0;
  #arrangedAt = 0;
  readonly #arrangedFor = new Matrix4();

  constructor(options: ItemLabelsOptions) {
    this.#o = options;
    this.#layer = new LabelLayer({ capacity: CAPACITY, pixelRatio: options.pixelRatio });
  }

  get mesh(): Mesh {
    return this.#layer.mesh;
  }

  setColours(colours: Palette): void {
    this.#layer.setColours(colours);
  }

  /** Of exactly these. */
  show(items: readonly SceneItem[]): void {
    this.#items = items;
    this.#layer.trim(items.length);
    items.forEach((item, index) => {
      this.#layer.set(index, this.#labelOf(item, item.value));
    });
    this.unsettle();
  }

  /** The label of what is pointed at has room before all others. */
  hover(item: SceneItem | undefined): void {
    const before = this.#hovered;
    if (item?.id === before?.id) {
      return;
    }
    this.#hovered = item;
    this.#items.forEach((one, index) => {
      if (one.id === item?.id || one.id === before?.id) {
        this.#layer.set(index, this.#labelOf(one, this.#o.valueOf(one)));
      }
    });
    this.unsettle();
  }

  /** A new value of the thing at that index of `show`. True when its label is seen. */
  refresh(index: number): boolean {
    const isShown = this.#layer.isShown(index);
    if (isShown) {
      this.#relabel(index);
    }
    return isShown;
  }

  /** Arranges with the next picture, though the camera has not moved. */
  unsettle(): void {
    this.#arrangedAt = 0;
  }

  /** Before each picture. Not at every one while the camera moves, and once more after the last one. Sizes in CSS pixels. */
  arrange(camera: PerspectiveCamera, width: number, height: number): void {
    const isMoved = this.#arrangedAt === 0 || !this.#arrangedFor.equals(camera.matrixWorld);
    if (!isMoved) {
      return;
    }
    if (performance.now() - this.#arrangedAt >= ARRANGE_MS) {
      this.#arrangedAt = performance.now();
      this.#arrangedFor.copy(camera.matrixWorld);
      this.#layer.arrange(camera, width, height, (index) => this.#relabel(index));
    } else if (this.#timer === 0) {
      this.#timer = window.setTimeout(() => {
        this.#timer = 0;
        this.#o.onDue();
      }, ARRANGE_MS);
    }
  }

  dispose(): void {
    window.clearTimeout(this.#timer);
    this.#layer.dispose();
  }

  #relabel(index: number): void {
    const item = this.#items[index];
    if (item !== undefined) {
      this.#layer.say(index, this.#o.valueOf(item));
    }
  }

  #labelOf(item: SceneItem, value: string): Label {
    const rank = item.id === this.#hovered?.id ? HOVERED_RANK : item.rank;
    return { ...item, y: labelHeight(item), value, body: bodyOf(item), rank };
  }
}

/** A room is ground: others' labels may lie on it. */
function bodyOf({ visual, y, s, stretch }: SceneItem): Label["body"] {
  const { x: wide, y: high, z: deep } = SIZES[visual];
  const half = (Math.max(wide * stretch.x, deep * stretch.z) / 2) * s;
  return visual === "room" ? undefined : { half, foot: y, top: y + high * s * stretch.y };
}
