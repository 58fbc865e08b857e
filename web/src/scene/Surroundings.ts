/** What the things stand in: ground, grid, light, fog, and the rings under what is selected or pointed at. */
import {
  type BufferGeometry,
  Color,
  DirectionalLight,
  Fog,
  GridHelper,
  HemisphereLight,
  Mesh,
  MeshBasicMaterial,
  PlaneGeometry,
  RingGeometry,
  type Scene,
} from "three";
import { type Item, reach } from "./PlacementLayer.ts";
import type { Palette } from "./palette.ts";

const GRID_METRES = 200;
const CELL_METRES = 2;
const FOG = { near: 40, far: 110 };

type Ring = Mesh<BufferGeometry, MeshBasicMaterial>;

export class Surroundings {
  readonly #scene: Scene;
  readonly #fog = new Fog(0, FOG.near, FOG.far);
  readonly #ground = new Mesh(new PlaneGeometry(600, 600).rotateX(-Math.PI / 2), new MeshBasicMaterial());
  readonly #selected = newRing(1.28, 1.4, 0.03);
  readonly #hovered = newRing(1.2, 1.28, 0.025);
  #grid: GridHelper | undefined;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#ground.position.y = -0.01;
    scene.fog = this.#fog;
    scene.add(this.#ground, this.#selected, this.#hovered, new HemisphereLight(0xffffff, 0x39424c, 1.5), sun());
  }

  paint(colours: Palette): void {
    this.#scene.background = new Color(colours.background);
    this.#fog.color.set(colours.background);
    this.#ground.material.color.set(colours.ground);
    this.#selected.material.color.set(colours.accent);
    this.#hovered.material.color.set(colours.muted);
    this.#removeGrid();
    this.#grid = new GridHelper(GRID_METRES, GRID_METRES / CELL_METRES, colours.gridCentre, colours.grid);
    this.#scene.add(this.#grid);
  }

  select(item: Item | undefined): void {
    putUnder(this.#selected, item);
  }

  hover(item: Item | undefined): void {
    putUnder(this.#hovered, item);
  }

  /** Fog hides the end of the ground, never what one looks at: it keeps its distance when the camera backs off. */
  keepFogBehind(distance: number): void {
    this.#fog.near = Math.max(FOG.near, distance * 1.7);
    this.#fog.far = Math.max(FOG.far, distance * 4);
  }

  dispose(): void {
    this.#removeGrid();
    for (const mesh of [this.#ground, this.#selected, this.#hovered]) {
      mesh.geometry.dispose();
      mesh.material.dispose();
    }
  }

  #removeGrid(): void {
    if (this.#grid !== undefined) {
      this.#scene.remove(this.#grid);
      this.#grid.dispose();
    }
  }
}

/** `lift` keeps rings from fighting with the ground and with each other. */
function newRing(inner: number, outer: number, lift: number): Ring {
  const geometry = new RingGeometry(inner, outer, 56).rotateX(-Math.PI / 2).translate(0, lift, 0);
  const ring: Ring = new Mesh(geometry, new MeshBasicMaterial({ transparent: true, depthWrite: false }));
  ring.visible = false;
  return ring;
}

function putUnder(ring: Ring, item: Item | undefined): void {
  ring.visible = item !== undefined;
  if (item !== undefined) {
    ring.position.set(item.x, item.y, item.z);
    ring.scale.set(1, 1, 1).multiplyScalar(reach(item) * (item.visual === "room" ? 1.9 : 1));
  }
}

function sun(): DirectionalLight {
  const light = new DirectionalLight(0xffffff, 2.1);
  light.position.set(6, 14, 9);
  return light;
}
