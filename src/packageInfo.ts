/** Where this package lies and what version it is; the same from src/ and from dist/src/. */
import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname } from "node:path";

export function packageInfo(): { root: string; version: string } {
  const file = findPackageJSON(import.meta.url);
  if (file === undefined) {
    throw new Error("package.json was not found above this file");
  }
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
  return { root: dirname(file), version };
}
