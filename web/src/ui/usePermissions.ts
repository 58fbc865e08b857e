/** What the server would allow now, by path: asked when a twin is shown and every few seconds, since interlocks follow values. */
import { useEffect, useState } from "preact/hooks";
import type { World } from "../live/World.ts";
import { ask, type Permission, type PermissionCheck } from "../net/requests.ts";

const REFRESH_MS = 2000;

/** Empty until the first answer, and while `wanted` is false. */
export function usePermissions(
  world: World,
  checks: PermissionCheck[],
  wanted: boolean,
): ReadonlyMap<string, Permission> {
  const [known, setKnown] = useState<ReadonlyMap<string, Permission>>(new Map());
  const key = JSON.stringify(checks);
  useEffect(() => {
    if (!wanted || checks.length === 0) {
      setKnown(new Map());
      return;
    }
    let gone = false;
    const load = async () => {
      const answer = await ask(world.room, "permissions.check", { checks });
      if (!gone && answer.ok) {
        setKnown(new Map(checks.flatMap(({ path }, at) => (answer.value[at] ? [[path, answer.value[at]]] : []))));
      }
    };
    void load();
    const timer = window.setInterval(() => void load(), REFRESH_MS);
    return () => {
      gone = true;
      window.clearInterval(timer);
    };
  }, [world, key, wanted]);
  return known;
}
