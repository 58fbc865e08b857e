/** Options of Node with which `npm run <script>` starts its module: what is measured is what people get. */
import { readFileSync } from "node:fs";

export function asNpmRuns(script: string): string[] {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
  return (scripts[script] ?? "").split(" ").filter((word) => word.startsWith("--"));
}
