/**
 * All that is flat, in one draw call: the ground with its grid, a soft shadow under each thing, rings under what has an
 * alarm, is picked, selected or pointed at. Later ones lie over earlier ones: none writes depth. Part of SceneView.
 */
import {
  BufferAttribute,
  Color,
  DynamicDrawUsage,
  InstancedBufferAttribute,
  InstancedBufferGeometry,
  Mesh,
  ShaderMaterial,
  UniformsLib,
  UniformsUtils,
} from "three";
import fragmentShader from "./floor.frag.glsl?raw";
import vertexShader from "./floor.vert.glsl?raw";
import { type Item, reach } from "./PlacementLayer.ts";
import type { Palette } from "./palette.ts";
import type { Visual } from "./visualNames.ts";

const GROUND_METRES = 424;
const GRID = { cell: 2, extent: 100 };
const SEGMENTS = 56;
/** Rings: inner and outer radius where 1 fits most things, and how far above the foot. */
const ALARM = { inner: 1.55, outer: 1.75, lift: 0.04, alpha: 0.85 };
const SELECTED = { inner: 1.28, outer: 1.4, lift: 0.03, alpha: 1 };
const HOVERED = { inner: 1.2, outer: 1.28, lift: 0.025, alpha: 1 };
const SHADOW = { radius: 0.95, wide: 1.15, lift: 0.012 };
/** Size of the shadow where it is not that of most things; a room is flat and casts none. */
const FOOTPRINTS: Partial<Record<Visual, number>> = {
  room: 0,
  sensor: 0.42,
  valve: 0.8,
  motor: 0.75,
  pump: 0.95,
  tank: 1.2,
};
/** A ring about a room goes around its floor. */
const ROOM = 1.9;
/** Rows beside those of things: the ground, the selection, what is pointed at. */
const OWN_ROWS = 3;

interface Flat {
  x: number;
  y: number;
  z: number;
  radiusX: number;
  radiusZ: number;
  /** The hole's part of the radii; 0 for a disc. */
  hole: number;
  colour: string;
  alpha: number;
}

type FloorColours = Pick<Palette, "ground" | "grid" | "gridCentre" | "accent" | "muted" | "shadow">;

const BLACK = "#000000";
const NO_LIGHT = { r: 0, g: 0, b: 0 };
const shade = new Color();

export class Floor {
  readonly mesh: Mesh<InstancedBufferGeometry, ShaderMaterial>;
  #items: readonly Item[] = [];
  #colours: FloorColours | undefined;
  #selected: Item | undefined;
  #hovered: Item | undefined;
  /** Rows of the ground and of all things; those of the selection come after. */
  #rows = 0;

  constructor() {
    this.mesh = new Mesh(newGeometry(16), newMaterial());
    this.mesh.frustumCulled = false;
    this.mesh.renderOrder = -1;
  }

  paint(colours: FloorColours): void {
    this.#colours = colours;
    this.mesh.material.uniforms["grid"]?.value.set(colours.grid);
    this.mesh.material.uniforms["gridCentre"]?.value.set(colours.gridCentre);
    this.#fill();
  }

  /** Under exactly these. */
  show(items: readonly Item[]): void {
    this.#items = items;
    this.#fill();
  }

  select(item: Item | undefined): void {
    this.#selected = item;
    this.#mark();
  }

  hover(item: Item | undefined): void {
    if (item !== this.#hovered) {
      this.#hovered = item;
      this.#mark();
    }
  }

  dispose(): void {
    this.mesh.geometry.dispose();
    this.mesh.material.dispose();
  }

  #fill(): void {
    if (this.#colours === undefined) {
      return;
    }
    const ringed = this.#items.filter(({ ring }) => ring !== undefined);
    const most = this.#items.length + ringed.length + OWN_ROWS;
    if (this.mesh.geometry.getAttribute("centre").count < most) {
      this.mesh.geometry.dispose();
      this.mesh.geometry = newGeometry(2 ** Math.ceil(Math.log2(most + 1)));
    }
    this.#rows = 0;
    this.#add(groundOf(this.#colours));
    for (const item of this.#items) {
      this.#add(shadowOf(item, this.#colours.shadow));
    }
    for (const item of ringed) {
      this.#add(ringOf(item, ALARM, item.ring ?? item.colour, 1));
    }
    this.#mark();
  }

  /** Only the last rows. */
  #mark(): void {
    if (this.#colours === undefined) {
      return;
    }
    const kept = this.#rows;
    const { accent, muted } = this.#colours;
    if (this.#hovered !== undefined) {
      this.#add(ringOf(this.#hovered, HOVERED, muted, ROOM));
    }
    if (this.#selected !== undefined) {
      this.#add(ringOf(this.#selected, SELECTED, accent, ROOM));
    }
    this.mesh.geometry.instanceCount = this.#rows;
    this.#rows = kept;
    for (const name of ["centre", "radii", "paint"]) {
      this.mesh.geometry.getAttribute(name).needsUpdate = true;
    }
  }

  #add({ x, y, z, radiusX, radiusZ, hole, colour, alpha }: Flat): void {
    const { geometry } = this.mesh;
    const { r, g, b } = colour === BLACK ? NO_LIGHT : shade.set(colour); // reading a text for each shadow is dear
    geometry.getAttribute("centre").setXYZ(this.#rows, x, y, z);
    geometry.getAttribute("radii").setXYZ(this.#rows, radiusX, radiusZ, hole);
    geometry.getAttribute("paint").setXYZW(this.#rows, r, g, b, alpha);
    this.#rows++;
  }
}

function groundOf({ ground }: FloorColours): Flat {
  const at = { x: 0, y: -0.01, z: 0 };
  return { ...at, radiusX: GROUND_METRES, radiusZ: GROUND_METRES, hole: 0, colour: ground, alpha: 1 };
}

function shadowOf({ x, z, s, stretch, visual }: Item, alpha: number): Flat {
  const radius = s * (FOOTPRINTS[visual] ?? 1) * SHADOW.radius;
  const radii = { radiusX: radius * SHADOW.wide * stretch.x, radiusZ: radius * stretch.z };
  return { x, y: SHADOW.lift, z, ...radii, hole: 0, colour: BLACK, alpha };
}

function ringOf(item: Item, { inner, outer, lift, alpha }: typeof ALARM, colour: string, room: number): Flat {
  const radius = outer * reach(item) * (item.visual === "room" ? room : 1);
  const at = { x: item.x, y: item.y + lift, z: item.z };
  return { ...at, radiusX: radius, radiusZ: radius, hole: inner / outer, colour, alpha };
}

/** Two circles of vertices; `position` is x and z on the unit circle, and in y 0 for the inner one, 1 for the outer. */
function newGeometry(capacity: number): InstancedBufferGeometry {
  const geometry = new InstancedBufferGeometry();
  const corners = new Float32Array((SEGMENTS + 1) * 6);
  const indices: number[] = [];
  for (let at = 0; at <= SEGMENTS; at++) {
    const angle = (at / SEGMENTS) * 2 * Math.PI;
    corners.set([Math.cos(angle), 0, Math.sin(angle), Math.cos(angle), 1, Math.sin(angle)], at * 6);
    if (at < SEGMENTS) {
      indices.push(...[0, 2, 1, 2, 3, 1].map((corner) => at * 2 + corner));
    }
  }
  geometry.setAttribute("position", new BufferAttribute(corners, 3));
  geometry.setIndex(indices);
  for (const [name, size] of [["centre", 3] as const, ["radii", 3] as const, ["paint", 4] as const]) {
    const attribute = new InstancedBufferAttribute(new Float32Array(capacity * size), size);
    geometry.setAttribute(name, attribute.setUsage(DynamicDrawUsage));
  }
  geometry.instanceCount = 0;
  return geometry;
}

function newMaterial(): ShaderMaterial {
  const own = { grid: { value: new Color() }, gridCentre: { value: new Color() } };
  const sizes = { cell: { value: GRID.cell }, extent: { value: GRID.extent } };
  return new ShaderMaterial({
    vertexShader,
    fragmentShader,
    fog: true,
    transparent: true,
    depthWrite: false,
    uniforms: { ...UniformsUtils.clone(UniformsLib.fog), ...own, ...sizes },
  });
}
