/**
 * `npx colyseus-digital-twins codegen MODELS… -o twins.d.ts`: TypeScript types from DTDL files and folders, and beside
 * them a module of the same name with the decoders. Faults of the models are told as sentences, all of them.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { generateCode } from "../dtdl/codegen.ts";
import { DtdlParseError, parseModels } from "../dtdl/index.ts";
import type { DtdlIssue } from "../dtdl/types.ts";
import { fieldName } from "../protocol/names.ts";
import { TwinSchemas } from "../schema/TwinSchemas.ts";

const USAGE = `usage: colyseus-digital-twins codegen MODELS… -o twins.d.ts

  MODELS   DTDL files (.json, .jsonld), or folders of them; also what
           GET /api/v1/models?includeModelDefinition=true answers, and what
           az dt model list --definition prints
  -o       where the types go; the decoders go beside them, to twins.js`;

export interface Terminal {
  out(text: string): void;
  error(text: string): void;
}

/** The exit code: 0 done, 1 the models are at fault, 2 the command line is. */
export function codegen(args: readonly string[], terminal: Terminal): number {
  if (args.includes("--help") || args.includes("-h")) {
    terminal.out(USAGE);
    return 0;
  }
  const options = readOptions(args);
  if (typeof options === "string") {
    terminal.error(options);
    return 2;
  }
  const { models, output } = options;
  let files: string[] = [];
  try {
    files = models.flatMap(modelFiles);
    const graph = parseModels(files.map(readModel));
    const schemas = new TwinSchemas(graph);
    const isGeneric = (model: string) => schemas.slots(model) === undefined;
    const { types, decoders } = generateCode(graph, { fieldName, isGeneric });
    const module = output.replace(/\.d\.ts$/, ".js");
    writeFileSync(output, types);
    writeFileSync(module, decoders);
    terminal.out(`${graph.interfaces.size} models: types in ${output}, decoders in ${module}`);
    return 0;
  } catch (error) {
    const isModels = error instanceof DtdlParseError;
    terminal.error(isModels ? error.issues.map((issue) => sentence(issue, files)).join("\n") : reason(error));
    return 1;
  }
}

function readOptions(args: readonly string[]): { models: string[]; output: string } | string {
  try {
    const options = { output: { type: "string", short: "o" } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const { output } = values;
    if (positionals.length === 0 || output === undefined) {
      const missing =
        positionals.length === 0 ? "Models are missing: DTDL files or folders." : "-o FILE.d.ts is missing.";
      return args.length === 0 ? USAGE : `${missing}\n${USAGE}`;
    }
    return output.endsWith(".d.ts")
      ? { models: positionals, output }
      : `The types go into a file that ends in .d.ts, not ${output}.`;
  } catch (error) {
    return `${reason(error)}\n${USAGE}`;
  }
}

/** A file as it is; of a folder, and the folders in it, all .json and .jsonld. */
function modelFiles(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new Error(`There is no file or folder ${path}.`);
  }
  if (!found.isDirectory()) {
    return [path];
  }
  const files = readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) => /\.json(?:ld)?$/.test(name));
  if (files.length === 0) {
    throw new Error(`The folder ${path} has no .json or .jsonld file.`);
  }
  return files.toSorted().map((name) => join(path, name));
}

function readModel(path: string): unknown {
  try {
    // Editors on Windows put a byte order mark first, which is no JSON.
    return documents(JSON.parse(readFileSync(path, "utf8").replace(/^\uFEFF/, "")));
  } catch (error) {
    throw new Error(`${path} is no JSON: ${reason(error)}`, { cause: error });
  }
}

/** A twin service tells models as `{ id, model }`, in an array or a page of it: then what is in them. */
function documents(file: unknown): unknown {
  const { value } = (file ?? {}) as { value?: unknown };
  const list = Array.isArray(value) ? value : file;
  const inside = (one: { "@id"?: unknown; model?: unknown } | null) =>
    one?.["@id"] === undefined && typeof one?.model === "object" ? one.model : one;
  return Array.isArray(list) ? list.map(inside) : list;
}

/** Where an Interface has no id that could be told, the place begins with the file's number: here its name. */
function sentence(
  { interface: id, path, message, found, expected, code, clause }: DtdlIssue,
  files: readonly string[],
): string {
  const [, file = "", rest = ""] = /^\/(\d+)(.*)$/.exec(id === "" ? path : "") ?? [];
  const place =
    files[Number(file)] !== undefined && file !== "" ? `${files[Number(file)]} ${rest}`.trim() : `${id}${path}`;
  return `${place}: ${message} Found ${found}, expected ${expected}. [${code}; ${clause}]`;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

if (import.meta.main) {
  process.exitCode = codegen(process.argv.slice(2), {
    out: (text) => process.stdout.write(`${text}\n`),
    error: (text) => process.stderr.write(`${text}\n`),
  });
}
