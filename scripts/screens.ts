/**
 * `npm run screens [-- FOLDER] [--only NAME]`: pictures of every screen of the page at the size of a desk and of a phone,
 * into docs/screens. Starts the demo in memory, builds the page from its sources, and looks at it with a real Chromium.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Browser } from "playwright-core";
import { PNG } from "pngjs";
import { newBrowser } from "../test/support/browser.ts";
import { type Look, startWebPlant, type WebPlant } from "../test/support/newWebPlant.ts";
import { newAskingPlant, SCREENS, type Screen, showScreen } from "../test/support/screens.ts";

const SIZES = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
/** Software rendering: labels are placed a little after the last movement. */
const SETTLE_MS = 900;
/** What an eye does not tell apart, of 255. */
const COARSE = 4;
/** A colour of so many pixels is the page's own, and is kept as it is. */
const OWN_PIXELS = 6000;

const { values, positionals } = parseArgs({
  options: { only: { type: "string" }, light: { type: "boolean" } },
  allowPositionals: true,
});
const folder = positionals[0] ?? join(import.meta.dirname, "..", "docs", "screens");
const wanted = SCREENS.filter(({ name }) => values.only === undefined || name.includes(values.only));
mkdirSync(folder, { recursive: true });
await pictures(
  wanted.filter(({ asks }) => !asks),
  startWebPlant,
);
await pictures(
  wanted.filter(({ asks }) => asks),
  newAskingPlant,
);
process.exit(0);

/** Of these screens, on a plant of their own. */
async function pictures(screens: readonly Screen[], start: (on: Browser) => Promise<WebPlant>): Promise<void> {
  if (screens.length === 0) {
    return;
  }
  const browser = await newBrowser();
  if (browser === undefined) {
    throw new Error("no Chromium that can draw: apt-get install chromium");
  }
  const plant = await start(browser);
  try {
    for (const screen of screens) {
      for (const [size, look] of Object.entries(SIZES)) {
        await picture(plant, screen, size, { ...look, light: values.light ?? screen.light ?? false });
      }
    }
  } finally {
    await plant.close();
  }
}

async function picture(on: WebPlant, screen: Screen, size: string, look: Look): Promise<void> {
  const page = await showScreen(on, screen, look);
  await page.waitForTimeout(SETTLE_MS);
  const file = join(folder, `${screen.name}-${size}.png`);
  writeFileSync(file, packed(await page.screenshot()));
  console.log(file);
  await on.closePages();
}

/**
 * Without the channel that a page does not use, shades between its own colours coarser, packed as well as PNG goes: the
 * repository carries these.
 */
function packed(png: Buffer): Buffer {
  const picture = PNG.sync.read(png);
  const { data } = picture;
  const counts = new Map<number, number>();
  for (let at = 0; at < data.length; at += 4) {
    const colour = data.readUInt32BE(at);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  for (let at = 0; at < data.length; at += 4) {
    if ((counts.get(data.readUInt32BE(at)) ?? 0) < OWN_PIXELS) {
      for (let channel = at; channel < at + 3; channel++) {
        data[channel] = Math.min(255, Math.round((data[channel] ?? 0) / COARSE) * COARSE);
      }
    }
  }
  const tries = [0, 1, 2, 4].map((filterType) =>
    PNG.sync.write(picture, { colorType: 2, deflateLevel: 9, deflateStrategy: 0, filterType }),
  );
  return tries.reduce((small, one) => (one.length < small.length ? one : small), png);
}
