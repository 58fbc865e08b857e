// The 3D scene in a real browser: what it may cost, and that shapes which share a mesh are apart for the pointer.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { VISUALS } from "../../web/src/scene/visualNames.ts";
import { eventually } from "../support/eventually.ts";
import { isAccessible } from "../support/isAccessible.ts";
import { newWebPlant, SPACE, type WebPlant } from "../support/newWebPlant.ts";

const MOST_CALLS = 10;
/** From so high above, so many pixels are a metre. */
const ABOVE = "0,20,0.01,0,0,0";
const HALF_VIEW_METRES = 20 * Math.tan(Math.PI / 8);
const TWINS = [
  "pump-101",
  "pump-102",
  "pump-103",
  "valve-101",
  "valve-102",
  "valve-103",
  "hvac-101",
  "pump-104",
  "valve-104",
];

describe("the scene of the page", function () {
  this.timeout(90_000);
  let plant: WebPlant;
  before(async function () {
    plant = await newWebPlant(this);
  });
  afterEach(() => plant?.closePages());
  after(() => plant?.close());

  it("takes at most ten draw calls, with a twin selected and another pointed at", async () => {
    const page = await scene(plant, { twin: "pump-102" });
    await pointAtSomething(page);
    assert.ok((await most(page)) <= MOST_CALLS, `${await most(page)} calls`);
  });

  it("takes no more with every visual in sight", async () => {
    plant.clear(SPACE);
    const items = VISUALS.map((visual, at) => ({
      twinId: TWINS[at] ?? "",
      visual,
      x: (at % 3) * 4 - 4,
      z: Math.floor(at / 3) * 4 - 4,
    }));
    plant.place(SPACE, items);
    const page = await scene(plant, { twin: "pump-102", cam: "0,9,18,0,0,0" });
    await pointAtSomething(page);
    assert.ok((await most(page)) <= MOST_CALLS, `${await most(page)} calls`);
    assert.ok((await most(page)) >= VISUALS.length, "not every visual was in sight");
  });

  it("selects a box only where the box is, a room where its floor is", async () => {
    plant.clear(SPACE);
    plant.place(SPACE, [{ twinId: "pump-101", visual: "box", x: 0, z: 0 }]);
    plant.place(SPACE, [{ twinId: "pump-102", visual: "room", x: 5, z: 0 }]);
    const page = await scene(plant, { cam: ABOVE });
    await clickAt(page, 0);
    await page.getByRole("heading", { name: "Raw water pump 1" }).waitFor();
    await clickAt(page, 1.4);
    await page.getByText("Select a twin in the list").waitFor();
    await clickAt(page, 5 - 1.4);
    await page.getByRole("heading", { name: "Raw water pump 2" }).waitFor();
  });

  it("is turned, moved and neared by keys; the address follows and leads back there, by day and on foot", async () => {
    const page = await scene(plant, { cam: "4,9,14,0,0,0", twin: "pump-101" });
    const seen = new Set<string>();
    for (const key of ["ArrowLeft", "ArrowUp", "Shift+ArrowRight", "+"]) {
      await page.locator("canvas.scene").press(key);
      await eventually(async () => assert.ok(seen.add(camera(page)).size > 0 && !seen.has("4,9,14,0,0,0")));
    }
    await eventually(() => assert.equal(seen.size, 4, [...seen].join(" | ")));
    await page.keyboard.press("v");
    await page.locator("canvas.scene").press("w");
    await eventually(() => assert.match(page.url(), /view=walk/));
    await eventually(() => assert.match(camera(page), /^[^,]+,1\.7,/), { timeoutMs: 20_000 }); // at eye height
    const there = await settled(page);
    const again = await plant.open(`/${new URL(page.url()).search}&role=player&name=Pia`);
    await again.locator('canvas[data-placed]:not([data-placed="0"])').waitFor();
    assert.deepEqual(apart(await settled(again), there), []);
  });

  it("shows all again, in 3D and on the plan", async () => {
    const page = await scene(plant, { cam: "4,9,14,0,0,0", twin: "pump-101" });
    const all = page.getByRole("button", { name: "Show all" });
    await all.click();
    const far = await settled(page);
    assert.notDeepEqual(apart(far, "4,9,14,0,0,0"), []);
    await page.keyboard.press("f");
    await eventually(async () => assert.notDeepEqual(apart(await settled(page), far), []), { timeoutMs: 20_000 });
    await page.getByText("Plan", { exact: true }).click();
    const box = () => page.locator("svg.plan").getAttribute("viewBox");
    const near = / 14 10$/; // metres around the twin that one went to
    await eventually(async () => assert.match((await box()) ?? "", near));
    await all.click();
    await eventually(async () => assert.doesNotMatch((await box()) ?? "", near));
    const whole = await box();
    await page.keyboard.press("f");
    await eventually(async () => assert.match((await box()) ?? "", near));
    await all.click();
    await eventually(async () => assert.equal(await box(), whole));
  });

  it("is walked by touch", async () => {
    const page = await scene(plant, { view: "walk", cam: "4,9,14,0,0,0" });
    const before = await settled(page);
    const { x = 0, y = 0, width = 0, height = 0 } = (await page.locator(".walk-pad").boundingBox()) ?? {};
    const finger = { x: x + width / 2, y: y + height / 2 };
    const session = await page.context().newCDPSession(page);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", up: number) => {
      const touchPoints = type === "touchEnd" ? [] : [{ ...finger, y: finger.y - up }];
      return session.send("Input.dispatchTouchEvent", { type, touchPoints });
    };
    await touch("touchStart", 0);
    const frames = (await page.evaluate("draws.frames")) as number;
    await touch("touchMove", 40);
    await eventually(async () => assert.ok(((await page.evaluate("draws.frames")) as number) > frames + 3));
    await touch("touchEnd", 0);
    assert.notDeepEqual(apart(await settled(page), before), []);
  });
});

describe("the page without WebGL", function () {
  this.timeout(90_000);
  let plant: WebPlant;
  before(async function () {
    plant = await newWebPlant(this);
  });
  afterEach(() => plant?.closePages());
  after(() => plant?.close());

  it("says so, and has a plan in which one selects, and builds by keys", async () => {
    const query = new URLSearchParams({ space: SPACE, role: "builder", name: "Ben", mode: "build" });
    const page = await plant.open(`/?${query}`, { withoutWebGl: true });
    await page.getByText("This browser offers no WebGL").waitFor();
    assert.ok(await page.getByRole("radio", { name: "3D" }).isDisabled());
    const pump = page.locator(".plan").getByRole("button", { name: /Raw water pump 2/ });
    await pump.press("Enter");
    await page.getByRole("heading", { name: "Raw water pump 2" }).waitFor();
    const position = page.locator('.axes input[name="x"]');
    const before = Number(await position.inputValue());
    await pump.press("ArrowRight");
    await eventually(async () => assert.ok(Number(await position.inputValue()) > before));
    await isAccessible(page);
  });
});

/** Numbers of the camera that differ by more than its rounding in the address. */
function apart(one: string, other: string): string[] {
  const numbers = other.split(",").map(Number);
  return one.split(",").filter((text, at) => Math.abs(Number(text) - (numbers[at] ?? Number.NaN)) > 0.21);
}

function camera(page: Page): string {
  return new URL(page.url()).searchParams.get("cam") ?? "";
}

/** Where the camera came to rest: it stays there for a while, on a slow machine too. */
async function settled(page: Page): Promise<string> {
  let last = "";
  let stays = 0;
  await eventually(
    () => {
      const now = camera(page);
      stays = now === last && now !== "" ? stays + 1 : 0;
      last = now;
      assert.ok(stays >= 3);
    },
    { intervalMs: 400, timeoutMs: 30_000 },
  );
  return last;
}

async function scene(plant: WebPlant, query: Record<string, string>): Promise<Page> {
  const page = await plant.open(`/?${new URLSearchParams({ space: SPACE, role: "player", name: "Pia", ...query })}`);
  await page.locator('canvas[data-placed]:not([data-placed="0"])').waitFor();
  await eventually(async () => assert.ok(((await page.evaluate("draws.frames")) as number) > 2));
  return page;
}

/** Goes over the scene until the pointer is on a thing. */
async function pointAtSomething(page: Page): Promise<void> {
  const box = await page.locator("canvas.scene").boundingBox();
  assert.ok(box);
  for (let y = 0.3; y < 0.8; y += 0.05) {
    for (let x = 0.2; x < 0.8; x += 0.05) {
      await page.mouse.move(box.x + x * box.width, box.y + y * box.height);
      if ((await page.evaluate("document.querySelector('canvas.scene').style.cursor")) === "pointer") {
        const frames = (await page.evaluate("draws.frames")) as number;
        await eventually(async () => assert.ok(((await page.evaluate("draws.frames")) as number) > frames));
        return;
      }
    }
  }
  assert.fail("there is nothing under the pointer anywhere");
}

async function clickAt(page: Page, x: number): Promise<void> {
  const box = await page.locator("canvas.scene").boundingBox();
  assert.ok(box);
  const pixels = box.height / 2 / HALF_VIEW_METRES;
  await page.mouse.click(box.x + box.width / 2 + x * pixels, box.y + box.height / 2);
}

async function most(page: Page): Promise<number> {
  return (await page.evaluate("draws.most")) as number;
}
