import assert from "node:assert/strict";
import { newLog } from "../../src/log.ts";

const KEY = "c2VjcmV0LXNlY3JldA==";
const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl";
const CONNECTION = `Endpoint=sb://h.example/;SharedAccessKeyName=listen;SharedAccessKey=${KEY};EntityPath=hub`;
const SAS = "SharedAccessSignature sr=h.example&sig=c2ln%3D&se=1&skn=listen";

function logged(write: (log: ReturnType<typeof newLog>) => void): string {
  const lines: string[] = [];
  write(newLog({ logLevel: "debug" }, { write: (line) => void lines.push(line) }));
  const text = lines.join("");
  assert.ok(text.includes("the message"), "it was logged");
  for (const line of lines) {
    JSON.parse(line);
  }
  return text;
}

describe("the log", () => {
  const secrets: Record<string, [object | string, string]> = {
    "a connection string": [CONNECTION, KEY],
    "a storage connection string": [`AccountName=plant;AccountKey=${KEY};Container=c`, KEY],
    "a SAS as a header": [SAS, "c2ln"],
    "a SAS in a URL": ["https://plant.blob.example/c?sv=2024&sig=c2ln%3D&se=1", "c2ln"],
    "a bearer token": [`Authorization: Bearer ${JWT}`, "c2lnbmF0dXJl"],
    "a token of no known form": ["Authorization: Bearer opaque-token-123", "opaque-token-123"],
    "a password for a user": ["Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"],
    "a JWT alone": [`refused: ${JWT}`, "c2lnbmF0dXJl"],
    "a proxy's password": ["http://me:hush-hush@proxy.example:3128", "hush-hush"],
    "a header's value": [{ headers: { Authorization: "opaque-token-123" } }, "opaque-token-123"],
    "a token of an answer": [{ body: { access_token: "opaque-token-123" } }, "opaque-token-123"],
  };
  for (const [name, [value, secret]] of Object.entries(secrets)) {
    it(`does not tell ${name}: in a member, a text, an error, its cause`, () => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      const cause = Object.assign(new Error(`cause: ${text}`), { request: value });
      const line = logged((log) => {
        log.info({ value, list: [value] }, "the message");
        if (typeof value === "string") {
          log.warn({}, `the message ${text}`);
          log.error({ err: new Error(`failed: ${text}`, { cause }) }, "the message");
        }
        log.error({ err: Object.assign(new Error("failed"), { request: value }) }, "the message");
      });
      assert.ok(!line.includes(secret), line);
    });
  }

  it("leaves what is no secret: names, hosts, hubs", () => {
    const line = logged((log) => log.info({ CONNECTION, twin: "pump-101", token: 5 }, "the message"));
    for (const kept of ["sb://h.example/", "SharedAccessKeyName=listen", "EntityPath=hub", "pump-101"]) {
      assert.ok(line.includes(kept), kept);
    }
  });

  it("tells of an error and its causes each thing once, and what one without a text is made of", () => {
    const refused = (address: string) =>
      Object.assign(new Error(`connect ECONNREFUSED ${address}`), { code: "ECONNREFUSED" });
    const all = new AggregateError([refused("::1:9"), refused("127.0.0.1:9")]);
    const coded = Object.assign(new Error(""), { code: "ECONNRESET" });
    const circular: Error = new Error("round");
    circular.cause = circular;
    for (const [err, expected] of [
      [all, "connect ECONNREFUSED ::1:9; connect ECONNREFUSED 127.0.0.1:9"],
      [new Error("", { cause: all }), "connect ECONNREFUSED ::1:9; connect ECONNREFUSED 127.0.0.1:9"],
      [coded, "ECONNRESET"],
      [new Error("failed", { cause: coded }), "failed: ECONNRESET"],
      [new Error("away: refused", { cause: new Error("refused", { cause: coded }) }), "away: refused: ECONNRESET"],
      [new Error("away: refused", { cause: new Error("refused") }), "away: refused"],
      [new Error("failed", { cause: "by hand" }), "failed: by hand"],
      [circular, "round"],
      [new TypeError(), "TypeError"],
      ["a text", undefined],
    ] as const) {
      const line = JSON.parse(logged((log) => log.warn({ err }, "the message")));
      assert.equal(line.err.message, expected);
    }
  });
});
