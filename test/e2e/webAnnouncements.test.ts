// What a screen reader is told in a real browser while things happen: one polite region, and little.
import type { Page } from "playwright-core";
import { newWebPlant, type WebPlant } from "../support/newWebPlant.ts";

const PUMP = { twin: "pump-102" };

describe("the page's announcements", function () {
  this.timeout(90_000);
  let plant: WebPlant;
  before(async function () {
    plant = await newWebPlant(this);
  });
  afterEach(() => plant?.closePages());
  after(() => plant?.close());

  const told = (page: Page, text: RegExp) => page.locator("[aria-live=polite]").filter({ hasText: text }).waitFor();

  it("tell how an operation ended, and who took and released the selected twin", async () => {
    const ada = await plant.enter("operator", { ...PUMP, name: "Ada" });
    const bob = await plant.enter("operator", { ...PUMP, name: "Bob" });
    await ada.getByRole("button", { name: "Take control" }).click();
    await told(bob, /^Ada has taken control of .+\.$/);
    const form = ada.locator('form[data-pointer="/speedSetpoint"]');
    await form.getByRole("textbox").fill("1020");
    await form.getByRole("button", { name: "Apply" }).click();
    await told(ada, /, speedSetpoint: Verified/);
    await ada.getByRole("button", { name: "Release" }).click();
    await told(bob, /is free again\.$/);
  });

  it("tell that the link is back, after the alert that it was lost", async () => {
    const page = await plant.enter("player", PUMP);
    await plant.kill();
    await page
      .getByRole("alert")
      .getByText(/Reconnecting|does not answer/)
      .waitFor();
    await plant.revive();
    await told(page, /The link is back/);
  });
});
