import assert from "node:assert/strict";
import type { App } from "../../../src/app.ts";
import { welcome } from "../../../src/cli/welcome.ts";
import { loadConfig } from "../../../src/config.ts";

const spaces = { list: () => [{ id: "hall-1", name: "Hall", twins: 2 }], first: () => "hall-1" };
const app = { url: "http://127.0.0.1:2567", services: { spaces, mirror: { size: 2 } } } as unknown as App;
const AZURE = { AZURE_DIGITALTWINS_URL: "https://plant.api.weu.digitaltwins.azure.net" };
const SECRET = { AUTH_SECRET: "not-for-production-0123456789abcdef" };
const told = (env: Record<string, string>) => welcome(app, loadConfig(env));

describe("what a start prints", () => {
  it("of the demo: what to try, and where REST is told of", () => {
    const text = told({});
    assert.match(text, /2 twins in 1 spaces, from the embedded cloud/);
    assert.match(text, /Try +join as operator, pick a pump in hall-1/);
    assert.match(text, /REST .*127\.0\.0\.1:2567\/docs/);
    assert.doesNotMatch(text, /[Rr]ead-only|[Ss]ign in/);
  });

  it("with sign-in: how one gets in, and no word of joining as whom one likes", () => {
    const text = told(SECRET);
    assert.match(text, /Sign in +with a token: npx colyseus-digital-twins token --role operator/);
    assert.match(text, /Try +sign in as operator/);
    assert.doesNotMatch(text, /join as|read-only/);
    const issuer = told({ AUTH_ISSUER: "https://login.example/v2.0", AUTH_AUDIENCE: "plant" });
    assert.match(issuer, /Sign in +at https:\/\/login\.example\/v2\.0/);
  });

  it("of Azure: read-only only where it is", () => {
    assert.match(told(AZURE), /Without sign-in .* is read-only here, on this machine only\./);
    assert.doesNotMatch(told({ ...AZURE, ...SECRET }), /read-only|Try/);
    assert.match(told({ ...AZURE, ...SECRET, READ_ONLY: "1" }), /Read-only: READ_ONLY is set/);
  });
});
