// Presses every enabled control of a page, one after the other, and tells which of them changed nothing. What values do by
// themselves does not count: only names, classes, states, what is shown and the address are looked at.
import type { Page } from "playwright-core";

/**
 * `before`: names that were pressed on another visit and are not pressed again. `worked`: names that had an effect elsewhere;
 * here what was done before may have left them nothing to do.
 */
export async function pressAll(
  page: Page,
  before: readonly string[] = [],
  worked: readonly string[] = [],
): Promise<{ pressed: string[]; idle: string[] }> {
  const pressed = [...before];
  const idle: string[] = [];
  for (;;) {
    const next = await press(page, { but: pressed });
    if (next === undefined) {
      break;
    }
    pressed.push(next.name);
    if (!(next.changed || worked.includes(next.name))) {
      idle.push(next.name);
    }
  }
  // What was pressed since may have given it something to do.
  const still: string[] = [];
  for (const name of idle) {
    const again = await press(page, { name });
    if (!again?.changed) {
      still.push(name);
    }
  }
  return { pressed, idle: still };
}

/** The one of that name, or the first of another name than these; undefined: there is none. */
async function press(
  page: Page,
  which: { name: string } | { but: readonly string[] },
): Promise<{ name: string; changed: boolean } | undefined> {
  return await page.evaluate(`(${PRESS})(${JSON.stringify(which)})`);
}

/** In the page, as one go: a question and an answer for each look would take most of the time. */
const PRESS = `async ({ name, but }) => {
  const CONTROLS = "button, input[type=radio], input[type=checkbox], [role=tab], select, summary";
  // These end the visit: not pressed here.
  const LAST = /^(Leave|Join|Space)/;
  // Shows all, which does nothing where all is in sight: webScene.test.ts presses it.
  const FIT = ".stage-tools > button";
  const WAIT_MS = 2500;
  const ALIVE = ".rows, .age, .hints, svg, .trend";
  const STATES = ["aria-expanded", "aria-pressed", "aria-selected", "data-status"];

  const nameOf = (element) => {
    const label = element.getAttribute("aria-label") ?? element.closest("label")?.textContent ?? element.textContent ?? "";
    const where = element.closest("form")?.dataset.pointer ?? element.closest("fieldset")?.getAttribute("aria-label") ?? "";
    return (label.replace(/\\d+/g, "#") + " " + where).trim();
  };
  // What is chosen already changes nothing when it is chosen again.
  const isChosen = (e) => (e.type === "radio" && e.checked) || (e.role === "tab" && e.ariaSelected === "true");
  const isOffered = (e) => !e.matches(":disabled, " + FIT) && e.getClientRects().length > 0;
  const isWanted = (e) => {
    const own = nameOf(e);
    return name === undefined ? !(but.includes(own) || LAST.test(own) || isChosen(e)) : own === name;
  };
  const look = () => {
    const seen = [location.href, document.querySelector("svg.plan")?.getAttribute("viewBox"), document.querySelector(".notice")?.textContent];
    const visit = (e) => {
      if (e.matches(ALIVE)) {
        return;
      }
      const value = /^(INPUT|TEXTAREA|SELECT)$/.test(e.tagName) ? e.value : "";
      seen.push(e.tagName, e.getAttribute("class"), e.id, e.checked, e.open, e.disabled, value, ...STATES.map((a) => e.getAttribute(a)));
      for (const child of e.children) {
        visit(child);
      }
    };
    visit(document.querySelector("#app"));
    return seen.join("|");
  };
  const pause = () => new Promise((resolve) => setTimeout(resolve, 25));
  // What the press before has set going is not this one's doing.
  let before = look();
  for (let last; last !== before; before = look()) {
    last = before;
    await pause();
  }
  const element = [...document.querySelectorAll(CONTROLS)].find((e) => isWanted(e) && isOffered(e));
  if (element === undefined) {
    return undefined;
  }
  const found = nameOf(element);
  if (element instanceof HTMLSelectElement) {
    element.selectedIndex = element.selectedIndex === element.options.length - 1 ? 0 : element.options.length - 1;
    element.dispatchEvent(new Event("change", { bubbles: true }));
  } else {
    element.click();
  }
  for (const until = performance.now() + WAIT_MS; performance.now() < until; ) {
    if (look() !== before) {
      return { name: found, changed: true };
    }
    await pause();
  }
  return { name: found, changed: false };
}`;
