// Properties for some roles only hold in REST too: reads, lists, queries and their conditions, operations.
import assert from "node:assert/strict";
import type { Identity, SignIn } from "../../../src/auth/SignIn.ts";
import type { Role } from "../../../src/protocol/names.ts";
import { newRestServer, type RestServer } from "../http/newRestServer.ts";

const RESTRICTED = [
  { model: "dtmi:test:Pump;1", property: "speed", roles: ["operator", "admin"] },
  { model: "dtmi:test:Motor;1", property: "current", roles: ["admin"] },
] as const;

/** A token is the name of a role. */
const signIn: SignIn = {
  offer: { kind: "token" },
  origins: () => [],
  verify: async (token): Promise<Identity> => {
    const role = token as Role;
    return { subject: role, name: role, role, roles: [role], expiresAt: Number.POSITIVE_INFINITY };
  },
  close() {},
};

describe("REST: properties for some roles only", () => {
  let rest: RestServer;
  before(async () => {
    rest = await newRestServer({ restricted: RESTRICTED, signIn });
  });
  after(() => rest.close());
  const as = (role: Role, method: string, path: string, body?: unknown) =>
    rest.call(method, path, body, { authorization: `Bearer ${role}` });
  const query = (role: Role, text: string) => as(role, "POST", "/query", { query: text });

  it("one twin: without the value and its time", async () => {
    const player = (await as("player", "GET", "/twins/pump-01")).body;
    assert.deepEqual([player.speed, player.flow, "current" in player.motor], [undefined, 0.5, false]);
    assert.ok(!("speed" in player.$metadata));
    const operator = (await as("operator", "GET", "/twins/pump-01")).body;
    assert.deepEqual([operator.speed, "current" in operator.motor], [1, false]);
    assert.equal((await as("admin", "GET", "/twins/pump-01")).body.motor.current, 3);
  });

  it("who does not see all of a twin does not replace it: what he does not see would be erased", async () => {
    const own = await newRestServer({
      restricted: [{ model: "dtmi:test:Pump;1", property: "speed", roles: ["operator"] }],
      signIn,
    });
    const authorization = "Bearer admin";
    const { body } = await own.call("GET", "/twins/pump-03", undefined, { authorization });
    const { $dtId, $etag, ...twin } = body;
    const refused = await own.call("PUT", "/twins/pump-03", twin, { authorization });
    assert.deepEqual([refused.status, refused.body.code], [403, "FORBIDDEN"]);
    assert.match(JSON.stringify(refused.body), /pump-03 has properties that your role does not see.* by PATCH/);
    assert.notEqual((await own.services.provider.getTwin("pump-03"))?.properties["speed"], undefined);
    await own.close();
  });

  it("models that extend the one that is named are meant too, and lists", async () => {
    const { value } = (await as("player", "GET", "/twins?q=pump")).body;
    assert.equal(value.length, 12);
    assert.ok(value.every((twin: object) => !("speed" in twin)));
  });

  it("rows of a query, whole twins and parts of them", async () => {
    const answer = await query("player", "SELECT * FROM DIGITALTWINS");
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.doesNotMatch(JSON.stringify(answer.body), /"speed"|"current"/);
    // The service in memory gives whole twins only; of parts that others give, nothing says of which model they are.
    const { restrictions } = rest.services.schemas.current();
    const twin = { $dtId: "pump-01", speed: 1, flow: 2 };
    const parts = { motor: { current: 3, $metadata: {} }, T: twin, list: [{ speed: 1 }] };
    const seen = { motor: { $metadata: {} }, T: { $dtId: "pump-01", flow: 2 }, list: [{}] };
    assert.deepEqual(restrictions.seenRow(["player"], parts), seen);
    assert.deepEqual(restrictions.seenRow(["player", "admin"], parts), parts);
    assert.match(JSON.stringify((await query("admin", "SELECT * FROM DIGITALTWINS")).body), /"speed".*"current"/);
  });

  it("a query that tests or names one is refused, however it is written", async () => {
    for (const condition of ["T.speed > 5", "T.SPEED > 5", "IS_DEFINED(T.speed)", "T.motor.current = 3"]) {
      const { status, body } = await query("player", `SELECT * FROM DIGITALTWINS T WHERE ${condition}`);
      assert.deepEqual([status, body.code], [403, "FORBIDDEN"], condition);
    }
    assert.equal((await query("player", "SELECT T.speed AS x FROM DIGITALTWINS T")).status, 403);
  });

  it("operations do not tell the value to who may not see it", async () => {
    const patched = await as("operator", "PATCH", "/twins/pump-02", [{ op: "replace", path: "/speed", value: 77 }]);
    const path = (patched.headers.get("operation-location") ?? "").replace("/api/v1", "");
    assert.equal((await as("operator", "GET", path)).body.desired, "77");
    assert.equal((await as("player", "GET", path)).body.desired, "");
  });

  it("the audit keeps values from an admin who may not see them; the entries stay", async () => {
    const own = await newRestServer({
      restricted: [{ model: "dtmi:test:Pump;1", property: "speed", roles: ["operator"] }],
      signIn,
    });
    const asked = (role: Role, method: string, path: string, body?: unknown) =>
      own.call(method, path, body, { authorization: `Bearer ${role}` });
    try {
      const set = (role: Role, path: string, value: number) =>
        asked(role, "PATCH", "/twins/pump-02", [{ op: "replace", path, value }]);
      await set("operator", "/speed", 77.25);
      await set("admin", "/flow", 78.25);
      await asked("admin", "PUT", "/twins/pump-99", {
        $metadata: { $model: "dtmi:test:Pump;1" },
        speed: 77.25,
        motor: {},
      });
      const { value } = (await asked("admin", "GET", "/audit")).body as { value: Record<string, string>[] };
      const told = (action: string, path: string) =>
        value.filter((entry) => entry["action"] === action && entry["path"] === path).map((entry) => entry["after"]);
      assert.ok(told("patch", "/speed").length > 0 && told("patch", "/speed").every((after) => after === ""));
      assert.ok(told("patch", "/flow").includes("78.25"));
      assert.deepEqual(told("replace", ""), [""]);
      const csv = String((await asked("admin", "GET", "/audit?format=csv")).body);
      assert.ok(csv.includes("/speed") && csv.includes("78.25") && !csv.includes("77.25"), csv);
    } finally {
      await own.close();
    }
  });

  it("messages as they came are for admins", async () => {
    assert.equal((await as("operator", "GET", "/dead-letters")).status, 403);
    assert.equal((await as("admin", "GET", "/dead-letters")).status, 200);
  });
});
