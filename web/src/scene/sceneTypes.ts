/** What the 3D view is told and what it tells: the contract between SceneView and who shows it. */
import type { VisualTemplate } from "../../../src/protocol/visuals.ts";
import type { Pose } from "./Gizmo.ts";
import type { Item } from "./PlacementLayer.ts";
import type { CameraPose } from "./pose.ts";

/** A thing to show. */
export interface SceneItem extends Item {
  twinId: string;
  template: VisualTemplate;
  title: string;
  value: string;
  /** Higher goes first where labels would overlap. */
  rank: number;
}

export interface SceneCallbacks {
  onSelect: (placementId: string | undefined, more: boolean) => void;
  /** False when this thing may not be dragged now. */
  canDrag: (placementId: string) => boolean;
  onDrag: (placementId: string, to: { x: number; y: number; z: number } & Partial<Pose>) => void;
  onDrop: () => void;
  /** The view came to rest with this ground point in its middle. */
  onCentre: (centre: { x: number; z: number }) => void;
  onLost: () => void;
  /** Where one is and what one looks at, after each movement. */
  onPose: (pose: CameraPose) => void;
  /** The camera came to rest there. */
  onRestPose: (pose: CameraPose) => void;
  /** Text under the title of a label, now. */
  valueOf: (item: SceneItem) => string;
  /** The same thing with the colour, the turning and the level that its values give it now. */
  driven: (item: SceneItem) => SceneItem;
}
