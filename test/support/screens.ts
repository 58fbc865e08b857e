// Every screen of the page, by name: how a person comes there. Pictures, accessibility and the press of every control go
// through this one list, so that a screen that is added is looked at by all of them.

import type { Browser, Page } from "playwright-core";
import type { Role } from "../../src/protocol/names.ts";
import { newIssuer } from "./newIssuer.ts";
import { type Look, SPACE, startWebPlant, type WebPlant } from "./newWebPlant.ts";

export interface Screen {
  name: string;
  /** Who looks; without it the join screen. */
  role?: Role;
  /** More of the address. */
  query?: Record<string, string>;
  light?: boolean;
  /** On a server that asks who one is: `newAskingPlant`. */
  asks?: boolean;
  /** What is done there before it is looked at. */
  steps?: (page: Page) => Promise<void>;
}

export const SCREENS: readonly Screen[] = [
  { name: "join" },
  { name: "sign-in", asks: true },
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
  {
    name: "overview",
    role: "operator",
    steps: async (page) => {
      const phone = page.getByRole("button", { name: "Overview" });
      if (await phone.isVisible()) {
        await phone.click();
      }
    },
  },
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
  {
    name: "looks",
    role: "builder",
    query: { twin: "pump-102" },
    steps: async (page) => {
      await page.keyboard.press("b");
      const looks = page.locator(".looks");
      await looks.locator("summary").click();
      for (const name of ["Label", "Colour by", "Turns by, rpm", "Filled by"]) {
        await looks.getByRole("combobox", { name, exact: true }).selectOption("/speed");
      }
      await looks.getByLabel("Range 1: from").fill("1000");
      await looks.getByLabel("Full at").fill("1500");
      await looks.getByRole("button", { name: "Undo" }).scrollIntoViewIfNeeded();
    },
  },
  {
    name: "ghost",
    role: "builder",
    steps: async (page) => {
      await page.keyboard.press("b");
      await page.getByRole("searchbox", { name: "Search the catalogue" }).fill("pump-901");
      await page.getByRole("button", { name: "Place Spare pump on a trolley" }).click();
      await page.locator(".placing").waitFor();
    },
  },
  { name: "plan", role: "player", query: { view: "plan" } },
  { name: "light", role: "operator", light: true, query: { twin: "valve-101" } },
];

/** Opens the screen and waits until values are there. */
export async function showScreen(plant: WebPlant, screen: Screen, look: Look): Promise<Page> {
  const { role, query = {} } = screen;
  const path =
    role === undefined ? "/" : `/?${new URLSearchParams({ space: SPACE, role, name: NAMES[role], ...query })}`;
  const page = await plant.open(path, look);
  if (screen.asks) {
    await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
  } else if (role === undefined) {
    await page.getByRole("radio", { name: "Pump hall" }).waitFor({ state: "attached" });
  } else {
    await page.locator(".pill").getByText("Live").waitFor();
    await page.locator(".stage .scene[data-ready], .stage .scene, .stage .plan, .stage .cards").first().waitFor();
  }
  await screen.steps?.(page);
  return page;
}

/** A plant that lets nobody in without a sign-in at its issuer, which is closed with it. */
export async function newAskingPlant(browser: Browser): Promise<WebPlant> {
  const issuer = await newIssuer();
  const plant = await startWebPlant(browser, { AUTH_ISSUER: issuer.url, AUTH_AUDIENCE: "plant" });
  const close = async () => {
    await plant.close();
    await issuer.close();
  };
  return { ...plant, close };
}

const NAMES: Record<Role, string> = { player: "Pia", builder: "Ben", operator: "Ada", admin: "Alex" };
