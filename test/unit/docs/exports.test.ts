/** Whatever the package exports for games and clients is named in a document. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as main from "../../../src/index.ts";
import * as protocol from "../../../src/protocol/index.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
const documents = ["README.md", ...globSync("docs/*.md", { cwd: ROOT })].map((file) =>
  readFileSync(join(ROOT, file), "utf8"),
);

for (const [name, exported] of Object.entries({
  "colyseus-digital-twins": main,
  "colyseus-digital-twins/protocol": protocol,
})) {
  describe(`the exports of ${name}`, () => {
    it("are documented", () => {
      const isTold = (word: string) => documents.some((text) => new RegExp(`\\b${word}\\b`).test(text));
      assert.deepEqual(
        Object.keys(exported).filter((word) => !isTold(word)),
        [],
      );
    });
  });
}
