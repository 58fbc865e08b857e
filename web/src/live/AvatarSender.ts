/**
 * Tells the others where one is and what one looks at (`avatar.move`), at most ten times a second and only what changed.
 * From above one stands on the ground before what one looks at; on foot where one is. Lossy: the newest position counts.
 */

import type { SpaceRoom } from "../net/requests.ts";
import type { CameraPose } from "../scene/pose.ts";

const SEND_MS = 100;
/** From above, one's figure keeps this distance to the middle of the view. */
const BEFORE = 5;

export class AvatarSender {
  readonly #room: SpaceRoom;
  #next: { pose: CameraPose | undefined; selected: string } = { pose: undefined, selected: "" };
  #sent = "";
  #timer = 0;

  constructor(room: SpaceRoom) {
    this.#room = room;
  }

  pose(pose: CameraPose): void {
    this.#next.pose = pose;
    this.#soon();
  }

  look(selected: string): void {
    this.#next.selected = selected;
    this.#soon();
  }

  close(): void {
    window.clearTimeout(this.#timer);
  }

  #soon(): void {
    if (this.#timer === 0) {
      this.#timer = window.setTimeout(() => this.#send(), SEND_MS);
    }
  }

  #send(): void {
    this.#timer = 0;
    const { pose, selected } = this.#next;
    const move = { ...(pose === undefined ? {} : standing(pose, this.#room.sessionId)), selected };
    const text = JSON.stringify(move);
    if (text !== this.#sent && this.#room.connection.isOpen) {
      this.#sent = text;
      (this.#room.send as (type: string, message: unknown) => void)("avatar.move", move);
    }
  }
}

function standing({ eye, target }: CameraPose, sessionId: string) {
  const [dx, dz] = [eye[0] - target[0], eye[2] - target[2]];
  const distance = Math.hypot(dx, dz) || 1;
  const onFoot = eye[1] < 1.8;
  const far = onFoot ? distance : Math.min(distance, BEFORE);
  const aside = onFoot ? 0 : asideOf(sessionId); // people who look at the same from above do not stand in one another
  const yaw = Math.atan2(dx, dz);
  return {
    x: round(target[0] + (dx / distance) * far + (dz / distance) * aside),
    y: 0,
    z: round(target[2] + (dz / distance) * far - (dx / distance) * aside),
    qx: 0,
    qy: round(Math.sin(yaw / 2)),
    qz: 0,
    qw: round(Math.cos(yaw / 2)),
  };
}

function asideOf(sessionId: string): number {
  const sum = [...sessionId].reduce((total, letter) => total + letter.charCodeAt(0), 0);
  return ((sum % 7) - 3) * 0.8;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
