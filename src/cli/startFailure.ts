/** What went wrong at the start, as a sentence for the one who typed the command. Pure; called by main.ts. */
import { PolicyFileError } from "../auth/policyFile.ts";
import { type Config, ConfigError } from "../config.ts";
import { ControlFileError } from "../control/rules/controlFile.ts";
import { TwinError } from "../errors.ts";
import { RuleFileError } from "../ingest/mapping/ruleFile.ts";

/** Their messages are sentences that say what to do. */
const FOR_PEOPLE = [ConfigError, TwinError, RuleFileError, PolicyFileError, ControlFileError];

export function startFailure(error: unknown, config: Partial<Config>): string {
  if (error instanceof Error && FOR_PEOPLE.some((kind) => error instanceof kind)) {
    return error.message;
  }
  const e = error as Partial<NodeJS.ErrnoException>;
  switch (e.code) {
    case "EADDRINUSE":
      return `Port ${config.port} is taken by another program. Stop that, or choose another port: PORT=2600 npm start`;
    case "EACCES":
      return e.syscall === "listen"
        ? `Port ${config.port} may not be used by this user. Choose one above 1023: PORT=2567 npm start`
        : `${e.path ?? config.dataDir} may not be written by this user. Give it to you, or use another folder: DATA_DIR=… npm start`;
    case "ENOTDIR":
    case "EEXIST":
      return `${e.path ?? config.dataDir} is not a folder. Choose another one for the data: DATA_DIR=… npm start`;
    case "EROFS":
    case "ENOSPC":
      return `${e.path ?? config.dataDir} cannot be written (${e.code}). Use another folder: DATA_DIR=… npm start, or keep nothing: npm start -- --memory`;
    case "ERR_PARSE_ARGS_UNKNOWN_OPTION":
    case "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL":
      return `${e.message}\nnpm start -- --help shows what there is.`;
    default:
      return `Could not start. ${error instanceof Error ? error.message : String(error)}${where(error, config)}`;
  }
}

/** Errors of ours say what to do; of others, those who look for the cause see where they come from. */
function where(error: unknown, { logLevel }: Partial<Config>): string {
  const stack = error instanceof Error ? `\n${error.stack}` : "";
  return logLevel === "debug" || logLevel === "trace" ? stack : "\nLOG_LEVEL=debug shows where it happened.";
}
