import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { ApiAnswer } from "../../support/callApi.ts";
import { deadLetter } from "./deadLetter.ts";
import { newRestServer, type RestServer, rawGet } from "./newRestServer.ts";

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; required?: boolean; schema: object }[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { content?: Record<string, { schema: object }>; headers?: Record<string, HeaderRule> }>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

/** Parameters of the paths, and a body for each operation that takes one. */
const PARAMS: Record<string, Record<string, string>> = {
  default: { id: "pump-01", rid: "main", name: "start" },
  getModel: { id: "dtmi:test:Pump;1" },
  deleteModel: { id: "dtmi:test:Booster;1" },
  replayDeadLetter: { id: "1" },
  getSpace: { id: "hall" },
  putTwin: { id: "new-twin" },
  putRelationship: { id: "pump-01", rid: "new" },
};
const twin = { $metadata: { $model: "dtmi:test:Asset;1" }, name: "New" };
const feeds = { $targetId: "pump-03", $relationshipName: "feeds" };
const BODIES: Record<string, unknown> = {
  addModels: [{ "@context": "dtmi:dtdl:context;2", "@id": "dtmi:test:New;1", "@type": "Interface" }],
  createTwin: twin,
  putTwin: twin,
  patchTwin: [{ op: "replace", path: "/speed", value: 5 }],
  runCommand: {},
  publishTelemetry: { vibration: 1 },
  createRelationship: feeds,
  putRelationship: feeds,
  patchRelationship: [{ op: "replace", path: "/diameter", value: 5 }],
  importLayout: { format: "colyseus-digital-twins/layout", version: 1, space: "hall", placements: [], visuals: {} },
  putVisual: { shape: "pump", colour: { property: "/speed", ranges: [{ min: 0, max: 5, colour: "#00ff00" }] } },
  query: { query: "SELECT * FROM DIGITALTWINS" },
};

const operations = (document: Document) =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );

const ajv = new Ajv2020({ strict: false, allErrors: true });
// The CommonJS module's own export, which its types do not tell of.
(addFormats as unknown as (ajv: Ajv2020) => void)(ajv);

interface HeaderRule {
  required?: boolean;
  schema: object;
}

/** With the document's own schema, by a reader that knows nothing of how it was made. */
function check(document: Document, schema: object, value: unknown, what: string): void {
  const text = JSON.stringify({ ...schema, $defs: document.components.schemas });
  const valid = ajv.compile(JSON.parse(text.replaceAll("#/components/schemas/", "#/$defs/")) as object);
  assert.ok(valid(value), `${what}: ${ajv.errorsText(valid.errors)} in ${JSON.stringify(value)}`);
}

function conforms(document: Document, one: ReturnType<typeof operations>[number], answer: ApiAnswer): void {
  const { method, path, operation } = one;
  const what = `${method} ${path} ${answer.status}`;
  const rule = operation.responses[answer.status] ?? operation.responses["default"];
  assert.ok(rule, what);
  const [type] = answer.type.split(";");
  const schema = rule.content?.[type ?? ""]?.schema;
  assert.equal(schema === undefined, answer.type === "", `${what} answers ${answer.type}`);
  if (schema !== undefined) {
    check(document, schema, answer.body, what);
  }
  for (const [name, { required = false, schema: headerSchema }] of Object.entries(rule.headers ?? {})) {
    const text = answer.headers.get(name);
    assert.ok(text !== null || !required, `${what} has ${name}`);
    if (text !== null) {
      check(document, headerSchema, /^\d+$/.test(text) ? Number(text) : text, `${what} ${name}`);
    }
  }
}

const fill = (path: string, id: string) =>
  path.replaceAll(/\{(\w+)\}/g, (_, name) =>
    encodeURIComponent({ ...PARAMS["default"], ...PARAMS[id] }[name] ?? "none"),
  );

describe("REST: the OpenAPI document", () => {
  let rest: RestServer;
  let document: Document;
  beforeEach(async () => {
    rest = await newRestServer();
    document = (await rest.call("GET", "/openapi.json")).body;
  });
  afterEach(() => rest.close());

  it("is OpenAPI 3.1 and lists the contract's routes", () => {
    assert.equal(document.openapi, "3.1.0");
    const listed = operations(document).map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(listed.sort(), [
      "DELETE /models/{id}",
      "DELETE /twins/{id}",
      "DELETE /twins/{id}/relationships/{rid}",
      "DELETE /visuals/{id}",
      "GET /audit",
      "GET /dead-letters",
      "GET /layout-schema.json",
      "GET /models",
      "GET /models/{id}",
      "GET /openapi.json",
      "GET /operations/{id}",
      "GET /spaces",
      "GET /spaces/{id}",
      "GET /spaces/{id}/layout",
      "GET /twins",
      "GET /twins/{id}",
      "GET /twins/{id}/history",
      "GET /twins/{id}/incoming-relationships",
      "GET /twins/{id}/relationships",
      "GET /twins/{id}/relationships/{rid}",
      "GET /visuals",
      "PATCH /twins/{id}",
      "PATCH /twins/{id}/relationships/{rid}",
      "POST /dead-letters/{id}/replay",
      "POST /models",
      "POST /query",
      "POST /twins",
      "POST /twins/{id}/commands/{name}",
      "POST /twins/{id}/relationships",
      "POST /twins/{id}/telemetry",
      "PUT /spaces/{id}/layout",
      "PUT /twins/{id}",
      "PUT /twins/{id}/relationships/{rid}",
      "PUT /visuals/{id}",
    ]);
  });

  it("every operation has an id of its own, and a parameter for each part of its path", () => {
    const ids = operations(document).map(({ operation }) => operation.operationId);
    assert.equal(new Set(ids).size, ids.length);
    for (const { path, operation } of operations(document)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = (operation.parameters ?? []).filter((p) => p.in === "path" && p.required).map((p) => p.name);
      assert.deepEqual(declared.sort(), named.sort(), path);
    }
  });
});

describe("REST: the server and its OpenAPI document", () => {
  let rest: RestServer;
  let document: Document;
  beforeEach(async () => {
    rest = await newRestServer();
    document = (await rest.call("GET", "/openapi.json")).body;
  });
  afterEach(() => rest.close());

  it("every operation answers as the document says when it is called as the document says", async () => {
    rest.letters.add(deadLetter({ subject: "pump-01", data: { values: {} } }));
    const called = await rest.call("PATCH", "/twins/pump-02", [{ op: "replace", path: "/speed", value: 5 }]);
    const operationId = called.headers.get("operation-location")?.split("/").at(-1) ?? "";
    // Readers first, what deletes last, so that each finds what it needs.
    const order = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    for (const one of operations(document).sort((a, b) => order.indexOf(a.method) - order.indexOf(b.method))) {
      const { operation, method, path } = one;
      const id = operation.operationId;
      const body = BODIES[id];
      const twinId = { getOperation: operationId, deleteTwin: "new-twin", deleteModel: "dtmi:test:New;1" }[id];
      const target = twinId === undefined ? fill(path, id) : path.replace("{id}", twinId);
      for (const [type, { schema }] of Object.entries(operation.requestBody?.content ?? {})) {
        check(document, schema, body, `body of ${id} as ${type}`);
      }
      const answer = await rest.call(method, target, body);
      assert.ok(answer.status < 300, `${id}: ${answer.status} ${JSON.stringify(answer.body)}`);
      conforms(document, one, answer);
    }
  });

  it("what may be asked for instead is in the document too: texts, and nothing where nothing changed", async () => {
    const found = (id: string) => operations(document).find(({ operation }) => operation.operationId === id);
    const [audit, one] = [found("listAudit"), found("getTwin")];
    assert.ok(audit && one);
    for (const format of ["csv", "ndjson"]) {
      conforms(document, audit, await rest.call("GET", `/audit?format=${format}`));
    }
    const { etag } = await rest.call("GET", "/twins/pump-01");
    // fetch forbids caches whenever it sends If-None-Match itself.
    const again = await rawGet(rest.origin, "/api/v1/twins/pump-01", { "if-none-match": etag ?? "" });
    assert.equal(again, 304);
    assert.ok(one.operation.responses[again]);
  });

  it("headers that come sometimes are told as such: no ETag where a device is asked, Retry-After, a replayed answer", () => {
    const rules = (id: string) =>
      operations(document).find(({ operation }) => operation.operationId === id)?.operation.responses ??
      assert.fail(id);
    const patched = rules("patchTwin")["204"]?.headers ?? {};
    assert.deepEqual([patched["ETag"]?.required ?? false, patched["Operation-Location"]?.required], [false, true]);
    assert.equal(rules("getTwin")["200"]?.headers?.["ETag"]?.required, true);
    assert.equal(rules("getTwin")["default"]?.headers?.["Retry-After"]?.required ?? false, false);
    assert.ok(rules("getTwin")["default"]?.headers?.["Retry-After"]);
    assert.ok(rules("createTwin")["201"]?.headers?.["Idempotency-Replayed"]);
    assert.equal(rules("query")["200"]?.headers, undefined);
  });

  it("every refusal is the problem that the document describes", async () => {
    for (const one of operations(document)) {
      const target = one.path.replaceAll(/\{\w+\}/g, "none");
      const answer = await rest.call(one.method, `${target}?nonsense=1`, one.operation.requestBody && "{");
      if (answer.status >= 300) {
        conforms(document, one, answer);
      }
    }
  });
});
