// The reference parser, as WebAssembly, in a process of its own: it takes seconds to start and would keep mocha alive.
// Run as a script it answers each line of JSON on stdin, `[documents…]`, with a line `true` or `false`.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";

const PACKAGE = "@digicatapult/dtdl-parser";

/** Folder of the installed package, or of the one that DTDL_ORACLE names; undefined: not installed. */
export function findOracle(): string | undefined {
  const named = process.env["DTDL_ORACLE"];
  if (named !== undefined && named !== "") {
    return named;
  }
  try {
    return join(dirname(fileURLToPath(import.meta.resolve(PACKAGE))), ".."); // it exports build/index.js only
  } catch {
    return undefined;
  }
}

export interface OracleAnswer {
  ok: boolean;
  /** Codes or ids that the parser names, for the reader. */
  why: string;
}

/** One answer per entry of `models`, in order. */
export async function askOracle(folder: string, models: Iterable<readonly unknown[]>): Promise<OracleAnswer[]> {
  const child = spawn(process.execPath, [import.meta.filename, folder], { stdio: ["pipe", "pipe", "inherit"] });
  const answers: OracleAnswer[] = [];
  const done = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`The oracle ended with ${code}.`))));
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    answers.push(JSON.parse(line) as OracleAnswer);
  });
  for (const documents of models) {
    child.stdin.write(`${JSON.stringify(documents)}\n`);
  }
  child.stdin.end();
  await done;
  return answers;
}

interface Parser {
  parse(text: string): string;
}

function judge(parser: Parser, line: string): OracleAnswer {
  try {
    parser.parse(line);
    return { ok: true, why: "" };
  } catch (error) {
    return { ok: false, why: (error instanceof Error ? error.message : String(error)).slice(0, 400) };
  }
}

async function answerAll(folder: string): Promise<void> {
  const parser = (await import(pathToFileURL(join(folder, "build/interop/modelParser.js")).href)) as Parser;
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(judge(parser, line))}\n`);
  }
  process.stdout.write("", () => process.exit(0));
}

if (import.meta.main) {
  await answerAll(process.argv[2] ?? "");
}
