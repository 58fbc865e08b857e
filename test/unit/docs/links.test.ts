/** Links within the repository's documents lead to files that are there, and to headings in them. */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const ROOT = new URL("../../../", import.meta.url).pathname;
const files = ["*.md", "docs/**/*.md", "emulator/*.md"].flatMap((pattern) => globSync(pattern, { cwd: ROOT })).sort();
const anchors = new Map<string, Set<string>>();

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), "utf8").replace(/^```.*?^```$/gms, "");
}

/** As GitHub makes them of headings. */
function anchorsOf(file: string): Set<string> {
  const known = anchors.get(file) ?? new Set<string>();
  if (!anchors.has(file)) {
    anchors.set(file, known);
    for (const [, heading = ""] of textOf(file).matchAll(/^#+ (.*)$/gm)) {
      const bare = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
      const anchor = bare.replace(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
      let another = anchor;
      for (let n = 1; known.has(another); n++) {
        another = `${anchor}-${n}`;
      }
      known.add(another);
    }
  }
  return known;
}

function faultOf(file: string, target: string): string | undefined {
  if (/^[a-z]+:/.test(target)) {
    return undefined; // elsewhere
  }
  const [path = "", anchor] = target.split("#");
  const to = path === "" ? file : relative(ROOT, join(ROOT, dirname(file), path));
  if (!existsSync(join(ROOT, to))) {
    return `${file}: there is no ${to}`;
  }
  return anchor === undefined || anchorsOf(to).has(anchor) ? undefined : `${file}: ${to} has no heading #${anchor}`;
}

describe("the documents", () => {
  it("link to what is there", () => {
    assert.ok(files.length > 20, "they were found");
    const links = files.flatMap((file) =>
      Array.from(textOf(file).matchAll(/\]\(([^)\s]+)\)/g), ([, target = ""]) => ({ file, target })),
    );
    assert.ok(links.length > 100);
    assert.deepEqual(
      links.flatMap(({ file, target }) => faultOf(file, target) ?? []),
      [],
    );
  });
});
