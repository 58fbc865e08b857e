/** What the right side shows while nothing is selected: who looks at what, and what was asked of twins lately. */
import { useApp } from "../app/useApp.ts";
import type { World } from "../live/World.ts";
import { S } from "../strings.ts";
import { AlarmList } from "./AlarmList.tsx";
import { OperationLine } from "./OperationLine.tsx";

const SHOWN = 8;
export const ALARMS_ID = "alarms";

export function Overview({ world }: { world: World }) {
  const app = useApp();
  const nameOf = (id: string) => world.twin(id)?.$name || id;
  const operations = world.operations.value.toSorted((a, b) => b.at - a.at).slice(0, SHOWN);
  return (
    <article class="inspector overview">
      <button
        type="button"
        class="button quiet back"
        onClick={() => {
          app.overview.value = false;
        }}
      >
        ‹ {S.inspector.back}
      </button>
      <h2 class="sr-only">{S.overview.open}</h2>
      <p class="empty">{S.inspector.empty}</p>
      <section class="group" id={ALARMS_ID} tabIndex={-1} aria-label={S.alarms.title}>
        <h3>{S.alarms.title}</h3>
        {world.alarms.value.length === 0 && <p class="hint">{S.alarms.none}</p>}
        <AlarmList world={world} alarms={world.alarms.value} named />
      </section>
      <section class="group">
        <h3>{S.overview.people}</h3>
        <ul class="lines">
          {world.players.value.map((player) => (
            <li key={player.id}>
              <span class="swatch" style={{ "--player": player.colour }} aria-hidden="true" />
              <span class="row-name">
                <span>
                  {player.name}
                  {player.id === world.room.sessionId && ` (${S.bar.you})`}
                </span>
                <small>{S.roles[player.role]?.name ?? player.role}</small>
              </span>
              {player.selected !== "" && world.twin(player.selected) !== undefined && (
                <button type="button" class="button small" onClick={() => app.select(player.selected)}>
                  {S.overview.looksAt(nameOf(player.selected))}
                </button>
              )}
            </li>
          ))}
        </ul>
      </section>
      <section class="group">
        <h3>{S.inspector.operations}</h3>
        {operations.length === 0 && <p class="hint">{S.overview.quiet}</p>}
        {operations.map((operation) => (
          <div key={operation.id} class="asked">
            <button type="button" class="link" onClick={() => app.select(operation.twinId)}>
              {nameOf(operation.twinId)}
            </button>{" "}
            <code>{operation.path}</code>
            <OperationLine operation={operation} def={undefined} />
          </div>
        ))}
      </section>
    </article>
  );
}
