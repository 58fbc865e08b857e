/**
 * The placed things: one instanced mesh per visual, light ones share one. Knows where a placement is in its mesh, so that
 * a new value is one colour and one `drive` (driveShader.ts).
 */
import {
  type BufferGeometry,
  Color,
  DynamicDrawUsage,
  Group,
  InstancedBufferAttribute,
  InstancedMesh,
  type Intersection,
  Matrix4,
  MeshLambertMaterial,
  Quaternion,
  type Raycaster,
  Vector3,
} from "three";
import { clockAt, type Drive, newDriveAttribute, newUniforms, setDrive, teach } from "./driveShader.ts";
import { AXES, type Lengths, type Visual } from "./visualNames.ts";
import { HEIGHTS, meshGeometry, meshOf, partOf } from "./visuals.ts";

export interface Item {
  id: string;
  visual: Visual;
  x: number;
  y: number;
  z: number;
  qx: number;
  qy: number;
  qz: number;
  qw: number;
  s: number;
  /** By the size of its template. */
  stretch: Lengths;
  colour: string;
  /** Turned and filled by its values; undefined where no value does. */
  drive?: Drive | undefined;
  /** Colour of the ring under it; undefined for none. */
  ring?: string | undefined;
}

const matrix = new Matrix4();
const position = new Vector3();
const rotation = new Quaternion();
const scale = new Vector3();
const colour = new Color();

export class PlacementLayer {
  readonly group = new Group();
  readonly #material = new MeshLambertMaterial({ vertexColors: true });
  readonly #geometries = new Map<Visual, BufferGeometry>();
  readonly #meshes = new Map<Visual, InstancedMesh>();
  /** What each mesh shows, by slot. */
  #shown = new Map<Visual, readonly Item[]>();
  readonly #drives = newUniforms();
  /** Placements that turn now. */
  #turning = new Set<string>();
  #slotById = new Map<string, number>();

  constructor() {
    teach(this.#material, this.#drives);
  }

  /** `empty`: of a body above its level. */
  paint({ faint }: { faint: string }): void {
    this.#drives.emptyColour.value.set(faint);
  }

  /** Something turns: pictures must follow each other. */
  get isTurning(): boolean {
    return this.#turning.size > 0;
  }

  /** Of the next picture, ms. */
  tick(now: number): void {
    this.#drives.time.value = clockAt(now);
  }

  /** New values of one thing that is shown. */
  redrive(item: Item): void {
    const mesh = this.#meshes.get(meshOf(item.visual));
    const slot = this.#slotById.get(item.id);
    if (mesh !== undefined && slot !== undefined) {
      mesh.setColorAt(slot, colour.set(item.colour));
      this.#drive(mesh, slot, item, true);
      if (mesh.instanceColor !== null) {
        mesh.instanceColor.needsUpdate = true;
      }
    }
  }

  /** Shows exactly these. */
  update(items: readonly Item[]): void {
    this.#shown = Map.groupBy(items, ({ visual }) => meshOf(visual));
    this.#turning.clear();
    const before = this.#slotById;
    this.#slotById = new Map();
    for (const [name, mesh] of this.#meshes) {
      mesh.count = this.#shown.has(name) ? mesh.count : 0;
    }
    for (const [name, of] of this.#shown) {
      this.#fill(this.#meshFor(name, of.length), of, before);
    }
  }

  /** The placement under the ray; undefined when there is none. */
  pick(raycaster: Raycaster): string | undefined {
    const hits = [...this.#meshes].flatMap(([name, mesh]) =>
      mesh.count === 0 ? [] : raycaster.intersectObject(mesh).map((hit) => ({ hit, item: this.#hitItem(name, hit) })),
    );
    hits.sort((a, b) => a.hit.distance - b.hit.distance);
    return hits.find(({ item }) => item !== undefined)?.item?.id;
  }

  /** undefined where the ray met a part of the mesh that this instance does not show. */
  #hitItem(name: Visual, { instanceId, face }: Intersection): Item | undefined {
    const item = this.#shown.get(name)?.[instanceId ?? -1];
    const part = face && this.#geometries.get(name)?.getAttribute("part").getX(face.a);
    return item !== undefined && part === partOf(item.visual) ? item : undefined;
  }

  dispose(): void {
    for (const mesh of this.#meshes.values()) {
      mesh.dispose();
    }
    for (const geometry of this.#geometries.values()) {
      geometry.dispose();
    }
    this.#material.dispose();
  }

  /** `before`: the slots until now; what kept its own turns on. */
  #fill(mesh: InstancedMesh, items: readonly Item[], before: ReadonlyMap<string, number>): void {
    mesh.count = items.length;
    items.forEach((item, slot) => {
      rotation.set(item.qx, item.qy, item.qz, item.qw);
      matrix.compose(position.set(item.x, item.y, item.z), rotation, scaleOf(item));
      mesh.setMatrixAt(slot, matrix);
      mesh.setColorAt(slot, colour.set(item.colour));
      mesh.geometry.getAttribute("shown").setX(slot, partOf(item.visual));
      this.#slotById.set(item.id, slot);
      this.#drive(mesh, slot, item, before.get(item.id) === slot);
    });
    settle(mesh);
  }

  #drive(mesh: InstancedMesh, slot: number, item: Item, keep: boolean): void {
    const turns = setDrive(mesh.geometry.getAttribute("drive") as InstancedBufferAttribute, slot, {
      drive: item.drive,
      natural: AXES[item.visual],
      now: this.#drives.time.value,
      keep,
    });
    if (turns) {
      this.#turning.add(item.id);
    } else {
      this.#turning.delete(item.id);
    }
  }

  #meshFor(name: Visual, count: number): InstancedMesh {
    const present = this.#meshes.get(name);
    if (present !== undefined && present.instanceMatrix.count >= count) {
      return present;
    }
    const geometry = this.#geometries.get(name) ?? meshGeometry(name);
    this.#geometries.set(name, geometry);
    geometry.dispose(); // of the attributes that are replaced, on the graphics card
    geometry.setAttribute("drive", newDriveAttribute(roomFor(count)));
    geometry.setAttribute("shown", new InstancedBufferAttribute(new Float32Array(roomFor(count)), 1));
    const mesh = this.#replace(present, new InstancedMesh(geometry, this.#material, roomFor(count)));
    this.#meshes.set(name, mesh);
    return mesh;
  }

  #replace(old: InstancedMesh | undefined, mesh: InstancedMesh): InstancedMesh {
    if (old !== undefined) {
      this.group.remove(old);
      old.dispose();
    }
    mesh.instanceMatrix.setUsage(DynamicDrawUsage);
    this.group.add(mesh);
    return mesh;
  }
}

/** Where the label of an item hangs. */
export function labelHeight(item: Item): number {
  return item.y + HEIGHTS[item.visual] * item.s * item.stretch.y;
}

/** Radius of a ring around it, where 1 fits most things. */
export function reach({ s, stretch }: Pick<Item, "s" | "stretch">): number {
  return s * Math.max(stretch.x, stretch.z);
}

/** What must be in sight of a thing: its foot on four sides, and its top. */
export function cornersOf(item: Item): Vector3[] {
  const { x, y, z, visual } = item;
  const half = reach(item) * (visual === "room" ? 1.8 : 1);
  const feet = [-half, half].flatMap((dx) => [-half, half].map((dz) => new Vector3(x + dx, y, z + dz)));
  return [...feet, new Vector3(x, labelHeight(item), z)];
}

function scaleOf({ s, stretch }: Item): Vector3 {
  return scale.set(stretch.x, stretch.y, stretch.z).multiplyScalar(s);
}

/** Capacity with room to grow, so that a spawn rarely makes a new mesh. */
function roomFor(count: number): number {
  return Math.max(16, 2 ** Math.ceil(Math.log2(count + 1)));
}

/** Raycasts read the bounding sphere: it is made anew when instances moved. */
function settle(mesh: InstancedMesh): void {
  mesh.instanceMatrix.needsUpdate = true;
  mesh.boundingSphere = null;
  mesh.geometry.getAttribute("shown").needsUpdate = true;
  if (mesh.instanceColor !== null) {
    mesh.instanceColor.needsUpdate = true;
  }
}
