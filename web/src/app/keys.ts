/** Keys that work wherever the focus is, except while typing. */

import { sortedAlarms } from "../model/alarms.ts";
import { S } from "../strings.ts";
import type { AppState } from "./AppState.ts";
import { duplicate, redo, remove, undo } from "./building.ts";

export const SEARCH_ID = "search";

export function handleKey(app: AppState, event: KeyboardEvent): void {
  if (!isTyping(event.target) && app.placing.key(event)) {
    event.stopImmediatePropagation(); // arrow keys move the ghost, not whoever walks
    return;
  }
  if (event.key === "Escape") {
    stepBack(app);
    return;
  }
  if (app.building.value && !isTyping(event.target) && (event.ctrlKey || event.metaKey)) {
    const step = { z: event.shiftKey ? redo : undo, y: redo, d: duplicate }[event.key.toLowerCase()];
    if (step !== undefined) {
      event.preventDefault();
      void step(app);
    }
    return;
  }
  if (app.world.value === undefined || isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  const action = actions(app)[event.key.toLowerCase()];
  if (action !== undefined) {
    event.preventDefault();
    action();
  }
}

function actions(app: AppState): Record<string, () => void> {
  return {
    "/": () => focusSearch(app),
    g: () => toggleHandles(app, "translate"),
    r: () => toggleHandles(app, "rotate"),
    s: () => toggleHandles(app, "scale"),
    delete: () => app.building.value && void remove(app),
    n: () => nextAlarm(app),
    v: () => {
      app.view.value = app.view.value === "walk" ? "3d" : "walk";
    },
    f: () => app.selected.value !== "" && app.focusOn(app.selected.value),
    o: () => {
      app.mode.value = "operate";
    },
    b: () => {
      const why = app.placeBlock.value;
      if (why === "") {
        app.mode.value = "build";
      } else {
        app.say(why);
      }
    },
  };
}

function toggleHandles(app: AppState, mode: "translate" | "rotate" | "scale"): void {
  if (app.building.value && app.view.value === "3d") {
    app.handles.value = app.handles.value === mode ? undefined : mode; // on foot S goes back
  }
}

/** From alarm to alarm, the worst first. */
function nextAlarm(app: AppState): void {
  const alarms = sortedAlarms(app.world.value?.alarms.value ?? []);
  const at = alarms.findIndex(({ twinId }) => twinId === app.selected.value);
  const next = alarms.slice(at + 1).find(({ twinId }) => twinId !== app.selected.value) ?? alarms[0];
  if (next === undefined) {
    app.say(S.alarms.none);
  } else {
    app.select(next.twinId);
    app.focusOn(next.twinId);
  }
}

function focusSearch(app: AppState): void {
  app.sheetUp.value = true;
  if (window.matchMedia("(max-width: 819px)").matches) {
    app.select(""); // On a phone the sheet shows either the list or one twin.
    app.sheetUp.value = true;
  }
  const focus = () => document.getElementById(SEARCH_ID)?.focus();
  focus(); // at once: what is typed next is meant for it, and would run shortcuts otherwise
  if (document.activeElement?.id !== SEARCH_ID) {
    requestAnimationFrame(focus); // the list is only now coming in sight
  }
}

/** First the search, then the selection. */
function stepBack(app: AppState): void {
  const focused = document.activeElement;
  if (focused?.id === SEARCH_ID && app.search.value !== "") {
    app.search.value = "";
  } else if (isTyping(focused)) {
    (focused as HTMLElement).blur();
  } else {
    app.select("");
  }
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input:not([type=radio], [type=checkbox]), textarea, select");
}
