// More exchanges of the official SDKs' own suites (JavaScript, .NET, Java, Python) with the real service, as they recorded
// them: lists of relationships, what is wrong with models, twins, relationships, patches and filters.
import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.ts";
import { closeDigitalTwins, type NewDigitalTwins, newDigitalTwins } from "../../support/newDigitalTwins.ts";
import { answers, FLOOR, floor, newFloor, ROOM, refuses, STORED, WIFI } from "./wireFloor.ts";

const MODEL = { "@id": "dtmi:wire:X;1", "@type": "Interface", "@context": "dtmi:dtdl:context;2" };
const HAS = { $relationshipName: "has", $targetId: "room" };

interface Page {
  value: Record<string, string>[];
  nextLink: string | null;
}

async function pagesOf(service: NewDigitalTwins, path: string): Promise<Page["value"][]> {
  const pages: Page["value"][] = [];
  for (let next: string | null = path; next !== null; ) {
    // Header of other lists: these know none.
    const { status, body } = await service.request("GET", next, undefined, { "max-items-per-page": "3" });
    assert.equal(status, 200);
    const { value, nextLink } = body as Page;
    pages.push(value);
    next = nextLink;
  }
  return pages;
}

describe("embedded twin service: the wire of lists", () => {
  afterEach(closeDigitalTwins);

  it("relationships come ten a page and by id, incoming ones with an address", async () => {
    const service = await newFloor();
    const ids = Array.from({ length: 21 }, (_, index) => `r${(index * 8) % 21}`);
    for (const id of ids) {
      await service.request("PUT", `/digitaltwins/f/relationships/${id}`, HAS);
    }
    for (const path of ["/digitaltwins/f/relationships", "/digitaltwins/room/incomingrelationships"]) {
      const pages = await pagesOf(service, path);
      assert.deepEqual(
        pages.map(({ length }) => length),
        [10, 10, 1],
      );
      const listed = pages.flat().map((relationship) => relationship["$relationshipId"]);
      assert.deepEqual(listed, ids.toSorted());
    }
    const [[first] = []] = await pagesOf(service, "/digitaltwins/room/incomingrelationships");
    const link = `${service.url}/digitaltwins/f/relationships/r0?api-version=2022-05-31`;
    assert.equal(first?.["$relationshipLink"], link);
    assert.equal((await fetch(link, { method: "DELETE" })).status, 204);
  });

  it("those of one id come by their sources, each once", async () => {
    const service = await newFloor();
    for (let index = 0; index < 12; index++) {
      await service.request("PUT", `/digitaltwins/f${index}`, floor());
      await service.request("PUT", `/digitaltwins/f${index}/relationships/r`, HAS);
    }
    const sources = (await pagesOf(service, "/digitaltwins/room/incomingrelationships")).map((page) =>
      page.map((relationship) => relationship["$sourceId"]),
    );
    assert.deepEqual(sources, [
      ["f0", "f1", "f10", "f11", "f2", "f3", "f4", "f5", "f6", "f7"],
      ["f8", "f9"],
    ]);
  });

  it("a token of another list is refused", async () => {
    const service = await newFloor();
    const { body } = await service.request("GET", "/models", undefined, { "max-items-per-page": "1" });
    const token = new URLSearchParams((body as Page).nextLink?.split("?")[1]).get("continuationToken");
    const path = `/digitaltwins/f/relationships?continuationToken=${token}`;
    await refuses(service, [[["GET", path], 400, "BadRequest", "The continuation token is invalid."]]);
  });
});

describe("embedded twin service: the wire of refusals", () => {
  afterEach(closeDigitalTwins);

  it("what is wrong with a twin", async () => {
    const service = await newFloor();
    const invalid = (body: object, ...details: string[]) =>
      refuses(service, [
        [["PUT", "/digitaltwins/x", floor(body)], 400, "ValidationFailed", "Invalid twin specified", details],
      ]);
    await invalid({ lowest: 68 }, "lowest does not appear on the DTDL for Twin.");
    await invalid({ "a/b~": 1 }, "a/b~ does not appear on the DTDL for Twin.");
    await invalid({ temperature: "68" }, "Expected value of type double for temperature on Twin.");
    await invalid({ has: "room" }, "has is not a property - it is a Relationship.");
    await invalid({ wifi: { $metadata: {}, load: 1 } }, "load is not a property - it is a Telemetry.");
  });

  it("a relationship without name or target", async () => {
    const service = await newFloor();
    for (const body of [{}, [], { $targetId: "room" }, { $relationshipName: "has" }]) {
      await refuses(service, [
        [
          ["PUT", "/digitaltwins/f/relationships/r", body],
          400,
          "InvalidArgument",
          "Could not deserialize relationship create body.",
        ],
      ]);
    }
    // Ids in the body are not heard.
    const body = { $relationshipId: "other", $sourceId: "none", ...HAS };
    const shown = { $relationshipId: "r", $etag: "ETAG", $sourceId: "f", ...HAS };
    await answers(service, [[["PUT", "/digitaltwins/f/relationships/r", body], 200, shown]]);
  });

  it("what the parser of models has to say", async () => {
    const service = await newDigitalTwins();
    const invalid = async (models: object[], problem: string) => {
      const message = `None of the models in this request could be created due to a problem with one or more models: ${problem}. See model documentation(https://aka.ms/ADTv2Models) for supported format.`;
      await refuses(service, [[["POST", "/models", models], 400, "DTDLParserError", message]]);
    };
    const component = (schema: string) => [{ "@type": "Component", name: "Component1", schema }];
    await invalid(
      [{}],
      "In source, top-level JSON object has no @context specifier. Add a '@context' property whose value is a valid DTDL context specifier, such as 'dtmi:dtdl:context;2'.",
    );
    await invalid(
      [{ ...MODEL, "@id": undefined }],
      "In source, top-level JSON element requires an identifer but none provided. Add an '@id' property whose value is a string that conforms to the DTMI syntax -- see https://github.com/Azure/digital-twin-model-identifier.",
    );
    await invalid(
      [{ ...MODEL, contents: component("dtmi:wire:None;1") }],
      "DtmiResolverAsync failed to resolve requisite references to element(s): dtmi:wire:None;1 (referenced in 1 place)",
    );
    const long = `dtmi:wire:${"x".repeat(80)};1`;
    await invalid(
      [
        { ...MODEL, extends: [long, "dtmi:wire:None;1"] },
        { ...MODEL, "@id": "dtmi:wire:Y;1", extends: long },
      ],
      `DtmiResolverAsync failed to resolve requisite references to element(s): ${long} (referenced in 2 places), dtmi:wire:None;1 (referenced in 1 place)`,
    );
    const owner = "dtmi:wire:X;1 has 'contents' value with name 'Component1' whose property 'schema' has";
    await invalid(
      [{ ...MODEL, contents: component("XXX") }],
      `${owner} value 'XXX' that is neither a valid DTMI reference nor a DTDL term. Replace the value of property 'schema' with a valid DTMI reference or a term defined by DTDL -- see https://github.com/Azure/opendigitaltwins-dtdl/tree/master/DTDL. | ${owner} no valid value but one is required. Provide a value for 'schema' that is either an element definition or a DTMI reference.`,
    );
    // In words of our own: all faults, too.
    await invalid(
      [
        { ...MODEL, displayName: 1 },
        { ...MODEL, "@id": "dtmi:wire:Y;1", displayName: 2 },
      ],
      "dtmi:wire:X;1/displayName: displayName is a text, or a text by language. | dtmi:wire:Y;1/displayName: displayName is a text, or a text by language.",
    );
    assert.deepEqual((await service.request("GET", "/models")).body, { value: [], nextLink: null });
  });

  it("what is no JSON Patch: which value, in which line", async () => {
    const service = await newFloor();
    const errors = async (text: string) => {
      const { status, headers, body } = await service.request("PATCH", "/digitaltwins/f", text);
      assert.deepEqual([status, headers.get("x-ms-error-code")], [400, null]);
      return (body as { errors: object }).errors;
    };
    const OPERATION = "Microsoft.AspNetCore.JsonPatch.Operations.Operation";
    assert.deepEqual(await errors('["AverageTemperature"]'), {
      "[0]": [`Error converting value "AverageTemperature" to type '${OPERATION}'. Path '[0]', line 1, position 21.`],
    });
    assert.deepEqual(await errors('[{"op":"add","path":"/,]\\"","value":[1,2]},\n  12 ]'), {
      "[1]": [`Error converting value 12 to type '${OPERATION}'. Path '[1]', line 2, position 4.`],
    });
  });

  it("a filter that ends too early", async () => {
    const service = await newDigitalTwins();
    const route = { endpointName: "notifications", filter: "this is not a valid filter string" };
    const message =
      "The provided filter is invalid. Parsing error, Line=1, Position=6, Message=Unexpected input 'is'. See event route documentation for supported values and structure (https://aka.ms/ADTv2Routes).";
    await refuses(service, [[["PUT", "/eventroutes/e", route], 400, "EventRouteFilterInvalid", message]]);
  });

  it("nobody in particular", async () => {
    const service = await newDigitalTwins({ requireToken: { key: "a secret that is long enough for HS256" } });
    const { status, headers, body } = await service.request("GET", "/digitaltwins/x");
    assert.deepEqual([status, headers.get("content-type")], [401, "application/json"]);
    assert.deepEqual(body, { statusCode: 401, message: "Unauthorized" });
  });
});

describe("embedded twin service: the wire of patches", () => {
  afterEach(closeDigitalTwins);

  it("source times can be replaced before there is one, of properties that are set", async () => {
    const service = await newFloor();
    const time = "2022-01-20T02:03:00.0943478Z";
    const replace = (path: string, value: unknown) => ({ op: "replace", path, value });
    const patch = [replace("/temperature", 70), replace("/$metadata/temperature/sourceTime", time)];
    const router = [replace("/$metadata/router/sourceTime", time)];
    await answers(service, [
      [["PATCH", "/digitaltwins/f", patch, { "If-Match": "*" }], 204, undefined],
      [["PATCH", "/digitaltwins/f/components/wifi", router], 204, undefined],
    ]);
    const { body } = await service.request("GET", "/digitaltwins/f");
    const { $metadata, wifi } = body as typeof STORED;
    assert.deepEqual(
      [$metadata.temperature, wifi.$metadata.router].map((entry) => (entry as { sourceTime?: string }).sourceTime),
      [time, time],
    );
    const { status } = await service.request("PATCH", "/digitaltwins/f", [
      { op: "remove", path: "/temperature" },
      replace("/$metadata/temperature/sourceTime", time),
    ]);
    assert.equal(status, 400);
  });
});

describe("embedded twin service: the wire of telemetry", () => {
  afterEach(closeDigitalTwins);

  // The suite of the SDK for JavaScript sends it so: payload and message id the wrong way round, and both text.
  it("text passes, for twins and components, and is delivered as it is", async () => {
    const service = await newFloor();
    const { client, notified } = service;
    notified.length = 0;
    await client.publishTelemetry("f", '{"Telemetry1": 5}' as unknown as object, "id-1");
    await client.publishComponentTelemetry("f", "wifi", "ComponentTelemetry1", "test_message1");
    await eventually(() => assert.equal(notified.length, 2));
    assert.deepEqual(
      notified.map(({ body, properties }) => [properties["cloudEvents:id"], body]),
      [
        ["id-1", '{"Telemetry1": 5}'],
        ["ComponentTelemetry1", "test_message1"],
      ],
    );
    const { status } = await service.request("POST", "/digitaltwins/f/telemetry", [1], { "Message-Id": "id-2" });
    assert.equal(status, 400);
  });
});

describe("embedded twin service: the wire without models", () => {
  afterEach(closeDigitalTwins);

  // The suites clear up in this order.
  it("twins and relationships outlive their models, and can be deleted and read", async () => {
    const service = await newFloor();
    const path = "/digitaltwins/f/relationships/r";
    await service.request("PUT", path, HAS);
    for (const { "@id": id } of [FLOOR, ROOM, WIFI]) {
      await answers(service, [[["DELETE", `/models/${id}`], 204, undefined]]);
    }
    await answers(service, [
      [["GET", "/models"], 200, { value: [], nextLink: null }],
      [["GET", "/digitaltwins/f"], 200, STORED],
      [
        ["GET", "/digitaltwins/f/relationships"],
        200,
        { value: [{ $relationshipId: "r", $etag: "ETAG", $sourceId: "f", ...HAS }], nextLink: null },
      ],
      [["DELETE", path], 204, undefined],
      [["DELETE", "/digitaltwins/f"], 204, undefined],
      [["DELETE", "/digitaltwins/room"], 204, undefined],
    ]);
  });
});
