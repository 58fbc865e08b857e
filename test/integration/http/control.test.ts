import assert from "node:assert/strict";
import { mock } from "node:test";
import { eventually } from "../../support/eventually.ts";
import { newRestServer, type RestServer } from "./newRestServer.ts";

describe("REST: commands and the audit", () => {
  let rest: RestServer;
  beforeEach(async () => {
    rest = await newRestServer();
  });
  afterEach(() => rest.close());

  it("runs a command, names its operation, and runs it once for one id", async () => {
    const run = () => rest.call("POST", "/twins/pump-01/commands/start", { operationId: "mine" });
    const answer = await run();
    assert.deepEqual([answer.status, answer.headers.get("operation-location")], [202, "/api/v1/operations/mine"]);
    assert.equal((await run()).body.operationId, "mine");
    await eventually(async () =>
      assert.equal((await rest.call("GET", "/operations/mine")).body.status, "acknowledged"),
    );
  });

  it("refuses a command that the model does not have, and one of a twin without a device", async () => {
    const refused = async (twin: string, name: string) => {
      const { status, body } = await rest.call("POST", `/twins/${twin}/commands/${name}`, {});
      return [status, body.code];
    };
    assert.deepEqual(await refused("pump-01", "fly"), [422, "INVALID_VALUE"]);
    assert.deepEqual(await refused("pump-02", "start"), [501, "UNSUPPORTED"]);
    assert.deepEqual(await refused("nobody", "start"), [404, "NOT_FOUND"]);
  });

  it("lists who did what, page by page, filtered, and exports it", async () => {
    await rest.call("PATCH", "/twins/pump-01", [{ op: "replace", path: "/speed", value: 5 }]);
    await rest.call("PATCH", "/twins/pump-02", [{ op: "replace", path: "/speed", value: "=fast" }]);
    const { body } = await rest.call("GET", "/audit?limit=1&action=patch");
    assert.deepEqual([body.value[0].twinId, body.value[0].result], ["pump-02", "refused"]);
    const next = await rest.call("GET", `/audit?limit=1&action=patch&twinId=pump-01&cursor=${body.nextCursor}`);
    assert.equal(next.body.value[0].after, "5");
    const csv = await fetch(`${rest.origin}/api/v1/audit?format=csv&twinId=pump-02`);
    assert.equal(csv.headers.get("content-type"), "text/csv; charset=utf-8");
    const [head, row] = (await csv.text()).split("\r\n");
    assert.match(head ?? "", /^id,at,actor,name,role,action,twinId,path,before,after,result,reason,operationId$/);
    assert.match(row ?? "", /,rest,REST,admin,patch,pump-02,\/speed,/);
    const ndjson = await (await fetch(`${rest.origin}/api/v1/audit?format=ndjson&result=refused`)).text();
    assert.deepEqual(
      ndjson
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).twinId),
      ["pump-02"],
    );
    assert.equal((await rest.call("GET", "/audit?cursor=x")).body.code, "INVALID_PAYLOAD");
  });

  it("exports part by part, in order, and tells a spreadsheet what is no formula", async () => {
    const { audit } = rest.services;
    const actor = { id: "=1+1", name: '=HYPERLINK("x")', role: "admin" } as const;
    const twinIds = Array.from({ length: 2500 }, (_, i) => `${["@", "-", "+", "\t"][i % 4]}${i}`);
    for (const twinId of twinIds) {
      audit.record({ actor, action: "patch", twinId });
    }
    const list = mock.method(audit, "list");
    const csv = await (await fetch(`${rest.origin}/api/v1/audit?format=csv`)).text();
    const rows = csv.trimEnd().split("\r\n").slice(1);
    assert.deepEqual(
      rows.map((row) => row.split(",")[6]),
      twinIds.toReversed().map((id) => `'${id}`),
    );
    assert.match(rows[0] ?? "", /,'=1\+1,"'=HYPERLINK\(""x""\)",admin,/);
    assert.ok(list.mock.calls.every((call) => call.arguments[2] <= 1000));
  });
});
