/** What the things stand in: light, the colour behind, and the fog that hides the end of the ground. Part of SceneView. */
import { Color, DirectionalLight, Fog, HemisphereLight, type Scene } from "three";
import type { Palette } from "./palette.ts";

const FOG = { near: 40, far: 110 };

export class Surroundings {
  readonly #scene: Scene;
  readonly #fog = new Fog(0, FOG.near, FOG.far);

  constructor(scene: Scene) {
    this.#scene = scene;
    scene.fog = this.#fog;
    scene.add(new HemisphereLight(0xffffff, 0x39424c, 1.5), sun());
  }

  paint({ background }: Pick<Palette, "background">): void {
    this.#scene.background = new Color(background);
    this.#fog.color.set(background);
  }

  /** Fog hides the end of the ground, never what one looks at: it keeps its distance when the camera backs off. */
  keepFogBehind(distance: number): void {
    this.#fog.near = Math.max(FOG.near, distance * 1.7);
    this.#fog.far = Math.max(FOG.far, distance * 4);
  }
}

function sun(): DirectionalLight {
  const light = new DirectionalLight(0xffffff, 2.1);
  light.position.set(6, 14, 9);
  return light;
}
