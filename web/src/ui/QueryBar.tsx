/** The query language of Azure Digital Twins: what is found is marked in the scene and listed; rows that are no twins show as they are. */
import { useEffect, useRef, useState } from "preact/hooks";
import { useApp } from "../app/useApp.ts";
import type { World } from "../live/World.ts";
import { type QueryAnswer, runQuery } from "../net/api.ts";
import { ask, refusalText } from "../net/requests.ts";
import { S } from "../strings.ts";

const EXAMPLES = [
  "SELECT * FROM digitaltwins T WHERE T.speed > 1000",
  "SELECT COUNT() FROM digitaltwins",
  "SELECT * FROM digitaltwins T WHERE STARTSWITH(T.$dtId, 'pump')",
];
const ROWS = 20;

export function QueryBar({ world }: { world: World }) {
  const app = useApp();
  const [query, setQuery] = useState(EXAMPLES[0] ?? "");
  const [state, setState] = useState<{ busy: boolean; error: string; answer?: QueryAnswer }>({
    busy: false,
    error: "",
  });
  const running = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const run = async () => {
    running.current?.abort();
    const abort = new AbortController();
    running.current = abort;
    setState({ busy: true, error: "" });
    try {
      const answer = await runQuery(query, abort.signal);
      app.found.value = new Set(answer.twins);
      setState({ busy: false, error: "", answer });
    } catch (error) {
      if (!abort.signal.aborted) {
        setState({ busy: false, error: error instanceof Error ? error.message : S.errors.unknown });
      }
    }
  };
  const clear = () => {
    app.found.value = undefined;
    setState({ busy: false, error: "" });
  };
  return (
    <form
      class="query"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <textarea
        rows={3}
        spellcheck={false}
        aria-label={S.query.label}
        value={query}
        onInput={(event) => setQuery(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            void run();
          }
        }}
      />
      <div class="actions">
        <button class="button primary small" type="submit" disabled={state.busy || query.trim() === ""}>
          {state.busy ? S.query.running : S.query.run}
        </button>
        {app.found.value !== undefined && (
          <button type="button" class="button small" onClick={clear}>
            {S.query.clear}
          </button>
        )}
        <select
          aria-label={S.query.examples}
          value=""
          onChange={(event) => {
            setQuery(event.currentTarget.value);
            event.currentTarget.value = "";
          }}
        >
          <option value="">{S.query.examples}</option>
          {EXAMPLES.map((example) => (
            <option key={example}>{example}</option>
          ))}
        </select>
      </div>
      {state.error !== "" && (
        <p class="note bad" role="alert">
          {state.error}
        </p>
      )}
      {state.answer && <Outcome world={world} answer={state.answer} />}
      {state.answer && state.answer.twins.length > 0 && app.building.value && <Spawn world={world} query={query} />}
    </form>
  );
}

function Outcome({ world, answer }: { world: World; answer: QueryAnswer }) {
  const here = answer.twins.filter((id) => world.twin(id) !== undefined).length;
  return (
    <div role="status">
      {(answer.twins.length > 0 || answer.rows.length === 0) && (
        <p class="hint">{S.query.found(answer.twins.length, here, answer.more)}</p>
      )}
      {answer.rows.length > 0 && <pre class="query-rows">{answer.rows.slice(0, ROWS).map(rowText).join("\n")}</pre>}
    </div>
  );
}

function rowText(row: Record<string, unknown>): string {
  return JSON.stringify(row);
}

/** Builders: all of it at once, laid out by the server. */
function Spawn({ world, query }: { world: World; query: string }) {
  const app = useApp();
  const [busy, setBusy] = useState(false);
  const spawn = async () => {
    setBusy(true);
    const at = { ...app.centre.value, y: 0 };
    const answer = await ask(world.room, "placement.add", { query, layout: "grid", at });
    setBusy(false);
    app.say(answer.ok ? S.build.spawned(answer.value.placementIds.length) : refusalText(answer.refusal));
  };
  return (
    <button type="button" class="button small" disabled={busy} onClick={() => void spawn()}>
      {S.build.spawn}
    </button>
  );
}
