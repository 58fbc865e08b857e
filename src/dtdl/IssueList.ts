/**
 * Collects the faults of one parse, up to a bound, so that hostile documents give a readable and cheap answer.
 */
import { describe } from "./describe.ts";
import type { DtdlIssue, Dtmi } from "./types.ts";

const MAX_ISSUES = 1_000;

/** Where: an Interface's id and a JSON Pointer inside its document. Elements are places. */
export interface Place {
  owner: Dtmi;
  path: string;
}

export interface Fault {
  code: string;
  at: Place;
  message: string;
  found: unknown;
  expected: string;
  /** Section of the language's specification, with its version: "DTDL v3, Property". */
  clause: string;
}

export class IssueList {
  readonly issues: DtdlIssue[] = [];

  get full(): boolean {
    return this.issues.length >= MAX_ISSUES;
  }

  add({ code, at, message, found, expected, clause }: Fault): void {
    if (!this.full) {
      this.issues.push({ code, interface: at.owner, path: at.path, message, found: describe(found), expected, clause });
    }
  }
}
