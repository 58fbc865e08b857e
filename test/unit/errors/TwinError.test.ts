import assert from "node:assert/strict";
import { ERROR_CODES, MAX_DETAILS, TwinError, toTwinError } from "../../../src/errors.ts";

describe("TwinError", () => {
  it("has the status of its code, unless another is given", () => {
    assert.equal(new TwinError("CONFLICT", "x").status, 412);
    assert.equal(new TwinError("CONFLICT", "x", { status: 409 }).status, 409);
  });

  it("as JSON: code, message, and details where there are some; never the cause", () => {
    const cause = new Error("secret");
    assert.deepEqual(JSON.parse(JSON.stringify(new TwinError("NOT_FOUND", "no such twin", { cause }))), {
      code: "NOT_FOUND",
      message: "no such twin",
    });
    const details = [{ path: "/a", expected: "b", found: "c" }];
    assert.deepEqual(new TwinError("INVALID_VALUE", "x", { details }).toJSON().details, details);
  });

  it("tells the first faults alone where there are very many, and cuts long texts", () => {
    const text = `${"x".repeat(299)}\ud83d\ude00`;
    const { details } = new TwinError("INVALID_VALUE", "x", {
      details: Array.from({ length: 20_000 }, () => ({ path: text, expected: "b", found: text })),
    });
    assert.equal(details.length, MAX_DETAILS);
    const cut = `${"x".repeat(299)}\ufffd…`;
    assert.deepEqual(details[0], { path: cut, expected: "b", found: cut });
  });

  it("what was not foreseen becomes UNAVAILABLE, without its text", () => {
    const known = new TwinError("LEASED", "x");
    assert.equal(toTwinError(known), known);
    for (const thrown of [new TypeError("secret"), "secret", undefined, null]) {
      const e = toTwinError(thrown);
      assert.equal(e.code, "UNAVAILABLE");
      assert.equal(e.cause, thrown);
      assert.doesNotMatch(e.message, /secret/);
    }
  });

  it("the contract's codes are all there, each with a status and a meaning", () => {
    const codes =
      "INVALID_PAYLOAD INVALID_VALUE NOT_WRITABLE NOT_FOUND FORBIDDEN CONFLICT LEASED INTERLOCKED OFFLINE UNSUPPORTED RATE_LIMITED UNAVAILABLE";
    assert.deepEqual(Object.keys(ERROR_CODES), codes.split(" "));
    for (const { status, meaning } of Object.values(ERROR_CODES)) {
      assert.ok(status >= 400 && status < 600 && meaning.endsWith("."));
    }
  });
});
