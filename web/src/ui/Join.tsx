/** The way in: name and role, or who is signed in, and the space; remembered for the next time. */
import { useState } from "preact/hooks";
import { ROLES, type Role } from "../../../src/protocol/names.ts";
import { readLink, recall } from "../app/memory.ts";
import { useApp } from "../app/useApp.ts";
import type { Space } from "../net/api.ts";
import { S } from "../strings.ts";
import { JoinHead } from "./JoinHead.tsx";
import { useSpaces } from "./useSpaces.ts";

export function Join() {
  const app = useApp();
  const { spaces, error, retry } = useSpaces();
  const [draft, setDraft] = useState(() => initialDraft());
  const space = spaces?.some(({ id }) => id === draft.space) ? draft.space : (spaces?.[0]?.id ?? "");
  const signedIn = app.account.signedIn;
  const problem = app.account.problem.value || app.session.problem.value;
  const submit = (event: Event) => {
    event.preventDefault();
    void app.join({ ...draft, name: signedIn ? app.account.name.value : draft.name.trim(), space });
  };
  return (
    <main class="join">
      <form class="join-card" onSubmit={submit}>
        <JoinHead lead={S.join.lead} />
        {signedIn ? <SignedIn /> : <NameField name={draft.name} onType={(name) => setDraft({ ...draft, name })} />}
        {app.demo.value && <RoleChoice role={draft.role} onChoose={(role) => setDraft({ ...draft, role })} />}
        <SpaceChoice
          spaces={spaces}
          error={error}
          space={space}
          onChoose={(id) => setDraft({ ...draft, space: id })}
          onRetry={retry}
        />
        {problem !== "" && (
          <p class="note bad" role="alert">
            {problem}
          </p>
        )}
        <button class="button primary big" type="submit" disabled={space === ""}>
          {S.join.go}
        </button>
        {!signedIn && <p class="join-foot">{app.demo.value ? S.join.demo : S.join.readOnly}</p>}
      </form>
    </main>
  );
}

function NameField({ name, onType }: { name: string; onType: (name: string) => void }) {
  return (
    <label class="field">
      <span>{S.join.name}</span>
      <input
        name="name"
        required
        maxLength={40}
        autocomplete="nickname"
        value={name}
        onInput={(event) => onType(event.currentTarget.value)}
        aria-describedby="name-hint"
      />
      <small id="name-hint">{S.join.nameHint}</small>
    </label>
  );
}

/** Name and roles come from the token. */
function SignedIn() {
  const app = useApp();
  return (
    <p class="signed-in">
      <span>{S.signIn.as(app.account.name.value)}</span>
      <button type="button" class="button small" onClick={() => void app.signOut()}>
        {S.signIn.out}
      </button>
    </p>
  );
}

function initialDraft(): { name: string; role: Role; space: string } {
  const link = readLink();
  const known = recall();
  return { name: link.name || known.name, role: link.role ?? known.role, space: link.space || known.space };
}

function RoleChoice({ role, onChoose }: { role: Role; onChoose: (role: Role) => void }) {
  return (
    <fieldset class="field">
      <legend>{S.join.role}</legend>
      <div class="choices two">
        {ROLES.map((option) => (
          <label key={option} class="choice">
            <input
              type="radio"
              name="role"
              checked={role === option}
              onChange={() => onChoose(option)}
              value={option}
            />
            <strong>{S.roles[option].name}</strong>
            <small>{S.roles[option].can}</small>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface SpaceChoiceProps {
  spaces: readonly Space[] | undefined;
  error: string;
  space: string;
  onChoose: (id: string) => void;
  onRetry: () => void;
}

function SpaceChoice({ spaces, error, space, onChoose, onRetry }: SpaceChoiceProps) {
  return (
    <fieldset class="field">
      <legend>{S.join.space}</legend>
      {error !== "" && (
        <p class="note bad" role="alert">
          {error}{" "}
          <button type="button" class="button small" onClick={onRetry}>
            {S.join.retry}
          </button>
        </p>
      )}
      {error === "" && spaces === undefined && <p class="note">{S.join.loading}</p>}
      {spaces?.length === 0 && <p class="note">{S.join.none}</p>}
      <div class="choices spaces">
        {spaces?.map(({ id, name, twins }) => (
          <label key={id} class="choice row">
            <input type="radio" name="space" checked={space === id} onChange={() => onChoose(id)} value={id} />
            <strong>{name || id}</strong>
            <small>{S.join.twins(twins)}</small>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
