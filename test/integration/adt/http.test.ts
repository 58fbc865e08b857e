// The edges of HTTP of the embedded twin service: versions, paths, bodies. Malformed requests get an answer, not a 500.
import assert from "node:assert/strict";
import { closeDigitalTwins, newDigitalTwins } from "../../support/newDigitalTwins.ts";
import { MODELS, room } from "./models.ts";

describe("embedded twin service: HTTP", () => {
  afterEach(closeDigitalTwins);

  async function newCodes() {
    const service = await newDigitalTwins();
    const code = async (...request: Parameters<typeof service.request>) => {
      const { status, headers, body } = await service.request(...request);
      const { error } = (body ?? {}) as { error?: { code: string } };
      assert.equal(headers.get("x-ms-error-code"), error?.code ?? null);
      return `${status} ${error?.code}`;
    };
    return { ...service, code };
  }

  it("wants an api-version that it knows", async () => {
    const { code } = await newCodes();
    assert.equal(await code("GET", "/models?api-version="), "400 ApiVersionUnspecified");
    assert.equal(await code("GET", "/models?api-version=2019-01-01"), "400 UnsupportedApiVersion");
    for (const version of ["2020-10-31", "2021-06-30-preview", "2023-02-27-preview", "2023-06-30", "2023-10-31"]) {
      assert.equal(await code("GET", `/models?api-version=${version}`), "200 undefined", version);
    }
  });

  it("shows times of last update from version 2022-05-31 on", async () => {
    const { request } = await newDigitalTwins();
    await request("POST", "/models", MODELS);
    await request("PUT", "/digitaltwins/r", room());
    const times = async (version: string) => {
      const { body } = await request("GET", `/digitaltwins/r?api-version=${version}`);
      const { $metadata, thermostat } = body as { $metadata: object; thermostat: { $metadata: object } };
      return ["$lastUpdateTime" in $metadata, "$lastUpdateTime" in thermostat.$metadata];
    };
    assert.deepEqual(await times("2020-10-31"), [false, false]);
    assert.deepEqual(await times("2021-06-30-preview"), [false, false]);
    assert.deepEqual(await times("2022-05-31"), [true, true]);
    assert.deepEqual(await times("2023-10-31"), [true, true]);
  });

  it("says with null that a list or a query has ended, and with each detail its code", async () => {
    const { request } = await newDigitalTwins();
    await request("POST", "/models", MODELS);
    await request("PUT", "/digitaltwins/r", room());
    const bodyOf = async (...ask: Parameters<typeof request>) =>
      (await request(...ask)).body as Record<string, unknown>;
    for (const path of [
      "/models",
      "/eventroutes",
      "/digitaltwins/r/relationships",
      "/digitaltwins/r/incomingrelationships",
    ]) {
      assert.equal((await bodyOf("GET", path))["nextLink"], null, path);
    }
    const refused = await bodyOf("PATCH", "/digitaltwins/r", [{ op: "add", path: "/temperature", value: "warm" }]);
    const { details } = refused["error"] as { details: { code: string; message: string }[] };
    assert.deepEqual(
      details.map(({ code }) => code),
      ["ValidationFailed"],
    );
  });

  it("answers with the caller's trace, and with the methods that there are", async () => {
    const { request } = await newDigitalTwins();
    const trace = "0af7651916cd43dd8448eb211c80319c";
    const traced = async (traceparent: string) =>
      (await request("GET", "/models", undefined, { traceparent })).headers.get("traceresponse");
    assert.match(String(await traced(`00-${trace}-b7ad6b7169203331-01`)), new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
    assert.equal(await traced("nonsense"), null);
    const { status, headers } = await request("PUT", "/query", {});
    assert.deepEqual([status, headers.get("allow")], [405, "POST"]);
  });

  it("answers what is malformed", async () => {
    const { code } = await newCodes();
    assert.equal(await code("GET", "/nothing"), "404 NotFound");
    assert.equal(await code("DELETE", "/models"), "405 MethodNotAllowed");
    assert.equal(await code("GET", "/digitaltwins/%E0%A4%A"), "400 InvalidArgument");
    assert.equal(await code("PUT", "/digitaltwins/x", "{"), "400 InvalidArgument");
    assert.equal(await code("PUT", "/digitaltwins/x"), "400 BadRequest");
    assert.equal(await code("POST", "/models", "null"), "400 InvalidArgument");
    assert.equal(await code("POST", "/models", [1, "a", null]), "400 DTDLParserError");
    assert.equal(await code("POST", "/query", "[]"), "400 InvalidArgument");
    assert.equal(await code("GET", "/models?continuationToken=x"), "400 BadRequest");
    assert.equal(await code("GET", "/models", undefined, { "max-items-per-page": "many" }), "400 InvalidArgument");
    assert.equal(await code("PUT", "/digitaltwins/x", " ".repeat(17 * 1024 * 1024)), "413 RequestEntityTooLarge");
  });

  it("serves many writers at once, each with its own answer", async () => {
    const { code, request, notified } = await newCodes();
    assert.equal(await code("POST", "/models", MODELS), "201 undefined");
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        request("PUT", `/digitaltwins/t${index}`, room({ temperature: index })),
      ),
    );
    assert.deepEqual(
      answers.map(({ body }) => (body as { temperature: number }).temperature),
      Array.from({ length: 200 }, (_, index) => index),
    );
    const { body } = await request("POST", "/query", { query: "SELECT COUNT() FROM DIGITALTWINS" });
    assert.deepEqual(body, { value: [{ COUNT: 200 }], continuationToken: null });
    assert.equal(notified.length, 200);
  });
});
