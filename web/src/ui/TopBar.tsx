/** Where one is, in which mode, with whom, and how the link is. */
import { useApp } from "../app/useApp.ts";
import type { World } from "../live/World.ts";
import { STATUS_SHAPES } from "../model/status.ts";
import { S } from "../strings.ts";
import { LinkPill } from "./LinkPill.tsx";
import { Mark } from "./Mark.tsx";
import { ALARMS_ID } from "./Overview.tsx";
import { People } from "./People.tsx";
import { useSpaces } from "./useSpaces.ts";

export function TopBar({ world }: { world: World }) {
  const app = useApp();
  const me = app.session.request.value;
  return (
    <header class="topbar">
      <Mark />
      <SpaceSwitch world={world} />
      <ModeSwitch />
      <div class="spacer" />
      <People world={world} />
      <AlarmCount world={world} />
      <LinkPill world={world} />
      {me && (
        <div class="me">
          <span class="who">
            <strong>{me.name}</strong>
            <small>{S.roles[app.role.value].name}</small>
          </span>
          <button type="button" class="button quiet" title={S.bar.leaveHint} onClick={() => app.leave()}>
            {S.bar.leave}
          </button>
        </div>
      )}
    </header>
  );
}

function SpaceSwitch({ world }: { world: World }) {
  const app = useApp();
  const { spaces } = useSpaces();
  const me = app.session.request.value;
  const here = me?.space ?? "";
  const options = spaces?.some(({ id }) => id === here)
    ? spaces
    : [{ id: here, name: world.name.value || here, twins: 0 }, ...(spaces ?? [])];
  return (
    <h1 class="space">
      <select
        aria-label={S.bar.space}
        value={here}
        onChange={(event) => me && void app.join({ ...me, space: event.currentTarget.value })}
      >
        {options.map(({ id, name }) => (
          <option key={id} value={id}>
            {name || id}
          </option>
        ))}
      </select>
    </h1>
  );
}

function ModeSwitch() {
  const app = useApp();
  const mode = app.mode.value;
  const why = app.placeBlock.value;
  return (
    <fieldset class="segments" aria-label={S.bar.mode}>
      {(["operate", "build"] as const).map((option) => (
        <label key={option} title={option === "build" ? why : ""}>
          <input
            type="radio"
            name="mode"
            checked={mode === option}
            disabled={option === "build" && why !== "" && mode !== "build"}
            onChange={() => {
              app.mode.value = option;
            }}
          />
          {S.bar[option]}
          <span class="key" aria-hidden="true">
            {option === "build" ? "B" : "O"}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** Leads to the list of alarms; absent while there is none. */
function AlarmCount({ world }: { world: World }) {
  const app = useApp();
  const count = world.alarms.value.length;
  return count === 0 ? null : (
    <button
      type="button"
      class="pill bad alarm-count"
      aria-label={S.alarms.count(count)}
      onClick={() => {
        app.showOverview();
        requestAnimationFrame(() => document.getElementById(ALARMS_ID)?.focus());
      }}
    >
      <span class="status alarm" aria-hidden="true">
        <span class="shape">{STATUS_SHAPES.alarm}</span>
      </span>
      <span class="wide">{S.alarms.count(count)}</span>
      <span class="narrow">{count}</span>
    </button>
  );
}
