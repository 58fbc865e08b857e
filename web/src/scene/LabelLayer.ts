/**
 * Live labels of any number of things in one draw call: per label two lines of glyph codes in a data texture, one quad
 * per glyph slot. Only labels that overlap no nearer one are drawn, so that ten thousand things cost no more than hundreds.
 */
import {
  BufferAttribute,
  Color,
  DataTexture,
  DynamicDrawUsage,
  GLSL3,
  InstancedBufferAttribute,
  InstancedBufferGeometry,
  MathUtils,
  Mesh,
  NearestFilter,
  type PerspectiveCamera,
  RawShaderMaterial,
  RedIntegerFormat,
  UnsignedByteType,
  Vector2,
  Vector3,
} from "three";
import { type Box, type Labelled, labelSpots, type Spot } from "../model/labelSpots.ts";
import { fitTitle, fitValue } from "../model/labelText.ts";
import { type GlyphAtlas, makeGlyphAtlas } from "./GlyphAtlas.ts";
import fragmentShader from "./label.frag.glsl?raw";
import vertexShader from "./label.vert.glsl?raw";

const LINE = 20;
const SLOTS = LINE * 2;
const LABELS_PER_ROW = 32;
const FONT_PIXELS = 12.5;
/** Height of a label of two lines, in cells of the atlas. */
const LABEL_CELLS = 2.2;

export interface Label {
  title: string;
  value: string;
  x: number;
  y: number;
  z: number;
  /** Higher goes first where labels would overlap. */
  rank: number;
  /** What it belongs to, metres about x and z and from the foot's height to the top's; other labels keep off it. */
  body?: { half: number; foot: number; top: number } | undefined;
}

/** From this rank on a label is shown even where it lies over other things. */
const URGENT = 2;

export class LabelLayer {
  readonly mesh: Mesh;
  readonly #atlas: GlyphAtlas;
  readonly #ratio: number;
  readonly #view = new Vector2(1, 1);
  readonly #colours = { text: new Color(), muted: new Color(), outline: new Color() };
  readonly #material: RawShaderMaterial;
  readonly #codes: DataTexture;
  readonly #bytes: Uint8Array;
  readonly #anchors: InstancedBufferAttribute;
  readonly #shapes: InstancedBufferAttribute;
  readonly #shifts: InstancedBufferAttribute;
  readonly #geometry: InstancedBufferGeometry;
  /** Of all things, by index; of these a few are shown. */
  readonly #labels: (Label | undefined)[] = [];
  /** Index of a shown label → its place in what is drawn. */
  readonly #slots = new Map<number, number>();
  #spots: ReadonlyMap<number, Spot> = new Map();
  readonly #written: string[] = [];
  readonly capacity: number;

  constructor(options: { capacity: number; pixelRatio: number }) {
    this.capacity = options.capacity;
    this.#ratio = options.pixelRatio;
    this.#atlas = makeGlyphAtlas(Math.round(FONT_PIXELS * options.pixelRatio));
    const rows = Math.ceil(options.capacity / LABELS_PER_ROW);
    this.#bytes = new Uint8Array(rows * LABELS_PER_ROW * SLOTS);
    this.#codes = new DataTexture(this.#bytes, LABELS_PER_ROW * SLOTS, rows, RedIntegerFormat, UnsignedByteType);
    this.#codes.internalFormat = "R8UI";
    this.#codes.minFilter = NearestFilter;
    this.#codes.magFilter = NearestFilter;
    this.#codes.unpackAlignment = 1;
    this.#anchors = new InstancedBufferAttribute(new Float32Array(options.capacity * 3), 3);
    this.#shapes = new InstancedBufferAttribute(new Float32Array(options.capacity * 3), 3);
    this.#shifts = new InstancedBufferAttribute(new Float32Array(options.capacity * 2), 2);
    this.#material = this.#newMaterial();
    this.#geometry = this.#newGeometry();
    this.mesh = new Mesh(this.#geometry, this.#material);
    this.mesh.frustumCulled = false;
    this.mesh.renderOrder = 10;
    this.mesh.raycast = () => undefined;
  }

  setColours(colours: { text: string; muted: string; outline: string }): void {
    for (const name of ["text", "muted", "outline"] as const) {
      this.#colours[name].set(colours[name]).convertLinearToSRGB();
    }
  }

  /** Whether the label had room when labels were last arranged; the text of others need not be kept. */
  isShown(index: number): boolean {
    return this.#slots.has(index);
  }

  /** undefined takes the label at that index away. */
  set(index: number, label: Label | undefined): void {
    this.#labels[index] = label;
    const slot = this.#slots.get(index);
    if (slot !== undefined) {
      this.#draw(slot, label);
    }
  }

  /** A new text under the title of a label that is set; the usual case, many times a second. */
  say(index: number, value: string): void {
    const label = this.#labels[index];
    const slot = this.#slots.get(index);
    if (label !== undefined) {
      label.value = value;
    }
    if (slot !== undefined) {
      this.#draw(slot, label);
    }
  }

  /** So many indices are in use, and no more. */
  trim(count: number): void {
    this.#labels.length = Math.min(this.#labels.length, count);
  }

  /**
   * Shows the labels that have room, nearer and higher ranked ones first; only these are drawn. `refresh` is called for each
   * that is to be shown, and may `set` its text. Sizes in CSS pixels.
   */
  arrange(camera: PerspectiveCamera, width: number, height: number, refresh: (index: number) => void): void {
    this.#view.set(width * this.#ratio, height * this.#ratio);
    const view = { width, height, most: this.capacity };
    this.#spots = labelSpots(this.#onScreen(camera, width, height), view, this.#spots);
    this.#slots.clear();
    for (const [index, { dx, dy }] of this.#spots) {
      this.#shifts.setXY(this.#slots.size, dx * this.#ratio, -dy * this.#ratio);
      this.#show(index, refresh);
    }
    this.#shifts.needsUpdate = true;
    this.#geometry.instanceCount = this.#slots.size;
  }

  #show(index: number, refresh: (index: number) => void): void {
    const slot = this.#slots.size;
    this.#slots.set(index, slot);
    this.#draw(slot, this.#labels[index]);
    refresh(index);
  }

  #draw(slot: number, label: Label | undefined): void {
    const [title, value] = [fitTitle(label?.title ?? "", LINE), fitValue(label?.value ?? "", LINE)];
    if (label !== undefined) {
      this.#anchors.setXYZ(slot, label.x, label.y, label.z);
      this.#anchors.needsUpdate = true;
    }
    const text = `${title}\n${value}`;
    if (this.#written[slot] !== text) {
      this.#written[slot] = text;
      this.#write(slot, 0, title);
      this.#write(slot, 1, value);
      this.#shapes.setXYZ(slot, title.length, value.length, 1);
      this.#shapes.needsUpdate = true;
      this.#codes.needsUpdate = true;
    }
  }

  dispose(): void {
    this.mesh.geometry.dispose();
    this.#material.dispose();
    this.#codes.dispose();
    this.#atlas.texture.dispose();
  }

  /** The most important first. */
  #onScreen(camera: PerspectiveCamera, width: number, height: number): Labelled[] {
    const cell = { width: this.#atlas.cell.width / this.#ratio, height: this.#atlas.cell.height / this.#ratio };
    const point = new Vector3();
    const found: { labelled: Labelled; order: number }[] = [];
    this.#labels.forEach((label, index) => {
      if (label === undefined) {
        return;
      }
      point.set(label.x, label.y, label.z).project(camera);
      const hidden = point.z > 1 || Math.abs(point.x) > 1.1 || Math.abs(point.y) > 1.1;
      if (!hidden) {
        const letters = Math.max(fitTitle(label.title, LINE).length, fitValue(label.value, LINE).length);
        const labelled = {
          index,
          x: (point.x / 2 + 0.5) * width,
          y: (0.5 - point.y / 2) * height,
          width: letters * cell.width,
          height: LABEL_CELLS * cell.height,
          body: label.body && bodyBox(label, label.body, camera, width, height),
          isUrgent: label.rank >= URGENT,
        };
        found.push({ labelled, order: label.rank * 10 - point.z });
      }
    });
    return found.sort((a, b) => b.order - a.order).map(({ labelled }) => labelled);
  }

  #write(index: number, line: number, text: string): void {
    const from = index * SLOTS + line * LINE;
    for (let slot = 0; slot < LINE; slot++) {
      this.#bytes[from + slot] = slot < text.length ? this.#atlas.code(text.charAt(slot)) : 0;
    }
  }

  #newGeometry(): InstancedBufferGeometry {
    const geometry = new InstancedBufferGeometry();
    const corners = new Float32Array(SLOTS * 4 * 3);
    const indices: number[] = [];
    for (let slot = 0; slot < SLOTS; slot++) {
      for (let corner = 0; corner < 4; corner++) {
        corners.set([corner & 1, corner >> 1, slot], (slot * 4 + corner) * 3);
      }
      indices.push(...[0, 1, 2, 2, 1, 3].map((corner) => slot * 4 + corner));
    }
    this.#anchors.setUsage(DynamicDrawUsage);
    this.#shapes.setUsage(DynamicDrawUsage);
    geometry.setAttribute("position", new BufferAttribute(corners, 3));
    geometry.setAttribute("anchor", this.#anchors);
    geometry.setAttribute("shape", this.#shapes);
    geometry.setAttribute("shift", this.#shifts.setUsage(DynamicDrawUsage));
    geometry.setIndex(indices);
    geometry.instanceCount = 0;
    return geometry;
  }

  #newMaterial(): RawShaderMaterial {
    return new RawShaderMaterial({
      glslVersion: GLSL3,
      transparent: true,
      depthWrite: false,
      depthTest: false,
      vertexShader,
      fragmentShader,
      uniforms: {
        atlas: { value: this.#atlas.texture },
        codes: { value: this.#codes },
        cell: { value: new Vector2(this.#atlas.cell.width, this.#atlas.cell.height) },
        perRow: { value: this.#atlas.perRow },
        view: { value: this.#view },
        text: { value: this.#colours.text },
        muted: { value: this.#colours.muted },
        outline: { value: this.#colours.outline },
      },
    });
  }
}

const corner = new Vector3();

/** Where a body is on the screen, CSS pixels. */
function bodyBox(
  { x, z }: Label,
  { half, foot, top }: NonNullable<Label["body"]>,
  camera: PerspectiveCamera,
  width: number,
  height: number,
): Box {
  corner.set(x, (foot + top) / 2, z).applyMatrix4(camera.matrixWorldInverse);
  const perMetre = height / 2 / Math.tan(MathUtils.degToRad(camera.fov / 2)) / Math.max(camera.near, -corner.z);
  const middle = (corner.applyMatrix4(camera.projectionMatrix).x / 2 + 0.5) * width;
  const yOf = (y: number) => (0.5 - corner.set(x, y, z).project(camera).y / 2) * height;
  const reach = half * perMetre;
  const fromAbove = camera.matrixWorld.elements[9]; // sine: so much of its depth is seen before the foot's middle
  return { left: middle - reach, right: middle + reach, top: yOf(top), bottom: yOf(foot) + reach * fromAbove };
}
