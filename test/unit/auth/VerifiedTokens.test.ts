import assert from "node:assert/strict";
import { VerifiedTokens } from "../../../src/auth/VerifiedTokens.ts";

describe("VerifiedTokens", () => {
  let now = 1000;
  const keys = {};
  const ada = { subject: "issuer ada", name: "Ada", role: "admin", roles: ["admin"], expiresAt: 5000 } as const;
  const holding = () => {
    now = 1000;
    const tokens = new VerifiedTokens(() => now);
    tokens.set("t", ada, keys);
    return tokens;
  };

  it("gives what was checked, for that token alone", () => {
    const tokens = holding();
    assert.equal(tokens.get("t", keys), ada);
    assert.equal(tokens.get("T", keys), undefined);
  });

  it("not with other keys, and not where it is not known which count", () => {
    assert.equal(holding().get("t", {}), undefined);
    assert.equal(holding().get("t", undefined), undefined);
  });

  it("not from its end on, and not where the clock was set back", () => {
    const tokens = holding();
    now = 4999;
    assert.equal(tokens.get("t", keys), ada);
    now = 5000;
    assert.equal(tokens.get("t", keys), undefined);
    const others = holding();
    now = 999;
    assert.equal(others.get("t", keys), undefined);
  });

  it("holds a thousand, and forgets the oldest", () => {
    const tokens = holding();
    for (let i = 0; i < 1000; i++) {
      tokens.set(String(i), ada, keys);
    }
    assert.equal(tokens.get("t", keys), undefined);
    assert.equal(tokens.get("0", keys), ada);
    assert.equal(tokens.get("999", keys), ada);
  });
});
