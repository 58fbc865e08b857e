// The page is built anew when its sources changed, so that nobody looks at an old one after a pull.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isOutdated } from "../../../src/cli/ensureWebPage.ts";

describe("the built page", () => {
  const root = mkdtempSync(join(tmpdir(), "page-"));
  after(() => rmSync(root, { recursive: true }));

  it("is outdated when it is missing or a source is newer, and not in a package without sources", () => {
    const built = join(root, "index.html");
    const folder = join(root, "web");
    const source = join(folder, "src", "main.ts");
    assert.ok(isOutdated(built, [folder]));
    writeFileSync(built, "");
    assert.ok(!isOutdated(built, [folder]));
    mkdirSync(join(folder, "src"), { recursive: true });
    writeFileSync(source, "");
    utimesSync(built, 2000, 2000);
    utimesSync(source, 1000, 1000);
    assert.ok(!isOutdated(built, [folder]));
    utimesSync(source, 3000, 3000);
    assert.ok(isOutdated(built, [folder]));
  });
});
