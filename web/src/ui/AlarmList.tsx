/** Alarms with acknowledge: active or cleared, acknowledged or not, are two things. `named`: each leads to its twin. */
import { useState } from "preact/hooks";
import { useApp } from "../app/useApp.ts";
import { now } from "../live/clock.ts";
import type { AlarmState, Keyed } from "../live/roomTypes.ts";
import type { World } from "../live/World.ts";
import { sortedAlarms } from "../model/alarms.ts";
import { formatAge } from "../model/values.ts";
import { ask, type Refusal } from "../net/requests.ts";
import { S } from "../strings.ts";
import { RefusalNote } from "./RefusalNote.tsx";

interface AlarmListProps {
  world: World;
  alarms: readonly Keyed<AlarmState>[];
  named?: boolean;
}

export function AlarmList({ world, alarms, named = false }: AlarmListProps) {
  return alarms.length === 0 ? null : (
    <ul class="alarms">
      {sortedAlarms(alarms).map((alarm) => (
        <AlarmItem key={alarm.id} world={world} alarm={alarm} named={named} />
      ))}
    </ul>
  );
}

const SHAPES: Record<AlarmState["severity"], string> = { critical: "■", warning: "▲", info: "●" };

function AlarmItem({ world, alarm, named }: { world: World; alarm: Keyed<AlarmState>; named: boolean }) {
  const app = useApp();
  const why = app.patchBlock.value;
  const [refusal, setRefusal] = useState<Refusal | undefined>(undefined);
  const acknowledge = async () => {
    const answer = await ask(world.room, "alarm.acknowledge", { alarmId: alarm.id });
    setRefusal(answer.ok ? undefined : answer.refusal);
  };
  const name = world.twin(alarm.twinId)?.$name || alarm.twinId;
  const saysName = alarm.text.includes(name);
  const isActive = alarm.cleared === 0;
  const when = isActive
    ? S.alarms.since(formatAge(alarm.since, now.value))
    : S.alarms.cleared(formatAge(alarm.cleared, now.value));
  return (
    <li class={`alarm-item ${alarm.severity} ${isActive ? "active" : "cleared"}`}>
      <span class="shape" aria-hidden="true">
        {SHAPES[alarm.severity]}
      </span>
      <span class="row-name">
        <span class="sr-only">{S.alarms.severity[alarm.severity]}</span>
        {named && (
          <button type="button" class="link" onClick={() => app.select(alarm.twinId)}>
            {saysName ? alarm.text : name}
          </button>
        )}
        {!(named && saysName) && <span>{alarm.text}</span>}
        <small>
          {when}
          {alarm.acknowledgedBy !== "" && ` · ${S.alarms.acknowledged(alarm.acknowledgedBy)}`}
        </small>
      </span>
      {alarm.acknowledgedBy === "" && (
        <button type="button" class="button small" disabled={why !== ""} title={why} onClick={() => void acknowledge()}>
          {S.alarms.acknowledge}
        </button>
      )}
      {refusal && <RefusalNote refusal={refusal} />}
    </li>
  );
}
