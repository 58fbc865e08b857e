import assert from "node:assert/strict";
import {
  parseModels,
  resolvePath,
  type ValueIssue,
  validatePatch,
  validateRelationship,
  validateTwin,
} from "../../../src/dtdl/index.ts";
import { extended, rich } from "./fixtures.ts";

const MACHINE = "dtmi:com:example:rich:Machine;1";
const MOTOR = "dtmi:com:example:rich:Motor;1";
const graph = parseModels([rich(), extended()]);
const told = (issues: readonly ValueIssue[]): string[] => issues.map((issue) => `${issue.code} ${issue.path}`);
const twin = (members: object, model = MACHINE): object => ({ $dtId: "m1", $metadata: { $model: model }, ...members });
const patch = (...ops: [string, string, unknown?][]): string[] =>
  told(
    validatePatch(
      graph,
      MACHINE,
      ops.map(([op, path, value]) => (value === undefined ? { op, path } : { op, path, value })),
    ),
  );

describe("validateTwin", () => {
  it("takes properties, inherited ones too, components and nested values", () => {
    const good = {
      power: 3,
      serial: "a",
      mode: "AUTO",
      settings: { a: { limit: 1.5 } },
      motor: { $metadata: {}, enabled: true },
    };
    assert.deepEqual(validateTwin(graph, twin(good)), []);
    assert.deepEqual(validateTwin(graph, twin({ motor: {} })), []);
  });

  it("tells every fault with its pointer", () => {
    const bad = {
      power: "3",
      mode: "off",
      settings: { a: { limit: "x", b: 1 } },
      motor: { enabled: 1, speed: 2 },
      nothing: 1,
    };
    assert.deepEqual(told(validateTwin(graph, twin(bad))), [
      "type /power",
      "enum /mode",
      "type /settings/a/limit",
      "unknown /settings/a/b",
      "type /motor/enabled",
      "kind /motor/speed",
      "unknown /nothing",
    ]);
  });

  it("wants every component, and no Telemetry, Command or Relationship", () => {
    assert.deepEqual(told(validateTwin(graph, twin({ temperature: 1, stop: {}, feeds: [] }))), [
      "kind /temperature",
      "kind /stop",
      "kind /feeds",
      "component.missing /motor",
    ]);
  });

  it("wants a model that is known", () => {
    assert.deepEqual(told(validateTwin(graph, { $dtId: "x" })), ["model.missing /$metadata/$model"]);
    assert.deepEqual(told(validateTwin(graph, twin({}, "dtmi:no:M;1"))), ["model.unknown /$metadata/$model"]);
    assert.deepEqual(told(validateTwin(graph, null)), ["type "]);
  });

  it("does not take a prototype's member for a property", () => {
    assert.deepEqual(told(validateTwin(graph, twin({ motor: {}, constructor: 1 }))), ["unknown /constructor"]);
    assert.deepEqual(told(validateTwin(graph, JSON.parse(`{"$metadata":{"$model":"${MOTOR}"},"__proto__":1}`))), [
      "unknown /__proto__",
    ]);
  });
});

describe("validateRelationship", () => {
  const check = (relationship: object, target?: string): string[] =>
    told(validateRelationship(graph, MACHINE, relationship, target));

  it("takes its properties", () => {
    assert.deepEqual(check({ $relationshipId: "r", $relationshipName: "feeds", $targetId: "t", share: 0.5 }), []);
  });

  it("refuses unknown names, values and targets", () => {
    assert.deepEqual(check({ $relationshipName: "nothing" }), ["unknown /$relationshipName"]);
    assert.deepEqual(check({ $relationshipName: "feeds", share: "x", more: 1 }), ["type /share", "unknown /more"]);
    assert.deepEqual(check({ $relationshipName: "feeds" }, MOTOR), ["target /$targetId"]);
    assert.deepEqual(check({ $relationshipName: "feeds" }, MACHINE), []);
  });
});

describe("validatePatch", () => {
  it("takes properties, components, fields, map entries, the model and source times", () => {
    assert.deepEqual(
      patch(
        ["replace", "/power", 3],
        ["add", "/motor/enabled", false],
        ["replace", "/motor", { $metadata: {}, enabled: true }],
        ["add", "/settings/a~1b", { limit: 1 }],
        ["add", "/settings/a/limit", 1],
        ["remove", "/settings/a/since"],
        ["replace", "/$metadata/$model", MACHINE],
        ["add", "/$metadata/power/sourceTime", "2024-05-01T12:00:00Z"],
        ["add", "/motor/$metadata/enabled/sourceTime", "2024-05-01T12:00:00.5+02:00"],
      ),
      [],
    );
  });

  it("refuses wrong values and ways that lead nowhere", () => {
    assert.deepEqual(
      patch(
        ["replace", "/power", 1.5],
        ["add", "/nothing", 1],
        ["add", "/motor/nothing", 1],
        ["add", "/power/deeper", 1],
        ["add", "/settings/a/nothing", 1],
        ["add", "/temperature", 1],
        ["remove", "/motor"],
      ),
      [
        "type /power",
        "unknown /nothing",
        "unknown /motor/nothing",
        "unknown /power/deeper",
        "unknown /settings/a/nothing",
        "kind /temperature",
        "component.missing /motor",
      ],
    );
  });

  it("takes the end of an Array for adding only", () => {
    const array = { "@type": "Array", elementSchema: { "@type": "Object", fields: [{ name: "x", schema: "double" }] } };
    const id = "dtmi:test:List;1";
    const models = parseModels([
      {
        "@context": "dtmi:dtdl:context;3",
        "@id": id,
        "@type": "Interface",
        contents: [{ "@type": "Property", name: "list", schema: array }],
      },
    ]);
    const by = (op: string, path: string, value: unknown) => validatePatch(models, id, [{ op, path, value }]);
    assert.deepEqual(by("add", "/list/-", { x: 1 }), []);
    assert.deepEqual(by("replace", "/list/0/x", 1), []);
    assert.deepEqual(told(by("replace", "/list/-", { x: 1 })), ["unknown /list/-"]);
    assert.deepEqual(told(by("remove", "/list/-", undefined)), ["unknown /list/-"]);
    assert.deepEqual(told(by("add", "/list/-/x", 1)), ["unknown /list/-/x"]);
    assert.match(by("add", "/list/01", { x: 1 })[0]?.expected ?? "", /^an index of the array/);
  });

  it("refuses what is no operation", () => {
    assert.deepEqual(patch(["move", "/power", 1]), ["op /0/op"]);
    assert.deepEqual(patch(["add", "power", 1]), ["pointer /0/path"]);
    assert.deepEqual(patch(["add", "", 1]), ["pointer /0/path"]);
    assert.deepEqual(patch(["add", "/power~2", 1]), ["pointer /0/path"]);
    assert.deepEqual(patch(["add", "/power"]), ["required /0/value"]);
    assert.deepEqual(told(validatePatch(graph, MACHINE, { op: "add" })), ["type "]);
    assert.deepEqual(told(validatePatch(graph, MACHINE, [null])), ["type /0"]);
  });

  it("leaves the service's own members alone", () => {
    assert.deepEqual(
      patch(
        ["replace", "/$dtId", "x"],
        ["replace", "/$metadata/$lastUpdateTime", "x"],
        ["replace", "/$metadata/power/lastUpdateTime", "x"],
        ["replace", "/$metadata/power/sourceTime", "noon"],
        ["replace", "/$metadata/nothing/sourceTime", "2024-05-01T12:00:00Z"],
        ["remove", "/$metadata/$model"],
      ),
      [
        "system /$dtId",
        "system /$metadata/$lastUpdateTime",
        "system /$metadata/power/lastUpdateTime",
        "format /$metadata/power/sourceTime",
        "unknown /$metadata/nothing/sourceTime",
        "type /$metadata/$model",
      ],
    );
  });

  it("judges the rest by the model it migrates to", () => {
    const migrate = ["replace", "/$metadata/$model", MOTOR] as [string, string, unknown];
    assert.deepEqual(patch(migrate, ["add", "/enabled", true], ["remove", "/power"]), []);
    assert.deepEqual(patch(migrate, ["add", "/power", 1]), ["unknown /power"]);
    assert.deepEqual(patch(migrate, ["remove", "/motor"]), [], "a component that the new model does not have");
    const back = ["replace", "/$metadata/$model", MACHINE] as [string, string, unknown];
    assert.deepEqual(patch(migrate, back, ["add", "/power", 1]), [], "the last model counts");
    assert.deepEqual(patch(migrate, back, ["remove", "/motor"]), ["component.missing /motor"]);
    assert.deepEqual(patch(["replace", "/$metadata/$model", "dtmi:no:M;1"]), ["model.unknown /$metadata/$model"]);
  });

  it("reports writable, and refuses by it when asked to", () => {
    const ops = [
      { op: "replace", path: "/serial", value: 5 },
      { op: "replace", path: "/power", value: "x" },
    ];
    assert.deepEqual(
      validatePatch(graph, MACHINE, ops).map((issue) => issue.writable),
      [false, true],
    );
    const good = [{ op: "replace", path: "/serial", value: "5" }];
    assert.deepEqual(validatePatch(graph, MACHINE, good), []);
    assert.deepEqual(told(validatePatch(graph, MACHINE, good, { enforceWritable: true })), ["writable /serial"]);
  });

  it("refuses by writable what would change a read-only property beside others", () => {
    const part = "dtmi:test:Part;1";
    const owner = "dtmi:test:Owner;1";
    const property = (name: string, writable: boolean) => ({ "@type": "Property", name, schema: "double", writable });
    const face = (id: string, contents: object[]) => ({
      "@context": "dtmi:dtdl:context;2",
      "@id": id,
      "@type": "Interface",
      contents,
    });
    const models = parseModels([
      face(part, [property("free", true), property("fixed", false)]),
      face("dtmi:test:Free;1", [property("free", true)]),
      face(owner, [
        property("free", true),
        property("fixed", false),
        { "@type": "Component", name: "part", schema: part },
        { "@type": "Component", name: "open", schema: "dtmi:test:Free;1" },
      ]),
    ]);
    const by = (path: string, value: unknown) =>
      told(validatePatch(models, owner, [{ op: "add", path, value }], { enforceWritable: true }));
    assert.deepEqual(by("/free", 1), []);
    assert.deepEqual(by("/open", { free: 1 }), []);
    assert.deepEqual(by("/part/free", 1), []);
    assert.deepEqual(by("/part/fixed", 1), ["writable /part/fixed"]);
    assert.deepEqual(by("/part", { free: 1, fixed: 1 }), ["writable /part/fixed"]);
    assert.deepEqual(by("/part", {}), ["writable /part/fixed"], "what is left out is unset");
    assert.deepEqual(by("/$metadata/fixed/sourceTime", "2024-05-01T12:00:00Z"), [
      "writable /$metadata/fixed/sourceTime",
    ]);
    assert.deepEqual(by("/part/$metadata/fixed/sourceTime", "2024-05-01T12:00:00Z"), [
      "writable /part/$metadata/fixed/sourceTime",
    ]);
    assert.deepEqual(by("/$metadata/free/sourceTime", "2024-05-01T12:00:00Z"), []);
    assert.deepEqual(by("/$metadata/$model", "dtmi:test:Free;1"), ["writable /$metadata/$model"]);
  });

  it("holds a Map's key in a path to what holds for one in a value", () => {
    assert.deepEqual(patch(["add", "/settings", { $a: { limit: 1 } }]), ["key /settings/$a"]);
    assert.deepEqual(patch(["add", "/settings/$a", { limit: 1 }]), ["key /settings/$a"]);
    assert.deepEqual(patch(["add", "/settings/$a/limit", 1]), ["key /settings/$a/limit"]);
    assert.deepEqual(patch(["add", "/settings/a", { limit: 1 }]), []);
  });

  it("keeps the fields that have to be there", () => {
    const id = "dtmi:com:example:extended:Machine;1";
    assert.deepEqual(told(validatePatch(graph, id, [{ op: "remove", path: "/position/x" }])), ["required /position/x"]);
    assert.deepEqual(told(validatePatch(graph, id, [{ op: "add", path: "/position", value: { x: 1 } }])), [
      "required /position/y",
    ]);
  });
});

describe("resolvePath", () => {
  it("tells content, schema and component", () => {
    const found = resolvePath(graph, MACHINE, "/motor/enabled");
    assert.equal(found?.content.kind, "Property");
    assert.equal(found?.component, "motor");
    assert.equal(found?.pointerOfProperty, "/motor/enabled");
    assert.deepEqual(resolvePath(graph, MACHINE, "/settings/any/limit")?.schema, { kind: "float" });
    assert.equal(resolvePath(graph, MACHINE, "/settings/any/limit")?.pointerOfProperty, "/settings");
    assert.equal(resolvePath(graph, MACHINE, "/motor")?.content.kind, "Component");
    assert.equal(resolvePath(graph, MACHINE, "/stop")?.content.kind, "Command");
  });

  it("finds nothing where there is nothing", () => {
    for (const pointer of ["", "power", "/nothing", "/power/x", "/motor/nothing", "/stop/x", "/toString"]) {
      assert.equal(resolvePath(graph, MACHINE, pointer), undefined, pointer);
    }
    assert.equal(resolvePath(graph, "dtmi:no:M;1", "/power"), undefined);
  });
});
