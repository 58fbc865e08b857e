/** The folder of the built page; in a checkout it is built first where it is missing or older than its sources. Called by main.ts. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { packageInfo } from "../packageInfo.ts";

export async function ensureWebPage(print: (text: string) => void): Promise<string> {
  const { root } = packageInfo();
  const built = join(root, "dist", "web");
  if (isOutdated(join(built, "index.html"), [join(root, "web"), join(root, "src", "protocol")])) {
    print("Building the page …\n");
    const { build } = await import("vite");
    await build({ configFile: join(root, "web", "vite.config.ts"), logLevel: "error" });
  }
  return built;
}

/** Whether `file` is missing, or something in `folders` is newer. Folders that are missing, as in the package, are not newer. */
export function isOutdated(file: string, folders: readonly string[]): boolean {
  if (!existsSync(file)) {
    return true;
  }
  const { mtimeMs } = statSync(file);
  return folders.filter(existsSync).some((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .some((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs > mtimeMs),
  );
}
