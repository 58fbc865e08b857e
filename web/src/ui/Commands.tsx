/** The commands of the twin's model: a form each, from its DTDL request, and what became of the last time. */
import { useState } from "preact/hooks";
import { useApp } from "../app/useApp.ts";
import type { World } from "../live/World.ts";
import type { CommandDef, TwinModel } from "../model/TwinModel.ts";
import { ask, isArmed, type Permission, type Refusal } from "../net/requests.ts";
import { S } from "../strings.ts";
import { useSecondsLeft } from "./ArmedNote.tsx";
import { type Draft, patchValue } from "./draft.ts";
import { OperationLine } from "./OperationLine.tsx";
import { Refused, useBlock, whyId } from "./Refused.tsx";
import { usePermissions } from "./usePermissions.ts";
import { ValueControl } from "./ValueControl.tsx";

interface CommandsProps {
  world: World;
  twinId: string;
  model: TwinModel | undefined;
}

export function Commands({ world, twinId, model }: CommandsProps) {
  const app = useApp();
  const why = app.patchBlock.value;
  const commands = model?.commands ?? [];
  const allowed = usePermissions(
    world,
    commands.map((command) => ({ do: "command", twinId, path: pathOf(command) })),
    why === "",
  );
  if (commands.length === 0) {
    return <p class="note">{S.commands.none}</p>;
  }
  return (
    <section class="group">
      {why !== "" && (
        <p class="note" id="why-not">
          {why}
        </p>
      )}
      {commands.map((command) => (
        <CommandForm
          key={pathOf(command)}
          world={world}
          twinId={twinId}
          command={command}
          component={model?.components.find(({ name }) => name === command.component)?.label}
          permission={allowed.get(pathOf(command))}
        />
      ))}
    </section>
  );
}

function pathOf({ component, name }: CommandDef): string {
  return component === "" ? name : `${component}/${name}`;
}

interface CommandFormProps {
  world: World;
  twinId: string;
  command: CommandDef;
  /** Label of the component that has it. */
  component: string | undefined;
  permission: Permission | undefined;
}

function CommandForm({ world, twinId, command, component, permission }: CommandFormProps) {
  const [drafts, setDrafts] = useState<Record<string, Draft>>({});
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | undefined>(undefined);
  const armed = useSecondsLeft(refusal && isArmed(refusal) ? refusal : undefined);
  const why = useBlock(permission);
  const path = pathOf(command);
  const label = component === undefined ? command.label : `${component}: ${command.label}`;
  const run = async () => {
    const request = requestOf(command, drafts);
    if (!request.ok) {
      setRefusal({ code: "", message: S.form.badJson, details: [] });
      return;
    }
    setBusy(true);
    const answer = await ask(world.room, "twin.command", {
      twinId,
      command: command.name,
      ...(command.component === "" ? {} : { component: command.component }),
      ...(request.value === undefined ? {} : { request: request.value }),
    });
    setBusy(false);
    setRefusal(answer.ok ? undefined : answer.refusal);
  };
  return (
    <form
      class="writable"
      data-command={path}
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <div class="writable-head">
        <span class="label">{label}</span>
        {command.description !== "" && <small>{command.description}</small>}
      </div>
      {command.request?.fields.map((field) => (
        <div key={field.name} class="command-field">
          <span class="label">{field.label}</span>
          <ValueControl
            def={field}
            label={field.label}
            draft={drafts[field.name] ?? ""}
            placeholder=""
            disabled={why !== "" || busy}
            describedBy={whyId(permission, path, why)}
            onChange={(draft) => {
              setDrafts({ ...drafts, [field.name]: draft });
              setRefusal(undefined);
            }}
          />
        </div>
      ))}
      <div class="writable-edit">
        <button
          class={armed > 0 ? "button danger" : "button primary"}
          type="submit"
          disabled={why !== "" || busy}
          title={why}
        >
          {busy ? S.commands.running : armed > 0 ? S.commands.again(armed) : label}
        </button>
      </div>
      <Refused path={path} permission={permission} refusal={refusal} />
      <LastOperation world={world} twinId={twinId} path={path} />
    </form>
  );
}

function LastOperation({ world, twinId, path }: { world: World; twinId: string; path: string }) {
  const operation = world.operations.value
    .filter((one) => one.kind === "command" && one.twinId === twinId && one.path === path)
    .sort((a, b) => b.at - a.at)[0];
  return operation === undefined ? null : (
    <>
      <OperationLine operation={operation} def={undefined} world={world} />
      {operation.result !== "" && (
        <p class="command-result">
          {S.commands.result}: <code>{operation.result}</code>
        </p>
      )}
    </>
  );
}

/** Members that were not filled in are left out; the model says what is missing. */
function requestOf(
  { request }: CommandDef,
  drafts: Readonly<Record<string, Draft>>,
): { ok: true; value: unknown } | { ok: false } {
  if (request === undefined) {
    return { ok: true, value: undefined };
  }
  const members: [string, unknown][] = [];
  for (const field of request.fields) {
    const draft = drafts[field.name] ?? "";
    if (draft !== "") {
      const parsed = patchValue(draft, field);
      if (!parsed.ok) {
        return parsed;
      }
      members.push([field.name, parsed.value]);
    }
  }
  return { ok: true, value: request.isObject ? Object.fromEntries(members) : members[0]?.[1] };
}
