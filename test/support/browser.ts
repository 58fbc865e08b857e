// A Chromium for tests: the system's where there is one, else the npm package @sparticuz/chromium, which brings the
// libraries that a bare machine lacks. Without either, tests skip and say how to get one; E2E_REQUIRED=1 makes them fail.
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";

export const HOW_TO_GET_ONE =
  "no Chromium: `apt-get install chromium`, or set CHROMIUM_PATH to one, or install without --omit=dev";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/** No sandbox: tests run in containers, on pages of ours only. Nothing is fetched from elsewhere. */
const ARGS = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
  "--ignore-gpu-blocklist",
  // Without a GPU, layers are put together for less CPU without GL; the scene itself is drawn with it all the same.
  "--disable-gpu-compositing",
];
/** Software WebGL: Mesa's is twice as fast as SwiftShader, which Chromium brings along. */
const GRAPHICS = [
  ["--use-gl=angle", "--use-angle=gl-egl"],
  ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
];

interface Candidate {
  executablePath: string;
  args: string[];
  env?: Record<string, string>;
}

/** To be closed by the test. undefined when none can be had; `trouble` then says why those that are there do not start. */
export async function newBrowser(trouble: string[] = []): Promise<Browser | undefined> {
  for (const candidate of await candidates()) {
    try {
      const browser = await chromium.launch({
        executablePath: candidate.executablePath,
        args: [...ARGS, ...candidate.args],
        ...(candidate.env === undefined ? {} : { env: { ...process.env, ...candidate.env } as Record<string, string> }),
      });
      if (await canDraw(browser)) {
        return browser;
      }
      await browser.close();
      trouble.push(`${candidate.executablePath} has no WebGL`);
    } catch (error) {
      // It lacks a library, or is a torn file: the next one may do.
      trouble.push(`${candidate.executablePath} does not start: ${String(error).split("\n")[0]}`);
    }
  }
  return undefined;
}

/** For `before` hooks: a browser, or the suite is skipped with a sentence. */
export async function browserOrSkip(test: Mocha.Context): Promise<Browser> {
  const trouble: string[] = [];
  const browser = await newBrowser(trouble);
  if (browser !== undefined) {
    return browser;
  }
  const why = [HOW_TO_GET_ONE, ...trouble].join("; ");
  if (process.env["E2E_REQUIRED"] === "1") {
    throw new Error(`E2E_REQUIRED=1, but ${why}`);
  }
  console.log(`      skipped, ${why}`);
  return test.skip();
}

async function candidates(): Promise<Candidate[]> {
  const system = systemChromium();
  const found: Candidate[] = system.flatMap((executablePath) => GRAPHICS.map((args) => ({ executablePath, args })));
  return found.length > 0 ? found : packaged();
}

function systemChromium(): string[] {
  const given = process.env["CHROMIUM_PATH"];
  if (given !== undefined && given !== "") {
    return given === "none" ? [] : [given];
  }
  const folders = ["/usr/bin", ...(process.env["PATH"] ?? "").split(delimiter)];
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
  return found === undefined ? [] : [found];
}

/** The package's own arguments are for AWS Lambda (one process, no web security): only the binary is taken. */
async function packaged(): Promise<Candidate[]> {
  try {
    const { default: bundled, inflate } = await import("@sparticuz/chromium");
    const bin = join(dirname(fileURLToPath(import.meta.resolve("@sparticuz/chromium"))), "..", "bin");
    const executablePath = await bundled.executablePath(bin);
    await inflate(join(bin, "al2023.tar.br"));
    const env = { LD_LIBRARY_PATH: join(tmpdir(), "al2023", "lib"), FONTCONFIG_PATH: join(tmpdir(), "fonts") };
    return [{ executablePath, args: GRAPHICS[1] ?? [], env }];
  } catch {
    return [];
  }
}

async function canDraw(browser: Browser): Promise<boolean> {
  const page = await browser.newPage();
  const draws = await page.evaluate("document.createElement('canvas').getContext('webgl2') !== null");
  await page.close();
  return draws === true;
}
