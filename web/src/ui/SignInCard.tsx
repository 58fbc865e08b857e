/** The way in where the server asks for a sign-in: at its issuer, or with a token that somebody was given. */
import { useState } from "preact/hooks";
import { useApp } from "../app/useApp.ts";
import { S } from "../strings.ts";
import { JoinHead } from "./JoinHead.tsx";

export function SignInCard() {
  const app = useApp();
  const problem = app.account.problem.value || app.session.problem.value;
  return (
    <main class="join">
      <section class="join-card" aria-label={S.signIn.go}>
        <JoinHead lead={S.signIn.lead} />
        {problem !== "" && (
          <p class="note bad" role="alert">
            {problem}
          </p>
        )}
        <SignInAgain label={S.signIn.go} />
      </section>
    </main>
  );
}

/** The button, or the field for a token. */
export function SignInAgain({ label }: { label: string }) {
  const { account } = useApp();
  const [text, setText] = useState("");
  if (account.offer.value?.kind === "oidc") {
    const busy = account.busy.value;
    return (
      <button type="button" class="button primary big" disabled={busy} onClick={() => void account.signIn()}>
        {busy ? S.signIn.going : label}
      </button>
    );
  }
  const use = (event: Event) => {
    event.preventDefault();
    account.paste(text);
    setText("");
  };
  return (
    <form class="token" onSubmit={use}>
      <label class="field">
        <span>{S.signIn.paste}</span>
        <input
          type="password"
          name="token"
          required
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          aria-describedby="token-hint"
        />
        <small id="token-hint">{S.signIn.pasteHint}</small>
      </label>
      <button class="button primary big" type="submit">
        {S.signIn.use}
      </button>
    </form>
  );
}
