/**
 * The policy file (docs/sign-in.md): its shape, every fault of it at once, and its content while the server runs: a faulty one
 * ends the start, a faulty change is told and leaves the rules as they were. What the rules mean is RulePolicy's matter.
 */
import { readFileSync, statSync } from "node:fs";
import { z } from "zod";
import { ROLES } from "../protocol/names.ts";
import { ACTIONS, type Action } from "./AccessPolicy.ts";

/** Reading is not decided by rules: rooms show a space as a whole, but for RESTRICTED_PROPERTIES. */
const WRITES = ACTIONS.filter((action) => action !== "read") as [Exclude<Action, "read">];
const names = z.array(z.string().min(1).max(2048)).min(1).optional();

const rule = z.strictObject({
  effect: z.enum(["allow", "deny"]),
  /** Told to whoever is refused by it; elsewhere a comment. */
  why: z.string().min(1).max(500).optional(),
  roles: z
    .array(z.enum(ROLES))
    .min(1)
    .default([...ROLES]),
  actions: z.array(z.enum(WRITES)).min(1),
  /** Ids; `*` stands for any characters. */
  twins: names,
  /** Those that extend one are meant too. */
  models: z.array(z.string().startsWith("dtmi:")).min(1).optional(),
  /** Ids of spaces: twins in them, placements in them. */
  spaces: names,
  /** Pointers of properties, with what is below them; or names of commands, `component/command` for a component's. */
  paths: names,
});

const file = z.strictObject({
  /** Whether the roles' own rights hold where no rule speaks. */
  roles: z.boolean().default(false),
  rules: z.array(rule).max(10_000),
});

export type PolicyRule = z.output<typeof rule>;
export type PolicyRules = z.output<typeof file>;

/** Every fault of the file, a line each: where, and what was expected. */
export class PolicyFileError extends Error {
  override readonly name = "PolicyFileError";
  readonly problems: readonly string[];

  constructor(where: string, problems: readonly string[]) {
    super(`The policy file ${where} is not usable:\n${problems.map((p) => `  ${p}`).join("\n")}`);
    this.problems = problems;
  }
}

/** @throws PolicyFileError */
export function parsePolicyFile(text: string, where: string): PolicyRules {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new PolicyFileError(where, [`it is not JSON: ${error instanceof Error ? error.message : String(error)}`]);
  }
  const parsed = file.safeParse(json);
  if (!parsed.success) {
    throw new PolicyFileError(
      where,
      parsed.error.issues.map((issue) => `${pathOf(issue.path)}: ${issue.message}`),
    );
  }
  return parsed.data;
}

interface FileLog {
  info(o: object, text: string): void;
  error(o: object, text: string): void;
}

/** The file is asked for its time of change, which works on every kind of disk and survives editors that replace it. */
const POLL_MS = 1000;

export class PolicyFile {
  readonly #path: string;
  readonly #log: FileLog;
  /** Time of change, size, inode. */
  #version = "";
  #rules: PolicyRules;
  #timer: NodeJS.Timeout | undefined;

  /** @throws PolicyFileError */
  constructor({ path, log }: { path: string; log: FileLog }) {
    this.#path = path;
    this.#log = log;
    this.#rules = this.#read();
  }

  get rules(): PolicyRules {
    return this.#rules;
  }

  /** Looks after the file from now on. */
  watch(intervalMs = POLL_MS): void {
    const look = () => this.#version !== versionOf(this.#path) && this.reload();
    this.#timer = setInterval(look, intervalMs).unref();
  }

  /** Never throws. */
  reload(): void {
    try {
      this.#rules = this.#read();
      this.#log.info({ file: this.#path }, "the policy was read again");
    } catch (error) {
      this.#log.error({ err: error, file: this.#path }, "the changed policy file is not usable; the old rules hold");
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #read(): PolicyRules {
    this.#version = versionOf(this.#path);
    let text: string;
    try {
      text = readFileSync(this.#path, "utf8");
    } catch (error) {
      throw new PolicyFileError(this.#path, [`it cannot be read: ${error instanceof Error ? error.message : error}`]);
    }
    return parsePolicyFile(text, this.#path);
  }
}

function versionOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? "" : `${stats.mtimeMs}/${stats.size}/${stats.ino}`;
}

/** `rules[1].paths[0]` */
function pathOf(path: readonly PropertyKey[]): string {
  const text = path.map((key, i) => (typeof key === "number" ? `[${key}]` : `${i > 0 ? "." : ""}${String(key)}`));
  return text.join("") || "the file";
}
