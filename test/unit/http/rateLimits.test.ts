import assert from "node:assert/strict";
import type { Request } from "express";
import { addressKey, forwardedKey, RateLimit } from "../../../src/http/rateLimits.ts";

const from = (remoteAddress: string, forwarded?: string, ip = remoteAddress) =>
  ({
    headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
    socket: { remoteAddress },
    ip,
  }) as unknown as Request;

describe("RateLimit", () => {
  it("lets as many through as it says, within a minute of the first, for each key", () => {
    let now = 1000;
    const limit = new RateLimit({ most: 2, who: "You", now: () => now });
    limit.take("ada");
    limit.take("ada");
    now += 59_000;
    assert.throws(() => limit.take("ada"), { code: "RATE_LIMITED", retryAfterMs: 1000 });
    limit.take("bob");
    now += 1000;
    limit.take("ada");
  });

  it("does not keep who asked once", () => {
    let now = 0;
    const limit = new RateLimit({ most: 1, who: "You", now: () => now });
    for (let i = 0; i < 1000; i++) {
      limit.take(String(i));
    }
    assert.equal(limit.size, 1000);
    now += 60_000;
    limit.take("next");
    assert.equal(limit.size, 1);
  });

  it("0 counts nobody", () => {
    const limit = new RateLimit({ most: 0, who: "You", now: Date.now });
    limit.take("ada");
    assert.equal(limit.size, 0);
  });

  it("an address is the connection's, what a trusted proxy says, or an IPv6 network", () => {
    assert.equal(addressKey(from("10.0.0.1")), "10.0.0.1");
    assert.equal(addressKey(from("127.0.0.1", "10.0.0.9", "10.0.0.9")), "10.0.0.9");
    assert.equal(addressKey(from("::ffff:10.0.0.1")), "10.0.0.1");
    assert.equal(addressKey(from("2001:db8:1:2::1")), addressKey(from("2001:db8:1:2:ffff::9")));
    assert.notEqual(addressKey(from("2001:db8:1:2::1")), addressKey(from("2001:db8:2:2::1")));
  });

  it("and so without express: as many proxies are believed as there are", () => {
    const chain = "10.0.0.1, 10.0.0.2,10.0.0.3";
    const keys = [0, 1, 2, 3, 4].map((proxies) => forwardedKey(from("127.0.0.1", chain), proxies));
    assert.deepEqual(keys, ["127.0.0.1", "10.0.0.3", "10.0.0.2", "10.0.0.1", "10.0.0.1"]);
    assert.equal(forwardedKey(from("127.0.0.1"), 1), "127.0.0.1");
    assert.equal(forwardedKey(from("127.0.0.1", " , "), 1), "127.0.0.1");
    assert.equal(forwardedKey(from("::1", "2001:db8:1:2::1"), 1), addressKey(from("2001:db8:1:2::9")));
  });
});
