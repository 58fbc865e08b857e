import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { codegen } from "../../../src/cli/codegen.ts";
import { typeNames } from "../../../src/dtdl/codegen/typeNames.ts";
import { generateCode } from "../../../src/dtdl/codegen.ts";
import { parseModels } from "../../../src/dtdl/index.ts";
import { TwinSchemas } from "../../../src/schema/TwinSchemas.ts";
import { needsSharedData } from "../../support/sharedData.ts";
import { extended, ONTOLOGIES, ontology, rich } from "./fixtures.ts";

const FIXTURES = new URL("../../fixtures/dtdl/", import.meta.url).pathname;
const TSC = new URL("../../../node_modules/typescript/bin/tsc", import.meta.url).pathname;
const MACHINE = "dtmi:com:example:rich:Machine;1";

describe("codegen", () => {
  let folder = "";
  let said: string[] = [];
  const terminal = { out: (text: string) => said.push(text), error: (text: string) => said.push(text) };
  const compile = (...files: string[]): string => {
    const options = "--ignoreConfig --noEmit --strict --types --target es2022 --module nodenext".split(" ");
    options.splice(options.indexOf("--types") + 1, 0, "");
    try {
      return execFileSync(process.execPath, [TSC, ...options, ...files], { cwd: folder, encoding: "utf8" });
    } catch (error) {
      return String((error as { stdout?: string }).stdout ?? error);
    }
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "codegen-"));
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    said = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("writes types that compile, told apart by model, and decoders beside them", async () => {
    const output = join(folder, "twins.d.ts");
    assert.equal(codegen([join(FIXTURES, "rich.json"), join(FIXTURES, "extensions.json"), "-o", output], terminal), 0);
    writeFileSync(
      join(folder, "use.ts"),
      `import { decodeTwin, roomTwin, type RichMachine, type RichMachineCommands, type TwinStateBase } from "./twins.js";
       export function show(state: TwinStateBase): string | number | undefined {
         const twin = roomTwin(state, ["${MACHINE}"]);
         if (twin?.model === "${MACHINE}") {
           const mode: "OFF" | "AUTO" | undefined = decodeTwin(twin).mode;
           const index: number | undefined = twin.state.mode;
           return mode ?? index ?? twin.state.motor?.speed;
         }
         return undefined;
       }
       export const machine: RichMachine = { serial: "a", power: 1, level: 2, motor: { enabled: true } };
       export const to: RichMachineCommands["move"]["request"] = 5;
       // @ts-expect-error: no such level
       export const wrong: RichMachine["level"] = 3;
      `,
    );
    assert.equal(compile("use.ts"), "");
    const graph = parseModels([rich(), extended()]);
    const schemas = new TwinSchemas(graph);
    const state = schemas.create(MACHINE, schemas.models.indexOf(MACHINE));
    const values = { power: 5, mode: "AUTO", level: 2, settings: { a: { limit: 1.5 } }, temperature: 20.5 };
    for (const [name, value] of Object.entries(values)) {
      schemas.write(state, MACHINE, `/${name}`, value);
    }
    schemas.write(state, MACHINE, "/motor/enabled", true);
    const decoders = (await import(pathToFileURL(join(folder, "twins.js")).href)) as {
      roomTwin(state: unknown, models: readonly string[]): { model: string } | undefined;
      decodeTwin(twin: unknown): unknown;
    };
    const twin = decoders.roomTwin(state, schemas.models);
    assert.equal(twin?.model, MACHINE);
    assert.deepEqual(decoders.decodeTwin(twin), { ...values, motor: { enabled: true } });
    assert.equal(decoders.roomTwin({ $model: 99 }, schemas.models), undefined);
  });

  it("knows which models a room shows as generic twins, and decodes those too", async () => {
    const number = (i: number) => ({ "@type": "Property", name: `n${i}`, schema: "double" });
    const mode = { "@type": "Enum", valueSchema: "string", enumValues: [{ name: "on", enumValue: "ON" }] };
    const size = { "@type": "Object", fields: [{ name: "w", schema: "double" }] };
    const part = {
      "@context": "dtmi:dtdl:context;3",
      "@id": "dtmi:x:Part;1",
      "@type": "Interface",
      contents: [number(1)],
    };
    const large = {
      ...part,
      "@id": "dtmi:x:Large;1",
      contents: [
        ...Array.from({ length: 60 }, (_, i) => number(i)),
        { "@type": "Property", name: "mode", schema: mode },
        { "@type": "Property", name: "size", schema: size },
        { "@type": "Telemetry", name: "hot", schema: "boolean" },
        { "@type": "Component", name: "part", schema: "dtmi:x:Part;1" },
        { "@type": "Component", name: "spare", schema: "dtmi:x:Part;1" },
      ],
    };
    writeFileSync(join(folder, "large.json"), JSON.stringify([part, large]));
    assert.equal(codegen([join(folder, "large.json"), "-o", join(folder, "twins.d.ts")], terminal), 0, said.join());
    writeFileSync(
      join(folder, "use.ts"),
      `import { decodeTwin, type TwinStates } from "./twins.js";
       export function show(state: TwinStates["dtmi:x:Large;1"]): number | undefined {
         return state.$numbers.get("n59") ?? decodeTwin({ model: "dtmi:x:Large;1", state }).part?.n1;
       }
      `,
    );
    assert.equal(compile("use.ts"), "");
    const schemas = new TwinSchemas(parseModels([part, large]));
    const state = schemas.create("dtmi:x:Large;1", 1);
    const values = { n0: 0, n59: 5.5, mode: "ON", size: { w: 2 }, hot: false };
    for (const [name, value] of Object.entries(values)) {
      schemas.write(state, "dtmi:x:Large;1", `/${name}`, value);
    }
    schemas.write(state, "dtmi:x:Large;1", "/part/n1", 7);
    const { decodeTwin } = await import(pathToFileURL(join(folder, "twins.js")).href);
    assert.deepEqual(decodeTwin({ model: "dtmi:x:Large;1", state }), { ...values, part: { n1: 7 } });
  });

  it("compiles for whole ontologies", function () {
    this.timeout(60_000);
    needsSharedData(this, "ontologies");
    const { types } = generateCode(parseModels(ONTOLOGIES.flatMap((name) => ontology(name))));
    writeFileSync(join(folder, "all.d.ts"), types);
    assert.equal(compile("all.d.ts"), "");
  });

  it("tells ids apart that differ in the case of a letter only", () => {
    const ids = ["dtmi:x:Odd;1", "dtmi:x:odd;1", "dtmi:X:odd;1"];
    const graph = parseModels(
      ids.map((id) => ({ "@context": "dtmi:dtdl:context;3", "@id": id, "@type": "Interface" })),
    );
    const { types } = generateCode(graph);
    const named = [...types.matchAll(/export interface (\w*Odd\w*?)(?: |<)/g)].map((match) => match[1]);
    assert.equal(new Set(named).size, named.length);
    for (const id of ids) {
      assert.ok(types.includes(id), id);
    }
  });

  it("tells units, enum names, formats and what is read-only", () => {
    const { types } = generateCode(parseModels(rich()));
    for (const text of [
      "Unit: kilowatt.",
      "1 = low, 2 = high.",
      "A duration.",
      "Read-only.",
      'mode?: "OFF" | "AUTO"',
      "stop: { request: undefined; response: undefined }",
    ]) {
      assert.ok(types.includes(text), text);
    }
  });

  it("gives every model a name of its own", () => {
    const ids = [
      "dtmi:a:Pump;1",
      "dtmi:a:Pump;2",
      "dtmi:b:Valve;1",
      "dtmi:c:Valve;1",
      "dtmi:a:PumpV1State;1",
      "dtmi:x:string;1",
      "dtmi:x:record;1",
    ];
    const graph = parseModels(
      ids.map((id) => ({ "@context": "dtmi:dtdl:context;3", "@id": id, "@type": "Interface" })),
    );
    assert.deepEqual(
      [...typeNames(graph).values()],
      ["PumpV1", "PumpV2", "BValve", "CValve", "PumpV1State2", "String2", "Record2"],
    );
  });

  it("does not let a text leave its comment", () => {
    const model = {
      "@context": "dtmi:dtdl:context;3",
      "@id": "dtmi:a:A;1",
      "@type": "Interface",
      description: "*/ alert(1) /*\n x",
    };
    writeFileSync(join(folder, "a.d.ts"), generateCode(parseModels([model])).types);
    assert.equal(compile("a.d.ts"), "");
  });

  it("reads files with a byte order mark", () => {
    const path = join(folder, "marked.json");
    writeFileSync(path, `\uFEFF${readFileSync(join(FIXTURES, "rich.json"), "utf8")}`);
    assert.equal(codegen([path, "-o", join(folder, "x.d.ts")], terminal), 0, said.at(-1));
  });

  it("reads what a twin service tells of its models: a page of REST, and the array of az dt model list", () => {
    const told = [rich()]
      .flat()
      .map((model) => ({ id: (model as { "@id": string })["@id"], decommissioned: false, model }));
    const written = (file: unknown) => {
      writeFileSync(join(folder, "models.json"), JSON.stringify(file));
      assert.equal(codegen([join(folder, "models.json"), "-o", join(folder, "x.d.ts")], terminal), 0, said.at(-1));
      return readFileSync(join(folder, "x.d.ts"), "utf8");
    };
    const types = written(rich());
    assert.equal(written({ value: told, nextCursor: null }), types);
    assert.equal(written(told), types);
  });

  it("says what is wrong with the command line, a file or a model", () => {
    assert.equal(codegen([], terminal), 2);
    assert.equal(codegen(["x.json", "-o", "x.ts"], terminal), 2);
    assert.equal(codegen(["--what"], terminal), 2);
    assert.equal(codegen(["--help"], terminal), 0);
    const output = ["-o", join(folder, "x.d.ts")];
    const refusal = (path: string): string => {
      assert.equal(codegen([path, ...output], terminal), 1);
      return said.at(-1)?.replaceAll(folder, "") ?? "";
    };
    assert.equal(refusal(join(folder, "none.json")), "There is no file or folder /none.json.");
    mkdirSync(join(folder, "empty"));
    assert.equal(refusal(join(folder, "empty")), "The folder /empty has no .json or .jsonld file.");
    writeFileSync(join(folder, "anonymous.json"), "[{}]");
    assert.match(refusal(join(folder, "anonymous.json")), /^\/anonymous\.json \/0\/@context: The model does not say/);
    writeFileSync(join(folder, "broken.json"), "{");
    assert.equal(codegen([join(folder, "broken.json"), "-o", join(folder, "x.d.ts")], terminal), 1);
    writeFileSync(
      join(folder, "model.json"),
      readFileSync(join(FIXTURES, "rich.json"), "utf8").replaceAll("kilowatt", "kelvin"),
    );
    assert.equal(codegen([join(folder, "model.json"), "-o", join(folder, "x.d.ts")], terminal), 1);
    assert.match(
      said.at(-1) ?? "",
      /^dtmi:com:example:rich:Machine;1\/contents\/3\/unit: This is no PowerUnit\. Found "kelvin", expected gigawatt, .* \[unit\.value; DTDL v2, Property, unit\]$/,
    );
  });
});
