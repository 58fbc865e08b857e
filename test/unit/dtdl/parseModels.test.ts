import assert from "node:assert/strict";
import { DtdlParseError, parseModels } from "../../../src/dtdl/index.ts";
import { needsSharedData } from "../../support/sharedData.ts";
import { extended, ONTOLOGIES, ontology, rich, thermostats } from "./fixtures.ts";
import type { Json } from "./mutants/bricks.ts";

const MACHINE = "dtmi:com:example:rich:Machine;1";
const ASSET = "dtmi:com:example:rich:Asset;1";
const MOTOR = "dtmi:com:example:rich:Motor;1";

function issuesOf(documents: unknown[], options = {}): { code: string; interface: string; path: string }[] {
  try {
    parseModels(documents, options);
    return [];
  } catch (error) {
    assert.ok(error instanceof DtdlParseError, String(error));
    return error.issues.map(({ code, interface: id, path }) => ({ code, interface: id, path }));
  }
}

describe("parseModels", () => {
  for (const name of ONTOLOGIES) {
    it(`takes ${name}`, function () {
      needsSharedData(this, name);
      const models = ontology(name);
      assert.equal(parseModels([models]).interfaces.size, models.length);
    });
  }

  it("resolves everything that an interface says", () => {
    const machine = parseModels(rich()).get(MACHINE);
    assert.ok(machine);
    assert.equal(machine.dtdlVersion, 2);
    assert.equal(machine.displayName, "Machine");
    assert.deepEqual(machine.localized?.displayName, { en: "Machine", de: "Maschine" });
    assert.equal(machine.comment, "For tests.");
    assert.deepEqual([...machine.properties.keys()], ["serial", "service", "power", "mode", "settings", "level"]);
    assert.deepEqual([...machine.telemetries.keys()], ["temperature", "acceleration", "track"]);
    const power = machine.properties.get("power");
    assert.deepEqual(
      [power?.unit, power?.semanticTypes, power?.writable, power?.schema.kind],
      ["kilowatt", ["Power"], true, "integer"],
    );
    assert.equal(machine.properties.get("serial")?.definedIn, ASSET);
    assert.equal(machine.properties.get("mode")?.id, "dtmi:com:example:rich:mode;1");
    assert.deepEqual(machine.properties.get("mode")?.schema, {
      kind: "Enum",
      id: "dtmi:com:example:rich:Mode;1",
      valueSchema: "string",
      values: [
        { name: "off", value: "OFF" },
        { name: "auto", value: "AUTO", displayName: "Automatic" },
      ],
    });
    assert.deepEqual(machine.telemetries.get("track")?.schema, { kind: "Array", element: { kind: "point" } });
    assert.deepEqual(machine.commands.get("move")?.request, { name: "to", schema: { kind: "long" }, nullable: false });
    assert.equal(machine.commands.get("stop")?.request, undefined);
    const feeds = machine.relationships.get("feeds");
    assert.deepEqual(
      [feeds?.target, feeds?.minMultiplicity, feeds?.maxMultiplicity, feeds?.writable],
      [ASSET, 0, 5, true],
    );
    assert.equal(feeds?.properties.get("share")?.schema.kind, "double");
    assert.equal(machine.components.get("motor")?.schema, MOTOR);
    assert.equal(machine.source, machine.source);
  });

  it("knows who extends whom", () => {
    const graph = parseModels(rich());
    assert.ok(graph.isA(MACHINE, ASSET) && graph.isA(MACHINE, MACHINE));
    assert.ok(!graph.isA(ASSET, MACHINE) && !graph.isA("dtmi:no:M;1", "dtmi:no:M;1"));
    assert.deepEqual([...(graph.get(MACHINE)?.ancestors ?? [])], [ASSET]);
  });

  it("resolves extensions: units by DTMI, annotations, required fields, IoT Central's schemas", () => {
    const machine = parseModels(extended()).get("dtmi:com:example:extended:Machine;1");
    assert.deepEqual(machine?.telemetries.get("temperature")?.semanticTypes, ["Temperature", "Historized", "Indexed"]);
    const unit = machine?.properties.get("temperatureUnit")?.schema;
    assert.deepEqual(unit?.kind === "Enum" ? unit.values.map((value) => value.value) : [], [
      "degreeCelsius",
      "degreeFahrenheit",
      "kelvin",
    ]);
    const position = machine?.properties.get("position")?.schema;
    assert.equal(position?.kind === "Object" ? position.fields[0]?.required : undefined, true);
    const place = machine?.properties.get("place")?.schema;
    assert.deepEqual(place?.kind === "Object" ? place.fields.map((field) => field.name) : [], ["lat", "lon", "alt"]);
  });

  it("mixes versions and takes inline interfaces", () => {
    const inline = {
      "@context": "dtmi:dtdl:context;3",
      "@id": "dtmi:test:Outer;1",
      "@type": "Interface",
      contents: [{ "@type": "Component", name: "c", schema: { ...(rich()[2] as Json) } }],
    };
    const graph = parseModels([inline]);
    assert.deepEqual([graph.get(MOTOR)?.dtdlVersion, graph.get("dtmi:test:Outer;1")?.dtdlVersion], [2, 3]);
  });

  it("reports every fault of every document at once, each in its place", () => {
    const [machine, asset, motor] = rich() as [Json, Json, Json];
    const contents = machine["contents"] as Json[];
    Object.assign(contents[0] as Json, { unit: "metre" });
    Object.assign(contents[3] as Json, { name: "1st" });
    Object.assign(asset, { "@id": "asset" });
    Object.assign((motor["contents"] as Json[])[1] as Json, { writable: "yes" });
    assert.deepEqual(issuesOf([machine, asset, motor]), [
      { code: "unit.value", interface: MACHINE, path: "/contents/0/unit" },
      { code: "name.pattern", interface: MACHINE, path: "/contents/3/name" },
      { code: "id.pattern", interface: "asset", path: "/@id" },
      { code: "member.type", interface: MOTOR, path: "/contents/1/writable" },
      { code: "reference.missing", interface: MACHINE, path: "/extends" },
    ]);
  });

  it("tells the places of the first faults in its message", () => {
    assert.throws(
      () => parseModels([{}]),
      /One fault in these models:\n {2}\/0\/@context: The model does not say in which version/,
    );
  });

  it("does not blame references to what is at fault itself", () => {
    const [machine, asset, motor] = rich() as [Json, Json, Json];
    assert.deepEqual(
      issuesOf([machine, { ...asset, "@type": "Thing" }, motor]).map((issue) => issue.code),
      ["type.missing"],
    );
  });

  it("ignores extensions that it does not know, when told to", () => {
    const model = (more: Json): Json => ({
      "@context": ["dtmi:dtdl:context;3", "dtmi:partner:context;7"],
      "@id": "dtmi:test:A;1",
      "@type": ["Interface", "Labelled"],
      label: "x",
      contents: [{ "@type": ["Property", "dtmi:partner:Precise;7"], name: "p", schema: "double", digits: 2, ...more }],
    });
    const unknownExtensions = "ignore";
    assert.deepEqual(
      issuesOf([model({})]).map((issue) => issue.code),
      ["context.extension"],
    );
    assert.deepEqual(issuesOf([model({})], { unknownExtensions }), []);
    assert.deepEqual(
      issuesOf([model({ "ex:a": 1 })], { unknownExtensions }).map((issue) => issue.code),
      ["member.unknown"],
    );
    assert.deepEqual(
      issuesOf([model({ "@type": "Property" })], { unknownExtensions }).map((issue) => issue.code),
      ["member.unknown"],
    );
    assert.deepEqual(
      issuesOf([model({ "@type": ["Property", "ex:A"] })], { unknownExtensions }).map((issue) => issue.code),
      ["type.unknown"],
    );
  });

  it("goes on from models that are known already", () => {
    const known = parseModels(rich().slice(1));
    const graph = parseModels(rich().slice(0, 1), { known });
    assert.deepEqual([...graph.interfaces.keys()], [ASSET, MOTOR, MACHINE]);
    assert.equal(graph.get(ASSET), known.get(ASSET));
    assert.deepEqual(
      issuesOf(rich().slice(0, 1)).map((issue) => issue.code),
      ["reference.missing", "reference.missing"],
    );
    const clash = { ...(rich()[1] as Json), "@id": "dtmi:test:C;1", extends: ASSET };
    assert.deepEqual(
      issuesOf([clash], { known }).map((issue) => issue.code),
      ["name.duplicate", "name.duplicate"],
    );
  });

  it("leaves documents as they are, and cannot be changed", () => {
    const documents = rich();
    const before = JSON.stringify(documents);
    const graph = parseModels(documents);
    assert.equal(JSON.stringify(documents), before);
    const machine = graph.get(MACHINE);
    assert.ok(Object.isFrozen(machine) && Object.isFrozen(machine?.properties.get("power")));
  });
});

describe("the dialect of Azure Digital Twins", () => {
  it("refuses the Commands of the samples", function () {
    needsSharedData(this, "dtdl");
    assert.deepEqual(
      issuesOf(thermostats(), { dialect: "azure" }).map((issue) => issue.code),
      ["azure.command", "azure.command"],
    );
  });

  it("refuses Commands and inline interfaces", () => {
    const withCommand = {
      ...(rich()[1] as Json),
      "@id": "dtmi:test:C;1",
      extends: [],
      contents: [{ "@type": "Command", name: "go" }],
    };
    assert.deepEqual(
      issuesOf([withCommand], { dialect: "azure" }).map((issue) => issue.code),
      ["azure.command"],
    );
    const outer = { ...(rich()[1] as Json), "@id": "dtmi:test:O;1", extends: rich()[2] };
    assert.deepEqual(
      issuesOf([outer], { dialect: "azure" }).map((issue) => issue.code),
      ["azure.inline"],
    );
  });
});
