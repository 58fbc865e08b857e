// Tokens that are good, and those that are not, against an issuer on a real socket.
import assert from "node:assert/strict";
import { exportSPKI, generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from "jose";
import { newSignIn, type SignIn } from "../../../src/auth/SignIn.ts";
import type { SignInSettings } from "../../../src/auth/SignInSettings.ts";
import { TwinError } from "../../../src/errors.ts";
import { type NewIssuer, newIssuer } from "../../support/newIssuer.ts";
import { silentLog } from "../../support/silentLog.ts";

const ROLES = { player: "player", builder: "builder", operator: "operator", admin: "admin" } as const;
const SHARED = { audience: ["plant"], rolesClaim: "roles", roles: ROLES, clockToleranceSeconds: 30 };
const SECRET = "not-for-production-0123456789abcdef";
const seconds = () => Math.floor(Date.now() / 1000);
const claims = (issuer: string) => ({ iss: issuer, aud: "plant", sub: "ada", roles: ["admin"], exp: seconds() + 60 });

describe("tokens", () => {
  let issuer: NewIssuer;
  let signIn: SignIn;
  const open = (settings: Partial<SignInSettings> = {}) =>
    newSignIn({
      settings: { kind: "oidc", issuer: issuer.url, ...SHARED, ...settings } as SignInSettings,
      log: silentLog,
    });
  beforeEach(async () => {
    issuer = await newIssuer();
    signIn = open();
  });
  afterEach(async () => {
    signIn.close();
    await issuer.close();
  });
  const refused = async (token: string | undefined, status = 401, text = /./) => {
    await assert.rejects(signIn.verify(token), (error: unknown) => {
      assert.ok(error instanceof TwinError, String(error));
      assert.equal(error.status, status, error.message);
      assert.match(error.message, text);
      return true;
    });
  };

  it("name a person and roles; the highest is shown", async () => {
    const who = await signIn.verify(await issuer.token({ roles: ["operator", "builder", "something else"] }));
    assert.equal(who.name, "Ada");
    assert.equal(who.subject, `${issuer.url} ada`);
    assert.deepEqual([who.role, who.roles], ["operator", ["builder", "operator"]]);
    assert.ok(Math.abs(who.expiresAt - Date.now() - 3630_000) < 10_000);
  });

  it("may have their roles in another claim, by other names", async () => {
    signIn.close();
    signIn = open({ rolesClaim: "realm_access.roles", roles: { "Plant.Admin": "admin" } });
    const token = await issuer.token({ realm_access: { roles: ["Plant.Admin"] }, roles: undefined });
    assert.deepEqual((await signIn.verify(token)).roles, ["admin"]);
    await refused(await issuer.token({ realm_access: { roles: ["admin", "__proto__"] } }), 401, /Plant\.Admin/);
  });

  it("may have roles as one text, as scopes are", async () => {
    assert.deepEqual((await signIn.verify(await issuer.token({ roles: "player admin" }))).roles, ["player", "admin"]);
  });

  describe("are refused", () => {
    it("when there is none, or something else", async () => {
      await refused(undefined, 401, /asks for a sign-in/);
      for (const token of ["", "x", "a.b.c", "..", "e30.e30.", "x".repeat(20_000)]) {
        await refused(token);
      }
    });
    it("expired, and not before the tolerance is over", async () => {
      await signIn.verify(await issuer.token({ exp: seconds() - 20 }));
      await refused(await issuer.token({ exp: seconds() - 40 }), 401, /expired/);
      await refused(await issuer.token({ exp: undefined }), 401, /exp/);
    });
    it("not yet valid", async () => {
      await signIn.verify(await issuer.token({ nbf: seconds() + 20 }));
      await refused(await issuer.token({ nbf: seconds() + 40 }), 401, /nbf/);
    });
    it("for another audience", async () => {
      await refused(await issuer.token({ aud: "payroll" }), 401, /aud/);
      await refused(await issuer.token({ aud: undefined }), 401, /aud/);
    });
    it("of another issuer, also when this one's key signed it", async () => {
      await refused(await issuer.token({ iss: "https://elsewhere.example" }), 401, /iss/);
    });
    it("without a subject, or without a role of this server", async () => {
      await refused(await issuer.token({ sub: undefined }), 401, /sub/);
      await refused(await issuer.token({ roles: [] }), 401, /no role/);
      await refused(await issuer.token({ roles: { admin: true } }), 401, /no role/);
    });
    it("unsigned (alg none)", async () => {
      await refused(new UnsecuredJWT(claims(issuer.url)).encode());
      const [, body] = (await issuer.token()).split(".");
      const header = Buffer.from('{"alg":"none"}').toString("base64url");
      await refused(`${header}.${body}.`);
    });
    it("signed with the public key as a secret (key confusion)", async () => {
      const jwk = issuer.publicKey();
      const pem = await exportSPKI((await importJWK(jwk, "RS256")) as never);
      for (const secret of [pem, pem.trim(), JSON.stringify(jwk), String(jwk.n)]) {
        const signed = new SignJWT(claims(issuer.url)).setProtectedHeader({ alg: "HS256", kid: String(jwk.kid) });
        await refused(await signed.sign(new TextEncoder().encode(secret)), 401, /signed in a way/);
      }
    });
    it("signed by another key under the known name, or with a key of its own in the header", async () => {
      const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
      const kid = String(issuer.publicKey().kid);
      const jwk = { kty: "RSA" as const, ...(await import("jose").then((j) => j.exportJWK(publicKey))) };
      for (const header of [{ kid }, { kid, jwk }, { jku: "http://127.0.0.1:1/keys", kid: "theirs" }, { jwk }]) {
        const signed = new SignJWT(claims(issuer.url)).setProtectedHeader({ alg: "RS256", ...header } as never);
        await refused(await signed.sign(privateKey));
      }
    });
    it("with a key id that leads elsewhere", async () => {
      for (const kid of ["../../etc/passwd", "' OR 1=1 --", "__proto__", "", "x".repeat(5000)]) {
        await refused(await issuer.token({}, { kid }));
      }
    });
    it("changed after they were signed", async () => {
      const [header, body = "", signature] = (await issuer.token({ roles: ["player"] })).split(".");
      const more = Buffer.from(Buffer.from(body, "base64url").toString().replace("player", "admin"));
      await refused(`${header}.${more.toString("base64url")}.${signature}`);
    });
  });

  describe("and the issuer's keys", () => {
    it("are asked for once", async () => {
      for (let i = 0; i < 5; i++) {
        await signIn.verify(await issuer.token());
      }
      assert.equal(issuer.asked, 1);
    });
    it("unknown key ids do not make this server ask again and again", async () => {
      await signIn.verify(await issuer.token());
      for (let i = 0; i < 20; i++) {
        await refused(await issuer.token({}, { kid: `unknown ${i}` }));
      }
      assert.equal(issuer.asked, 1);
    });
    it("a token that is known ends in its time, and a changed one is not known", async () => {
      let now = Date.now();
      const timed = newSignIn({
        settings: { kind: "oidc", issuer: issuer.url, clientId: "plant", scopes: "openid", ...SHARED },
        log: silentLog,
        clock: () => now,
      });
      const token = await issuer.token({ exp: Math.floor(now / 1000) + 60 });
      await timed.verify(token);
      assert.equal(await timed.verify(token), await timed.verify(token));
      const [head, , signature] = token.split(".");
      const [, payload] = (await issuer.token({ roles: ["admin"] })).split(".");
      await assert.rejects(timed.verify(`${head}.${payload}.${signature}`), { status: 401 });
      now += 89_000;
      assert.equal((await timed.verify(token)).name, "Ada");
      now += 2000;
      await assert.rejects(timed.verify(token), { status: 401, message: /has expired/ });
      timed.close();
    });
    it("that are new are found when a token names one, and those taken back end", async () => {
      const eager = newSignIn({
        settings: { kind: "oidc", issuer: issuer.url, clientId: "plant", scopes: "openid", ...SHARED },
        log: silentLog,
        cooldownMs: 0,
      });
      const old = await issuer.token();
      await eager.verify(old);
      assert.equal(await eager.verify(old), await eager.verify(old), "known by now, and not checked again");
      await issuer.rotate();
      assert.equal((await eager.verify(await issuer.token())).name, "Ada");
      await assert.rejects(eager.verify(old), { status: 401 });
      eager.close();
    });
    it("of an issuer that is away hold; who never knew them says so, and tries again", async () => {
      const token = await issuer.token();
      await signIn.verify(token);
      issuer.down = true;
      await signIn.verify(token);
      const late = open();
      await assert.rejects(late.verify(token), { code: "UNAVAILABLE", status: 503 });
      late.close();
    });
    it("an issuer that calls itself something else is not believed", async () => {
      signIn.close();
      signIn = open({ issuer: `${issuer.url}/` } as never);
      await refused(await issuer.token({ iss: `${issuer.url}/` }), 503);
    });
  });

  describe("of a shared secret", () => {
    const sign = (alg: string, secret = SECRET, more = {}) =>
      new SignJWT({ ...claims("colyseus-digital-twins"), ...more })
        .setProtectedHeader({ alg })
        .sign(new TextEncoder().encode(secret));
    beforeEach(() => {
      signIn.close();
      signIn = open({ kind: "secret", secret: SECRET } as never);
    });
    it("are taken, by HS256 only", async () => {
      assert.equal((await signIn.verify(await sign("HS256"))).role, "admin");
      await refused(await sign("HS512", SECRET.repeat(2)));
      await refused(await sign("HS256", `${SECRET}x`));
      await refused(await issuer.token({ iss: "colyseus-digital-twins" }));
      await refused(new UnsecuredJWT(claims("colyseus-digital-twins")).encode());
    });
    it("and have to be this server's too", async () => {
      await refused(await sign("HS256", SECRET, { iss: "elsewhere" }), 401, /iss/);
      await refused(await sign("HS256", SECRET, { aud: "payroll" }), 401, /aud/);
    });
  });
});
