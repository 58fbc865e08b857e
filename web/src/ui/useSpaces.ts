/** The server's spaces, asked for again every few seconds: they come and go, and a server that starts has none yet. */
import { useEffect, useState } from "preact/hooks";
import { fetchSpaces, type Space } from "../net/api.ts";
import { S } from "../strings.ts";

const REFRESH_MS = 5000;
const EMPTY_MS = 1500;

export interface Spaces {
  /** undefined until the first answer. */
  spaces: readonly Space[] | undefined;
  /** A sentence; "" when the last request went well. */
  error: string;
  retry: () => void;
}

export function useSpaces(): Spaces {
  const [state, setState] = useState<{ spaces: readonly Space[] | undefined; error: string }>({
    spaces: undefined,
    error: "",
  });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    let timer = 0;
    const load = async () => {
      let wait = REFRESH_MS;
      try {
        const spaces = await fetchSpaces(abort.signal);
        setState({ spaces, error: "" });
        wait = spaces.length === 0 ? EMPTY_MS : REFRESH_MS;
      } catch (error) {
        if (abort.signal.aborted) {
          return;
        }
        setState((before) => ({ ...before, error: error instanceof Error ? error.message : S.errors.unknown }));
      }
      timer = window.setTimeout(() => void load(), wait);
    };
    void load();
    return () => {
      abort.abort();
      window.clearTimeout(timer);
    };
  }, [attempt]);
  return { ...state, retry: () => setAttempt((count) => count + 1) };
}
