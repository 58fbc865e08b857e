// The page in a real browser, as an operator uses it: a set-point to everyone, a refusal, and who may not.
import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { sharedWebPlant, type WebPlant } from "../support/newWebPlant.ts";

const PUMP = { twin: "pump-102" };

describe("the page for operators", function () {
  this.timeout(90_000);
  let plant: WebPlant;
  before(async function () {
    plant = await sharedWebPlant(this);
  });
  afterEach(() => plant?.closePages());

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

  it("tells a player why he may not", async () => {
    const player = await plant.enter("player", PUMP);
    await player.getByText("Players see values; operators and admins change them.").waitFor();
    assert.ok(await setting(player).getByRole("textbox").isDisabled());
    assert.ok(await setting(player).getByRole("button", { name: "Apply" }).isDisabled());
    assert.ok(await player.getByRole("radio", { name: "Build" }).isDisabled());
  });
});
