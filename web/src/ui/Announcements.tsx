/** The one polite live region of the world: tells screen readers what happens, a sentence or a few at a time. */
import { useEffect, useRef, useState } from "preact/hooks";
import { useApp } from "../app/useApp.ts";
import { type Look, news } from "../live/news.ts";
import type { World } from "../live/World.ts";

export function Announcements({ world }: { world: World }) {
  const app = useApp();
  const before = useRef<Look | undefined>(undefined);
  const [text, setText] = useState("");
  const now: Look = {
    operations: world.operations.value,
    alarms: world.alarms.value,
    leases: world.leases.value,
    selected: app.selected.value,
    connected: app.connected.value,
    me: {
      session: world.room.sessionId,
      name: world.players.value.find(({ id }) => id === world.room.sessionId)?.name ?? "",
    },
    nameOf: (twinId) => world.twin(twinId)?.$name || twinId,
  };
  const status = world.status.value;
  useEffect(() => {
    if (status === "loading") {
      return; // nor is it over that the link was lost
    }
    // What is there on arrival is no news.
    const told = before.current === undefined ? [] : news(before.current, now);
    before.current = now;
    if (told.length > 0) {
      setText(told.join(" "));
    }
  });
  return (
    <p class="sr-only announcements" aria-live="polite">
      {text}
    </p>
  );
}
