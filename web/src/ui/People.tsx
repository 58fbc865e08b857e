/** Who is here: initials on each one's colour, the rest as a number. */
import type { World } from "../live/World.ts";
import { S } from "../strings.ts";

const SHOWN = 5;

export function People({ world }: { world: World }) {
  const players = world.players.value;
  const mine = world.room.sessionId;
  const rest = players.length - SHOWN;
  return (
    <ul class="people" aria-label={S.bar.people(players.length)}>
      {players.slice(0, SHOWN).map((player) => (
        <li
          key={player.id}
          class={player.id === mine ? "mine" : ""}
          style={{ "--player": player.colour }}
          title={`${player.name} · ${S.roles[player.role]?.name ?? player.role}${player.id === mine ? ` (${S.bar.you})` : ""}`}
        >
          <span aria-hidden="true">{initials(player.name)}</span>
          <span class="sr-only">{player.name}</span>
        </li>
      ))}
      {rest > 0 && <li class="rest">+{rest}</li>}
    </ul>
  );
}

function initials(name: string): string {
  const words = name
    .split(/[\s_-]+/)
    .filter(Boolean)
    .map((word) => Array.from(word)); // by characters: an emoji is two units
  const letters = words.length > 1 ? [words[0]?.[0], words.at(-1)?.[0]] : Array.from(name).slice(0, 2);
  return letters.join("").toUpperCase();
}
