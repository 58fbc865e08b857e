// The demo's hall as a picture that is kept: what a change of geometry, light or layout would alter, and nothing else.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { PNG } from "pngjs";
import { eventually } from "./eventually.ts";
import { SPACE } from "./newWebPlant.ts";

const KEPT = join(import.meta.dirname, "..", "fixtures", "frozen-scene.png");
/** Per channel, of 255: what rounding in a graphics library makes of the same picture. */
const SAME = 30;
const SHARE = 0.005;

/** Where a page shows it. */
export const FROZEN_SCENE = `/?${new URLSearchParams({
  space: SPACE,
  role: "player",
  name: "Pia",
  freeze: "1",
  cam: "4,9,14,0,0,0",
})}`;

/** Waits until the page shows the picture that is kept; where none is, keeps this one. */
export async function looksAsFrozen(page: Page): Promise<void> {
  const canvas = page.locator("canvas[data-placed]");
  await canvas.waitFor();
  const shoot = async () => PNG.sync.read(await canvas.screenshot());
  if (!existsSync(KEPT)) {
    await page.waitForTimeout(2000);
    writeFileSync(KEPT, PNG.sync.write(await shoot()));
  }
  const kept = PNG.sync.read(readFileSync(KEPT));
  await eventually(async () => assertAlike(await shoot(), kept), { timeoutMs: 20_000 });
}

function assertAlike(a: PNG, b: PNG): void {
  assert.deepEqual([a.width, a.height], [b.width, b.height]);
  const xs: number[] = [];
  const ys: number[] = [];
  for (let at = 0; at < a.data.length; at += 4) {
    if ([0, 1, 2].some((channel) => Math.abs((a.data[at + channel] ?? 0) - (b.data[at + channel] ?? 0)) > SAME)) {
      xs.push((at / 4) % a.width);
      ys.push(Math.floor(at / 4 / a.width));
    }
  }
  const share = xs.length / (a.width * a.height);
  const span = (values: number[]) => values.sort((one, other) => one - other) && `${values[0]} to ${values.at(-1)}`;
  const where = () => `x ${span(xs)}, y ${span(ys)}`;
  assert.ok(share <= SHARE, `${(share * 100).toFixed(2)} % of the picture differ: ${where()}`);
}
