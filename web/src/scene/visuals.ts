/**
 * The shapes of the 3D view. Each visual is one merged geometry with light and dark parts, so that it can be instanced
 * and tinted as a whole. For driveShader.ts each vertex tells its height on the body, and what it turns about.
 */
import {
  BoxGeometry,
  BufferAttribute,
  type BufferGeometry,
  CylinderGeometry,
  SphereGeometry,
  TorusGeometry,
  Vector3,
} from "three";
import { mergeGeometries } from "three/examples/jsm/utils/BufferGeometryUtils.js";
import { VISUALS, type Visual } from "./visualNames.ts";

/** What a vertex does when its thing turns: nothing, turn with stripes as part of a rotor, turn with the whole thing. */
const STILL = 0;
const ROTOR = 1;
const WHOLE = 2;

/** Metres from the ground to where the label hangs. */
export const HEIGHTS: Record<Visual, number> = {
  box: 1.3,
  tank: 2.9,
  pump: 1.3,
  valve: 1.45,
  sensor: 1.75,
  fan: 1.9,
  motor: 1.05,
  room: 0.5,
  pipe: 0.9,
};

const BODY = 1;
const DARKER = 0.62;
const LIGHTER = 1.18;
/** Level of what is no body; a body's begins at 0, give or take rounding. */
const NO_LEVEL = -1;

/**
 * Attributes beside three's own: `level`, 0 to 1 from foot to top of the body, below 0 where a vertex is not of the body;
 * `rotor`, the point that it turns about and how. What has no rotor turns as a whole.
 */
export function geometryOf(visual: Visual): BufferGeometry {
  const geometry = PARTS[visual]();
  const rotor = geometry.getAttribute("rotor");
  if (!rotor.array.some((value, at) => at % 4 === 3 && value === ROTOR)) {
    geometry.computeBoundingBox();
    const { x = 0, y = 0, z = 0 } = geometry.boundingBox?.getCenter(new Vector3()) ?? {};
    for (let at = 0; at < rotor.count; at++) {
      rotor.setXYZW(at, x, y, z, WHOLE);
    }
  }
  return geometry;
}

/**
 * A light shape in the mesh of another, so that a space with all visuals takes no more draw calls than it may. Each instance
 * shows one of the two: its `shown` is the `part` of the vertices.
 */
const IN_MESH_OF: Partial<Record<Visual, Visual>> = { room: "box" };

/** The visual by which the mesh goes that draws this one. */
export function meshOf(visual: Visual): Visual {
  return IN_MESH_OF[visual] ?? visual;
}

/** Which part of its mesh a visual is. */
export function partOf(visual: Visual): number {
  return shapesOf(meshOf(visual)).indexOf(visual);
}

/** What a mesh draws: one shape, or those that share it, told apart by the attribute `part`. */
export function meshGeometry(mesh: Visual): BufferGeometry {
  const shapes = shapesOf(mesh).map((visual, part) => {
    const geometry = geometryOf(visual);
    const { count } = geometry.getAttribute("position");
    return geometry.setAttribute("part", new BufferAttribute(new Float32Array(count).fill(part), 1));
  });
  return mergeGeometries(shapes);
}

function shapesOf(mesh: Visual): Visual[] {
  return [mesh, ...VISUALS.filter((visual) => IN_MESH_OF[visual] === mesh)];
}

const PARTS: Record<Visual, () => BufferGeometry> = {
  box: () => join(box(1.2, 0.12, 1.2, DARKER).at(0, 0.06, 0), box(1, 0.95, 1, BODY).at(0, 0.59, 0)),
  tank: () =>
    join(
      cylinder(1.05, 0.14, DARKER).at(0, 0.07, 0),
      cylinder(0.92, 2.1, BODY).at(0, 1.19, 0),
      cylinder(0.97, 0.06, LIGHTER).at(0, 0.75, 0),
      cylinder(0.97, 0.06, LIGHTER).at(0, 1.65, 0),
      cylinder(0.6, 0.22, DARKER).at(0, 2.35, 0).turning(),
    ),
  pump: () =>
    join(
      box(1.5, 0.14, 0.9, DARKER).at(0, 0.07, 0),
      cylinder(0.4, 0.8, BODY).onSide().at(-0.3, 0.56, 0),
      cylinder(0.46, 0.24, LIGHTER).onSide().at(0.32, 0.56, 0).turning(),
      cylinder(0.16, 0.6, DARKER).at(0.32, 0.95, 0),
      cylinder(0.22, 0.08, LIGHTER).at(0.32, 1.2, 0),
    ),
  valve: () =>
    join(
      cylinder(0.2, 1.5, DARKER).onSide().at(0, 0.45, 0),
      cylinder(0.32, 0.12, LIGHTER).onSide().at(-0.55, 0.45, 0),
      cylinder(0.32, 0.12, LIGHTER).onSide().at(0.55, 0.45, 0),
      new Part(new SphereGeometry(0.34, 20, 14), BODY).at(0, 0.45, 0),
      cylinder(0.07, 0.6, DARKER).at(0, 0.95, 0),
      new Part(new TorusGeometry(0.3, 0.06, 8, 24).rotateX(Math.PI / 2), LIGHTER).at(0, 1.25, 0).turning(),
    ),
  sensor: () =>
    join(
      cylinder(0.3, 0.08, DARKER).at(0, 0.04, 0),
      cylinder(0.05, 1.2, DARKER).at(0, 0.66, 0),
      box(0.42, 0.42, 0.26, BODY).at(0, 1.38, 0),
      cylinder(0.13, 0.06, LIGHTER).facing().at(0, 1.38, 0.15),
    ),
  fan: () =>
    join(
      box(1.6, 0.12, 1.3, DARKER).at(0, 0.06, 0),
      box(1.5, 1.5, 1.2, BODY).at(0, 0.87, 0),
      cylinder(0.52, 0.12, DARKER).facing().at(0, 0.87, 0.62).turning(),
      cylinder(0.14, 0.16, LIGHTER).facing().at(0, 0.87, 0.66).turning(),
    ),
  motor: () =>
    join(
      box(1.1, 0.14, 0.8, DARKER).at(0, 0.07, 0),
      cylinder(0.38, 0.95, BODY).onSide().at(-0.05, 0.52, 0),
      cylinder(0.08, 0.35, LIGHTER).onSide().at(0.58, 0.52, 0).turning(),
      cylinder(0.3, 0.06, LIGHTER).onSide().at(-0.55, 0.52, 0).turning(),
      box(0.36, 0.2, 0.36, DARKER).at(-0.05, 0.93, 0),
    ),
  room: () =>
    join(
      box(3.6, 0.06, 3.6, DARKER).at(0, 0.03, 0),
      box(3.6, 0.3, 0.08, BODY).at(0, 0.18, -1.76),
      box(0.08, 0.3, 3.6, BODY).at(-1.76, 0.18, 0),
    ),
  pipe: () =>
    join(
      cylinder(0.22, 1.8, BODY).onSide().at(0, 0.45, 0),
      cylinder(0.32, 0.1, LIGHTER).onSide().at(-0.85, 0.45, 0),
      cylinder(0.32, 0.1, LIGHTER).onSide().at(0.85, 0.45, 0),
      box(0.2, 0.34, 0.3, DARKER).at(0, 0.17, 0),
    ),
};

/** A primitive with its shade, put in place by chained calls. */
class Part {
  readonly geometry: BufferGeometry;
  readonly isBody: boolean;
  #turns = false;
  #at = [0, 0, 0];

  constructor(geometry: BufferGeometry, shade: number) {
    this.geometry = geometry;
    this.isBody = shade === BODY;
    const count = geometry.getAttribute("position").count;
    geometry.setAttribute("color", new BufferAttribute(new Float32Array(count * 3).fill(shade), 3));
  }
  onSide(): this {
    this.geometry.rotateZ(Math.PI / 2);
    return this;
  }
  facing(): this {
    this.geometry.rotateX(Math.PI / 2);
    return this;
  }
  at(x: number, y: number, z: number): this {
    this.geometry.translate(x, y, z);
    this.#at = [x, y, z];
    return this;
  }
  /** It is a rotor: it turns about where it was put. */
  turning(): this {
    this.#turns = true;
    return this;
  }
  /** With its attributes; the body of the shape reaches from `foot` to `top`. */
  finished(foot: number, top: number): BufferGeometry {
    const position = this.geometry.getAttribute("position");
    const level = new Float32Array(position.count);
    const rotor = new Float32Array(position.count * 4);
    for (let at = 0; at < position.count; at++) {
      level[at] = this.isBody ? (position.getY(at) - foot) / (top - foot) : NO_LEVEL;
      rotor.set([...this.#at, this.#turns ? ROTOR : STILL], at * 4);
    }
    this.geometry.setAttribute("level", new BufferAttribute(level, 1));
    this.geometry.setAttribute("rotor", new BufferAttribute(rotor, 4));
    return this.geometry;
  }
}

function box(width: number, height: number, depth: number, shade: number): Part {
  return new Part(new BoxGeometry(width, height, depth), shade);
}

function cylinder(radius: number, height: number, shade: number): Part {
  return new Part(new CylinderGeometry(radius, radius, height, 28), shade);
}

function join(...parts: Part[]): BufferGeometry {
  const heights = parts.flatMap(({ isBody, geometry }) => {
    const position = geometry.getAttribute("position");
    return isBody ? Array.from({ length: position.count }, (_, at) => position.getY(at)) : [];
  });
  const [foot, top] = [Math.min(...heights), Math.max(...heights)];
  return mergeGeometries(parts.map((part) => part.finished(foot, top)));
}
