// The page in a real browser, as an operator uses it: a set-point to everyone, a refusal, and who may not.
import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { eventually } from "../support/eventually.ts";
import { newWebPlant, type WebPlant } from "../support/newWebPlant.ts";

const PUMP = { twin: "pump-102" };

describe("the page for operators", function () {
  this.timeout(90_000);
  let plant: WebPlant;
  before(async function () {
    plant = await newWebPlant(this);
  });
  afterEach(() => plant?.closePages());
  after(() => plant?.close());

  function setting(page: Page): Locator {
    return page.locator('form[data-pointer="/speedSetpoint"]');
  }

  it("carries a set-point to everyone as verified", async () => {
    const operator = await plant.enter("operator", PUMP);
    const player = await plant.enter("player", PUMP);
    await setting(operator).getByRole("textbox").fill("1010");
    await setting(operator).getByRole("button", { name: "Apply" }).click();
    for (const page of [operator, player]) {
      await setting(page).locator('[data-status="verified"]').getByText("1010 rpm").waitFor();
      await setting(page).getByText("Reported 1010 rpm").waitFor();
    }
  });

  it("shows a refusal beside the control, with path and expected type, and goes on", async () => {
    const operator = await plant.enter("operator", PUMP);
    await setting(operator).getByRole("textbox").fill("fast");
    await setting(operator).getByRole("button", { name: "Apply" }).click();
    const refusal = setting(operator).getByRole("alert");
    await refusal.getByText("INVALID_VALUE").waitFor();
    assert.match(await refusal.innerText(), /\/speedSetpoint.*number/s);
    await setting(operator).getByRole("button", { name: "Undo" }).click();
    await refusal.waitFor({ state: "detached" });
    await operator.locator(".pill").getByText("Live").waitFor();
  });

  it("lets one hold a twin: another sees who, and is told so instead of being refused", async () => {
    const ada = await plant.enter("operator", { ...PUMP, name: "Ada" });
    const bob = await plant.enter("operator", { ...PUMP, name: "Bob" });
    await ada.getByRole("button", { name: "Take control" }).click();
    await ada.getByText("You hold it").waitFor();
    await bob.getByText("Ada holds it").waitFor();
    await eventually(async () => assert.ok(await setting(bob).getByRole("textbox").isDisabled()));
    await ada.getByRole("button", { name: "Release" }).click();
    await bob.getByRole("button", { name: "Take control" }).waitFor();
    await eventually(async () => assert.ok(await setting(bob).getByRole("textbox").isEnabled()));
  });

  it("shows what a value was lately, and what a twin is related to", async () => {
    const player = await plant.enter("player", PUMP);
    await player.getByRole("figure", { name: "Trend of Speed" }).locator("canvas").waitFor();
    await player.getByRole("figure").getByText(/rpm$/).waitFor();
    await player.getByRole("tab", { name: "Relationships" }).click();
    await player.getByRole("button", { name: "Pump hall", exact: true }).click();
    await player.getByRole("heading", { name: "Pump hall", exact: true, level: 2 }).waitFor();
  });

  it("finds twins by value, and by a query that the scene shows", async () => {
    const player = await plant.enter("player");
    await player.getByRole("searchbox", { name: "Search twins" }).fill("speed > 1000");
    await player.getByRole("option", { name: "Raw water pump 2" }).waitFor();
    assert.equal(await player.getByRole("option", { name: "Intake valve" }).count(), 0);
    await player.getByRole("searchbox", { name: "Search twins" }).fill("");
    await player.getByRole("button", { name: "Query", exact: true }).click();
    await player.getByLabel("Query in the language").fill("SELECT * FROM digitaltwins T WHERE T.$dtId = 'valve-101'");
    await player.getByRole("button", { name: "Run", exact: true }).click();
    await player.getByText("1 twin", { exact: true }).waitFor();
    await player.getByRole("option", { name: "Discharge valve 1" }).waitFor();
    assert.equal(await player.getByRole("listbox").getByRole("option").count(), 1);
    await player.getByLabel("Query in the language").fill("SELECT nonsense");
    await player.getByRole("button", { name: "Run", exact: true }).click();
    await player.getByRole("alert").waitFor();
  });

  it("shows others where one looks", async () => {
    const astrid = await plant.enter("operator", { ...PUMP, name: "Astrid" });
    const player = await plant.enter("player");
    await player
      .getByRole("listitem")
      .filter({ hasText: "Astrid" })
      .getByRole("button", { name: "looks at Raw water pump 2" })
      .click();
    await player.getByRole("heading", { name: "Raw water pump 2" }).waitFor();
    await astrid.keyboard.press("Escape");
  });

  it("tells a player why he may not", async () => {
    const player = await plant.enter("player", PUMP);
    await player.getByText("Players see values; operators and admins change them.").waitFor();
    assert.ok(await setting(player).getByRole("textbox").isDisabled());
    assert.ok(await setting(player).getByRole("button", { name: "Apply" }).isDisabled());
    assert.ok(await player.getByRole("radio", { name: "Build" }).isDisabled());
  });
});
