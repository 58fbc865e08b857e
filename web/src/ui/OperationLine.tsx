/** Where one change stands: what was asked, by whom, and how far it came. */
import { FINAL_STATUSES } from "../../../src/protocol/names.ts";
import { useApp } from "../app/useApp.ts";
import { now } from "../live/clock.ts";
import type { Keyed, OperationState } from "../live/roomTypes.ts";
import type { World } from "../live/World.ts";
import type { ValueDef } from "../model/TwinModel.ts";
import { formatAge, formatExact } from "../model/values.ts";
import { ask, refusalText } from "../net/requests.ts";
import { S } from "../strings.ts";

interface OperationLineProps {
  operation: Keyed<OperationState>;
  def: ValueDef | undefined;
  /** Given where one may cancel what has not gone out. */
  world?: World;
}

export function OperationLine({ operation, def, world }: OperationLineProps) {
  const { status, reason, by, at, until, kind } = operation;
  const left = Math.max(0, Math.ceil((until - now.value) / 1000));
  return (
    <div class={`operation ${operationLook(operation)}`} role="status" data-status={status}>
      <span class="mark" aria-hidden="true" />
      <span class="what">
        {S.form.desired} {!(kind === "command" && operation.desired === "null") && <b>{desiredText(operation, def)}</b>}{" "}
        {S.form.by(by)}
      </span>
      <span class="age">{formatAge(at, now.value)}</span>
      <span class="how">
        {S.operation[status] ?? status}
        {reason !== "" && `: ${reason}`}
        {operationLook(operation) === "busy" && left > 0 && <small> {S.operationLeft(left)}</small>}
        {status === "queued" && world !== undefined && <Cancel world={world} operationId={operation.id} />}
      </span>
    </div>
  );
}

function Cancel({ world, operationId }: { world: World; operationId: string }) {
  const app = useApp();
  const cancel = async () => {
    const answer = await ask(world.room, "operation.cancel", { operationId });
    if (!answer.ok) {
      app.say(refusalText(answer.refusal));
    }
  };
  return (
    <button type="button" class="button small" onClick={() => void cancel()}>
      {S.commands.cancel}
    </button>
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
