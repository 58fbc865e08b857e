/** Who holds the twin, for how long, and the ways to take it, give it back, or hand it over. Absent for who may not operate. */
import { useState } from "preact/hooks";
import { useApp } from "../app/useApp.ts";
import { now } from "../live/clock.ts";
import type { World } from "../live/World.ts";
import { type Answer, ask, type Refusal } from "../net/requests.ts";
import { S } from "../strings.ts";
import { RefusalNote } from "./RefusalNote.tsx";

const SECONDS = 60;

export function LeaseLine({ world, twinId }: { world: World; twinId: string }) {
  const app = useApp();
  const why = app.patchBlock.value;
  const lease = world.leases.value.find(({ id }) => id === twinId);
  const [refusal, setRefusal] = useState<Refusal | undefined>(undefined);
  const run = async (asking: Promise<Answer<unknown>>) => {
    const answer = await asking;
    setRefusal(answer.ok ? undefined : answer.refusal);
  };
  if (lease === undefined && why !== "") {
    return null;
  }
  const mine = lease?.holder === world.room.sessionId;
  const left = lease === undefined ? 0 : Math.max(0, Math.ceil((lease.until - now.value) / 1000));
  const text = lease === undefined ? S.lease.free : mine ? S.lease.mine(left) : S.lease.other(lease.name, left);
  return (
    <div class={`lease ${lease === undefined ? "" : mine ? "mine" : "other"}`}>
      <span role="status">{text}</span>
      {why === "" && lease === undefined && (
        <button
          type="button"
          class="button small"
          onClick={() => void run(ask(world.room, "lease.acquire", { twinId, seconds: SECONDS }))}
        >
          {S.lease.take}
        </button>
      )}
      {why === "" && mine && (
        <>
          <button
            type="button"
            class="button small"
            onClick={() => void run(ask(world.room, "lease.release", { twinId }))}
          >
            {S.lease.release}
          </button>
          <HandOver world={world} onGive={(to) => void run(ask(world.room, "lease.transfer", { twinId, to }))} />
        </>
      )}
      {refusal && <RefusalNote refusal={refusal} />}
    </div>
  );
}

/** Absent while nobody else could operate it. */
function HandOver({ world, onGive }: { world: World; onGive: (to: string) => void }) {
  const others = world.players.value.filter(
    ({ id, role }) => id !== world.room.sessionId && (role === "operator" || role === "admin"),
  );
  return others.length === 0 ? null : (
    <select aria-label={S.lease.give} value="" onChange={(event) => onGive(event.currentTarget.value)}>
      <option value="">{S.lease.give}</option>
      {others.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  );
}
