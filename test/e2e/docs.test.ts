// The API's document at /docs in a real browser, under the server's own Content-Security-Policy.
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { browserOrSkip } from "../support/browser.ts";
import { type NewApp, newApp } from "../support/newApp.ts";

describe("e2e: /docs", function () {
  this.timeout(60_000);
  let browser: Browser;
  let app: NewApp;
  let page: Page;
  const complaints: string[] = [];
  const elsewhere: string[] = [];
  before(async function () {
    browser = await browserOrSkip(this);
    app = await newApp();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => request.url().startsWith(app.url) || elsewhere.push(request.url()));
  });
  after(async () => {
    await browser?.close();
    await app?.close();
  });

  it("shows every operation and carries one out, without inline code, other sites or complaints", async () => {
    const answer = await page.goto(`${app.url}/docs`);
    assert.match(answer?.headers()["content-security-policy"] ?? "", /default-src 'self';.*style-src 'self'/);
    await page.waitForSelector(".opblock");
    const { paths } = (await app.call("GET", "/openapi.json")).body as { paths: Record<string, object> };
    const operations = Object.values(paths).reduce((n, methods) => n + Object.keys(methods).length, 0);
    assert.equal(await page.locator(".opblock").count(), operations);
    const spaces = page.locator("#operations-Spaces-listSpaces");
    await spaces.locator(".opblock-summary").click();
    await spaces.getByRole("button", { name: "Try it out" }).click();
    await spaces.getByRole("button", { name: "Execute" }).click();
    await spaces.locator(".live-responses-table .response-col_status").filter({ hasText: "200" }).first().waitFor();
    if (process.env["DOCS_SCREENSHOT"] !== undefined) {
      await page.screenshot({ path: process.env["DOCS_SCREENSHOT"] });
    }
    assert.deepEqual(complaints, []);
    assert.deepEqual(
      elsewhere.filter((url) => !url.startsWith("data:")),
      [],
    );
  });
});
