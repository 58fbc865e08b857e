/** Reads the control file from disk, once at the start: a change takes effect with the next start. Called by connect.ts. */
import { readFileSync } from "node:fs";
import { ControlFileError, type ControlRules, parseControlFile } from "./controlFile.ts";

/** @throws ControlFileError with every fault of the file */
export function readControlFile(path: string): { control: ControlRules; where: string } {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new ControlFileError(path, [`it cannot be read: ${error instanceof Error ? error.message : String(error)}`]);
  }
  return { control: parseControlFile(text, path), where: path };
}
