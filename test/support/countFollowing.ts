// How many follow the twins of a space as the graph changes: who forgets to stop makes each change of it dearer for good.
import type { SpaceIndex } from "../../src/services.ts";

/** Counts from now on, by space. */
export function countFollowing(spaces: SpaceIndex): (space: string) => number {
  const counts = new Map<string, number>();
  const onChange = spaces.onChange.bind(spaces);
  const count = (id: string, n: number) => counts.set(id, (counts.get(id) ?? 0) + n);
  spaces.onChange = (id, listener) => {
    const stop = onChange(id, listener);
    count(id, 1);
    return () => {
      count(id, -1);
      stop();
    };
  };
  return (space) => counts.get(space) ?? 0;
}
