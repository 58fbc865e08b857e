/** docs/configuration.md tells every setting and none that is not there; its defaults and examples are true. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { configurationDocument } from "../../../scripts/configDocs.ts";
import { CONFIG_KEYS, loadConfig } from "../../../src/config.ts";

const text = readFileSync(new URL("../../../docs/configuration.md", import.meta.url), "utf8");
const sections = new Map(
  [...text.matchAll(/^### `(\w+)`\n(.*?)(?=^##|(?![\s\S]))/gms)].map((m) => [m[1] ?? "", m[2] ?? ""]),
);
/** Event Hubs are refused without it. */
const AZURE = {
  AZURE_DIGITALTWINS_URL: "https://plant.api.weu.digitaltwins.azure.net",
  AUTH_AUDIENCE: "api://plant", // without it an issuer is refused
};

describe("docs/configuration.md", () => {
  it("is what the schema says: `npm run docs:config` writes it anew", () => {
    assert.equal(text, configurationDocument());
  });

  it("has a section for every key of the schema, and for nothing else", () => {
    assert.deepEqual([...sections.keys()].sort(), [...CONFIG_KEYS].sort());
  });

  for (const key of CONFIG_KEYS) {
    const section = sections.get(key) ?? "";

    it(`tells the meaning of ${key}, and lists it`, () => {
      assert.match(section, /^\n[A-Z]/);
      assert.ok(text.includes(`| [\`${key}\`](#${key.toLowerCase()}) |`), "is in the table");
    });

    it(`tells the default of ${key}`, () => {
      const [, told, value] = /^- Default: (`(\S+)`|.+)$/m.exec(section) ?? [];
      assert.ok(told !== undefined, "has a line for it");
      if (value !== undefined) {
        assert.deepEqual(loadConfig({ ...AZURE, [key]: value }), loadConfig(AZURE));
      }
    });

    it(`has an example of ${key} that is taken`, () => {
      const examples = [...section.matchAll(/^- Example: `\w+=(.+)`$/gm)].map((m) => m[1] ?? "");
      assert.notEqual(examples.length, 0);
      for (const example of examples) {
        loadConfig({ ...AZURE, [key]: example.replace(/^'(.*)'$/, "$1") });
      }
    });
  }
});
