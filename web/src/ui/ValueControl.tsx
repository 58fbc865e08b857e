/** The native control that fits a DTDL schema: stepper, toggle, segments, text. */
import type { ValueDef } from "../model/TwinModel.ts";
import { S } from "../strings.ts";
import { type Draft, stepped } from "./draft.ts";

interface ValueControlProps {
  def: ValueDef;
  label: string;
  draft: Draft;
  placeholder: string;
  disabled: boolean;
  /** Id of the text that says why it is disabled. */
  describedBy: string | undefined;
  onChange: (draft: Draft) => void;
}

export function ValueControl(props: ValueControlProps) {
  const { schema } = props.def;
  switch (schema.kind) {
    case "number":
      return <NumberControl {...props} integer={schema.integer} />;
    case "boolean":
      return props.draft === "" ? (
        <Segments {...props} choices={[S.values.no, S.values.yes]} values={["false", "true"]} />
      ) : (
        <Toggle {...props} />
      );
    case "enum":
      return <Segments {...props} choices={schema.choices.map(({ label }) => label)} />;
    case "text":
      return <TextControl {...props} />;
    case "json":
      return <JsonControl {...props} />;
  }
}

function NumberControl({
  def,
  label,
  draft,
  disabled,
  describedBy,
  onChange,
  integer,
}: ValueControlProps & { integer: boolean }) {
  const step = (direction: 1 | -1) => onChange(stepped(draft, direction, integer));
  return (
    <span class="stepper">
      <button type="button" aria-label={S.form.less(label)} disabled={disabled} onClick={() => step(-1)}>
        −
      </button>
      <input
        type="text"
        inputMode="decimal"
        autocomplete="off"
        aria-label={def.unit === "" ? label : `${label}, ${def.unit}`}
        aria-describedby={describedBy}
        disabled={disabled}
        value={draft}
        onInput={(event) => onChange(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "ArrowUp" || event.key === "ArrowDown") {
            event.preventDefault();
            step(event.key === "ArrowUp" ? 1 : -1);
          }
        }}
      />
      {def.unit !== "" && <span class="unit">{def.unit}</span>}
      <button type="button" aria-label={S.form.more(label)} disabled={disabled} onClick={() => step(1)}>
        +
      </button>
    </span>
  );
}

function Toggle({ label, draft, disabled, describedBy, onChange }: ValueControlProps) {
  return (
    <label class="toggle">
      <input
        type="checkbox"
        role="switch"
        aria-checked={draft === "true"}
        aria-label={label}
        aria-describedby={describedBy}
        disabled={disabled}
        checked={draft === "true"}
        onChange={(event) => onChange(String(event.currentTarget.checked))}
      />
      <span>{draft === "true" ? S.values.yes : S.values.no}</span>
    </label>
  );
}

interface SegmentsProps extends ValueControlProps {
  choices: readonly string[];
  /** Draft of each choice; its index when not given. */
  values?: readonly string[];
}

function Segments({ def, label, draft, disabled, describedBy, onChange, choices, values }: SegmentsProps) {
  return (
    <fieldset class="segments" aria-label={label} aria-describedby={describedBy} disabled={disabled}>
      {choices.map((choice, index) => {
        const value = values?.[index] ?? String(index);
        return (
          <label key={value}>
            <input type="radio" name={def.pointer} checked={draft === value} onChange={() => onChange(value)} />
            {choice}
          </label>
        );
      })}
    </fieldset>
  );
}

function TextControl({ label, draft, placeholder, disabled, describedBy, onChange }: ValueControlProps) {
  return (
    <input
      class="grow"
      type="text"
      autocomplete="off"
      aria-label={label}
      aria-describedby={describedBy}
      disabled={disabled}
      placeholder={placeholder}
      value={draft}
      onInput={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function JsonControl({ label, draft, disabled, describedBy, onChange }: ValueControlProps) {
  return (
    <textarea
      class="grow"
      rows={Math.min(8, draft.split("\n").length + 1)}
      spellcheck={false}
      aria-label={label}
      aria-describedby={describedBy}
      disabled={disabled}
      value={draft}
      onInput={(event) => onChange(event.currentTarget.value)}
    />
  );
}
