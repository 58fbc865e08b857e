/**
 * A set-point: what is reported, what is asked for, and the way between. The draft is the person's own until applied; the
 * operation is the room's, so that everybody sees the same. A refusal stays beside the control until the next try.
 */
import { useState } from "preact/hooks";
import { now } from "../live/clock.ts";
import type { World } from "../live/World.ts";
import type { ValueDef } from "../model/TwinModel.ts";
import { editText, formatAge, formatExact } from "../model/values.ts";
import { ask, isArmed, type PatchOp, type Permission, type Refusal } from "../net/requests.ts";
import { S } from "../strings.ts";
import { useSecondsLeft } from "./ArmedNote.tsx";
import { type Draft, draftOf, patchValue, sameAsReported } from "./draft.ts";
import { OperationLine } from "./OperationLine.tsx";
import { Refused, useBlock, whyId } from "./Refused.tsx";
import { ValueControl } from "./ValueControl.tsx";

interface WritableRowProps {
  world: World;
  twinId: string;
  def: ValueDef;
  /** Label of the component that it belongs to. */
  component: string | undefined;
  value: unknown;
  time: number | undefined;
  /** What the server says now; undefined while it has not said. */
  permission: Permission | undefined;
}

export function WritableRow({ world, twinId, def, component, value, time, permission }: WritableRowProps) {
  const why = useBlock(permission);
  const [draft, setDraft] = useState<Draft | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | undefined>(undefined);
  const operation = latestOperation(world, twinId, def.pointer);
  const shown = draft ?? draftOf(value, def);
  const label = component === undefined ? def.label : `${component}: ${def.label}`;
  const apply = async () => {
    const parsed = patchValue(shown, def);
    if (!parsed.ok) {
      setRefusal({ code: "", message: S.form.badJson, details: [] });
      return;
    }
    setBusy(true);
    setRefusal(undefined);
    const op: PatchOp["op"] = value === undefined ? "add" : "replace";
    const answer = await ask(world.room, "twin.patch", {
      twinId,
      patch: [{ op, path: def.pointer, value: parsed.value }],
    });
    setBusy(false);
    setRefusal(answer.ok ? undefined : answer.refusal);
    setDraft((now) => (answer.ok && now === shown ? undefined : now));
  };
  const undo = () => {
    setDraft(undefined);
    setRefusal(undefined);
  };
  const changed = draft !== undefined && !sameAsReported(draft, value, def);
  return (
    <form
      class="writable"
      data-pointer={def.pointer}
      onSubmit={(event) => {
        event.preventDefault();
        void apply();
      }}
    >
      <div class="writable-head">
        <span class="label" title={[def.description, def.name].filter(Boolean).join(" · ")}>
          {label}
        </span>
        <span class="reported">
          {S.form.reported} <b class="value">{value === undefined ? S.form.unset : formatExact(value, def)}</b>
          <span class="age">{value === undefined || time === undefined ? "" : formatAge(time, now.value)}</span>
        </span>
      </div>
      <div class="writable-edit">
        <ValueControl
          def={def}
          label={label}
          draft={shown}
          placeholder={editText(value, def)}
          disabled={why !== "" || busy}
          describedBy={whyId(permission, def.pointer, why)}
          onChange={(next) => {
            setDraft(next);
            setRefusal(undefined);
          }}
        />
        {changed && (
          <button type="button" class="button quiet" disabled={busy} onClick={undo}>
            {S.form.undo}
          </button>
        )}
        <Apply refusal={refusal} busy={busy} disabled={why !== "" || busy || !changed} title={why} />
      </div>
      <Refused path={def.pointer} permission={permission} refusal={refusal} />
      {operation && <OperationLine operation={operation} def={def} />}
    </form>
  );
}

interface ApplyProps {
  refusal: Refusal | undefined;
  busy: boolean;
  disabled: boolean;
  title: string;
}

/** Says so where the first of two steps was taken. */
function Apply({ refusal, busy, disabled, title }: ApplyProps) {
  const armed = useSecondsLeft(refusal && isArmed(refusal) ? refusal : undefined);
  return (
    <button class={armed > 0 ? "button danger" : "button primary"} type="submit" disabled={disabled} title={title}>
      {busy ? S.form.applying : armed > 0 ? S.form.again(armed) : S.form.apply}
    </button>
  );
}

function latestOperation(world: World, twinId: string, pointer: string) {
  return world.operations.value
    .filter((operation) => operation.twinId === twinId && operation.path === pointer)
    .sort((a, b) => b.at - a.at)[0];
}
