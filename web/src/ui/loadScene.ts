/** Loads the 3D view, once. Called early, so that its code is on the way while the space is being joined. */

export function loadScene(): Promise<typeof import("./Scene3D.tsx")> {
  return import("./Scene3D.tsx");
}
