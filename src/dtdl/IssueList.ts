/**
 * Collects the faults of one parse, up to a bound, so that hostile documents give a readable and cheap answer.
 */
import { describe } from "./describe.ts";
import type { DtdlIssue, Dtmi } from "./types.ts";

const MAX_ISSUES = 1_000;

export interface Place {
  owner: Dtmi;
  path: string;
}

export class IssueList {
  readonly issues: DtdlIssue[] = [];

  get full(): boolean {
    return this.issues.length >= MAX_ISSUES;
  }

  /** `clause` names the section of the language's specification, e.g. "DTDL v3, Property". */
  add(code: string, place: Place, message: string, found: unknown, expected: string, clause: string): void {
    if (!this.full) {
      const { owner, path } = place;
      this.issues.push({ code, interface: owner, path, message, found: describe(found), expected, clause });
    }
  }
}
