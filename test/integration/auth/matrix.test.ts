// Who may do what: every room message and every route of the running server, for every role and for a sign-in that has run
// out. The lists are the server's own, so that a new message or route without a line here fails.
import assert from "node:assert/strict";
import { matchMaker } from "@colyseus/core";
import { digitalTwins } from "../../../plugins/digitalTwins.ts";
import { type Action, type Actor, RolePolicy } from "../../../src/auth/AccessPolicy.ts";
import type { Identity } from "../../../src/auth/SignIn.ts";
import { apiRoutes } from "../../../src/http/apiRoutes.ts";
import { ROLES, type Role } from "../../../src/protocol/names.ts";
import { newRestServer, type RestServer } from "../http/newRestServer.ts";
import { ask } from "../rooms/ask.ts";
import { type Hall, live, newHall } from "../rooms/newHall.ts";

const NOBODY = "nobody";
type Who = Role | typeof NOBODY;
const EVERYBODY: readonly Role[] = ROLES;
const BUILDERS: readonly Role[] = ["builder", "admin"];
const OPERATORS: readonly Role[] = ["operator", "admin"];
const ADMINS: readonly Role[] = ["admin"];

/** What each message asks for, and who may. A refusal for another reason than rights counts as allowed. */
const MESSAGES: Record<string, [unknown, readonly Who[]]> = {
  "avatar.move": [{ x: 1 }, EVERYBODY],
  "twin.get": [{ twinId: "p1" }, EVERYBODY],
  "twin.watch": [{ twinIds: ["p1"] }, EVERYBODY],
  "twin.patch": [{ twinId: "p1", patch: [{ op: "replace", path: "/setpoint", value: 3 }] }, OPERATORS],
  "twin.create": [{ modelId: "dtmi:test:Pump;1" }, BUILDERS],
  "twin.delete": [{ twinId: "p1" }, ADMINS],
  "placement.add": [{ items: [{ twinId: "p1" }] }, BUILDERS],
  "placement.move": [{ items: [{ placementId: "none" }], settle: true }, BUILDERS],
  "placement.remove": [{ placementIds: ["none"] }, BUILDERS],
  "twin.command": [{ twinId: "p1", command: "start" }, OPERATORS],
  "operation.cancel": [{ operationId: "none" }, [...ROLES, NOBODY]],
  "lease.acquire": [{ twinId: "p1" }, OPERATORS],
  "lease.release": [{ twinId: "p1" }, [...ROLES, NOBODY]],
  "lease.transfer": [{ twinId: "p1", to: "nobody" }, [...ROLES, NOBODY]],
  "alarm.acknowledge": [{ alarmId: "none" }, [...ROLES, NOBODY]],
  "alarm.shelve": [{ alarmId: "none", seconds: 1 }, [...ROLES, NOBODY]],
  "permissions.check": [{ checks: [{ do: "patch", twinId: "p1" }] }, [...ROLES, NOBODY]],
  "placement.arrange": [{ do: "align", placementIds: ["none"], axis: "x" }, BUILDERS],
  "placement.undo": [{}, BUILDERS],
  "placement.redo": [{}, BUILDERS],
  "visual.set": [{ modelId: "dtmi:test:Pump;1", template: null }, BUILDERS],
  // Whoever holds a good token of the same person may renew; without sign-in there is nothing to renew.
  "auth.renew": [{ token: "x" }, [...ROLES, NOBODY]],
};

const twin = { $metadata: { $model: "dtmi:test:Asset;1" } };
const feeds = { $targetId: "pump-03", $relationshipName: "feeds" };
const layout = { format: "colyseus-digital-twins/layout", version: 1, space: "hall", placements: [], visuals: {} };
/** Ids that are not there where the call would change something that others need. */
const ROUTES: Record<string, [string, unknown, readonly Who[]]> = {
  listModels: ["/models", undefined, EVERYBODY],
  addModels: ["/models", [{ "@id": "x" }], ADMINS],
  getModel: ["/models/dtmi:test:Pump;1", undefined, EVERYBODY],
  deleteModel: ["/models/dtmi:test:None;1", undefined, ADMINS],
  listTwins: ["/twins", undefined, EVERYBODY],
  getTwin: ["/twins/pump-01", undefined, EVERYBODY],
  createTwin: ["/twins", twin, BUILDERS],
  putTwin: ["/twins/new", twin, ADMINS],
  patchTwin: ["/twins/pump-01", [{ op: "replace", path: "/speed", value: 5 }], OPERATORS],
  deleteTwin: ["/twins/none", undefined, ADMINS],
  publishTelemetry: ["/twins/pump-01/telemetry", { vibration: 1 }, ADMINS],
  listRelationships: ["/twins/pump-01/relationships", undefined, EVERYBODY],
  listIncomingRelationships: ["/twins/pump-01/incoming-relationships", undefined, EVERYBODY],
  getRelationship: ["/twins/pump-01/relationships/main", undefined, EVERYBODY],
  createRelationship: ["/twins/pump-01/relationships", feeds, ADMINS],
  putRelationship: ["/twins/pump-01/relationships/new", feeds, ADMINS],
  patchRelationship: ["/twins/pump-01/relationships/main", [{ op: "replace", path: "/diameter", value: 5 }], ADMINS],
  deleteRelationship: ["/twins/pump-01/relationships/none", undefined, ADMINS],
  query: ["/query", { query: "SELECT * FROM DIGITALTWINS" }, EVERYBODY],
  listSpaces: ["/spaces", undefined, EVERYBODY],
  getSpace: ["/spaces/hall", undefined, EVERYBODY],
  getOperation: ["/operations/none", undefined, EVERYBODY],
  runCommand: ["/twins/pump-01/commands/start", {}, OPERATORS],
  getTwinHistory: ["/twins/pump-01/history", undefined, EVERYBODY],
  listAudit: ["/audit", undefined, ADMINS],
  exportLayout: ["/spaces/hall/layout", undefined, EVERYBODY],
  importLayout: ["/spaces/hall/layout", layout, BUILDERS],
  getLayoutSchema: ["/layout-schema.json", undefined, EVERYBODY],
  listVisuals: ["/visuals", undefined, EVERYBODY],
  putVisual: ["/visuals/dtmi:test:Pump;1", {}, BUILDERS],
  deleteVisual: ["/visuals/dtmi:test:Pump;1", undefined, BUILDERS],
  listDeadLetters: ["/dead-letters", undefined, ADMINS],
  replayDeadLetter: ["/dead-letters/1/replay", undefined, ADMINS],
  getOpenApi: ["/openapi.json", undefined, [...ROLES, NOBODY]],
};

const identity = (who: Who): Identity => ({
  subject: who,
  name: who,
  role: who === NOBODY ? "player" : who,
  roles: who === NOBODY ? [] : [who],
  expiresAt: Number.POSITIVE_INFINITY,
});

describe("rights: room messages", () => {
  let hall: Hall;
  before(async () => {
    hall = await newHall();
    await hall.ready;
  });
  after(() => hall.close());

  it("every message of the room's plugins has a line", () => {
    const handled = digitalTwins({ services: hall.services }).flatMap((p) => Object.keys(p.messages ?? {}));
    assert.deepEqual(handled.sort(), Object.keys(MESSAGES).sort());
  });

  for (const who of [...ROLES, NOBODY] as const) {
    it(`as ${who}`, async () => {
      const room = await live(await hall.join({ role: who }));
      if (who === NOBODY) {
        const client = matchMaker.getLocalRoomById(room.roomId).clients.getById(room.sessionId);
        Object.assign(client ?? assert.fail("not in the room"), { auth: { name: who, role: "player", roles: [] } });
      }
      for (const [type, [payload, allowed]] of Object.entries(MESSAGES)) {
        const code = await ask(room, type, payload).then(
          () => "done",
          (error: { reason?: { code: string } }) => error.reason?.code ?? assert.fail(`${type}: ${String(error)}`),
        );
        assert.equal(code !== "FORBIDDEN", allowed.includes(who), `${type}: ${code}`);
      }
      assert.ok(room.connection.isOpen);
    });
  }
});

describe("rights: routes", () => {
  let rest: RestServer;
  before(async () => {
    rest = await newRestServer({
      signIn: {
        offer: { kind: "token" },
        origins: () => [],
        verify: async (token) => identity(token as Who),
        close() {},
      },
    });
  });
  after(() => rest.close());
  const routes = () =>
    apiRoutes({ services: rest.services, newId: () => "id", now: Date.now }, { version: "0", base: "/api/v1" });

  it("every route has a line", () => {
    assert.deepEqual(
      routes()
        .map(({ id }) => id)
        .sort(),
      Object.keys(ROUTES).sort(),
    );
  });

  for (const who of [...ROLES, NOBODY] as const) {
    it(`as ${who}`, async () => {
      for (const { id, method } of routes()) {
        const [path, body, allowed] = ROUTES[id] ?? assert.fail(id);
        const answer = await rest.call(method.toUpperCase(), path, body, { authorization: `Bearer ${who}` });
        const may = answer.body?.code !== "FORBIDDEN";
        assert.equal(may, allowed.includes(who), `${id}: ${answer.status} ${JSON.stringify(answer.body)}`);
        assert.ok(answer.status < 500, `${id}: ${answer.status}`);
      }
    });
  }
});

describe("rights: roles", () => {
  const WRITES: readonly Action[] = ["patch", "command", "manage", "create", "delete", "place", "lease", "alarm"];
  it("read-only refuses every write to every role", () => {
    const policy = new RolePolicy({ readOnly: "Read-only." });
    for (const role of ROLES) {
      const actor: Actor = { id: "x", name: "x", role };
      assert.ok(WRITES.every((action) => !policy.check(actor, action).allowed));
    }
  });
});
