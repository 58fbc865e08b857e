/**
 * Who drags what in a room: a grab lasts while drags keep coming, and ends when its player settles, leaves or drops. Owned
 * by TwinBuildingPlugin.
 */
import { ORIGIN, type Transform } from "../../src/protocol/names.ts";
import { transformed } from "../../src/world/placementValue.ts";

export interface Hold {
  sessionId: string;
  /** Of the player, as the others read it. */
  name: string;
  /** ms of the clock: the last drag. */
  at: number;
  /** Where it was dragged, as far as that was said. */
  place: Partial<Transform>;
}

/** A hand that has not moved for so long has let go. */
const HOLD_MS = 30_000;
const TURN = ["qx", "qy", "qz", "qw"] as const;

export class Holds {
  readonly #holds = new Map<string, Hold>();

  get size(): number {
    return this.#holds.size;
  }

  has(placementId: string): boolean {
    return this.#holds.has(placementId);
  }

  get(placementId: string): Hold | undefined {
    return this.#holds.get(placementId);
  }

  grab(placementId: string, hold: Hold): void {
    this.#holds.set(placementId, { ...hold, place: { ...this.placeOf(placementId, hold.sessionId), ...hold.place } });
  }

  /** Where he has dragged it; undefined when he does not hold it. */
  placeOf(placementId: string, sessionId: string): Partial<Transform> | undefined {
    const hold = this.#holds.get(placementId);
    return hold?.sessionId === sessionId ? hold.place : undefined;
  }

  /** What a settle asks for: it need not say again what its drags have said, so that all stands where everybody sees it. */
  settled<T extends { placementId: string }>(items: readonly T[], sessionId: string): (T & Partial<Transform>)[] {
    const seen = new Set<string>();
    return items.map((item) => {
      const dragged = seen.has(item.placementId) ? undefined : this.placeOf(item.placementId, sessionId);
      seen.add(item.placementId);
      return { ...dragged, ...item };
    });
  }

  /** A drag with a unit quaternion, as it will settle. INVALID_VALUE where it could not; `path`: of the item. */
  turned<T extends { placementId: string } & Partial<Transform>>(
    item: T,
    sessionId: string,
    { from, path }: { from: Transform | undefined; path: string },
  ): T {
    if (TURN.every((axis) => item[axis] === undefined)) {
      return item;
    }
    const { qx, qy, qz, qw } = transformed(
      { ...ORIGIN, ...from, ...this.placeOf(item.placementId, sessionId) },
      item,
      path,
    );
    return { ...item, qx, qy, qz, qw };
  }

  release(placementId: string): void {
    this.#holds.delete(placementId);
  }

  /** Name of the one who holds it, unless that is himself. */
  holderOf(placementId: string, sessionId: string): string | undefined {
    const hold = this.#holds.get(placementId);
    return hold === undefined || hold.sessionId === sessionId ? undefined : hold.name;
  }

  /** Ids of what is held by nobody any more: `isHere` says who is still connected. */
  stale(now: number, isHere: (sessionId: string) => boolean): string[] {
    const over = ({ sessionId, at }: Hold) => now - at > HOLD_MS || !isHere(sessionId);
    return [...this.#holds].filter(([, hold]) => over(hold)).map(([id]) => id);
  }
}
