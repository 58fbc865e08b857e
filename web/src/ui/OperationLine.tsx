/** Where one change stands: what was asked, by whom, and how far it came. */
import { FINAL_STATUSES } from "../../../src/protocol/names.ts";
import { now } from "../live/clock.ts";
import type { Keyed, OperationState } from "../live/roomTypes.ts";
import type { ValueDef } from "../model/TwinModel.ts";
import { formatAge, formatExact } from "../model/values.ts";
import { S } from "../strings.ts";

export function OperationLine({ operation, def }: { operation: Keyed<OperationState>; def: ValueDef | undefined }) {
  const { status, reason, by, at } = operation;
  return (
    <div class={`operation ${operationLook(operation)}`} role="status" data-status={status}>
      <span class="mark" aria-hidden="true" />
      <span class="what">
        {S.form.desired} <b>{desiredText(operation, def)}</b> {S.form.by(by)}
      </span>
      <span class="age">{formatAge(at, now.value)}</span>
      <span class="how">
        {S.operation[status] ?? status}
        {reason !== "" && `: ${reason}`}
      </span>
    </div>
  );
}

export function operationLook({ status }: OperationState): "good" | "bad" | "busy" {
  if (status === "verified" || status === "acknowledged") {
    return "good";
  }
  return FINAL_STATUSES.has(status) ? "bad" : "busy";
}

function desiredText({ desired }: OperationState, def: ValueDef | undefined): string {
  let value: unknown;
  try {
    value = JSON.parse(desired);
  } catch {
    return desired;
  }
  if (def === undefined || typeof value === "object") {
    return desired;
  }
  if (def.schema.kind === "enum") {
    return def.schema.choices.find((choice) => choice.value === value)?.label ?? desired;
  }
  return formatExact(value, def);
}
