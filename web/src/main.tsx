/** The page's entry: makes the state, renders the app, and says so when the server has a newer build. */
import { render } from "preact";
import { AppState } from "./app/AppState.ts";
import { AppContext } from "./app/useApp.ts";
import { S } from "./strings.ts";
import { App } from "./ui/App.tsx";
import "./styles/tokens.css";
import "./styles/controls.css";
import "./styles/layout.css";
import "./styles/list.css";
import "./styles/inspector.css";
import "./styles/operate.css";
import "./styles/build.css";
import "./styles/trend.css";
import "./styles/related.css";
import "./styles/overview.css";
import "./styles/looks.css";
import "./styles/scene.css";
import "./styles/join.css";

const app = new AppState();
window.addEventListener("vite:preloadError", () => app.say(S.errors.outdated));

const host = document.getElementById("app");
if (host !== null) {
  render(
    <AppContext.Provider value={app}>
      <App />
    </AppContext.Provider>,
    host,
  );
  app.start();
}
