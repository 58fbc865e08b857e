// What keeps an operator from mistakes, and what calls him, in a real browser: two steps, interlocks, alarms. With a control
// file of its own, so that the demo's pumps alarm at once.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { eventually } from "../support/eventually.ts";
import { FROZEN_SCENE, looksAsFrozen } from "../support/frozenScene.ts";
import { isAccessible } from "../support/isAccessible.ts";
import { newWebPlant, SPACE, type WebPlant } from "../support/newWebPlant.ts";
import { pressAll } from "../support/pressAll.ts";

const PUMP = { twin: "pump-101" };
const MODEL = "dtmi:digitaltwins:demo:Pump;1";
const RULES = {
  hazardous: [
    { model: MODEL, guards: ["command reset"], reason: "It may start at once." },
    { model: MODEL, guards: ["patch /speedSetpoint"], reason: "The line has to be open." },
  ],
  interlocks: [
    {
      name: "valve",
      model: "dtmi:digitaltwins:demo:Valve;1",
      guards: ["patch /positionSetpoint"],
      requires: [{ path: "/position", below: 1 }],
      reason: "The valve is under pressure.",
    },
  ],
  alarms: [
    {
      name: "runs",
      model: MODEL,
      path: "/speed",
      above: 1190,
      severity: "critical",
      text: "{name} runs at {value} rpm",
    },
  ],
};

/** Takes the first of the two steps. */
async function armReset(operator: Page): Promise<Locator> {
  await operator.getByRole("tab", { name: "Commands" }).click();
  const form = operator.locator('form[data-command="reset"]');
  await form.getByText("It takes two steps.").waitFor();
  await form.getByRole("button", { name: "Reset" }).click();
  await form.getByRole("alert").getByText("It is armed").waitFor();
  return form;
}

describe("the page for operators under rules", function () {
  this.timeout(90_000);
  const folder = mkdtempSync(join(tmpdir(), "rules-"));
  let plant: WebPlant;
  before(async function () {
    const file = join(folder, "control.json");
    writeFileSync(file, JSON.stringify(RULES));
    plant = await newWebPlant(this, { CONTROL_FILE: file });
  });
  afterEach(() => plant?.closePages());
  after(async () => {
    await plant?.close();
    rmSync(folder, { recursive: true });
  });

  it("takes two steps to a hazardous command, and says for how long the second one counts", async () => {
    const form = await armReset(await plant.enter("operator", PUMP));
    assert.equal(await form.locator("[data-status]").count(), 0, "the first step must not do it");
    await form.getByRole("button", { name: /^Press again to do it \(\d s\)$/ }).click();
    await form.locator('[data-status="acknowledged"]').waitFor();
    assert.doesNotMatch(await form.innerText(), /null/);
    await form.getByRole("button", { name: "Reset" }).waitFor();
  });

  it("takes the first step back when its seconds are over, and keeps nobody out meanwhile", async () => {
    const operator = await plant.enter("operator", { twin: "pump-102" }); // nobody has reset it
    const form = await armReset(operator);
    await isAccessible(operator);
    await form.getByRole("button", { name: "Reset" }).waitFor();
    assert.equal(await form.locator("[data-status]").count(), 0, "one step must not do it");
  });

  it("takes two steps to a hazardous set-point", async () => {
    const operator = await plant.enter("operator", PUMP);
    const form = operator.locator('form[data-pointer="/speedSetpoint"]');
    await form.getByRole("textbox").fill("1210");
    await form.getByRole("button", { name: "Apply" }).click();
    const again = form.getByRole("button", { name: /^Again \(\d s\)$/ });
    await again.waitFor();
    const { width = 0 } = (await form.getByRole("textbox").boundingBox()) ?? {};
    assert.ok(width > 40, "what is asked for stays readable");
    await again.click();
    await form.locator('[data-status="verified"]').getByText("1210 rpm").waitFor();
  });

  it("disables what an interlock forbids, with its reason", async () => {
    const operator = await plant.enter("operator", { twin: "valve-101" });
    const form = operator.locator('form[data-pointer="/positionSetpoint"]');
    await form.getByText("The valve is under pressure.").waitFor();
    await eventually(async () => assert.ok(await form.getByRole("textbox").isDisabled()));
  });

  it("lists alarms, leads to them by key, and tells everybody who acknowledged", async () => {
    const operator = await plant.enter("operator", { name: "Ada" });
    const player = await plant.enter("player", PUMP);
    await operator.getByRole("button", { name: "1 alarm" }).waitFor();
    await operator.keyboard.press("n");
    await operator.getByRole("heading", { name: "Raw water pump 1" }).waitFor();
    await operator.locator(".inspector-head .status").getByText("Alarm").waitFor();
    assert.ok(await player.getByRole("button", { name: "Acknowledge" }).isDisabled());
    await operator.getByRole("button", { name: "Acknowledge" }).click();
    await player.getByText("acknowledged by Ada").waitFor();
  });

  it("shows no alarm in a frozen scene, which is a picture of the layout alone", async () => {
    const page = await plant.open(FROZEN_SCENE);
    await page.getByRole("button", { name: "1 alarm" }).waitFor();
    await looksAsFrozen(page);
  });

  it("has no enabled control that does nothing on a phone, with an alarm", async () => {
    const query = new URLSearchParams({ space: SPACE, name: "Olga", role: "operator", view: "plan", ...PUMP });
    let pressed: string[] = [];
    // Three visits: a press may take others from the screen.
    for (let visit = 0; visit < 3; visit++) {
      const phone = await plant.open(`/?${query}`, { width: 390, height: 844 });
      await phone.getByText("Nobody holds this twin.").waitFor();
      await phone.getByRole("button", { name: "1 alarm" }).waitFor();
      const visited = await pressAll(phone, pressed);
      assert.equal(visited.idle.join(), "");
      pressed = visited.pressed;
      await plant.closePages();
    }
    for (const control of ["# alarm", "Overview", "Take control"]) {
      assert.ok(pressed.includes(control), `${control} was not met: ${pressed.join(", ")}`);
    }
  });

  it("leads from the count of alarms to their list, by keyboard and on a phone", async () => {
    const operator = await plant.enter("operator", PUMP);
    await operator.getByRole("button", { name: "1 alarm" }).press("Enter");
    await operator.getByRole("region", { name: "Alarms" }).and(operator.locator(":focus")).waitFor();
    await operator.getByRole("button", { name: /^Raw water pump 1 runs at/ }).press("Enter");
    await operator.getByRole("heading", { name: "Raw water pump 1" }).waitFor();
    const query = new URLSearchParams({ space: SPACE, name: "Phil", role: "operator", view: "plan" });
    const phone = await plant.open(`/?${query}`, { width: 390, height: 844 });
    await phone.getByRole("button", { name: "1 alarm" }).click();
    await phone.getByText(/^Raw water pump 1 runs at/).waitFor();
    await isAccessible(phone);
    await phone.getByRole("button", { name: "All twins" }).click();
    await phone.getByRole("button", { name: "Overview" }).click();
    await phone.getByText("Phil (you)").waitFor();
    assert.ok(await phone.evaluate("document.documentElement.scrollWidth <= innerWidth"));
  });
});
