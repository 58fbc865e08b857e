// Real material made by others (ontologies, telemetry), which the project reads where it lies beside the checkout and does
// not carry: `../shared/data`, or the folder that SHARED_DATA names. Tests that need it skip without it and say so.
import { existsSync } from "node:fs";
import { join } from "node:path";

const FOLDER = process.env["SHARED_DATA"] ?? join(import.meta.dirname, "..", "..", "..", "shared", "data");

/** The path of a file or folder in there; undefined when it is not there. */
export function sharedData(path: string): string | undefined {
  const found = join(FOLDER, path);
  return existsSync(found) ? found : undefined;
}

/** For tests that cannot do without. */
export function needsSharedData(test: Mocha.Context, path: string): string {
  const found = sharedData(path);
  if (found === undefined) {
    console.log(`      skipped: ${join(FOLDER, path)} is not there; SHARED_DATA names its folder`);
    return test.skip();
  }
  return found;
}
