// The adapter against a bare HTTP server: what goes over the wire, and what each kind of refusal becomes.
import assert from "node:assert/strict";
import { AzureTwinProvider, type AzureTwinProviderOptions } from "../../../../src/providers/azure/AzureTwinProvider.ts";
import { all, refused } from "../../../contract/twinProvider.ts";
import { type Answer, type AnsweringServer, newAnsweringServer } from "../../../support/answeringServer.ts";
import { silentLog } from "../../../support/silentLog.ts";

const open: AnsweringServer[] = [];
async function closeAll(): Promise<void> {
  await Promise.all(open.splice(0).map((server) => server.close()));
}

async function newProvider(
  answers: Parameters<typeof newAnsweringServer>[0],
  options: Partial<AzureTwinProviderOptions> = {},
): Promise<AnsweringServer & { provider: AzureTwinProvider }> {
  const server = await newAnsweringServer(answers);
  open.push(server);
  const url = `http://${server.host}`;
  return { ...server, provider: new AzureTwinProvider({ url, log: silentLog, retry: { delayMs: 5 }, ...options }) };
}

const failure = (status: number, code: string, message = "It says why.", details?: object[]): Answer => ({
  status,
  body: { error: { code, message, ...(details === undefined ? {} : { details }) } },
});

describe("AzureTwinProvider: requests", () => {
  afterEach(closeAll);

  it("sends no token over http, whatever credential it was given", async () => {
    const credential = { getToken: async () => ({ token: "secret", expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) };
    const { provider, received } = await newProvider([{ status: 204 }], { credential });
    await provider.deleteTwin("p1");
    assert.equal(received[0]?.headers.authorization, undefined);
  });

  it("refuses http beyond loopback, and https without a credential", () => {
    for (const url of ["http://example.org", "https://example.org", "ftp://127.0.0.1"]) {
      assert.throws(() => new AzureTwinProvider({ url, log: silentLog }), { code: "UNSUPPORTED" });
    }
  });

  it("passes etag conditions and traceparent on", async () => {
    const { provider, received } = await newProvider([{ status: 204, headers: { etag: 'W/"2"' } }]);
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const patch = [{ op: "add", path: "/speed", value: 1 }] as const;
    assert.deepEqual(await provider.patchTwin("p 1", patch, { ifMatch: 'W/"1"', traceparent }), { etag: 'W/"2"' });
    const [request] = received;
    assert.equal(request?.url, "/digitaltwins/p%201?api-version=2022-05-31");
    assert.equal(request?.headers["if-match"], 'W/"1"');
    assert.equal(request?.headers["traceparent"], traceparent);
    assert.equal(request?.headers["content-type"], "application/json-patch+json");
    assert.deepEqual(request?.body, patch);
  });

  it("marks components in what it puts, and leaves plain objects alone", async () => {
    const body = { $dtId: "p1", $etag: 'W/"1"', $metadata: { $model: "dtmi:m;1" } };
    const { provider, received } = await newProvider([{ status: 200, body }], {
      isComponent: (_, name) => name === "motor",
    });
    const properties = { motor: { current: 1 }, tags: { a: "b" } };
    const put = await provider.putTwin({ id: "p1", modelId: "dtmi:m;1", properties }, { ifNoneMatch: "*" });
    assert.deepEqual(put, { etag: 'W/"1"' });
    assert.equal(received[0]?.headers["if-none-match"], "*");
    assert.deepEqual(received[0]?.body, {
      motor: { current: 1, $metadata: {} },
      tags: { a: "b" },
      $metadata: { $model: "dtmi:m;1" },
    });
  });

  it("sends component telemetry with payload and message id in their places", async () => {
    const { provider, received } = await newProvider([{ status: 204 }]);
    await provider.publishTelemetry("p1", { vibration: 1 }, { component: "motor" });
    assert.match(received[0]?.url ?? "", /^\/digitaltwins\/p1\/components\/motor\/telemetry\?/);
    assert.deepEqual(received[0]?.body, { vibration: 1 });
    assert.match(String(received[0]?.headers["message-id"]), /^[0-9a-f-]{36}$/);
  });
});

describe("AzureTwinProvider: pages and hosts", () => {
  afterEach(closeAll);
  it("asks for the next page only when the last one is used up", async () => {
    const page = (id: string, continuationToken?: string): Answer => ({
      status: 200,
      body: { value: [{ $dtId: id }], ...(continuationToken === undefined ? {} : { continuationToken }) },
    });
    const { provider, received } = await newProvider([page("a", "next"), page("b")]);
    const rows = provider.query("SELECT * FROM DIGITALTWINS", { pageSize: 1 });
    assert.equal(received.length, 0);
    assert.deepEqual((await rows.next()).value, { $dtId: "a" });
    assert.equal(received.length, 1);
    assert.equal(received[0]?.headers["max-items-per-page"], "1");
    assert.deepEqual(await all(rows), [{ $dtId: "b" }]);
    assert.equal(Reflect.get(received[1]?.body ?? {}, "continuationToken"), "next");
  });

  it("never follows a page link or a redirect to another host", async () => {
    const elsewhere = await newProvider([{ status: 200, body: { value: [] } }]);
    const nextLink = `https://${elsewhere.host}/models?api-version=2022-05-31`;
    const { provider } = await newProvider([{ status: 200, body: { value: [], nextLink } }]);
    const error = await refused(all(provider.listModels()), "UNAVAILABLE");
    assert.match(error.message, /not its own host/);
    const redirect = { status: 307, headers: { location: `http://${elsewhere.host}/digitaltwins/p1` } };
    await refused((await newProvider([redirect])).provider.getTwin("p1"), "UNAVAILABLE");
    assert.equal(elsewhere.received.length, 0);
  });
});

describe("AzureTwinProvider: refusals", () => {
  afterEach(closeAll);
  for (const [answer, code, status] of [
    [failure(404, "DigitalTwinNotFound"), "NOT_FOUND", 404],
    [failure(409, "RelationshipsNotDeleted"), "CONFLICT", 409],
    [failure(400, "RelationshipsNotDeleted"), "CONFLICT", 409],
    [failure(409, "ModelIdAlreadyExists"), "CONFLICT", 409],
    [failure(412, "PreconditionFailed"), "CONFLICT", 412],
    [failure(400, "ValidationFailed"), "INVALID_VALUE", 422],
    [failure(400, "JsonPatchInvalid"), "INVALID_VALUE", 422],
    [failure(400, "DTDLParserError"), "INVALID_VALUE", 422],
    [failure(400, "InvalidArgument"), "INVALID_PAYLOAD", 400],
    [failure(400, "SqlQueryError"), "INVALID_PAYLOAD", 400],
    [{ status: 501, body: {} }, "UNSUPPORTED", 501],
  ] as const) {
    it(`${answer.status} ${JSON.stringify(answer.body).slice(0, 40)} becomes ${code} ${status}`, async () => {
      const { provider } = await newProvider([answer]);
      const error = await refused(provider.deleteTwin("p1"), code, status);
      assert.notEqual(error.message, "");
    });
  }

  it("carries the details of the body", async () => {
    const message = "/speed: a double is expected.";
    const { provider } = await newProvider([failure(400, "ValidationFailed", "Invalid twin specified", [{ message }])]);
    const error = await refused(provider.patchTwin("p1", []), "INVALID_VALUE");
    assert.equal(error.message, "Invalid twin specified");
    assert.deepEqual(error.details, [{ path: "/speed", expected: message, found: "" }]);
  });

  it("names the role that is missing", async () => {
    for (const status of [401, 403]) {
      const { provider } = await newProvider([{ status, body: { statusCode: status, message: "Unauthorized" } }]);
      const error = await refused(provider.getTwin("p1"), "FORBIDDEN");
      assert.match(error.message, /Azure Digital Twins Data Owner.*Azure Digital Twins Data Reader/);
    }
  });
});

describe("AzureTwinProvider: a service in trouble", () => {
  afterEach(closeAll);
  it("tells of throttling at once, with the time to wait", async () => {
    const body = { error: { statusCode: 429, message: "Rate limited" } };
    const { provider, received } = await newProvider([{ status: 429, headers: { "retry-after": "14" }, body }]);
    const before = Date.now();
    const error = await refused(provider.getTwin("p1"), "RATE_LIMITED", 429);
    assert.equal(error.retryAfterMs, 14_000);
    assert.equal(received.length, 1);
    assert.ok(Date.now() - before < 2000);
  });

  it("waits five minutes at the most, whatever it is told, by seconds or by another clock's date", async () => {
    for (const after of ["9999999999", new Date(Date.now() + 86_400_000).toUTCString()]) {
      const { provider } = await newProvider([{ status: 429, headers: { "retry-after": after }, body: {} }]);
      assert.equal((await refused(provider.getTwin("p1"), "RATE_LIMITED", 429)).retryAfterMs, 300_000);
    }
  });

  it("tries a failing service again, then says so", async () => {
    const twin = { $dtId: "p1", $metadata: { $model: "dtmi:m;1" } };
    const flaky = await newProvider([{ status: 500 }, { status: 200, body: twin }]);
    assert.equal((await flaky.provider.getTwin("p1"))?.id, "p1");
    const broken = await newProvider([{ status: 503, headers: { "retry-after": "30" }, body: {} }]);
    const error = await refused(broken.provider.getTwin("p1"), "UNAVAILABLE");
    assert.ok(error.message.includes(broken.host));
    assert.equal(error.retryAfterMs, 30_000);
    assert.ok(broken.received.length > 1);
  });

  it("survives one broken connection, not more", async () => {
    const once = await newProvider(["hang up", { status: 204 }]);
    await once.provider.deleteTwin("p1");
    const { provider, host } = await newProvider(["hang up"]);
    const error = await refused(provider.deleteTwin("p1"), "UNAVAILABLE");
    assert.ok(error.message.includes(host));
  });

  it("gives up on a silent service after its deadline", async () => {
    const { provider, host } = await newProvider(["say nothing"], { retry: { timeoutMs: 50 } });
    const error = await refused(provider.getTwin("p1"), "UNAVAILABLE");
    assert.match(error.message, new RegExp(`${host}.*50 ms`));
  });

  it("says at once when nothing listens", async () => {
    const { provider, host } = await newProvider([]);
    await closeAll();
    const before = Date.now();
    const error = await refused(provider.getTwin("p1"), "UNAVAILABLE");
    assert.match(error.message, new RegExp(`${host}.*nothing listens`));
    assert.ok(Date.now() - before < 2000);
  });
});
