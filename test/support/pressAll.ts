// Presses every enabled control of a page, one after the other, and tells which of them changed nothing. What values do by
// themselves does not count: only names, classes, states, what is shown and the address are looked at.
import type { Page } from "playwright-core";

const CONTROLS = "button, input[type=radio], input[type=checkbox], [role=tab], select, summary";
/** These end the visit: not pressed here. */
const LAST = /^(Leave|Join|Space)/;
/** Shows all, which does nothing where all is in sight: webScene.test.ts presses it. */
const FIT = ".stage-tools > button";
const WAIT_MS = 2500;

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
    const next = await untried(page, pressed);
    if (next === undefined) {
      break;
    }
    pressed.push(next);
    const didSomething = await press(page, next);
    if (!(didSomething || worked.includes(next))) {
      idle.push(next);
    }
  }
  // What was pressed since may have given it something to do.
  const still: string[] = [];
  for (const name of idle) {
    if (!(await press(page, name))) {
      still.push(name);
    }
  }
  return { pressed, idle: still };
}

async function press(page: Page, name: string): Promise<boolean> {
  const before = await look(page);
  await page.evaluate(`(${PRESS})(${JSON.stringify(name)})`);
  return await changes(page, before);
}

async function untried(page: Page, pressed: readonly string[]): Promise<string | undefined> {
  const names = (await page.evaluate(NAMES)) as string[];
  return names.find((name) => !pressed.includes(name) && !LAST.test(name));
}

async function changes(page: Page, before: string): Promise<boolean> {
  const until = Date.now() + WAIT_MS;
  do {
    if ((await look(page)) !== before) {
      return true;
    }
    await page.waitForTimeout(60); // a look is dear: not as often as it goes
  } while (Date.now() < until);
  return false;
}

function look(page: Page): Promise<string> {
  return page.evaluate(LOOK);
}

const NAME_OF = `(element) => {
  const label = element.getAttribute("aria-label") ?? element.closest("label")?.textContent ?? element.textContent ?? "";
  const where = element.closest("form")?.dataset.pointer ?? element.closest("fieldset")?.getAttribute("aria-label") ?? "";
  return (label.replace(/\\d+/g, "#") + " " + where).trim();
}`;
const SEEN = `[...document.querySelectorAll("${CONTROLS}")].filter((e) => !e.matches(":disabled, ${FIT}") && e.getClientRects().length > 0)`;
/** What is chosen already changes nothing when it is chosen again. */
const NAMES = `(() => { const name = ${NAME_OF}; return ${SEEN}.filter((e) => !(e.type === "radio" && e.checked) && !(e.role === "tab" && e.ariaSelected === "true")).map(name); })()`;
const PRESS = `(wanted) => {
  const name = ${NAME_OF};
  const element = ${SEEN}.find((e) => name(e) === wanted);
  if (element instanceof HTMLSelectElement) {
    element.selectedIndex = element.selectedIndex === element.options.length - 1 ? 0 : element.options.length - 1;
    element.dispatchEvent(new Event("change", { bubbles: true }));
  } else {
    element?.click();
  }
}`;
const LOOK = `location.href + document.querySelector("svg.plan")?.getAttribute("viewBox") + document.querySelector(".notice")?.textContent + [...document.querySelectorAll("#app *")]
  .filter((e) => !e.closest(".rows, .age, .hints, svg, .trend"))
  .map((e) => e.tagName + e.className + e.id + (e.checked ?? "") + (e.open ?? "") + (e.disabled ?? "") + (e instanceof HTMLInputElement || e instanceof HTMLTextAreaElement || e instanceof HTMLSelectElement ? e.value : "") + ["aria-expanded", "aria-pressed", "aria-selected", "data-status"].map((a) => e.getAttribute(a)).join()).join("\\n")`;
