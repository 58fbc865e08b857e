// Colyseus' monitor at /monitor: for admins only, and it works in a browser under its content security policy.
import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { token } from "../../src/cli/token.ts";
import { browserOrSkip } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { type NewApp, newApp } from "../support/newApp.ts";

const AUTH_SECRET = "monitor-test-secret-0123456789abcdef";

/** A font of another host, which the policy refuses; an icon that nobody asked for but the browser. */
const EXPECTED = /fonts\.googleapis\.com|favicon\.ico|^Failed to load resource: .* 404/;

describe("/monitor", function () {
  this.timeout(60_000);
  let app: NewApp;
  let browser: Browser | undefined;
  before(async () => {
    app = await newApp({ AUTH_SECRET });
  });
  after(async () => {
    await browser?.close();
    await app.close();
  });

  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${app.url}/monitor${path}`, { headers });
  const basic = (password: string) => ({ authorization: `Basic ${Buffer.from(`me:${password}`).toString("base64")}` });

  it("is for admins: by bearer token, or as the password that a browser asks for", async () => {
    const [admin, operator] = [await tokenFor("admin"), await tokenFor("operator")];
    for (const path of ["/", "/api", "/api/room?roomId=x", "/api/room/call?roomId=x&method=disconnect&args=[]"]) {
      const anonymous = await get(path);
      assert.equal(anonymous.status, 401, path);
      assert.match(anonymous.headers.get("www-authenticate") ?? "", /^Basic /);
      assert.equal((await get(path, basic("wrong"))).status, 401, path);
      assert.equal((await get(path, basic(operator))).status, 403, path);
    }
    assert.equal((await get("/", basic(admin))).status, 200);
    assert.equal((await get("/api", { authorization: `Bearer ${admin}` })).status, 200);
  });

  it("does nothing for pages of other sites, although the browser would sign them in", async () => {
    const headers = basic(await tokenFor("admin"));
    for (const site of ["cross-site", "same-site", "none"]) {
      assert.equal((await get("/api", { ...headers, "sec-fetch-site": site })).status, 403, site);
    }
    assert.equal((await get("/", { ...headers, "sec-fetch-site": "none" })).status, 200);
    assert.equal((await get("/api", { ...headers, origin: "https://evil.example" })).status, 403);
  });

  it("shows the rooms in a browser, and nothing that it needs is refused by its policy", async function () {
    browser = await browserOrSkip(this);
    const admin = await tokenFor("admin");
    const player = await app.join({ token: admin });
    const context = await browser.newContext({ httpCredentials: { username: "me", password: admin } });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on("console", (message) => void (message.type() === "error" && faults.push(message.text())));
    page.on("pageerror", (error) => void faults.push(String(error)));
    page.on("response", (response) => void (response.status() >= 400 && faults.push(response.url())));
    await page.goto(`${app.url}/monitor/`);
    const shows = async () => assert.ok((await page.textContent("body"))?.includes(player.room.roomId), faults.join());
    await eventually(shows, { timeoutMs: 15_000 });
    await context.close();
    const others = faults.filter((text) => !EXPECTED.test(text));
    assert.deepEqual(others, []);
    await player.leave();
  });
});

function tokenFor(role: string): Promise<string> {
  return new Promise((resolve, reject) => {
    void token(["--role", role], { AUTH_SECRET }, { out: resolve, error: (text) => reject(new Error(text)) });
  });
}
