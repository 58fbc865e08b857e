// A program of this package as a process of its own, in a process group of its own, as a shell would start it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { eventually } from "./eventually.ts";

export const ROOT = join(import.meta.dirname, "..", "..");
/** The first start on a fresh checkout builds the page. */
const START_MS = 45_000;

export interface NewProcess {
  stdout(): string;
  stderr(): string;
  /** The match, as soon as stdout has it. Throws with all that was printed when the process ends before. */
  prints(pattern: RegExp): Promise<RegExpExecArray>;
  /** To the whole group, as Ctrl-C of a terminal. `ms` is how long the end took. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; ms: number }>;
  /** Without a signal. */
  ended: Promise<number | null>;
}

export interface NewServer extends NewProcess {
  url: string;
}

const groups = new Set<number>();

/** `args` of this process's Node, or of npm. */
export function newProcess(
  args: readonly string[],
  env: Record<string, string> = {},
  program: "node" | "npm" = "node",
): NewProcess {
  const child = spawn(program === "node" ? process.execPath : "npm", args, {
    cwd: ROOT,
    env: { ...withoutSettings(), LOG_LEVEL: "warn", ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const group = child.pid ?? assert.fail(`${program} could not be started`);
  groups.add(group);
  const printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      printed[name] += text;
    });
  }
  const ended = once(child, "close").then(([code]) => code as number | null);
  return {
    stdout: () => printed.stdout,
    stderr: () => printed.stderr,
    ended,
    prints: (pattern) => prints(child, printed, pattern),
    async end(signal) {
      const asked = performance.now();
      process.kill(-group, signal);
      const code = await ended;
      await eventually(() => assert.ok(!isAlive(group), "a process is left"));
      groups.delete(group);
      return { code, ms: performance.now() - asked };
    },
  };
}

/** `npm start` without npm. Resolves when it has printed where it is. */
export async function newServer(env: Record<string, string>, args: readonly string[] = []): Promise<NewServer> {
  const server = newProcess(["src/main.ts", ...args], { PORT: "0", ...env });
  return { ...server, url: await urlOf(server) };
}

export async function urlOf(server: NewProcess): Promise<string> {
  const [, url = ""] = await server.prints(/Open\s+(http\S+)/);
  return url;
}

/** For `afterEach` or `after`: what still runs of what was started here is killed. */
export async function endProcesses(): Promise<void> {
  for (const group of groups) {
    if (isAlive(group)) {
      process.kill(-group, "SIGKILL");
    }
  }
  await eventually(() => assert.ok(![...groups].some(isAlive)));
  groups.clear();
}

async function prints(
  child: { exitCode: number | null; signalCode: string | null },
  printed: { stdout: string; stderr: string },
  pattern: RegExp,
): Promise<RegExpExecArray> {
  const all = () => `\n${printed.stdout}\n${printed.stderr}`;
  const found = await eventually(
    () => {
      const match = pattern.exec(printed.stdout);
      const isOver = child.exitCode !== null || child.signalCode !== null;
      return match ?? (isOver ? undefined : assert.fail(`${pattern} was not printed:${all()}`));
    },
    { timeoutMs: START_MS, intervalMs: 20 },
  );
  return found ?? assert.fail(`it ended without printing ${pattern}:${all()}`);
}

/** Any process of the group. */
function isAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

/** What is set in the shell of whoever runs the tests is not to decide them. */
function withoutSettings(): NodeJS.ProcessEnv {
  const ours =
    /^(AZURE_|PORT$|HOST$|DATA_DIR$|LOG_LEVEL$|WRITE_THROUGH$|SPACE_|FIRST_SPACE$|ALLOWED_|RESTRICTED_|AUTH_|POLICY_FILE$|READ_ONLY$|METRICS_TOKEN$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}
