/** One reported value: name, value with unit, age. Objects and long texts get lines of their own. */
import { now } from "../live/clock.ts";
import type { ValueDef } from "../model/TwinModel.ts";
import { formatAge, formatValue, prettyJson } from "../model/values.ts";
import { S } from "../strings.ts";

const LONG = 28;

interface ValueRowProps {
  def: ValueDef;
  value: unknown;
  time: number | undefined;
  /** Its trend is the one that is shown. */
  trending?: boolean;
  onTrend?: () => void;
}

export function ValueRow({ def, value, time, trending, onTrend }: ValueRowProps) {
  const shown = formatValue(value, def);
  const block = def.schema.kind === "json" && shown.length > LONG;
  return (
    <div class={block ? "value-row block" : "value-row"} data-pointer={def.pointer}>
      <dt title={[def.description, def.name].filter(Boolean).join(" · ")}>
        {onTrend === undefined ? (
          def.label
        ) : (
          <button
            type="button"
            class="link"
            aria-pressed={trending ?? false}
            title={S.trend.show(def.label)}
            onClick={onTrend}
          >
            {def.label}
          </button>
        )}
      </dt>
      <dd class={value === undefined ? "value unknown" : "value"}>
        {block ? <pre>{prettyJson(value)}</pre> : shown}
        {value !== undefined && def.unit !== "" && <small> {def.unit}</small>}
      </dd>
      <dd class="age">{age(value, time)}</dd>
    </div>
  );
}

function age(value: unknown, time: number | undefined): string {
  if (value === undefined) {
    return S.values.never;
  }
  return time === undefined ? S.values.unknownAge : formatAge(time, now.value);
}
