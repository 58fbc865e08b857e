/** What the mirror holds of a twin, and who is told when it changes. TwinMirror alone writes it, but for who follows. */
import type { Dtmi, Link, Pointer, TwinId } from "./types.ts";
import { LINK } from "./types.ts";
import type { MirrorValue } from "./valueTime.ts";

export interface MirrorTwin {
  readonly id: TwinId;
  readonly modelId: Dtmi;
  /** Only while it is surely the current one: a notification tells no etag. */
  etag: string | undefined;
  /** By pointer: `/temperature`, `/motor/current`. Entries change in place: copy what is to stay. A removed property stays as `value: undefined`, for its time. */
  readonly values: Map<Pointer, MirrorValue>;
  /** Source time of the newest value, ms since epoch; 0 = never. */
  seen: number;
  link: Link;
  /** Source time of what said so last, ms since epoch. */
  linkAt: number;
  /** When its device last spoke, ms since epoch by our clock; 0 = not in this process's life. */
  reportedAt: number;
  /** Running mean of the distance between reports, ms; 0 = not known. Stale is three times this, at least 10 s. */
  interval: number;
  /** When it was last taken whole from the provider, ms since epoch. */
  loadedAt: number;
  /** Who shows it, and what number it has there. By the twin, so that a change costs nothing in rooms that do not show it. */
  follower: TwinFollower | undefined;
  number: number;
  /** Who else. Replaced, never changed. */
  others: readonly Following[];
}

/** Told of values and links of twins as long as they are there, before `onChange` is called for the same change. */
export interface TwinFollower {
  /**
   * `number`: of the twin, as `follow` was told. `held` is what the mirror holds, and goes on holding for this path; not
   * `isOther`: its value is what it was. `seen`: of the twin.
   */
  valueChanged(number: number, path: Pointer, held: MirrorValue, isOther: boolean, seen: number): void;
  linkChanged(number: number): void;
}

interface Following {
  readonly follower: TwinFollower;
  readonly number: number;
}
const NOBODY: readonly Following[] = [];

/** Without values and followers. `instead`: the same twin with its old model, whose link goes along. */
export function newMirrorTwin(id: TwinId, modelId: Dtmi, instead: MirrorTwin | undefined): MirrorTwin {
  return {
    id,
    modelId,
    etag: undefined,
    values: new Map(),
    seen: 0,
    link: instead?.link ?? LINK.never,
    linkAt: instead?.linkAt ?? 0,
    reportedAt: instead?.reportedAt ?? 0,
    interval: instead?.interval ?? 0,
    loadedAt: 0,
    follower: undefined,
    number: 0,
    others: NOBODY,
  };
}

/** A twin that is replaced (its model changed) or removed takes its followers along. `number`: for whom follows. */
export function follow(twin: MirrorTwin, follower: TwinFollower, number: number): void {
  if (twin.follower) {
    twin.others = [...twin.others, { follower: twin.follower, number: twin.number }];
  }
  twin.follower = follower;
  twin.number = number;
}

export function unfollow(twin: MirrorTwin, follower: TwinFollower): void {
  if (twin.follower === follower) {
    const { follower: next, number = 0 } = twin.others.at(-1) ?? {};
    twin.follower = next;
    twin.number = number;
    twin.others = twin.others.length > 1 ? twin.others.slice(0, -1) : NOBODY;
  } else {
    twin.others = twin.others.filter((other) => other.follower !== follower);
  }
}

export function tellValue(twin: MirrorTwin, path: Pointer, held: MirrorValue, isOther: boolean): void {
  twin.follower?.valueChanged(twin.number, path, held, isOther, twin.seen);
  for (const other of twin.others) {
    other.follower.valueChanged(other.number, path, held, isOther, twin.seen);
  }
}

export function tellLink(twin: MirrorTwin): void {
  twin.follower?.linkChanged(twin.number);
  for (const other of twin.others) {
    other.follower.linkChanged(other.number);
  }
}
