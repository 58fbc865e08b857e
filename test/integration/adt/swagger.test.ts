// The service's REST description, where it lies beside the checkout: every operation in it is served as it says, with the
// status, the headers and a body of the schema; refusals have the error body.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { closeDigitalTwins } from "../../support/newDigitalTwins.ts";
import { needsSharedData } from "../../support/sharedData.ts";
import { floor, newFloor } from "./wireFloor.ts";

interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
  items?: Schema;
}
interface Answer {
  schema?: Schema;
  headers?: Record<string, unknown>;
}
interface Description {
  paths: Record<string, Record<string, { responses?: Record<string, Answer> }>>;
  definitions: Record<string, Schema>;
}
type Exchange = [path: string, body?: unknown, headers?: Record<string, string>];

const set = (path: string, value: unknown) => [{ op: "add", path, value }];
const LATER = { "@id": "dtmi:wire:Later;1", "@type": "Interface", "@context": "dtmi:dtdl:context;2" };
const TWIN = "/digitaltwins/{id}";
const COMPONENT = `${TWIN}/components/{componentPath}`;
const RELATIONSHIP = `${TWIN}/relationships/{relationshipId}`;

/** Operation → what succeeds, and what is refused; in an order in which all do. */
const EXCHANGES: Record<string, [succeeds: Exchange, refused: Exchange]> = {
  "post /models": [
    ["/models", [LATER]],
    ["/models", [LATER]],
  ],
  "get /models": [["/models?dependenciesFor=dtmi:wire:Later;1"], ["/models?dependenciesFor=none"]],
  "get /models/{id}": [["/models/dtmi:wire:Later;1?includeModelDefinition=true"], ["/models/none"]],
  "patch /models/{id}": [
    ["/models/dtmi:wire:Later;1", set("/decommissioned", true)],
    ["/models/dtmi:wire:Later;1", set("/id", "x")],
  ],
  "delete /models/{id}": [["/models/dtmi:wire:Later;1"], ["/models/dtmi:wire:Later;1"]],
  [`put ${TWIN}`]: [
    ["/digitaltwins/f", floor({ temperature: 1 })],
    ["/digitaltwins/f", {}],
  ],
  [`get ${TWIN}`]: [["/digitaltwins/f"], ["/digitaltwins/none"]],
  [`patch ${TWIN}`]: [
    ["/digitaltwins/f", set("/temperature", 2)],
    ["/digitaltwins/f", set("/none", 2)],
  ],
  [`get ${COMPONENT}`]: [["/digitaltwins/f/components/wifi"], ["/digitaltwins/f/components/none"]],
  [`patch ${COMPONENT}`]: [
    ["/digitaltwins/f/components/wifi", set("/router", "r")],
    ["/digitaltwins/f/components/wifi", set("/router", 1)],
  ],
  [`post ${TWIN}/telemetry`]: [
    ["/digitaltwins/f/telemetry", { a: 1 }, { "Message-Id": "1" }],
    ["/digitaltwins/none/telemetry", { a: 1 }, { "Message-Id": "1" }],
  ],
  [`post ${COMPONENT}/telemetry`]: [
    ["/digitaltwins/f/components/wifi/telemetry", { load: 1 }, { "Message-Id": "1" }],
    ["/digitaltwins/f/components/none/telemetry", { load: 1 }, { "Message-Id": "1" }],
  ],
  [`put ${RELATIONSHIP}`]: [
    ["/digitaltwins/f/relationships/r", { $relationshipName: "has", $targetId: "room" }],
    ["/digitaltwins/f/relationships/r", { $relationshipName: "none", $targetId: "room" }],
  ],
  [`get ${RELATIONSHIP}`]: [["/digitaltwins/f/relationships/r"], ["/digitaltwins/f/relationships/none"]],
  [`patch ${RELATIONSHIP}`]: [
    ["/digitaltwins/f/relationships/r", set("/open", true)],
    ["/digitaltwins/f/relationships/r", set("/open", 1)],
  ],
  [`get ${TWIN}/relationships`]: [["/digitaltwins/f/relationships"], ["/digitaltwins/none/relationships"]],
  [`get ${TWIN}/incomingrelationships`]: [
    ["/digitaltwins/room/incomingrelationships"],
    ["/digitaltwins/none/incomingrelationships"],
  ],
  "post /query": [
    ["/query", { query: "SELECT * FROM DIGITALTWINS" }],
    ["/query", { query: "SELECT" }],
  ],
  [`delete ${RELATIONSHIP}`]: [["/digitaltwins/f/relationships/r"], ["/digitaltwins/f/relationships/r"]],
  [`delete ${TWIN}`]: [["/digitaltwins/f"], ["/digitaltwins/f"]],
  "put /eventroutes/{id}": [
    ["/eventroutes/e", { endpointName: "notifications", filter: "true" }],
    ["/eventroutes/e", { endpointName: "none", filter: "true" }],
  ],
  "get /eventroutes": [["/eventroutes"], ["/eventroutes?continuationToken=none"]],
  "get /eventroutes/{id}": [["/eventroutes/e"], ["/eventroutes/none"]],
  "delete /eventroutes/{id}": [["/eventroutes/e"], ["/eventroutes/e"]],
};

type Definitions = Description["definitions"];

function check(definitions: Definitions, schema: Schema, value: unknown, at: string): void {
  const known = schema.$ref === undefined ? schema : definitions[schema.$ref.split("/").at(-1) ?? ""];
  assert.ok(known, `${at}: ${schema.$ref}`);
  const { properties, type = properties === undefined ? undefined : "object", format, items } = known;
  if (type === undefined) {
    // Any value.
    return;
  }
  assert.equal(Array.isArray(value) ? "array" : typeof value, type, at);
  if (format === "date-time") {
    assert.ok(!Number.isNaN(Date.parse(String(value))), at);
  }
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      check(definitions, items ?? {}, item, `${at}[${index}]`);
    });
  } else if (type === "object") {
    checkMembers(definitions, known, value as Record<string, unknown>, at);
  }
}

function checkMembers(definitions: Definitions, schema: Schema, members: Record<string, unknown>, at: string): void {
  const { required = [], properties = {}, additionalProperties } = schema;
  const missing = required.filter((name) => !(name in members));
  assert.deepEqual(missing, [], at);
  for (const [name, member] of Object.entries(members)) {
    const rule = properties[name] ?? additionalProperties;
    // The last page says null where the description knows strings only.
    if (rule !== undefined && member !== null) {
      check(definitions, rule, member, `${at}.${name}`);
    }
  }
}

describe("embedded twin service: its REST description", () => {
  afterEach(closeDigitalTwins);

  for (const version of ["2022-05-31", "2023-10-31"]) {
    it(`${version}: every operation, its answers and its refusals`, async function () {
      const file = needsSharedData(this, `adt-rest/digitaltwins-${version}.json`);
      const description = JSON.parse(readFileSync(file, "utf8")) as Description;
      const described = Object.entries(description.paths)
        .filter(([path]) => !path.startsWith("/jobs/"))
        .flatMap(([path, methods]) =>
          Object.keys(methods)
            .filter((method) => method !== "parameters")
            .map((method) => `${method} ${path}`),
        );
      assert.deepEqual(Object.keys(EXCHANGES).toSorted(), described.toSorted());

      const service = await newFloor();
      const request = (operation: string, [path, body, headers]: Exchange) => {
        const [method = ""] = operation.split(" ");
        const versioned = `${path}${path.includes("?") ? "&" : "?"}api-version=${version}`;
        return service.request(method.toUpperCase(), versioned, body, headers);
      };
      for (const [operation, [succeeds, refused]] of Object.entries(EXCHANGES)) {
        const [method = "", path = ""] = operation.split(" ");
        const { default: refusal, ...responses } = description.paths[path]?.[method]?.responses ?? {};
        const [[status, { schema, headers: wanted = {} }] = assert.fail(operation)] = Object.entries(responses);
        const { status: got, headers, body } = await request(operation, succeeds);
        assert.equal(String(got), status, operation);
        for (const name of Object.keys(wanted)) {
          assert.ok(headers.get(name), `${operation}: ${name}`);
        }
        if (schema === undefined) {
          assert.equal(body, undefined, operation);
        } else {
          check(description.definitions, schema, body, operation);
        }
        const { status: refusedWith, headers: of, body: error } = await request(operation, refused);
        assert.ok(refusedWith >= 400 && refusedWith < 500, `${operation}: refused with ${refusedWith}`);
        check(description.definitions, refusal?.schema ?? {}, error, `${operation}, refused`);
        assert.equal(of.get("x-ms-error-code"), (error as { error: { code: string } }).error.code);
      }
    });
  }
});
