// The whole server with sign-in: the SDK's own token in rooms, Bearer in REST, and what happens when a token runs out.
import assert from "node:assert/strict";
import { ColyseusSDK, type Room } from "@colyseus/sdk";
import { SIGN_IN_EXPIRED } from "../../../plugins/SignInPlugin.ts";
import { token } from "../../../src/cli/token.ts";
import { eventually } from "../../support/eventually.ts";
import type { SeenWorld } from "../../support/joinSpace.ts";
import { type NewApp, newApp } from "../../support/newApp.ts";
import { type NewIssuer, newIssuer } from "../../support/newIssuer.ts";

const PUMP_PATCH = [{ op: "replace", path: "/targetSpeed", value: 1200 }];
type SpaceRoom = Room<unknown, SeenWorld>;

describe("with sign-in", () => {
  let issuer: NewIssuer;
  let app: NewApp;
  const rooms: SpaceRoom[] = [];
  before(async () => {
    issuer = await newIssuer();
    app = await newApp({ AUTH_ISSUER: issuer.url, AUTH_AUDIENCE: "plant", AUTH_CLOCK_TOLERANCE: "0" });
  });
  afterEach(async () => {
    await Promise.all(
      rooms
        .splice(0)
        .filter((room) => room.connection.isOpen)
        .map((room) => room.leave()),
    );
  });
  after(async () => {
    await app.close();
    await issuer.close();
  });

  async function join(jwt: string | undefined, options: object = {}): Promise<SpaceRoom> {
    const sdk = new ColyseusSDK(app.url);
    if (jwt !== undefined) {
      sdk.auth.token = jwt;
    }
    const room = (await sdk.joinOrCreate("space", options)) as unknown as SpaceRoom;
    room.reconnection.enabled = false;
    rooms.push(room);
    await eventually(() => assert.ok(room.state?.players?.get(room.sessionId)));
    return room;
  }
  const ask = (room: SpaceRoom, type: string, payload: unknown) =>
    room.request(type as never, payload as never, { timeout: 5000 }) as Promise<Record<string, unknown>>;
  const codeOf = (asked: Promise<unknown>) =>
    asked.then(
      (answer) => `answered ${JSON.stringify(answer)}`,
      (error: { reason?: { code: string } }) => error.reason?.code,
    );
  const roleOf = (room: SpaceRoom) => room.state.players.get(room.sessionId)?.role;
  const inSeconds = (n: number) => Math.floor(Date.now() / 1000) + n;
  const anyTwin = (room: SpaceRoom) => [...room.state.twins.keys()][0] ?? "";

  it("nobody joins without a good token; what the client says of itself does not count", async () => {
    await assert.rejects(join(undefined, { role: "admin" }), /asks for a sign-in/);
    await assert.rejects(join(await issuer.token({ aud: "payroll" })), /aud/);
    const room = await join(await issuer.token({ roles: ["player"] }), { role: "admin", name: "Eve" });
    assert.equal(roleOf(room), "player");
    assert.equal(room.state.players.get(room.sessionId)?.name, "Ada");
  });

  it("REST asks for a token, but for the document and health", async () => {
    const none = await app.call("GET", "/twins");
    assert.equal(none.status, 401);
    assert.equal(none.body.code, "FORBIDDEN");
    assert.equal(none.headers.get("www-authenticate"), "Bearer");
    const as = async (role: string) => ({ authorization: `Bearer ${await issuer.token({ roles: [role] })}` });
    assert.equal((await app.call("GET", "/twins", undefined, await as("player"))).status, 200);
    assert.equal((await app.call("GET", "/twins", undefined, { authorization: "Basic YTpi" })).status, 401);
    assert.equal((await app.call("GET", "/dead-letters", undefined, await as("operator"))).status, 403);
    assert.equal((await app.call("GET", "/dead-letters", undefined, await as("admin"))).status, 200);
    assert.equal((await app.call("DELETE", "/twins/hall-1", undefined, await as("operator"))).status, 403);
    assert.equal((await app.call("GET", "/openapi.json")).status, 200);
    assert.equal((await fetch(`${app.url}/health`)).status, 200);
  });

  it("a token that runs out takes the roles with it, and a new one of the same person gives them back", async () => {
    const room = await join(await issuer.token({ exp: inSeconds(4) }));
    const told: unknown[] = [];
    room.onMessage("auth.expired", (message) => told.push(message));
    await eventually(() => assert.ok(room.state.twins.size > 0));
    const twinId = anyTwin(room);
    assert.equal(roleOf(room), "operator");
    await ask(room, "twin.get", { twinId });
    await eventually(() => assert.equal(told.length, 1), { timeoutMs: 8000 });
    await eventually(() => assert.equal(roleOf(room), "player"));
    assert.equal(await codeOf(ask(room, "twin.get", { twinId })), "FORBIDDEN");
    assert.equal(await codeOf(ask(room, "twin.patch", { twinId, patch: PUMP_PATCH })), "FORBIDDEN");
    const others = await issuer.token({ sub: "eve", roles: ["admin"] });
    assert.equal(await codeOf(ask(room, "auth.renew", { token: others })), "FORBIDDEN");
    assert.equal(await codeOf(ask(room, "auth.renew", { token: "x.y.z" })), "FORBIDDEN");
    const renewed = await ask(room, "auth.renew", { token: await issuer.token({ roles: ["admin"] }) });
    assert.equal(renewed["role"], "admin");
    await eventually(() => assert.equal(roleOf(room), "admin"));
    await ask(room, "twin.get", { twinId });
    assert.equal(SIGN_IN_EXPIRED, 4401);
  }).timeout(30_000);

  it("a stolen token is good for its time, and no renewal makes another person of it", async () => {
    const jwt = await issuer.token({ roles: ["player"] });
    const [owner, thief] = [await join(jwt), await join(jwt)];
    assert.equal(roleOf(thief), "player"); // bearer tokens: short times are the cure, and TLS
    assert.equal(await codeOf(ask(thief, "twin.delete", { twinId: "hall-1" })), "FORBIDDEN");
    assert.ok(owner.connection.isOpen);
  });
});

describe("with a shared secret", () => {
  it("the token command makes tokens that the server takes", async () => {
    const env = { AUTH_SECRET: "not-for-production-0123456789abcdef", AUTH_ROLES: "Boss=admin" };
    const printed: string[] = [];
    const terminal = { out: (text: string) => printed.push(text), error: (text: string) => printed.push(text) };
    assert.equal(await token(["--role", "admin", "--name", "Grace"], env, terminal), 0);
    assert.equal(await token(["--role", "operator"], env, terminal), 2);
    assert.equal(await token(["--role", "king"], env, terminal), 2);
    assert.equal(await token(["--role", "admin"], {}, terminal), 2);
    assert.equal(await token(["--help"], {}, terminal), 0);
    assert.match(printed.pop() ?? "", /^usage: /);
    const [jwt = "", noSuch, usage, noSecret] = printed;
    assert.match(`${noSuch} ${usage} ${noSecret}`, /nobody the role operator.*usage:.*AUTH_SECRET is not set/s);
    const app = await newApp({ ...env, READ_ONLY: "1" });
    try {
      const headers = { authorization: `Bearer ${jwt}` };
      assert.equal((await app.call("GET", "/dead-letters", undefined, headers)).status, 200);
      const write = await app.call("DELETE", "/twins/hall-1", undefined, headers);
      assert.deepEqual([write.status, write.body.code], [403, "FORBIDDEN"]);
      assert.match(write.body.detail, /READ_ONLY/);
    } finally {
      await app.close();
    }
  });
});
