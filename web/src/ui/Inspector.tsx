/**
 * The selected twin: its status, its key value, set-points to change, everything it reports with unit and age, what was
 * asked of it lately, and in Build mode its place.
 */
import { useEffect, useMemo, useState } from "preact/hooks";
import { useApp } from "../app/useApp.ts";
import { now } from "../live/clock.ts";
import type { TwinState } from "../live/roomTypes.ts";
import { ValueTimes } from "../live/ValueTimes.ts";
import type { World } from "../live/World.ts";
import { type Status, shownStatus, statusOf } from "../model/status.ts";
import { shortModelName, type TwinModel, type ValueDef } from "../model/TwinModel.ts";
import { formatAge, formatValue, keyValue, readValue } from "../model/values.ts";
import { S } from "../strings.ts";
import { AlarmList } from "./AlarmList.tsx";
import { Commands } from "./Commands.tsx";
import { LeaseLine } from "./LeaseLine.tsx";
import { Operations } from "./Operations.tsx";
import { Overview } from "./Overview.tsx";
import { PlacementEditor } from "./PlacementEditor.tsx";
import { Related } from "./Related.tsx";
import { StatusMark } from "./StatusMark.tsx";
import { PANEL_ID, Tabs, tabId } from "./Tabs.tsx";
import { Trend } from "./Trend.tsx";
import { usePermissions } from "./usePermissions.ts";
import { ValueRow } from "./ValueRow.tsx";
import { WritableRow } from "./WritableRow.tsx";

export function Inspector({ world, twinId }: { world: World; twinId: string }) {
  if (twinId === "") {
    return <Overview world={world} />;
  }
  return <TwinInspector world={world} twinId={twinId} />;
}

function TwinInspector({ world, twinId }: { world: World; twinId: string }) {
  const app = useApp();
  world.beat.value;
  world.twinIds.value;
  const twin = world.twin(twinId);
  if (twin === undefined) {
    const loading = world.status.value === "loading";
    return (
      <div class="empty">
        <p>{loading ? S.list.loading : S.inspector.gone}</p>
        <button type="button" class="button small" onClick={() => app.select("")}>
          {S.inspector.close}
        </button>
      </div>
    );
  }
  const model = app.models.value.get(world.modelId(twin));
  return (
    <article class={`inspector ${statusOf(twin)}`}>
      <Head world={world} twinId={twinId} twin={twin} model={model} />
      {app.building.value && <PlacementEditor world={world} twinId={twinId} />}
      <AlarmList world={world} alarms={world.alarms.value.filter((alarm) => alarm.twinId === twinId)} />
      <LeaseLine world={world} twinId={twinId} />
      <Tabs />
      <div role="tabpanel" id={PANEL_ID} aria-labelledby={tabId(app.tab.value)} class="tab-panel">
        {app.tab.value === "commands" && <Commands world={world} twinId={twinId} model={model} />}
        {app.tab.value === "related" && <Related world={world} twinId={twinId} />}
        {app.tab.value === "values" && model === undefined && <p class="note">{S.inspector.noModel}</p>}
        {app.tab.value === "values" && model !== undefined && (
          <Values key={model.id} world={world} twinId={twinId} twin={twin} model={model} />
        )}
        {app.tab.value === "values" && <Operations world={world} twinId={twinId} model={model} />}
      </div>
    </article>
  );
}

interface HeadProps {
  world: World;
  twinId: string;
  twin: TwinState;
  model: TwinModel | undefined;
}

function Head({ world, twinId, twin, model }: HeadProps) {
  const app = useApp();
  world.beat.value; // signals skip a component whose props are the same, and a twin is the same object when it changes
  const status = statusOf(twin);
  const note = statusNote(status, twin);
  return (
    <header class="inspector-head">
      <button type="button" class="button quiet back" onClick={() => app.select("")}>
        ‹ {S.inspector.back}
      </button>
      <div class="title">
        <h2>{twin.$name || twinId}</h2>
        <StatusMark status={shownStatus(twin, world.severities.value.get(twinId))} />
      </div>
      <p class="ids" title={model?.description}>
        <span>{model?.label ?? shortModelName(world.modelId(twin))}</span> <code>{twinId}</code>
      </p>
      <div class="actions">
        <button type="button" class="button small" onClick={() => app.focusOn(twinId)} aria-keyshortcuts="F">
          {S.inspector.focus}{" "}
          <span class="key" aria-hidden="true">
            F
          </span>
        </button>
        <button type="button" class="button small" onClick={() => app.select("")} aria-keyshortcuts="Escape">
          {S.inspector.close}{" "}
          <span class="key" aria-hidden="true">
            Esc
          </span>
        </button>
      </div>
      {note !== "" && <p class={`note ${status}`}>{note}</p>}
      {!app.connected.value && <p class="note stale">{S.veil.note}</p>}
    </header>
  );
}

function statusNote(status: Status, twin: TwinState): string {
  const note = S.statusNote[status];
  return typeof note === "string" ? note : note(formatAge(twin.$seen * 1000, now.value));
}

interface ValuesProps {
  world: World;
  twinId: string;
  twin: TwinState;
  model: TwinModel;
}

function Values({ world, twinId, twin, model }: ValuesProps) {
  const all = useMemo(() => [...model.values, ...model.components.flatMap(({ values }) => values)], [model]);
  const source = useMemo(() => new ValueTimes({ world, twinId, defs: all }), [world, twinId, all]);
  useEffect(() => {
    source.start();
    return () => source.close();
  }, [source]);
  const times = source.times.value;
  const key = keyValue(model);
  const [chosen, setChosen] = useState<ValueDef | undefined>(undefined);
  const trend = chosen ?? key;
  const row = (def: ValueDef) => (
    <ValueRow
      key={def.pointer}
      def={def}
      value={readValue(twin, def)}
      time={times.get(def.pointer)}
      {...(hasTrend(def) ? { trending: def === trend, onTrend: () => setChosen(def) } : {})}
    />
  );
  const settings = all.filter(({ writable }) => writable).sort((a, b) => textLast(a) - textLast(b));
  const own = model.values.filter(({ writable }) => !writable);
  return (
    <>
      {key && <KeyValue def={key} twin={twin} time={times.get(key.pointer)} />}
      {trend && hasTrend(trend) && <Trend key={trend.pointer} world={world} twinId={twinId} def={trend} />}
      <Settings world={world} twinId={twinId} twin={twin} model={model} settings={settings} times={times} />
      <Group title={S.inspector.telemetry} defs={own.filter(({ kind }) => kind === "Telemetry")} row={row} />
      <Group title={S.inspector.properties} defs={own.filter(({ kind }) => kind === "Property")} row={row} />
      {model.components.map(({ name, label, values }) => (
        <Group key={name} title={label} defs={values.filter(({ writable }) => !writable)} row={row} />
      ))}
      {all.length === 0 && <p class="note">{S.inspector.noValues}</p>}
    </>
  );
}

function hasTrend({ schema }: ValueDef): boolean {
  return schema.kind === "number" || schema.kind === "boolean";
}

/** Numbers and switches are what operators come for; names and notes follow. */
function textLast({ schema }: ValueDef): number {
  return schema.kind === "text" || schema.kind === "json" ? 1 : 0;
}

function KeyValue({ def, twin, time }: { def: ValueDef; twin: TwinState; time: number | undefined }) {
  const value = readValue(twin, def);
  return (
    <div class="key-value">
      <span class="label">{def.label}</span>
      <strong class="value">
        {formatValue(value, def)} <small>{value === undefined ? "" : def.unit}</small>
      </strong>
      <span class="age">{value === undefined || time === undefined ? "" : formatAge(time, now.value)}</span>
    </div>
  );
}

interface SettingsProps extends ValuesProps {
  settings: readonly ValueDef[];
  times: ReadonlyMap<string, number>;
}

function Settings({ world, twinId, twin, model, settings, times }: SettingsProps) {
  const why = useApp().patchBlock.value;
  const allowed = usePermissions(
    world,
    settings.map(({ pointer }) => ({ do: "patch", twinId, path: pointer })),
    why === "",
  );
  if (settings.length === 0) {
    return null;
  }
  return (
    <section class="group">
      <h3>{S.inspector.settings}</h3>
      {why !== "" && (
        <p class="note" id="why-not">
          {why}
        </p>
      )}
      {settings.map((def) => (
        <WritableRow
          key={def.pointer}
          world={world}
          twinId={twinId}
          def={def}
          component={
            def.fields.length > 1 ? model.components.find(({ values }) => values.includes(def))?.label : undefined
          }
          value={readValue(twin, def)}
          time={times.get(def.pointer)}
          permission={allowed.get(def.pointer)}
        />
      ))}
    </section>
  );
}

function Group(props: { title: string; defs: readonly ValueDef[]; row: (def: ValueDef) => preact.JSX.Element }) {
  return props.defs.length === 0 ? null : (
    <section class="group">
      <h3>{props.title}</h3>
      <dl class="values">{props.defs.map(props.row)}</dl>
    </section>
  );
}
