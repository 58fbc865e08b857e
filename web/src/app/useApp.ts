/** Hands the one `AppState` to the components. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { AppState } from "./AppState.ts";

export const AppContext = createContext<AppState | undefined>(undefined);

export function useApp(): AppState {
  const app = useContext(AppContext);
  if (app === undefined) {
    throw new Error("useApp outside of AppContext");
  }
  return app;
}
