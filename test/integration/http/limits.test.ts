// Who asks too often is told when to come back; nobody else notices. And the budget of writes to the twin service.
import assert from "node:assert/strict";
import type { SignIn } from "../../../src/auth/SignIn.ts";
import { refused } from "../../../src/auth/SignIn.ts";
import { newApp } from "../../support/newApp.ts";
import { newRestServer, type RestServer } from "./newRestServer.ts";

/** A token is a name. */
const signIn: SignIn = {
  verify: async (token) => {
    if (token === undefined || token === "guess") {
      throw refused("no token");
    }
    return { subject: token, name: token, role: "admin", roles: ["admin"], expiresAt: Number.POSITIVE_INFINITY };
  },
  offer: { kind: "token" },
  origins: () => [],
  close() {},
};

describe("REST: rate limits", () => {
  let rest: RestServer;
  const open = async (limits: { perAddress: number; perUser: number }) => {
    rest = await newRestServer({ signIn, demo: false, limits });
  };
  afterEach(() => rest.close());
  const as = (name: string, path = "/spaces") => rest.call("GET", path, undefined, { authorization: `Bearer ${name}` });

  it("of one person: a problem of ours with Retry-After, while others go on", async () => {
    await open({ perAddress: 0, perUser: 3 });
    for (let i = 0; i < 3; i++) {
      assert.equal((await as("ada")).status, 200);
    }
    const { status, type, body, headers } = await as("ada", "/models");
    assert.deepEqual([status, body.code], [429, "RATE_LIMITED"]);
    assert.match(type, /^application\/problem\+json/);
    const seconds = Number(headers.get("retry-after"));
    assert.ok(seconds >= 1 && seconds <= 60, String(seconds));
    assert.equal((await as("bob")).status, 200);
    assert.equal((await as("ada", "/openapi.json")).status, 200, "what is open asks nobody who he is");
  });

  it("of one address: guesses of tokens count, health does not", async () => {
    await open({ perAddress: 4, perUser: 0 });
    for (let i = 0; i < 4; i++) {
      assert.equal((await as("guess")).status, 401);
    }
    assert.equal((await as("guess")).status, 429);
    assert.equal((await as("ada")).status, 429);
    assert.equal((await fetch(`${rest.origin}/health`)).status, 200);
  });

  it("0 is no limit", async () => {
    await open({ perAddress: 0, perUser: 0 });
    const answers = await Promise.all(Array.from({ length: 50 }, () => as("ada")));
    assert.ok(answers.every(({ status }) => status === 200));
  });
});

describe("matchmaking of the ready-made server", () => {
  it("is limited by RATE_LIMIT_JOINS; pages of others are refused and use nothing up", async () => {
    const app = await newApp({ RATE_LIMIT_JOINS: "2" });
    try {
      const post = (headers: Record<string, string> = {}) =>
        fetch(`${app.url}/matchmake/joinOrCreate/space`, { method: "POST", headers });
      const evil = { origin: "https://evil.example" };
      const answers = [await post(evil), await post(), await post(), await post(), await post(evil)];
      assert.deepEqual(
        answers.map(({ status }) => status),
        [403, 200, 200, 429, 403],
      );
      assert.equal((await app.call("GET", "/spaces")).status, 200);
    } finally {
      await app.close();
    }
  });
});

describe("the budget of writes", () => {
  it("is one for rooms and REST, tells when to come back, and leaves reads alone", async () => {
    const app = await newApp({ WRITE_BUDGET: "1" });
    try {
      const admin = await app.join({ role: "admin" });
      const [twinId = ""] = [...admin.world.twins.keys()];
      const create = () => ({ modelId: app.services.mirror.get(twinId)?.modelId ?? "" });
      const outcomes = await Promise.allSettled([1, 2, 3].map(() => admin.ask("twin.create", create())));
      const codes = outcomes.map((o) => (o.status === "rejected" ? o.reason.reason?.code : "done"));
      assert.ok(codes.includes("RATE_LIMITED"), String(codes));
      const body = { $metadata: { $model: create().modelId } };
      const rest = await Promise.all([1, 2, 3].map(() => app.call("POST", "/twins", body)));
      const refusedOnes = rest.filter(({ status }) => status === 429);
      assert.ok(refusedOnes.length >= 1, String(rest.map(({ status }) => status)));
      assert.equal(refusedOnes[0]?.headers.get("retry-after"), "1");
      assert.equal((await app.call("GET", `/twins/${twinId}`)).status, 200);
    } finally {
      await app.close();
    }
  });
});
