// The page in a real browser, as a player uses it: joining, seeing the same as others, by keyboard, on a phone.
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { newWebPlant, SPACE, type WebPlant } from "../support/newWebPlant.ts";

const PUMP = "Raw water pump 2";

describe("the page", function () {
  this.timeout(90_000);
  let plant: WebPlant;
  before(async function () {
    plant = await newWebPlant(this);
  });
  afterEach(() => plant?.closePages());
  after(() => plant?.close());

  it("lets a player join from the first screen, and remembers him", async () => {
    const player = await plant.open("/");
    await player.getByLabel("Your name").fill("Grace");
    await player.getByText("Player", { exact: true }).click();
    await player.getByText("Pump hall", { exact: true }).click();
    await player.getByRole("button", { name: "Join" }).click();
    await player.locator(".pill").getByText("Live").waitFor();
    assert.match(player.url(), /\?space=hall-1(&|$)/);
    await player.locator(".people").getByText("Grace").waitFor({ state: "attached" });
    await player.reload();
    await player.getByRole("option", { name: "Chlorine doser" }).waitFor();
  });

  it("shows two browsers the same live values with unit and age", async () => {
    const pages = await Promise.all([1, 2].map(() => plant.enter("player", { twin: "hvac-101" })));
    const [one, other] = pages.map((page) => page.locator('[data-pointer="/power"]'));
    assert.ok(one && other);
    const seen = new Set<string>();
    await eventually(
      async () => {
        const [a, b] = await Promise.all([one.locator(".value").innerText(), other.locator(".value").innerText()]);
        assert.equal(a, b);
        assert.match(a, /^\d+\.\d+ kW$/);
        assert.ok(seen.add(a).size > 1, "the value does not change");
      },
      { timeoutMs: 20_000, intervalMs: 50 },
    );
    assert.match(await one.locator(".age").innerText(), /^(now|\d+ s ago)$/);
  });

  it("is used by keyboard alone: search, list, inspector", async () => {
    const player = await plant.enter("player");
    await player.keyboard.press("/");
    await player.keyboard.type("centrifugal"); // the model's name: found once the models are here
    await player.getByRole("option", { name: "Chlorine doser" }).waitFor({ state: "detached" }); // the list has followed
    await player.getByRole("option", { name: PUMP }).waitFor();
    await player.keyboard.press("ArrowDown");
    await player.keyboard.press("ArrowDown");
    const selected = player.locator('[role="option"][aria-selected="true"] .row-name span');
    await player.getByRole("heading", { name: await selected.innerText(), exact: true }).waitFor();
    await player.keyboard.press("Escape");
    await player.getByText("Select a twin in the list").waitFor();
  });

  it("takes all that is typed after the key of the search, however fast", async () => {
    const player = await plant.enter("player");
    const focused = await player.evaluate(`
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "/", bubbles: true }));
      document.activeElement.id;`);
    assert.equal(focused, "search");
  });

  it("leads back to the space and the twin before", async () => {
    const player = await plant.enter("player", { twin: "pump-102" });
    const space = player.getByRole("combobox", { name: "Space" });
    await space.selectOption({ label: "Tank farm" });
    await player.getByRole("option", { name: "Clean water tank 2" }).waitFor();
    await player.goBack();
    await player.getByRole("heading", { name: PUMP }).waitFor();
    assert.match(player.url(), /space=hall-1.*twin=pump-102/);
    assert.equal(await space.inputValue(), SPACE);
    await player.goForward();
    await player.getByRole("option", { name: "Clean water tank 2" }).waitFor();
  });

  it("says so where a link leads to no space, or to no twin, and goes on from there", async () => {
    const player = await plant.open("/?space=nowhere&name=Grace&role=player");
    await player.getByText("This server has no space nowhere").waitFor();
    await player.getByText("Pump hall", { exact: true }).click();
    await player.getByRole("button", { name: "Join" }).click();
    await player.locator(".pill").getByText("Live").waitFor();
    const query = `space=${SPACE}&twin=nosuch&name=Grace&role=player&view=plan`;
    const phone = await plant.open(`/?${query}`, { width: 390, height: 844 });
    await phone.getByText("This twin is not in this space").waitFor();
    await phone.getByRole("button", { name: "Close" }).click();
    await phone.getByRole("option", { name: "Chlorine doser" }).waitFor();
  });

  it("fits a phone", async () => {
    const phone = await plant.open(`/?space=${SPACE}&name=Test&role=player&view=plan`, { width: 390, height: 844 });
    await phone.getByRole("searchbox", { name: "Search twins" }).fill(PUMP);
    await phone.getByRole("option", { name: PUMP }).click();
    await phone.getByRole("heading", { name: PUMP }).waitFor();
    assert.ok(await phone.evaluate("document.documentElement.scrollWidth <= innerWidth"));
    await phone.getByRole("button", { name: "All twins" }).click();
    await phone.getByRole("option", { name: PUMP }).waitFor();
  });
});

describe("the page without a line", function () {
  this.timeout(90_000);
  let plant: WebPlant;
  before(async function () {
    plant = await newWebPlant(this);
  });
  afterEach(() => plant?.closePages());
  after(() => plant?.close());

  it("marks values as frozen while the line is cut, pauses changes, and heals", async () => {
    const player = await plant.enter("operator", { twin: "pump-102" });
    await player.evaluate("sockets.forEach((socket) => socket.close())");
    await player.getByText("Values shown are frozen.").first().waitFor();
    await player.getByText("Not connected: changes wait").waitFor();
    await player.locator(".pill").getByText("Live").waitFor();
    await player.locator(".veil").waitFor({ state: "detached" });
    assert.ok(await player.locator('form[data-pointer="/speedSetpoint"]').getByRole("textbox").isEnabled());
  });
});
