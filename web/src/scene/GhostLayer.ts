/** The translucent shape of what is about to be placed. One draw call while there is one. Part of SceneView. */
import { Group, Mesh, MeshLambertMaterial } from "three";
import type { Lengths, Visual } from "./visualNames.ts";
import { geometryOf } from "./visuals.ts";

const OPACITY = 0.5;

export interface GhostShape {
  visual: Visual;
  stretch: Lengths;
  colour: string;
  x: number;
  z: number;
}

export class GhostLayer {
  readonly group = new Group();
  readonly #material = new MeshLambertMaterial({ transparent: true, opacity: OPACITY, depthWrite: false });
  #mesh: Mesh | undefined;
  #visual: Visual | undefined;

  /** undefined: none. */
  show(ghost: GhostShape | undefined): void {
    this.group.visible = ghost !== undefined;
    if (ghost === undefined) {
      return;
    }
    if (this.#visual !== ghost.visual) {
      this.#clear();
      this.#visual = ghost.visual;
      this.#mesh = new Mesh(geometryOf(ghost.visual), this.#material);
      this.group.add(this.#mesh);
    }
    this.#material.color.set(ghost.colour);
    this.group.position.set(ghost.x, 0, ghost.z);
    this.group.scale.set(ghost.stretch.x, ghost.stretch.y, ghost.stretch.z);
  }

  dispose(): void {
    this.#clear();
    this.#material.dispose();
  }

  #clear(): void {
    if (this.#mesh !== undefined) {
      this.group.remove(this.#mesh);
      this.#mesh.geometry.dispose();
    }
  }
}
