/**
 * How all twins of a model look: shape, size, and which of their values drive label, colour, turning and filling. Closed
 * at first; nothing is sent before Apply, so that others do not see half a template.
 */
import { useState } from "preact/hooks";
import { useApp } from "../app/useApp.ts";
import type { World } from "../live/World.ts";
import { draftOf, drivers, type LooksDraft, templateOf } from "../model/looks.ts";
import type { TwinModel, ValueDef } from "../model/TwinModel.ts";
import { ask, refusalText } from "../net/requests.ts";
import { S } from "../strings.ts";
import { ColourRanges } from "./ColourRanges.tsx";
import { ShapeSelect } from "./ShapeSelect.tsx";

type Change = (change: Partial<LooksDraft>) => void;
interface Part {
  draft: LooksDraft;
  change: Change;
}

const CLEAR = draftOf({});

export function LooksEditor({ world, model }: { world: World; model: TwinModel }) {
  const app = useApp();
  const [typed, setTyped] = useState<LooksDraft | undefined>(undefined);
  const [told, setTold] = useState({ text: "", bad: false });
  const known = draftOf(world.visuals.value.get(model.id) ?? {});
  const draft = typed ?? known;
  const why = app.placeBlock.value;
  const change: Change = (part) => {
    setTyped({ ...draft, ...part });
    setTold({ text: "", bad: false });
  };
  const apply = async (event: Event) => {
    event.preventDefault();
    const made = templateOf(draft);
    if ("why" in made) {
      setTold({ text: made.why, bad: true });
      return;
    }
    const answer = await ask(world.room, "visual.set", { modelId: model.id, template: made.template });
    setTold(answer.ok ? { text: S.looks.applied, bad: false } : { text: refusalText(answer.refusal), bad: true });
    setTyped(answer.ok ? undefined : draft);
  };
  const { all, numbers } = drivers(model);
  return (
    <details class="looks">
      <summary>{S.looks.title(model.label)}</summary>
      <form onSubmit={(event) => void apply(event)} noValidate>
        <fieldset class="looks-fields" disabled={why !== ""}>
          <ShapeAndSize draft={draft} change={change} />
          <LabelPart draft={draft} change={change} values={all} />
          {numbers.length === 0 ? (
            <p class="hint">{S.looks.noNumbers}</p>
          ) : (
            <Driven draft={draft} change={change} values={numbers} />
          )}
          <div class="looks-buttons">
            <button class="button primary" type="submit" disabled={typed === undefined}>
              {S.looks.apply}
            </button>
            <button class="button" type="button" disabled={typed === undefined} onClick={() => setTyped(undefined)}>
              {S.looks.undo}
            </button>
            <button
              class="button"
              type="button"
              disabled={JSON.stringify(draft) === JSON.stringify(CLEAR)}
              onClick={() => change(CLEAR)}
            >
              {S.looks.clear}
            </button>
          </div>
        </fieldset>
        <p class={told.bad ? "note bad" : "hint"} role={told.bad ? "alert" : "status"}>
          {why || told.text}
        </p>
      </form>
    </details>
  );
}

function ShapeAndSize({ draft, change }: Part) {
  return (
    <>
      <div class="looks-row">
        <span aria-hidden="true">{S.looks.shape}</span>
        <ShapeSelect
          label={S.looks.shape}
          value={draft.shape}
          none={S.looks.byName}
          onChange={(shape) => change({ shape })}
        />
      </div>
      <div class="looks-row">
        <span>{S.looks.size}</span>
        <div class="looks-three">
          {(
            [
              ["sizeX", S.looks.wide],
              ["sizeY", S.looks.high],
              ["sizeZ", S.looks.deep],
            ] as const
          ).map(([field, label]) => (
            <input
              key={field}
              inputMode="decimal"
              aria-label={label}
              title={label}
              placeholder={S.looks.sizeHint}
              value={draft[field]}
              onInput={(event) => change({ [field]: event.currentTarget.value })}
            />
          ))}
        </div>
      </div>
    </>
  );
}

function LabelPart({ draft, change, values }: Part & { values: readonly ValueDef[] }) {
  return (
    <div class="looks-row">
      <ValueSelect
        label={S.looks.label}
        none={S.looks.key}
        values={values}
        value={draft.label}
        onChange={(label) => change({ label })}
      />
      {draft.label !== "" && (
        <input
          class="looks-short"
          aria-label={S.looks.unit}
          title={S.looks.unit}
          maxLength={32}
          placeholder={values.find(({ pointer }) => pointer === draft.label)?.unit || S.looks.unitHint}
          value={draft.unit}
          onInput={(event) => change({ unit: event.currentTarget.value })}
        />
      )}
    </div>
  );
}

function Driven({ draft, change, values }: Part & { values: readonly ValueDef[] }) {
  return (
    <>
      <div class="looks-row">
        <ValueSelect
          label={S.looks.colour}
          none={S.looks.statusOnly}
          values={values}
          value={draft.colour}
          onChange={(colour) => change({ colour })}
        />
      </div>
      {draft.colour !== "" && <ColourRanges draft={draft} change={change} />}
      <div class="looks-row">
        <ValueSelect
          label={S.looks.spin}
          none={S.looks.none}
          values={values}
          value={draft.spin}
          onChange={(spin) => change({ spin })}
        />
        {draft.spin !== "" && (
          <select
            class="looks-short"
            aria-label={S.looks.axis}
            value={draft.axis}
            onChange={(event) => change({ axis: event.currentTarget.value as LooksDraft["axis"] })}
          >
            <option value="">{S.looks.ownAxis}</option>
            {["x", "y", "z"].map((axis) => (
              <option key={axis}>{axis}</option>
            ))}
          </select>
        )}
      </div>
      <div class="looks-row">
        <ValueSelect
          label={S.looks.fill}
          none={S.looks.none}
          values={values}
          value={draft.fill}
          onChange={(fill) => change({ fill })}
        />
      </div>
      {draft.fill !== "" && (
        <div class="looks-pair">
          {(["empty", "full"] as const).map((end) => (
            <label key={end}>
              <span>{S.looks[end]}</span>
              <input
                inputMode="decimal"
                value={draft[end]}
                onInput={(event) => change({ [end]: event.currentTarget.value })}
              />
            </label>
          ))}
        </div>
      )}
    </>
  );
}

/** The values of the model by their labels; a path that it does not declare (any more) is shown as it is. */
function ValueSelect(o: {
  label: string;
  none: string;
  values: readonly ValueDef[];
  value: string;
  onChange: (pointer: string) => void;
}) {
  const isKnown = o.value === "" || o.values.some(({ pointer }) => pointer === o.value);
  return (
    <label>
      <span>{o.label}</span>
      <select value={o.value} onChange={(event) => o.onChange(event.currentTarget.value)}>
        <option value="">{o.none}</option>
        {!isKnown && <option>{o.value}</option>}
        {o.values.map(({ pointer, label, fields }) => (
          <option key={pointer} value={pointer}>
            {fields.length > 1 ? `${label} (${pointer})` : label}
          </option>
        ))}
      </select>
    </label>
  );
}
