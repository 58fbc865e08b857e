// The page in a real browser: how twins of a model look is edited there, seen by everybody, drawn in 3D.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { PNG } from "pngjs";
import { eventually } from "../support/eventually.ts";
import { type Look, newWebPlant, SPACE, type WebPlant } from "../support/newWebPlant.ts";

const PUMP = "pump-102";
const TINT = "#123456";

describe("the page: looks of a model", function () {
  this.timeout(120_000);
  let plant: WebPlant;
  before(async function () {
    plant = await newWebPlant(this);
  });
  afterEach(() => plant?.closePages());
  after(() => plant?.close());

  /** The form, opened. */
  async function open(): Promise<Page> {
    const builder = await plant.enter("builder", { twin: PUMP });
    await builder.keyboard.press("b");
    await builder.locator(".looks summary").click();
    return builder;
  }
  const field = (page: Page, name: string) => {
    const looks = page.locator(".looks");
    return looks.getByRole("combobox", { name, exact: true }).or(looks.getByLabel(name, { exact: true }));
  };
  const apply = (page: Page) => page.locator(".looks").getByRole("button", { name: "Apply" }).click();
  const applied = (page: Page) => page.getByText("Applied: everybody sees it now.").waitFor();
  const symbol = (page: Page) => page.getByRole("button", { name: "Raw water pump 2," });

  it("colours, labels and sizes every twin of the model, for everybody", async () => {
    const builder = await open();
    const player = await plant.enter("player");
    const before = await symbol(player).boundingBox();
    await field(builder, "Label").selectOption("/speed");
    await field(builder, "Unit of the label").fill("turns");
    await field(builder, "Colour by").selectOption("/speed");
    await field(builder, "Range 1: from").fill("-1");
    await field(builder, "Range 1: colour").fill(TINT);
    for (const [name, metres] of [
      ["Width in metres", "3"],
      ["Height in metres", "1,5"],
      ["Depth in metres", "1"],
    ] as const) {
      await field(builder, name).fill(metres);
    }
    await apply(builder);
    await applied(builder);
    await symbol(player).locator(`[fill="${TINT}"]`).waitFor();
    await eventually(async () => assert.match((await symbol(player).getAttribute("aria-label")) ?? "", /\d turns$/));
    const after = await symbol(player).boundingBox();
    assert.ok(before && after && after.width > before.width * 1.5, JSON.stringify({ before, after }));
  });

  it("refuses in a sentence, and says nothing more once all is cleared", async () => {
    const builder = await open();
    await field(builder, "Colour by").selectOption("/speed");
    await field(builder, "Range 1: from").fill("9");
    await field(builder, "Range 1: below").fill("3");
    await apply(builder);
    await builder.getByRole("alert").getByText('Range 1 holds nothing: "from" must be less than "below".').waitFor();
    await builder.getByRole("button", { name: "Clear all" }).click();
    await apply(builder);
    await applied(builder);
    await eventually(async () => assert.equal(await builder.locator(`.plan [fill="${TINT}"]`).count(), 0));
  });

  it("tells the server's refusal as a sentence", async () => {
    const builder = await open();
    await field(builder, "Filled by").selectOption("/speed");
    await field(builder, "Full at").fill("1e13");
    await apply(builder);
    await eventually(async () => {
      assert.match((await builder.locator(".looks [role=alert]").textContent()) ?? "", /full.*1000000000000/s);
    });
  });

  it("turns what has a speed, level drawn; and stands where a person wants no motion", async () => {
    const builder = await open();
    await field(builder, "Turns by, rpm").selectOption("/speed");
    await field(builder, "Axis of turning").selectOption("y");
    await field(builder, "Filled by").selectOption("/speed");
    await field(builder, "Full at").fill("3000");
    await field(builder, "Shape").selectOption("box");
    await apply(builder);
    await applied(builder);
    assert.ok(await changes(await look({ motion: true })), "it does not turn");
    assert.ok(!(await changes(await look({}))), "it turns in spite of reduced motion");
  });

  it("gives one placement a shape of its own as it is placed", async () => {
    plant.clear(SPACE);
    const builder = await plant.enter("builder");
    await builder.keyboard.press("b");
    await builder.getByRole("searchbox", { name: "Search the catalogue" }).fill("pump-901");
    await builder.getByRole("listitem").getByRole("button", { name: "Place Spare pump on a trolley" }).click();
    await builder.locator(".placing").getByLabel("Shape").selectOption("tank");
    await builder.locator(".plan-ghost circle").waitFor();
    await builder.getByRole("button", { name: "Set here" }).click();
    await builder.getByText("This one has a look of its own: tank.").waitFor();
    await builder.getByRole("button", { name: "Spare pump on a trolley," }).locator("circle").waitFor();
  });

  /** The pump from near by in 3D; small, since software draws it. */
  async function look(how: Look): Promise<Page> {
    const query = new URLSearchParams({ space: SPACE, role: "player", name: "Pia", twin: PUMP, view: "3d" });
    const page = await plant.open(`/?${query}`, { width: 840, height: 500, ...how });
    await page.locator("canvas[data-placed]").waitFor();
    await page.locator(".pill").getByText("Live").waitFor();
    await page.getByRole("button", { name: "Show in scene" }).click();
    return page;
  }
});

/** Whether the middle of the scene changes once it came to rest: shapes do, since labels hang above. */
async function changes(page: Page): Promise<boolean> {
  const box = await page.locator("canvas.scene").boundingBox();
  assert.ok(box);
  const clip = { x: box.x + box.width / 2 - 20, y: box.y + box.height / 2 - 5, width: 40, height: 30 };
  const shoot = async () => PNG.sync.read(await page.screenshot({ clip })).data;
  let last = await shoot();
  let moved = 0;
  for (let shot = 0; shot < 12; shot++) {
    const next = await shoot();
    moved = last.equals(next) ? 0 : moved + 1;
    last = next;
    if (moved > 3) {
      return true;
    }
  }
  return false;
}
