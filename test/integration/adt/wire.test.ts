// Exchanges as they were recorded between the official SDKs and the real service: status, code, words and body. Etags and
// times are masked; everything else has to be the same, member by member.
import assert from "node:assert/strict";
import { closeDigitalTwins, newDigitalTwins } from "../../support/newDigitalTwins.ts";
import {
  answers,
  FLOOR,
  floor,
  MODELS,
  newFloor,
  type Refusal,
  ROOM,
  refuses,
  STORED,
  WIFI,
  written,
} from "./wireFloor.ts";

const has = { $relationshipId: "r", $sourceId: "f", $relationshipName: "has", $targetId: "room", open: false };
const op = (op: string, path: string, value?: unknown) => [{ op, path, ...(value === undefined ? {} : { value }) }];

const PATCH =
  "Please provide a valid patch document. See section on update apis in the documentation https://aka.ms/adtv2twins.";
const noTwin = (id: string) =>
  `There is no digital twin instance that exists with the ID ${id}. Please verify that the twin id is valid and ensure that the twin is not deleted. See section on querying the twins https://aka.ms/adtv2query.`;
const noModel = (id: string) =>
  `There is no Model(s) available that matches the provided id(s) ${id}. Check that the Model ID provided is valid by doing a Model_List API call.`;
const noRelationship = (id: string) =>
  `Relationship ${id} not found on twin f. Please verify that the relationship id is valid and ensure that the relationship is not deleted. See section on listing relationships in the documentation https://aka.ms/adtv2twins.`;
const noComponent =
  "f does not have component none Please verify that the component path is correct. You can get components by getting the twin, See example https://aka.ms/TwinGetSwSmpl.";
const noRoute =
  "There is no route available that matches the provided input. Check for all valid event routes by calling EventRoute_List. See Swagger example (https://aka.ms/RouteSwSmpl).";
const outdated = (etag: string) =>
  `The provided etag ${etag} doesn't match the current etag for the resource. Please obtain and provide the latest etag by getting the resource. See section on get apis in the documentation https://aka.ms/adtv2twins.`;
const IF_MATCH = "Invalid If-Match header value. Allowed value(s): If-Match: {etag} or If-Match: *";
const OLD = 'W/"7e67a355-f19c-4c19-8a10-2d69b2d2253f"';

const RELATED = { $relationshipId: "r", $etag: "ETAG", $sourceId: "f", $relationshipName: "has", $targetId: "room" };

describe("embedded twin service: the wire", () => {
  afterEach(closeDigitalTwins);

  it("models", async () => {
    const service = await newFloor();
    await answers(service, [
      [["GET", "/models"], 200, { value: MODELS, nextLink: null }],
      [["GET", "/models/dtmi%3Awire%3AWifi%3B1?includeModelDefinition=true"], 200, { ...MODELS[0], model: WIFI }],
      [["GET", "/models/dtmi:wire:Wifi;1?api-version=2023-02-27-preview"], 200, MODELS[0]],
      [["PATCH", "/models/dtmi:wire:Room;1", op("replace", "/decommissioned", true)], 204, undefined],
      [["GET", "/models/dtmi:wire:Room;1"], 200, { ...MODELS[1], decommissioned: true }],
    ]);
    await refuses(service, [
      [["GET", "/models/dtmi:wire:No;1"], 404, "ModelNotFound", noModel("dtmi:wire:No;1")],
      [["DELETE", "/models/dtmi:wire:No;1"], 404, "ModelNotFound", noModel("dtmi:wire:No;1")],
      [
        ["PATCH", "/models/dtmi:wire:No;1", op("replace", "/decommissioned", true)],
        404,
        "ModelNotFound",
        noModel("dtmi:wire:No;1"),
      ],
      [
        ["GET", "/models/thisIsNotAValidModelId"],
        400,
        "InvalidArgument",
        "The format of the Model ID thisIsNotAValidModelId provided is not supported. See model documentation(https://aka.ms/ADTv2Models) for supported format.",
      ],
      [
        ["DELETE", "/models/dtmi:wire:Wifi;1"],
        409,
        "ModelReferencesNotDeleted",
        "This model is currently being referenced by dtmi:wire:Floor;1. You must delete these references before deleting the Model.. To delete references, do Delete Model on Ids provided above.",
      ],
      [
        ["POST", "/models", [WIFI, ROOM]],
        409,
        "ModelIdAlreadyExists",
        "Some of the model ids already exist: dtmi:wire:Wifi;1, dtmi:wire:Room;1. Use Model_List API to view models that already exist. See the Swagger example (https://aka.ms/ModelListSwSmpl).",
      ],
      [
        ["POST", "/models", []],
        400,
        "InvalidArgument",
        "Operation failed as models provided was empty or of a type that is not supported.. Check that your Model Array contains at least one item and it is of a supported type. See link(https://aka.ms/ADTv2Models) for details.",
      ],
      [["POST", "/models"], 400, "BadRequest", "A non-empty request body is required."],
    ]);
    for (const model of [{}, { ...WIFI, "@id": undefined }, { ...FLOOR, "@id": "dtmi:wire:X;1", extends: "XXX" }]) {
      const { status, body } = await service.request("POST", "/models", [model]);
      const { code, message } = (body as { error: { code: string; message: string } }).error;
      assert.deepEqual([status, code], [400, "DTDLParserError"]);
      assert.match(
        message,
        /^None of the models in this request could be created due to a problem with one or more models: .+\. See model documentation\(https:\/\/aka\.ms\/ADTv2Models\) for supported format\.$/,
      );
    }
  });

  it("twins", async () => {
    const service = await newFloor();
    await answers(service, [
      [["GET", "/digitaltwins/f"], 200, STORED],
      [["PATCH", "/digitaltwins/f", op("replace", "/temperature", 42)], 204, undefined],
      [["PATCH", "/digitaltwins/f", []], 204, undefined],
      [
        ["POST", "/query", { query: "SELECT * FROM digitaltwins WHERE temperature = 42" }],
        200,
        { value: [{ ...STORED, temperature: 42 }], continuationToken: null },
      ],
      [
        [
          "POST",
          "/digitaltwins/f/telemetry",
          { a: 1 },
          { "Message-Id": "m", "Telemetry-Source-Time": "01/01/01 0:00:00 +00:00" },
        ],
        204,
        undefined,
      ],
    ]);
    const existing =
      "If-None-Match: * header was specified but a twin with the id f was found. Please specify a different twin id.";
    await refuses(service, [
      ...["GET", "DELETE"].map(
        (method): Refusal => [[method, "/digitaltwins/no"], 404, "DigitalTwinNotFound", noTwin("no")],
      ),
      [["PATCH", "/digitaltwins/no", op("replace", "/temperature", 1)], 404, "DigitalTwinNotFound", noTwin("no")],
      [["POST", "/digitaltwins/no/telemetry", {}, { "Message-Id": "m" }], 404, "DigitalTwinNotFound", noTwin("no")],
      [["PUT", "/digitaltwins/f", floor(), { "If-None-Match": "*" }], 412, "PreconditionFailed", existing],
      [
        ["PUT", "/digitaltwins/f", floor(), { "If-None-Match": "XXX" }],
        400,
        "InvalidArgument",
        "Invalid If-None-Match header value. Allowed value(s): If-None-Match: *",
      ],
      [["DELETE", "/digitaltwins/f", undefined, { "If-Match": "XXX" }], 400, "InvalidArgument", IF_MATCH],
      [["DELETE", "/digitaltwins/f", undefined, { "If-Match": OLD }], 412, "PreconditionFailed", outdated(OLD)],
      [
        ["PATCH", "/digitaltwins/f", op("remove", "/temperature"), { "If-Match": "XXX" }],
        400,
        "InvalidArgument",
        IF_MATCH,
      ],
      [
        ["PATCH", "/digitaltwins/f", op("remove", "/temperature"), { "If-Match": OLD }],
        412,
        "PreconditionFailed",
        outdated(OLD),
      ],
      [
        ["PATCH", "/digitaltwins/f", op("move", "/temperature", 1)],
        400,
        "JsonPatchInvalid",
        `Unsupported operation type move. ${PATCH}`,
      ],
      [["PATCH", "/digitaltwins/f", [{}]], 400, "JsonPatchInvalid", `Parameter op must not be empty. ${PATCH}`],
      [
        ["PATCH", "/digitaltwins/f", op("replace", "/none", 1)],
        400,
        "JsonPatchInvalid",
        `none does not exist on component. ${PATCH}`,
      ],
      [["PUT", "/digitaltwins/f", [{}]], 400, "InvalidArgument", "Payload is invalid."],
      [
        ["PUT", "/digitaltwins/x", { $metadata: { $model: "dtmi:wire:Floor;2" }, temperature: 1 }],
        400,
        "ValidationFailed",
        "Invalid twin specified",
        ["dtmi:wire:Floor;2 or one of its dependencies does not exist."],
      ],
      [
        ["POST", "/query", { query: "foo" }],
        400,
        "SqlQueryError",
        "SQL query parse failed: SQL Parser Error, Line=1, Position=0, Message=missing SELECT at 'foo' See samples in https://aka.ms/adtv2query for the correct syntax.",
      ],
    ]);
  });

  it("components", async () => {
    const service = await newFloor();
    await answers(service, [
      [["GET", "/digitaltwins/f/components/wifi"], 200, STORED.wifi],
      [["PATCH", "/digitaltwins/f/components/wifi", op("replace", "/router", "b")], 204, undefined],
      [["POST", "/digitaltwins/f/components/wifi/telemetry", { load: 1 }, { "Message-Id": "m" }], 204, undefined],
    ]);
    const path = "/digitaltwins/f/components/wifi";
    await refuses(service, [
      [["GET", "/digitaltwins/f/components/none"], 404, "ComponentNotFound", noComponent],
      [
        ["POST", "/digitaltwins/f/components/none/telemetry", {}, { "Message-Id": "m" }],
        404,
        "ComponentNotFound",
        noComponent,
      ],
      [
        ["PATCH", "/digitaltwins/f/components/none", op("replace", "/router", "b")],
        400,
        "JsonPatchInvalid",
        `Could not resolve path /none/router. ${PATCH}`,
      ],
      [
        ["PATCH", "/digitaltwins/no/components/wifi", op("replace", "/router", "b")],
        404,
        "DigitalTwinNotFound",
        noTwin("no"),
      ],
      [["PATCH", path, op("replace", "/router", "b"), { "If-Match": OLD }], 412, "PreconditionFailed", outdated(OLD)],
      [
        ["PATCH", path, op("move", "/router", "b")],
        400,
        "JsonPatchInvalid",
        `Unsupported operation type move. ${PATCH}`,
      ],
      [
        ["PATCH", path, op("add", "/none", "b")],
        400,
        "ValidationFailed",
        "Invalid twin specified",
        ["none does not appear on the DTDL for wifi."],
      ],
      [
        ["PATCH", path, op("replace", "/router", 42)],
        400,
        "ValidationFailed",
        "Invalid twin specified",
        ["Expected value of type string for router on wifi."],
      ],
    ]);
  });

  it("relationships", async () => {
    const service = await newFloor();
    const path = "/digitaltwins/f/relationships/r";
    const link = `${service.url}${path}?api-version=2022-05-31`;
    await refuses(service, [
      ...["GET", "DELETE"].map((method): Refusal => [[method, path], 404, "RelationshipNotFound", noRelationship("r")]),
      [["PATCH", path, op("add", "/open", true)], 404, "RelationshipNotFound", noRelationship("r")],
      [["PUT", "/digitaltwins/no/relationships/r", has], 404, "DigitalTwinNotFound", noTwin("no")],
      [
        ["PUT", path, { ...has, $targetId: "no" }],
        404,
        "TargetDigitalTwinNotFound",
        "The target digital twin is invalid or does not exist. Please validate that the target twin is valid and ensure that the target twin is not deleted. See section on querying the twins https://aka.ms/adtv2query .",
      ],
    ]);
    await answers(service, [
      [["PUT", path, { ...has, $etag: null }, { "If-None-Match": "*" }], 200, { ...RELATED, open: false }],
      [["GET", path], 200, { ...RELATED, open: false }],
      [["GET", "/digitaltwins/f/relationships"], 200, { value: [{ ...RELATED, open: false }], nextLink: null }],
      [["GET", "/digitaltwins/f/incomingrelationships"], 200, { value: [], nextLink: null }],
      [
        ["GET", "/digitaltwins/room/incomingrelationships"],
        200,
        {
          value: [{ $relationshipId: "r", $sourceId: "f", $relationshipName: "has", $relationshipLink: link }],
          nextLink: null,
        },
      ],
      // Update takes no If-None-Match; the SDK's own tests send one.
      [["PATCH", path, op("remove", "/open"), { "If-None-Match": "*" }], 204, undefined],
      [["PATCH", path, []], 204, undefined],
      [["GET", path], 200, RELATED],
    ]);
    const existing =
      "If-None-Match: * header was specified but a relationship with the id r was found. Please specify a different relationship id.";
    const active =
      "Twin f has active relationships. Cannot delete a twin unless all the relationships are deleted. Please ensure that the active relationships on the twin are deleted. See section on retrieving relationships https://aka.ms/adtv2twins.";
    await refuses(service, [
      [["PUT", path, has, { "If-None-Match": "*" }], 412, "PreconditionFailed", existing],
      [["DELETE", path, undefined, { "If-Match": OLD }], 412, "PreconditionFailed", outdated(OLD)],
      [["PATCH", path, op("add", "/open", true), { "If-Match": OLD }], 412, "PreconditionFailed", outdated(OLD)],
      [["PATCH", path, op("move", "/open")], 400, "JsonPatchInvalid", `Unsupported operation type move. ${PATCH}`],
      [
        ["PATCH", path, op("remove", "/isDoor")],
        400,
        "JsonPatchInvalid",
        `The target location specified by path segment 'isDoor' was not found. ${PATCH}`,
      ],
      [["PATCH", path, [{ open: false }]], 400, "JsonPatchInvalid", `Parameter op must not be empty. ${PATCH}`],
      [["DELETE", "/digitaltwins/f"], 400, "RelationshipsNotDeleted", active],
    ]);
    await answers(service, [
      [["DELETE", path], 204, undefined],
      [["DELETE", "/digitaltwins/f"], 204, undefined],
    ]);
  });

  it("event routes", async () => {
    const service = await newDigitalTwins({ defaultRoutes: {} });
    const filter = "$eventType = 'DigitalTwinTelemetryMessages' or $eventType = 'DigitalTwinLifecycleNotification'";
    const route = { id: "e", endpointName: "notifications", filter };
    await answers(service, [
      [["GET", "/eventroutes"], 200, { value: [], nextLink: null }],
      [["PUT", "/eventroutes/e", { endpointName: "notifications", filter }], 204, undefined],
      [["GET", "/eventroutes/e"], 200, route],
      [["GET", "/EventRoutes?api-version=2020-10-31"], 200, { value: [route], nextLink: null }],
      [["DELETE", "/eventroutes/e"], 204, undefined],
    ]);
    const endpoint =
      "The endpoint provided does not exist or is not active. Check that your endpoint is provisioned correctly. See event route documentation (https://aka.ms/ADTv2Routes).";
    await refuses(service, [
      [["GET", "/eventroutes/e"], 404, "EventRouteNotFound", noRoute],
      [["DELETE", "/eventroutes/e"], 404, "EventRouteNotFound", noRoute],
      [["PUT", "/eventroutes/e", { endpointName: "none", filter }], 400, "EventRouteEndpointInvalid", endpoint],
    ]);
    const { status, body } = await service.request("PUT", "/eventroutes/e", {
      endpointName: "notifications",
      filter: "this is not a filter",
    });
    const { code, message } = (body as { error: { code: string; message: string } }).error;
    assert.deepEqual([status, code], [400, "EventRouteFilterInvalid"]);
    assert.match(
      message,
      /^The provided filter is invalid\. Parsing error, Line=1, Position=\d+, Message=.+\. See event route documentation for supported values and structure \(https:\/\/aka\.ms\/ADTv2Routes\)\.$/,
    );
  });

  it("what is no JSON Patch is answered as by the web framework of the real service", async () => {
    const service = await newFloor();
    for (const path of ["/digitaltwins/f", "/digitaltwins/f/components/wifi", "/models/dtmi:wire:Room;1"]) {
      const { status, headers, body } = await service.request("PATCH", path, ["temperature"]);
      assert.equal(status, 400);
      assert.equal(headers.get("content-type"), "application/problem+json; charset=utf-8");
      const { errors, extensions, ...rest } = body as { errors: Record<string, string[]>; extensions: object };
      assert.match(
        errors["[0]"]?.[0] ?? "",
        /^Error converting value "temperature" to type 'Microsoft\.AspNetCore\.JsonPatch\.Operations\.Operation'\. Path '\[0\]'/,
      );
      assert.deepEqual(Object.keys(extensions), ["traceId"]);
      assert.deepEqual(rest, {
        type: "https://tools.ietf.org/html/rfc7231#section-6.5.1",
        title: "One or more validation errors occurred.",
        status: 400,
        detail: null,
        instance: null,
      });
    }
  });

  it("api-versions before 2022-05-31 show no time of a twin's last update", async () => {
    const service = await newFloor();
    const { $lastUpdateTime: _, ...metadata } = STORED.$metadata;
    const wifi = { router: "a", $metadata: { router: written } };
    const old = { ...STORED, wifi, $metadata: metadata };
    for (const version of ["2020-10-31", "2021-06-30-preview"]) {
      await answers(service, [[["GET", `/digitaltwins/f?api-version=${version}`], 200, old]]);
    }
  });
});
