/**
 * The mapping file while the server runs: read at the start, where a faulty one ends it, and again when it changes or when
 * somebody asks (SIGHUP). A faulty change is told and leaves the rules as they were.
 *
 * Made by connect.ts when MAPPING_FILE is set; EventPump asks `rules` for every message.
 */
import { readFileSync, statSync } from "node:fs";
import type { Log } from "../../twins/types.ts";
import { MessageRules } from "./MessageRules.ts";
import { parseRuleFile, RuleFileError } from "./ruleFile.ts";

/** The file is asked for its time of change, which works on every kind of disk and survives editors that replace it. */
const POLL_MS = 1000;

export class MappingFile {
  readonly #path: string;
  readonly #log: Log;
  #text = "";
  #rules: MessageRules;
  /** Of the file as it was read: time of change, size, inode. */
  #version = "";
  #timer: NodeJS.Timeout | undefined;

  /** @throws RuleFileError */
  constructor({ path, log }: { path: string; log: Log }) {
    this.#path = path;
    this.#log = log;
    this.#rules = this.#read();
  }

  get rules(): MessageRules {
    return this.#rules;
  }

  /** Looks after the file from now on. */
  watch(intervalMs = POLL_MS): void {
    const look = () => this.#version !== versionOf(this.#path) && this.reload();
    this.#timer = setInterval(look, intervalMs).unref();
  }

  /** Never throws. */
  reload(): void {
    const before = this.#text;
    try {
      this.#rules = this.#read();
      if (this.#text !== before) {
        this.#log.info({ file: this.#path }, "mapping rules read again");
      }
    } catch (error) {
      this.#text = before;
      this.#log.error({ err: error, file: this.#path }, "the changed mapping file is not usable; the old rules hold");
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #read(): MessageRules {
    let text: string;
    this.#version = versionOf(this.#path);
    try {
      text = readFileSync(this.#path, "utf8");
    } catch (error) {
      throw new RuleFileError(this.#path, [`it cannot be read: ${error instanceof Error ? error.message : error}`]);
    }
    const rules = new MessageRules(parseRuleFile(text, this.#path));
    this.#text = text;
    return rules;
  }
}

function versionOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? "" : `${stats.mtimeMs}/${stats.size}/${stats.ino}`;
}
