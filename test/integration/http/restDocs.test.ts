// The commands of docs/rest.md, as somebody copies them into a shell, against the demo that they speak of.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type NewApp, newApp } from "../../support/newApp.ts";

const text = readFileSync(new URL("../../../docs/rest.md", import.meta.url), "utf8");
const commands = text.split("\n").filter((line) => line.startsWith("curl "));

/** Of the options, those that the document uses. */
function parse(command: string): {
  method: string;
  url: string;
  headers: [string, string][];
  body: string | undefined;
} {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
  const after = (option: string) => words.flatMap((word, i) => (word === option ? [words[i + 1] ?? ""] : []));
  const headers = after("-H").map((header) => header.split(": ") as [string, string]);
  const url = words.find((word) => word.startsWith("localhost:2567")) ?? assert.fail(command);
  return { method: after("-X")[0] ?? "GET", url, headers, body: after("-d")[0] };
}

describe("docs/rest.md", () => {
  let app: NewApp;
  before(async () => {
    app = await newApp();
  });
  after(() => app.close());

  it("has commands", () => assert.ok(commands.length >= 2));
  for (const command of commands) {
    it(`${command.slice(0, 60)}…`, async () => {
      const { method, url, headers, body } = parse(command);
      const answer = await fetch(url.replace("localhost:2567", app.url), {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
      });
      assert.ok(answer.ok, `${answer.status} ${await answer.text()}`);
    });
  }
});
