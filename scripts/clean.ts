// Removes a build folder of this project: `node scripts/clean.ts dist`.
import { rmSync } from "node:fs";
import { resolve } from "node:path";

for (const name of process.argv.slice(2)) {
  const path = resolve(name);
  if (!path.startsWith(`${process.cwd()}/`)) {
    throw new Error(`${path} is not inside ${process.cwd()}`);
  }
  rmSync(path, { recursive: true, force: true });
}
