/** The tabs of the inspector: arrow keys go between them, as in every tab list. */
import { INSPECTOR_TABS, type InspectorTab } from "../app/AppState.ts";
import { useApp } from "../app/useApp.ts";
import { S } from "../strings.ts";

export const PANEL_ID = "inspector-panel";

export function tabId(tab: InspectorTab): string {
  return `tab-${tab}`;
}

export function Tabs() {
  const app = useApp();
  const current = app.tab.value;
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const next = INSPECTOR_TABS.at((INSPECTOR_TABS.indexOf(current) + step) % INSPECTOR_TABS.length);
    if (step !== 0 && next !== undefined) {
      event.preventDefault();
      app.tab.value = next;
      document.getElementById(tabId(next))?.focus();
    }
  };
  return (
    <div class="tabs" role="tablist" aria-label={S.inspector.tabs} onKeyDown={onKeyDown}>
      {INSPECTOR_TABS.map((tab) => (
        <button
          key={tab}
          id={tabId(tab)}
          type="button"
          role="tab"
          aria-selected={tab === current}
          aria-controls={PANEL_ID}
          tabIndex={tab === current ? 0 : -1}
          onClick={() => {
            app.tab.value = tab;
          }}
        >
          {S.inspector.tab[tab]}
        </button>
      ))}
    </div>
  );
}
