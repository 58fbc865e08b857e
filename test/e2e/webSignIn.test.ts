// Signing in as a person would, at an issuer's own page in a real browser: in, renewed, refused, out; and with a token
// where there is no issuer.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { token } from "../../src/cli/token.ts";
import { eventually } from "../support/eventually.ts";
import { type NewIssuer, newIssuer } from "../support/newIssuer.ts";
import { newWebPlant, SPACE, type WebPlant } from "../support/newWebPlant.ts";

const ANYBODY = { claims: {}, lifetime: 3600, ahead: 0 };
const live = (page: Page) => page.locator(".pill").getByText("Live").waitFor();
const said = (page: Page, text: RegExp) => page.getByText(text).first().waitFor();
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();

describe("the page: sign-in at an issuer", function () {
  this.timeout(120_000);
  let issuer: NewIssuer;
  let plant: WebPlant;
  before(async function () {
    issuer = await newIssuer();
    plant = await newWebPlant(this, {
      AUTH_ISSUER: issuer.url,
      AUTH_AUDIENCE: "plant",
      AUTH_CLOCK_TOLERANCE: "0",
    });
  });
  beforeEach(() => {
    Object.assign(issuer, { person: { ...ANYBODY }, down: false, grants: [] });
  });
  afterEach(() => plant?.closePages());
  after(async () => {
    await plant?.close();
    await issuer?.close();
  });

  /** Through the issuer's page and back. */
  async function signIn(path = "/"): Promise<Page> {
    const page = await plant.open(path);
    await press(page, "Sign in");
    await page.getByRole("link", { name: "Allow" }).click();
    return page;
  }

  it("leads to the issuer and back to where the link led, with name and role of the token", async () => {
    const page = await signIn(`/?space=${SPACE}&twin=pump-102&view=plan`);
    await live(page);
    await page.locator(".inspector").getByText("pump-102").waitFor();
    assert.equal(await page.locator(".me strong").textContent(), "Ada");
    assert.equal(await page.locator(".me small").textContent(), "Operator");
    assert.deepEqual(issuer.grants, ["code"]);
    assert.match(page.url(), /twin=pump-102/);
    assert.doesNotMatch(page.url(), /code=|state=/);
    await page.reload();
    await live(page); // the tab still holds its tokens
    assert.deepEqual(issuer.grants, ["code"]);
  });

  it("lets an operator change a value", async () => {
    const page = await signIn(`/?space=${SPACE}&twin=pump-102&view=plan`);
    await live(page);
    await page.getByRole("button", { name: "Take control" }).click();
    await said(page, /You hold it/);
  });

  it("renews silently, inside the connection", async () => {
    issuer.person.lifetime = 6;
    const page = await signIn(`/?space=${SPACE}&view=plan`);
    await live(page);
    const sockets = () => page.evaluate("sockets.length");
    const before = await sockets();
    await eventually(() => assert.ok(issuer.grants.filter((kind) => kind === "refresh").length >= 2), {
      timeoutMs: 20_000,
    });
    assert.equal(await page.locator(".banner").count(), 0);
    assert.equal(await page.locator(".me small").textContent(), "Operator");
    assert.equal(await sockets(), before);
  });

  it("says that it ends when the issuer renews no more, and how to go on", async () => {
    issuer.person.lifetime = 6;
    const page = await signIn(`/?space=${SPACE}&view=plan`);
    await live(page);
    issuer.revoke();
    await said(page, /no longer knows this sign-in/);
    await said(page, /you only watch, and are disconnected in \d+ s/);
    issuer.person.lifetime = 3600;
    await press(page, "Sign in again");
    await page.getByRole("link", { name: "Allow" }).click();
    await live(page);
    assert.equal(await page.locator(".banner").count(), 0);
  });

  it("tells who may not come in: denied, without a role", async () => {
    const page = await plant.open("/");
    await press(page, "Sign in");
    await page.getByRole("link", { name: "Deny" }).click();
    await said(page, /cancelled, or you may not use this application/);
    issuer.person.claims = { roles: [] };
    await press(page, "Sign in");
    await page.getByRole("link", { name: "Allow" }).click();
    await said(page, /names no role of this server/);
    await press(page, "Sign out");
    await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
  });

  it("tells when the issuer is away, and when clocks differ", async () => {
    const page = await plant.open("/");
    await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
    issuer.down = true;
    await press(page, "Sign in");
    await said(page, /sign-in service 127\.0\.0\.1:\d+ does not answer/);
    issuer.down = false;
    issuer.person.ahead = 7200;
    await press(page, "Sign in");
    await page.getByRole("link", { name: "Allow" }).click();
    await said(page, /clock and that of the sign-in service differ/);
  });

  it("signs out: tokens are gone, and the issuer's session ends", async () => {
    const page = await signIn();
    await said(page, /Signed in as Ada/);
    const ended = page.waitForRequest((request) => request.url().startsWith(`${issuer.url}/end`));
    await press(page, "Sign out");
    assert.ok(new URL((await ended).url()).searchParams.has("id_token_hint"));
    await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
    assert.equal(await page.evaluate("sessionStorage.getItem('colyseus-digital-twins.tokens')"), null);
  });
});

describe("the page: sign-in with a token", function () {
  this.timeout(120_000);
  const AUTH_SECRET = "not-for-production-0123456789abcdef";
  let plant: WebPlant;
  before(async function () {
    plant = await newWebPlant(this, { AUTH_SECRET });
  });
  afterEach(() => plant?.closePages());
  after(() => plant?.close());

  it("takes one that was pasted, and refuses what is none", async () => {
    const lines: string[] = [];
    const terminal = { out: (text: string) => lines.push(text), error: (text: string) => lines.push(text) };
    assert.equal(await token(["--role", "builder", "--name", "Ben"], { AUTH_SECRET }, terminal), 0);
    const page = await plant.open("/");
    const field = page.getByRole("textbox", { name: "Token" });
    await field.fill("nonsense");
    await press(page, "Use this token");
    await said(page, /This is no token/);
    await field.fill(lines.at(-1) ?? "");
    await press(page, "Use this token");
    await said(page, /Signed in as Ben/);
    await page.getByRole("radio", { name: "Pump hall" }).waitFor({ state: "attached" });
    await press(page, "Join");
    await live(page);
    assert.equal(await page.locator(".me small").textContent(), "Builder");
  });
});
