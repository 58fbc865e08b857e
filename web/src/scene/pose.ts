/** The camera's place as a link carries it. Apart from the scene, so that the first view need not load three. */

/** Where the camera is and what it looks at, metres. */
export interface CameraPose {
  eye: readonly [number, number, number];
  target: readonly [number, number, number];
}

export function poseText({ eye, target }: CameraPose): string {
  return [...eye, ...target].map((metres) => String(Math.round(metres * 10) / 10)).join(",");
}

/** Of the six numbers of `poseText`. */
export function toPose([a = 0, b = 0, c = 0, x = 0, y = 0, z = 0]: readonly number[]): CameraPose {
  return { eye: [a, b, c], target: [x, y, z] };
}
