/** The folder of the built page; built first where it is missing, as in a fresh checkout. Called by main.ts. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { packageInfo } from "../packageInfo.ts";

export async function ensureWebPage(print: (text: string) => void): Promise<string> {
  const { root } = packageInfo();
  const built = join(root, "dist", "web");
  if (!existsSync(join(built, "index.html"))) {
    print("Building the page, once …\n");
    const { build } = await import("vite");
    await build({ configFile: join(root, "web", "vite.config.ts"), logLevel: "error" });
  }
  return built;
}
