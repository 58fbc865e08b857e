/**
 * What `parseModels` throws: every fault of all the documents at once, each with code, place and clause.
 * Called by parseModels only; REST and the start-up checks print `issues`, never the stack.
 */
import type { DtdlIssue } from "./types.ts";

const SHOWN = 5;

export class DtdlParseError extends Error {
  override readonly name = "DtdlParseError";
  readonly code = "DTDL_INVALID";
  readonly issues: readonly DtdlIssue[];

  constructor(issues: readonly DtdlIssue[]) {
    super(summary(issues));
    this.issues = issues;
  }
}

function summary(issues: readonly DtdlIssue[]): string {
  const lines = issues.slice(0, SHOWN).map((issue) => `  ${issue.interface}${issue.path}: ${issue.message}`);
  const more = issues.length > SHOWN ? [`  … and ${issues.length - SHOWN} more`] : [];
  const head = issues.length === 1 ? "One fault in these models:" : `${issues.length} faults in these models:`;
  return [head, ...lines, ...more].join("\n");
}
