// The page in a real browser, as a world builder uses it: placing, dragging in plan and in 3D, taking away.
import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { PNG } from "pngjs";
import { eventually } from "../support/eventually.ts";
import { newWebPlant, type WebPlant } from "../support/newWebPlant.ts";

/** Stands in no space until somebody places it. */
const PUMP = { id: "pump-901", name: "Spare pump on a trolley" };

const OFFICE = "office-building";

describe("the page for builders", function () {
  this.timeout(90_000);
  let plant: WebPlant;
  before(async function () {
    plant = await newWebPlant(this);
    plant.clear(OFFICE);
  });
  afterEach(() => plant?.closePages());
  after(() => plant?.close());

  async function place(builder: Page): Promise<void> {
    await builder.keyboard.press("b");
    await builder.getByRole("searchbox", { name: "Search the catalogue" }).fill(PUMP.id);
    await builder
      .getByRole("listitem")
      .getByRole("button", { name: `Place ${PUMP.name}` })
      .click();
    await builder.keyboard.press("Enter");
    await saved(builder);
  }

  it("places a twin and drags it; others see it move", async () => {
    const builder = await plant.enter("builder", { space: OFFICE });
    const player = await plant.enter("player", { space: OFFICE });
    const thing = (page: Page) => page.getByRole("button", { name: `${PUMP.name},` });
    await place(builder);
    await thing(player).waitFor();
    await player.getByRole("option", { name: PUMP.name }).waitFor();
    const before = await centre(thing(player));
    await drag(builder, thing(builder), { x: 120, y: 60 });
    await eventually(async () => {
      const after = await centre(thing(player));
      assert.ok(after.x > before.x + 40 && after.y > before.y + 20, JSON.stringify({ before, after }));
    });
    await saved(builder);
    await builder.keyboard.press("Control+z");
    await builder.getByText(/^Undone: /).waitFor();
    await eventually(async () => {
      const after = await centre(thing(player));
      assert.ok(Math.abs(after.x - before.x) < 20, JSON.stringify({ before, after }));
    });
    await builder.getByRole("button", { name: "Remove from the space" }).click();
    await thing(player).waitFor({ state: "detached" });
  });

  it("tells who placed a moment ago that somebody came after", async () => {
    const ben = await plant.enter("builder", { space: OFFICE, name: "Ben" });
    const bea = await plant.enter("builder", { space: OFFICE, name: "Bea" });
    await place(ben);
    const thing = bea.getByRole("button", { name: `${PUMP.name},` });
    await bea.keyboard.press("b");
    await drag(bea, thing, { x: 120, y: 60 });
    await ben.getByText(`Bea has changed ${PUMP.name} after you.`).waitFor();
    await ben.getByRole("button", { name: "Remove from the space" }).click();
    await bea.getByText(`Ben has removed ${PUMP.name} from the space after you.`).waitFor();
  });

  it("shows a ghost before it places: by pointer, by keys, or not at all", async () => {
    const builder = await plant.enter("builder", { space: OFFICE });
    const ghost = builder.locator(".plan-ghost");
    const button = builder.getByRole("listitem").getByRole("button", { name: `Place ${PUMP.name}` });
    await builder.keyboard.press("b");
    await builder.getByRole("searchbox", { name: "Search the catalogue" }).fill(PUMP.id);
    await button.click();
    await ghost.waitFor();
    await builder.keyboard.press("Escape");
    await ghost.waitFor({ state: "detached" });
    assert.equal(await builder.getByRole("button", { name: `${PUMP.name},` }).count(), 0);
    await button.focus();
    await builder.keyboard.press("Enter");
    await ghost.waitFor();
    const before = await centre(ghost);
    await builder.keyboard.press("ArrowRight");
    await eventually(async () => assert.ok((await centre(ghost)).x > before.x));
    const plan = await builder.locator(".plan").boundingBox();
    assert.ok(plan);
    const spot = { x: plan.x + plan.width * 0.6, y: plan.y + plan.height * 0.6 };
    await builder.mouse.move(spot.x, spot.y, { steps: 4 });
    await eventually(async () => assert.ok(Math.abs((await centre(ghost)).x - spot.x) < 30));
    await builder.mouse.click(spot.x, spot.y);
    await saved(builder);
    assert.equal(await ghost.count(), 0);
    await builder.getByRole("button", { name: "Remove from the space" }).click();
    await builder.getByRole("button", { name: `${PUMP.name},` }).waitFor({ state: "detached" });
  });

  it("shows the ghost in 3D, where a click sets it", async () => {
    const builder = await plant.enter("builder", { space: OFFICE, view: "3d" });
    await builder.keyboard.press("b");
    await builder.getByRole("searchbox", { name: "Search the catalogue" }).fill(PUMP.id);
    const button = builder.getByRole("listitem").getByRole("button", { name: `Place ${PUMP.name}` });
    await button.click();
    const at = () => builder.locator(".placing .at").textContent();
    const before = await at();
    const canvas = await builder.locator("canvas.scene").boundingBox();
    assert.ok(canvas);
    const spot = { x: canvas.x + canvas.width * 0.4, y: canvas.y + canvas.height * 0.7 };
    await builder.mouse.move(spot.x, spot.y, { steps: 4 });
    await eventually(async () => assert.notEqual(await at(), before));
    await builder.mouse.click(spot.x, spot.y);
    await saved(builder);
    assert.equal(await builder.locator(".placing").count(), 0);
    await builder.getByRole("button", { name: "Remove from the space" }).click();
    await button.waitFor();
  });

  it("on foot gives the arrow keys to the ghost while there is one", async () => {
    const query = new URLSearchParams({ space: OFFICE, role: "builder", name: "Ben", view: "walk" });
    const builder = await plant.open(`/?${query}`);
    await builder.locator("canvas[data-placed]").waitFor();
    await builder.keyboard.press("b");
    await builder.getByRole("searchbox", { name: "Search the catalogue" }).fill(PUMP.id);
    await builder.getByRole("button", { name: `Place ${PUMP.name}` }).click();
    const at = () => builder.locator(".placing .at").textContent();
    const camera = () => new URL(builder.url()).searchParams.get("cam");
    const tap = () => builder.evaluate(TAP_WITHOUT_FRAME);
    const [before, from] = [await at(), camera()];
    await tap();
    await eventually(async () => assert.notEqual(await at(), before));
    await builder.keyboard.press("Escape");
    await builder.locator(".placing").waitFor({ state: "detached" });
    assert.equal(camera(), from);
    await tap();
    await eventually(() => assert.notEqual(camera(), from));
  });

  it("draws placed twins in 3D, where a click selects and a pull moves", async () => {
    const builder = await plant.enter("builder", { space: OFFICE, view: "3d" });
    await place(builder);
    await builder.getByRole("button", { name: "Show in scene" }).click();
    const canvas = builder.locator("canvas.scene");
    await eventually(async () => assert.ok(colours(await canvas.screenshot()) > 50, "the canvas is blank"));
    await builder.getByRole("button", { name: "Close" }).click();
    await builder.getByText("Select a twin in the list").waitFor();
    const { x, y } = await centre(canvas);
    await builder.mouse.click(x, y);
    await builder.getByRole("heading", { name: PUMP.name }).waitFor();
    const position = builder.locator('.axes input[name="x"]');
    const before = Number(await position.inputValue());
    await drag(builder, canvas, { x: 120, y: 0 });
    await eventually(async () => assert.ok(Number(await position.inputValue()) > before + 0.4));
    await saved(builder);
    await builder.getByRole("button", { name: "Remove from the space" }).click();
    await builder.locator(".save").waitFor({ state: "detached" });
  });
});

/** A key that is let go before anything is drawn again, as on a slow machine; walking takes time. */
const TAP_WITHOUT_FRAME = `
  const send = (type) =>
    document.body.dispatchEvent(new KeyboardEvent(type, { code: "ArrowUp", key: "ArrowUp", bubbles: true }));
  send("keydown");
  for (const end = performance.now() + 150; performance.now() < end; );
  send("keyup");
`;

function saved(builder: Page): Promise<void> {
  return builder.locator('.save[data-status="saved"]').waitFor();
}

async function centre(of: Locator): Promise<{ x: number; y: number }> {
  const box = await of.boundingBox();
  assert.ok(box);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

async function drag(page: Page, what: Locator, by: { x: number; y: number }): Promise<void> {
  const from = await centre(what);
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + by.x, from.y + by.y, { steps: 8 });
  await page.mouse.up();
}

/** How many different colours a picture has. */
function colours(png: Buffer): number {
  const { data } = PNG.sync.read(png);
  const found = new Set<number>();
  for (let at = 0; at < data.length; at += 4) {
    found.add(data.readUInt32BE(at));
  }
  return found.size;
}
