/**
 * The other people: a figure in each one's colour with the name above, and a ring of that colour under the twin that each
 * looks at. Three draw calls for any number. Part of SceneView.
 */
import {
  CapsuleGeometry,
  Color,
  ConeGeometry,
  Group,
  InstancedMesh,
  Matrix4,
  MeshBasicMaterial,
  MeshLambertMaterial,
  type PerspectiveCamera,
  Quaternion,
  RingGeometry,
  Vector3,
} from "three";
import { mergeGeometries } from "three/examples/jsm/utils/BufferGeometryUtils.js";
import { LabelLayer } from "./LabelLayer.ts";
import type { Item } from "./PlacementLayer.ts";
import type { Palette } from "./palette.ts";

export interface Avatar {
  id: string;
  name: string;
  colour: string;
  /** Twin that it looks at; "" for none. */
  selected: string;
  x: number;
  y: number;
  z: number;
  qx: number;
  qy: number;
  qz: number;
  qw: number;
}

/** More than these are not drawn; the list of people has them all. */
const CAPACITY = 128;
const TALL = 1.8;

const matrix = new Matrix4();
const position = new Vector3();
const rotation = new Quaternion();
const ONE = new Vector3(1, 1, 1);
const colour = new Color();

export class AvatarLayer {
  readonly #group = new Group();
  readonly #figures = new InstancedMesh(figure(), new MeshLambertMaterial(), CAPACITY);
  readonly #rings = new InstancedMesh(
    new RingGeometry(1.44, 1.54, 48).rotateX(-Math.PI / 2).translate(0, 0.035, 0),
    new MeshBasicMaterial({ transparent: true, depthWrite: false }),
    CAPACITY,
  );
  #labels: LabelLayer | undefined;
  #avatars: readonly Avatar[] = [];

  start(pixelRatio: number): Group {
    this.#labels = new LabelLayer({ capacity: CAPACITY, pixelRatio });
    this.#group.add(this.#figures, this.#rings, this.#labels.mesh);
    for (const mesh of [this.#figures, this.#rings]) {
      mesh.frustumCulled = false;
      mesh.count = 0;
    }
    this.#group.visible = false;
    return this.#group;
  }

  setColours(colours: Palette): void {
    this.#labels?.setColours({ ...colours, muted: colours.text });
  }

  /** `at`: where the twin stands that somebody looks at. */
  show(avatars: readonly Avatar[], at: (twinId: string) => Item | undefined): void {
    this.#avatars = avatars.slice(0, CAPACITY);
    this.#group.visible = this.#avatars.length > 0;
    this.#figures.count = this.#avatars.length;
    let rings = 0;
    for (let index = 0; index < CAPACITY; index++) {
      const avatar = this.#avatars[index];
      if (avatar !== undefined) {
        rotation.set(avatar.qx, avatar.qy, avatar.qz, avatar.qw);
        this.#figures.setMatrixAt(index, matrix.compose(position.set(avatar.x, avatar.y, avatar.z), rotation, ONE));
        this.#figures.setColorAt(index, colour.set(avatar.colour || "#999999"));
        rings += this.#ring(rings, avatar, at(avatar.selected));
      }
      this.#labels?.set(index, avatar && { ...avatar, title: avatar.name, value: "", y: avatar.y + TALL, rank: 1 });
    }
    this.#rings.count = rings;
    for (const mesh of [this.#figures, this.#rings]) {
      mesh.instanceMatrix.needsUpdate = true;
      if (mesh.instanceColor !== null) {
        mesh.instanceColor.needsUpdate = true;
      }
    }
  }

  arrange(camera: PerspectiveCamera, width: number, height: number): void {
    if (this.#avatars.length > 0) {
      this.#labels?.arrange(camera, width, height, () => undefined);
    }
  }

  dispose(): void {
    for (const mesh of [this.#figures, this.#rings]) {
      mesh.geometry.dispose();
      mesh.material.dispose();
      mesh.dispose();
    }
    this.#labels?.dispose();
  }

  #ring(index: number, avatar: Avatar, item: Item | undefined): number {
    if (item === undefined) {
      return 0;
    }
    matrix.makeScale(item.s, 1, item.s).setPosition(item.x, item.y, item.z);
    this.#rings.setMatrixAt(index, matrix);
    this.#rings.setColorAt(index, colour.set(avatar.colour || "#999999"));
    return 1;
  }
}

/** Looks along -z, as a camera does. */
function figure() {
  const body = new CapsuleGeometry(0.26, 0.9, 4, 12).translate(0, 0.71, 0);
  const nose = new ConeGeometry(0.12, 0.4, 10).rotateX(-Math.PI / 2).translate(0, 1.15, -0.42);
  return mergeGeometries([body.toNonIndexed(), nose.toNonIndexed()]);
}
