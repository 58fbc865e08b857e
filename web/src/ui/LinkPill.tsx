/** One word about the way of a value to this page: our link to the server first, then the server's link to the cloud. */
import { useApp } from "../app/useApp.ts";
import type { World } from "../live/World.ts";
import { formatTime } from "../model/values.ts";
import type { LinkState } from "../net/Session.ts";
import { S } from "../strings.ts";

export function LinkPill({ world }: { world: World }) {
  const app = useApp();
  const { look, text } = describe(app.session.link.value, world);
  return (
    <div class={`pill ${look}`} role="status" aria-live="polite" title={S.link.explain}>
      <span class="dot" aria-hidden="true" />
      <span>{text}</span>
      {look === "good" && <small aria-hidden="true">{S.link.figures(world.rate.value, world.delay.value)}</small>}
    </div>
  );
}

function describe(link: LinkState, world: World): { look: "good" | "warn" | "bad"; text: string } {
  if (link !== "live") {
    return { look: link === "lost" ? "bad" : "warn", text: link === "out" ? S.link.lost : S.link[link] };
  }
  switch (world.status.value) {
    case "live":
      return { look: "good", text: S.link.live };
    case "loading":
      return { look: "warn", text: S.link.loading };
    case "degraded":
      return { look: "bad", text: S.link.degraded(formatTime(world.since.value)) };
    case "frozen":
      return { look: "warn", text: S.link.frozen };
  }
}
