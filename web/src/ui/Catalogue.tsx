/** Build mode: the server's twins that have no place in this space yet, searched on the server, a page at a time. */
import { useEffect, useState } from "preact/hooks";
import { useApp } from "../app/useApp.ts";
import type { World } from "../live/World.ts";
import { shortModelName } from "../model/TwinModel.ts";
import { type CatalogueTwin, fetchTwins } from "../net/api.ts";
import { S } from "../strings.ts";
import { NewTwin } from "./NewTwin.tsx";
import { PlaceButton } from "./PlaceButton.tsx";

const TYPING_MS = 200;
/** Pages fetched without being asked, so that a short catalogue is whole. */
const EAGER = 100;

export function Catalogue({ world }: { world: World }) {
  const [search, setSearch] = useState("");
  const { twins, next, error, loading, more, retry } = useCatalogue(search);
  const placed = new Set(
    world.placements.value.filter(({ status }) => status !== "unsaved").map(({ twinId }) => twinId),
  );
  const free = twins.filter(({ id }) => !placed.has(id));
  return (
    <section class="catalogue" aria-label={S.catalogue.title}>
      <header class="pane-head">
        <h2>
          {S.catalogue.title} <small>{free.length}</small>
        </h2>
        <p class="hint">{S.catalogue.lead}</p>
        <NewTwin world={world} />
        <div class="search">
          <input
            type="search"
            aria-label={S.catalogue.search}
            placeholder={S.catalogue.placeholder}
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        </div>
      </header>
      <ul class="offers">
        {free.map((twin) => (
          <Offer key={twin.id} world={world} twin={twin} />
        ))}
        {error !== "" && (
          <li class="note bad">
            {error}{" "}
            <button type="button" class="button small" onClick={retry}>
              {S.catalogue.retry}
            </button>
          </li>
        )}
        {loading && <li class="note">{S.catalogue.loading}</li>}
        {!loading && error === "" && free.length === 0 && next === "" && <li class="note">{S.catalogue.none}</li>}
        {!loading && next !== "" && (
          <li>
            <button type="button" class="button" onClick={more}>
              {S.catalogue.more}
            </button>
          </li>
        )}
      </ul>
    </section>
  );
}

function Offer({ world, twin }: { world: World; twin: CatalogueTwin }) {
  const app = useApp();
  const here = world.twin(twin.id) !== undefined;
  const model = app.models.value.get(twin.modelId)?.label ?? shortModelName(twin.modelId);
  const name = world.twin(twin.id)?.$name || twin.name;
  return (
    <li class="offer">
      <span class="row-name">
        <span>{name}</span>
        <small>{here ? `${model} · ${S.catalogue.inSpace}` : model}</small>
      </span>
      <PlaceButton twinId={twin.id} modelId={twin.modelId} name={name} />
    </li>
  );
}

interface Loaded {
  twins: CatalogueTwin[];
  /** "" when all are there. */
  next: string;
}

function useCatalogue(search: string) {
  const [loaded, setLoaded] = useState<Loaded>({ twins: [], next: "" });
  const [state, setState] = useState({ loading: true, error: "" });
  const [attempt, setAttempt] = useState(0);
  const load = async (from: Loaded | undefined, signal?: AbortSignal) => {
    setState({ loading: true, error: "" });
    try {
      const all = await loadPages(search, from, signal);
      setLoaded(all);
      setState({ loading: false, error: "" });
    } catch (error) {
      if (signal?.aborted !== true) {
        setState({ loading: false, error: error instanceof Error ? error.message : S.errors.unknown });
      }
    }
  };
  useEffect(() => {
    const abort = new AbortController();
    const timer = window.setTimeout(() => void load(undefined, abort.signal), search === "" ? 0 : TYPING_MS);
    return () => {
      abort.abort();
      window.clearTimeout(timer);
    };
  }, [search, attempt]);
  return {
    ...loaded,
    ...state,
    more: () => void load(loaded),
    retry: () => setAttempt((count) => count + 1),
  };
}

/** What is loaded already, and so many pages more that there is something to see. */
async function loadPages(search: string, from: Loaded | undefined, signal?: AbortSignal): Promise<Loaded> {
  const enough = (from?.twins.length ?? 0) + EAGER;
  let all = from ?? { twins: [], next: "" };
  do {
    const page = await fetchTwins(all.next === "" ? { search } : { search, next: all.next }, signal);
    all = { twins: [...all.twins, ...page.twins], next: page.next };
  } while (all.next !== "" && all.twins.length < enough);
  return all;
}
