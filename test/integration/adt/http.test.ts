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
    assert.equal(await code("GET", "/models?api-version=2020-10-31"), "200 undefined");
  });

  it("answers what is malformed", async () => {
    const { code } = await newCodes();
    assert.equal(await code("GET", "/nothing"), "404 NotFound");
    assert.equal(await code("DELETE", "/models"), "405 MethodNotAllowed");
    assert.equal(await code("GET", "/digitaltwins/%E0%A4%A"), "400 InvalidArgument");
    assert.equal(await code("PUT", "/digitaltwins/x", "{"), "400 InvalidArgument");
    assert.equal(await code("PUT", "/digitaltwins/x"), "400 InvalidArgument");
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
    assert.deepEqual(body, { value: [{ COUNT: 200 }] });
    assert.equal(notified.length, 200);
  });
});
