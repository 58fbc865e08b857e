// Every screen of the page, by name: how a person comes there. Pictures, accessibility and the press of every control go
// through this one list, so that a screen that is added is looked at by all of them.
import type { Page } from "playwright-core";
import type { Role } from "../../src/protocol/names.ts";
import { type Look, SPACE, type WebPlant } from "./newWebPlant.ts";

export interface Screen {
  name: string;
  /** Who looks; without it the join screen. */
  role?: Role;
  /** More of the address. */
  query?: Record<string, string>;
  light?: boolean;
  /** What is done there before it is looked at. */
  steps?: (page: Page) => Promise<void>;
}

export const SCREENS: readonly Screen[] = [
  { name: "join" },
  { name: "operate", role: "operator", query: { twin: "pump-102" } },
  {
    name: "related",
    role: "operator",
    query: { twin: "pump-102" },
    steps: (page) => page.getByRole("tab", { name: "Relationships" }).click(),
  },
  {
    name: "commands",
    role: "operator",
    query: { twin: "pump-101" },
    steps: (page) => page.getByRole("tab", { name: "Commands" }).click(),
  },
  { name: "overview", role: "operator" },
  { name: "walk", role: "player", query: { view: "walk" } },
  {
    name: "query",
    role: "player",
    steps: async (page) => {
      await page.getByRole("button", { name: "Query" }).click();
      await page.getByRole("button", { name: "Run" }).click();
      await page.locator(".query [role=status]").waitFor();
    },
  },
  { name: "build", role: "builder", query: { twin: "pump-102" }, steps: (page) => page.keyboard.press("b") },
  { name: "plan", role: "player", query: { view: "plan" } },
  { name: "light", role: "operator", light: true, query: { twin: "valve-101" } },
];

/** Opens the screen and waits until values are there. */
export async function showScreen(plant: WebPlant, screen: Screen, look: Look): Promise<Page> {
  const { role, query = {} } = screen;
  const path =
    role === undefined ? "/" : `/?${new URLSearchParams({ space: SPACE, role, name: NAMES[role], ...query })}`;
  const page = await plant.open(path, look);
  if (role === undefined) {
    await page.getByRole("radio", { name: "Pump hall" }).waitFor({ state: "attached" });
  } else {
    await page.locator(".pill").getByText("Live").waitFor();
    await page.locator(".stage .scene[data-ready], .stage .scene, .stage .plan, .stage .cards").first().waitFor();
  }
  await screen.steps?.(page);
  return page;
}

const NAMES: Record<Role, string> = { player: "Pia", builder: "Ben", operator: "Ada", admin: "Alex" };
