// Every screen of the page in a real browser: no accessibility fault, no control without an effect, the frozen scene as it
// was, the world while the server is away.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { browserOrSkip } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { FROZEN_SCENE, looksAsFrozen } from "../support/frozenScene.ts";
import { isAccessible } from "../support/isAccessible.ts";
import { newWebPlant, SPACE, type WebPlant } from "../support/newWebPlant.ts";
import { pressAll } from "../support/pressAll.ts";
import { newAskingPlant, SCREENS, showScreen } from "../support/screens.ts";

const PHONE = { width: 390, height: 844 };

describe("every screen of the page", function () {
  this.timeout(120_000);
  let plant: WebPlant;
  before(async function () {
    plant = await newWebPlant(this);
  });
  afterEach(() => plant?.closePages());
  after(() => plant?.close());

  for (const screen of SCREENS.filter(({ asks }) => !asks)) {
    it(`is accessible: ${screen.name}`, async () => {
      // Drawing in software is slow, and a canvas is one element to a screen reader: the scene itself in one of them.
      const view = screen.name === "operate" ? {} : { view: "plan" };
      const seen = { ...screen, query: { ...view, ...screen.query } };
      await isAccessible(await showScreen(plant, seen, screen.light ? { light: true } : PHONE));
    });
  }

  it("shows the frozen scene as it was", async () => {
    await looksAsFrozen(await plant.open(FROZEN_SCENE));
  });

  // Last of those that look at the layout: it presses what changes it.
  it("has no enabled control that does nothing", async function () {
    this.timeout(300_000); // some two hundred presses, in a scene that software draws
    const worked: string[] = [];
    for (const name of ["join", "operate", "build", "ghost"]) {
      const screen = SCREENS.find((one) => one.name === name);
      assert.ok(screen);
      const small = { width: 1000, height: 700 }; // software draws the scene
      const first = await pressAll(await showScreen(plant, screen, small), [], worked);
      if (name === "ghost") {
        plant.clear(SPACE); // what the first visit has set would not be offered again
      }
      // A second visit for those that the first one's presses took from the screen.
      const onPlan = { ...screen, query: { view: "plan", ...screen.query } };
      const second = await pressAll(await showScreen(plant, onPlan, small), first.pressed, worked);
      const { pressed } = second;
      assert.equal([...first.idle, ...second.idle].join(), "", name);
      worked.push(...pressed);
      assert.ok(pressed.length > (name === "join" ? 5 : 15), `${name}: ${pressed.join(", ")}`);
    }
  });
});

describe("every screen of a page that asks who one is", function () {
  this.timeout(120_000);
  let plant: WebPlant;
  before(async function () {
    plant = await newAskingPlant(await browserOrSkip(this));
  });
  afterEach(() => plant?.closePages());
  after(() => plant?.close());

  for (const screen of SCREENS.filter(({ asks }) => asks)) {
    it(`is accessible: ${screen.name}`, async () => {
      await isAccessible(await showScreen(plant, screen, PHONE));
      await isAccessible(await showScreen(plant, screen, { light: true }));
    });
  }
});

describe("the page while its server is away", function () {
  this.timeout(120_000);
  let plant: WebPlant;
  before(async function () {
    plant = await newWebPlant(this);
  });
  afterEach(() => plant?.closePages());
  after(() => plant?.close());

  it("keeps the last values, marked as frozen, and joins again when the server is back", async () => {
    const player = await plant.enter("operator", { twin: "pump-102" });
    const setting = player.locator('form[data-pointer="/speedSetpoint"]').getByRole("textbox");
    await plant.kill();
    await player.getByText("The server does not answer").first().waitFor();
    await player.getByText("Values shown are frozen").first().waitFor();
    assert.ok(await setting.isDisabled());
    await isAccessible(player);
    await plant.revive();
    await player.locator(".veil").waitFor({ state: "detached" });
    await player.locator(".pill").getByText("Live").waitFor();
    await player.getByRole("heading", { name: "Raw water pump 2" }).waitFor();
    await enabled(player);
  });

  async function enabled(page: Page): Promise<void> {
    const setting = page.locator('form[data-pointer="/speedSetpoint"]').getByRole("textbox");
    await eventually(async () => assert.ok(await setting.isEnabled()), { timeoutMs: 20_000 });
  }
});
