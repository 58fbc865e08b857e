/**
 * The placed things: one instanced mesh per visual, a soft shadow under each. Knows where a placement is in its mesh, so
 * that a new value is one colour and one `drive` (driveShader.ts).
 */
import {
  type BufferGeometry,
  CircleGeometry,
  Color,
  DynamicDrawUsage,
  Group,
  type InstancedBufferAttribute,
  InstancedMesh,
  Matrix4,
  MeshBasicMaterial,
  MeshLambertMaterial,
  Quaternion,
  type Raycaster,
  RingGeometry,
  Vector3,
} from "three";
import { clockAt, type Drive, newDriveAttribute, newUniforms, setDrive, teach } from "./driveShader.ts";
import { AXES, type Lengths, type Visual } from "./visualNames.ts";
import { geometryOf, HEIGHTS } from "./visuals.ts";

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

/** Size of the shadow where it is not that of most things; a room is flat and casts none. */
const FOOTPRINTS: Partial<Record<Visual, number>> = {
  room: 0,
  sensor: 0.42,
  valve: 0.8,
  motor: 0.75,
  pump: 0.95,
  tank: 1.2,
};

const matrix = new Matrix4();
const position = new Vector3();
const rotation = new Quaternion();
const scale = new Vector3();
const colour = new Color();
const flat = new Quaternion().setFromAxisAngle(new Vector3(1, 0, 0), -Math.PI / 2);

export class PlacementLayer {
  readonly group = new Group();
  readonly #material = new MeshLambertMaterial({ vertexColors: true });
  readonly #shade = new MeshBasicMaterial({ color: 0x000000, transparent: true, depthWrite: false });
  readonly #geometries = new Map<Visual, BufferGeometry>();
  readonly #meshes = new Map<Visual, InstancedMesh>();
  readonly #disc = new CircleGeometry(0.95, 24);
  #shadows: InstancedMesh | undefined;
  readonly #ringShape = new RingGeometry(1.55, 1.75, 48).rotateX(-Math.PI / 2);
  readonly #ringPaint = new MeshBasicMaterial({ transparent: true, depthWrite: false, opacity: 0.85 });
  #rings: InstancedMesh | undefined;
  #items: readonly Item[] = [];
  #idsBySlot = new Map<Visual, string[]>();
  readonly #drives = newUniforms();
  /** Placements that turn now. */
  #turning = new Set<string>();
  #slotById = new Map<string, number>();

  constructor() {
    teach(this.#material, this.#drives);
  }

  get items(): readonly Item[] {
    return this.#items;
  }

  /** `empty`: of a body above its level. */
  paint({ shadow, faint }: { shadow: number; faint: string }): void {
    this.#shade.opacity = shadow;
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
    const mesh = this.#meshes.get(item.visual);
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
    this.#items = items;
    const groups = Map.groupBy(items, ({ visual }) => visual);
    this.#turning.clear();
    const before = this.#slotById;
    this.#slotById = new Map();
    this.#idsBySlot = new Map([...groups].map(([visual, of]) => [visual, of.map(({ id }) => id)]));
    for (const [visual, mesh] of this.#meshes) {
      mesh.count = groups.has(visual) ? mesh.count : 0;
    }
    for (const [visual, of] of groups) {
      this.#fill(this.#meshFor(visual, of.length), of, before);
    }
    this.#fillShadows(items);
    this.#fillRings(items.filter(({ ring }) => ring !== undefined));
  }

  /** The placement under the ray; undefined when there is none. */
  pick(raycaster: Raycaster): string | undefined {
    const hits = [...this.#meshes].flatMap(([visual, mesh]) =>
      mesh.count === 0 ? [] : raycaster.intersectObject(mesh).map((hit) => ({ visual, hit })),
    );
    hits.sort((a, b) => a.hit.distance - b.hit.distance);
    const first = hits[0];
    return first && this.#idsBySlot.get(first.visual)?.[first.hit.instanceId ?? -1];
  }

  /** Where the label of an item hangs. */
  labelHeight(item: Item): number {
    return item.y + HEIGHTS[item.visual] * item.s * item.stretch.y;
  }

  dispose(): void {
    for (const mesh of [...this.#meshes.values(), this.#shadows, this.#rings].filter((one) => one !== undefined)) {
      mesh.dispose();
    }
    for (const geometry of [...this.#geometries.values(), this.#disc, this.#ringShape]) {
      geometry.dispose();
    }
    this.#material.dispose();
    this.#shade.dispose();
    this.#ringPaint.dispose();
  }

  /** `before`: the slots until now; what kept its own turns on. */
  #fill(mesh: InstancedMesh, items: readonly Item[], before: ReadonlyMap<string, number>): void {
    mesh.count = items.length;
    items.forEach((item, slot) => {
      rotation.set(item.qx, item.qy, item.qz, item.qw);
      matrix.compose(position.set(item.x, item.y, item.z), rotation, scaleOf(item));
      mesh.setMatrixAt(slot, matrix);
      mesh.setColorAt(slot, colour.set(item.colour));
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

  #fillShadows(items: readonly Item[]): void {
    if (this.#shadows === undefined || this.#shadows.instanceMatrix.count < items.length) {
      this.#shadows = this.#replace(this.#shadows, new InstancedMesh(this.#disc, this.#shade, roomFor(items.length)));
      this.#shadows.renderOrder = -1;
    }
    const shadows = this.#shadows;
    shadows.count = items.length;
    items.forEach((item, slot) => {
      const wide = item.s * (FOOTPRINTS[item.visual] ?? 1);
      matrix.compose(
        position.set(item.x, 0.012, item.z),
        flat,
        scale.set(wide * 1.15 * item.stretch.x, wide * item.stretch.z, 1),
      );
      shadows.setMatrixAt(slot, matrix);
    });
    settle(shadows);
  }

  /** Under what has an alarm, so that it is seen from afar, and not by colour alone. */
  #fillRings(items: readonly Item[]): void {
    if (items.length === 0 && this.#rings === undefined) {
      return;
    }
    if (this.#rings === undefined || this.#rings.instanceMatrix.count < items.length) {
      const made = new InstancedMesh(this.#ringShape, this.#ringPaint, roomFor(items.length));
      this.#rings = this.#replace(this.#rings, made);
    }
    const rings = this.#rings;
    rings.count = items.length;
    rings.visible = items.length > 0;
    items.forEach((item, slot) => {
      const wide = reach(item);
      matrix.makeScale(wide, 1, wide).setPosition(item.x, item.y + 0.04, item.z);
      rings.setMatrixAt(slot, matrix);
      rings.setColorAt(slot, colour.set(item.ring ?? item.colour));
    });
    settle(rings);
  }

  #meshFor(visual: Visual, count: number): InstancedMesh {
    const present = this.#meshes.get(visual);
    if (present !== undefined && present.instanceMatrix.count >= count) {
      return present;
    }
    const geometry = this.#geometries.get(visual) ?? geometryOf(visual);
    this.#geometries.set(visual, geometry);
    geometry.dispose(); // of the attribute that is replaced, on the graphics card
    geometry.setAttribute("drive", newDriveAttribute(roomFor(count)));
    const mesh = this.#replace(present, new InstancedMesh(geometry, this.#material, roomFor(count)));
    this.#meshes.set(visual, mesh);
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

/** Radius of a ring around it, where 1 fits most things. */
export function reach({ s, stretch }: Pick<Item, "s" | "stretch">): number {
  return s * Math.max(stretch.x, stretch.z);
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
  if (mesh.instanceColor !== null) {
    mesh.instanceColor.needsUpdate = true;
  }
}
