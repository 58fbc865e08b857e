import assert from "node:assert/strict";
import { DtdlParseError, parseModels } from "../../../src/dtdl/index.ts";
import { askOracle, findOracle } from "./oracle.ts";
import { RULES } from "./rules.ts";

function codesOf(documents: readonly unknown[]): string[] {
  try {
    parseModels([...documents]);
    return [];
  } catch (error) {
    assert.ok(error instanceof DtdlParseError, String(error));
    for (const issue of error.issues) {
      assert.ok(issue.message !== "" && issue.expected !== "" && issue.clause !== "", JSON.stringify(issue));
    }
    return error.issues.map((issue) => issue.code);
  }
}

describe("DTDL's rules", () => {
  for (const { name, documents, code } of RULES) {
    it(`${name}: ${code ?? "valid"}`, () => {
      const codes = codesOf(documents);
      if (code === undefined) {
        assert.deepEqual(codes, []);
      } else {
        assert.ok(codes.includes(code), `expected ${code}, found ${codes.join(", ") || "no fault"}`);
      }
    });
  }

  it("agree with the reference parser", async function () {
    this.timeout(60_000);
    const folder = findOracle();
    if (folder === undefined) {
      this.skip();
    }
    const common = RULES.filter((one) => one.differs === undefined);
    const answers = await askOracle(
      folder,
      common.map((one) => one.documents),
    );
    const wrong = common.filter((one, i) => answers[i]?.ok !== (one.code === undefined));
    assert.deepEqual(
      wrong.map((one) => one.name),
      [],
    );
  });
});
