// Tokens: none is asked for by default; with `requireToken` they are checked, and 401 and 403 are Azure's.
import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { startEmulator } from "../../../emulator/index.ts";
import { closeDigitalTwins, newDigitalTwins } from "../../support/newDigitalTwins.ts";

const SECRET = "a secret for tests";
const AUDIENCE = "https://digitaltwins.azure.net";
const NOW = Math.floor(Date.parse("2026-11-22T10:00:00Z") / 1000);
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

type Signer = (signed: string) => Buffer;
const bySecret: Signer = (signed) => createHmac("sha256", SECRET).update(signed).digest();
const byKey: Signer = (signed) => sign("RSA-SHA256", Buffer.from(signed), privateKey);

function token(claims: object, signer: Signer = bySecret, header: object = { alg: "HS256" }): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part(header)}.${part({ aud: AUDIENCE, exp: NOW + 600, ...claims })}`;
  return `${signed}.${signer(signed).toString("base64url")}`;
}

async function newGuarded(options: { key?: string; audience?: string[]; issuer?: string } = {}) {
  const service = await newDigitalTwins({
    requireToken: { key: SECRET, ...options },
    clock: () => NOW * 1000,
  });
  const ask = (given: string | undefined, method = "GET", path = "/models", body?: unknown) =>
    service.request(method, path, body, given === undefined ? {} : { authorization: given });
  const status = async (...question: Parameters<typeof ask>) => (await ask(...question)).status;
  return { ...service, ask, status };
}

describe("embedded twin service: tokens", () => {
  afterEach(closeDigitalTwins);

  it("are checked when they are asked for: signature, audience, times", async () => {
    const { ask, status } = await newGuarded();
    assert.equal(await status(`Bearer ${token({})}`), 200);
    assert.equal(await status(`Bearer ${token({ aud: `${AUDIENCE}/` })}`), 200);
    assert.equal(await status(`bearer ${token({ aud: ["x", AUDIENCE], nbf: NOW })}`), 200);
    const missing = await ask(undefined);
    assert.deepEqual([missing.status, missing.body], [401, { statusCode: 401, message: "Unauthorized" }]);
    const [head, body, signature] = token({}).split(".");
    const other = token({ sub: "other" }).split(".");
    for (const wrong of [
      "",
      "Bearer",
      "Bearer x",
      "Basic eDp5",
      `Bearer ${head}.${body}.`,
      `Bearer ${head}.${other[1]}.${signature}`,
      `Bearer ${token({}, () => Buffer.alloc(0), { alg: "none" })}`,
      `Bearer ${token({}, bySecret, { alg: "RS256" })}`,
      `Bearer ${token({ aud: "https://elsewhere" })}`,
      `Bearer ${token({ exp: NOW - 600 })}`,
      `Bearer ${token({ exp: "never" })}`,
      `Bearer ${token({ nbf: NOW + 600 })}`,
    ]) {
      assert.equal(await status(wrong), 401, wrong);
    }
    assert.equal(await status(undefined, "POST", "/$admin/faults", {}), 401);
  });

  it("may be signed by RS256, and named by issuer and audience", async () => {
    const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
    const rs256 = { alg: "RS256", kid: "k1" };
    const byPem = await newGuarded({ key: pem, issuer: "me", audience: ["mine"] });
    const good = { aud: "mine", iss: "me" };
    assert.equal(await byPem.status(`Bearer ${token(good, byKey, rs256)}`), 200);
    assert.equal(await byPem.status(`Bearer ${token({ ...good, iss: "you" }, byKey, rs256)}`), 401);
    // The public key must not serve as a secret.
    const forged = token(good, (signed) => createHmac("sha256", pem).update(signed).digest());
    assert.equal(await byPem.status(`Bearer ${forged}`), 401);

    const jwk = { ...publicKey.export({ format: "jwk" }), kid: "k1" };
    const byJwks = await newGuarded({ key: JSON.stringify({ keys: [jwk] }) });
    assert.equal(await byJwks.status(`Bearer ${token({}, byKey, rs256)}`), 200);
    assert.equal(await byJwks.status(`Bearer ${token({}, byKey, { ...rs256, kid: "k2" })}`), 401);
    await assert.rejects(newGuarded({ key: " " }), /key for tokens is empty/);
    await assert.rejects(newGuarded({ key: '{"keys":[]}' }), /no JWKS/);
    await assert.rejects(newGuarded({ key: "-----BEGIN x" }), /no public key/);
  });

  it("let a reader read, and others not even that", async () => {
    const { ask, status } = await newGuarded();
    const reader = `Bearer ${token({ roles: ["Azure Digital Twins Data Reader"] })}`;
    const owner = `Bearer ${token({ roles: "Azure Digital Twins Data Owner" })}`;
    const query = { query: "SELECT * FROM DIGITALTWINS" };
    assert.equal(await status(reader), 200);
    assert.equal(await status(reader, "POST", "/query", query), 200);
    const refusal = await ask(reader, "DELETE", "/digitaltwins/x");
    assert.deepEqual([refusal.status, refusal.body], [403, undefined]);
    assert.equal(await status(owner, "DELETE", "/digitaltwins/x"), 404);
    assert.equal(await status(`Bearer ${token({ roles: [] })}`), 403);
  });
});

describe("embedded IoT hub: Entra tokens", () => {
  it("are checked with the twin service's key, for IoT Hub", async () => {
    const emulator = await startEmulator({ requireToken: { key: SECRET }, clock: () => NOW * 1000 });
    try {
      emulator.iotHub.ensureDevice("pump-1");
      const url = `http://127.0.0.1:${emulator.iotHub.servicePort}/twins/pump-1?api-version=2021-04-12`;
      const status = async (given: string) =>
        (await fetch(url, { headers: { authorization: `Bearer ${given}` } })).status;
      assert.equal(await status(token({ aud: "https://iothubs.azure.net" })), 200);
      assert.equal(await status(token({})), 401, "for another service");
      assert.equal(await status(token({ aud: "https://iothubs.azure.net", exp: NOW - 600 })), 401, "expired");
      assert.equal(await status("anything"), 401);
    } finally {
      await emulator.close();
    }
  });
});
