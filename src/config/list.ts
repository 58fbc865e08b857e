/** Settings with several entries, separated by commas. */
import { z } from "zod";

/** Without blanks around them, and without empty ones. */
export function entriesOf(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

export const list = z.string().transform(entriesOf);
