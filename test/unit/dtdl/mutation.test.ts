import assert from "node:assert/strict";
import { parseModels } from "../../../src/dtdl/index.ts";
import { asV3, extended, mutationBases, ONTOLOGIES, ontology, rich, thermostats } from "./fixtures.ts";
import type { Json } from "./mutants/bricks.ts";
import { type Mutant, mutantsOf } from "./mutants.ts";
import { askOracle, findOracle } from "./oracle.ts";

const COUNT = Number(process.env["DTDL_MUTANTS"] ?? 2_400);
const SEED = Number(process.env["DTDL_SEED"] ?? 20_240_601);

function accepts(documents: readonly unknown[]): boolean {
  try {
    parseModels([...documents]);
    return true;
  } catch {
    return false;
  }
}

function table(mutants: readonly Mutant[], ours: readonly boolean[], theirs: readonly boolean[]): string {
  const rows = new Map<string, [number, number, number]>();
  mutants.forEach(({ rule }, i) => {
    const row = rows.get(rule) ?? [0, 0, 0];
    row[0] += 1;
    row[1] += ours[i] === true ? 1 : 0;
    row[2] += theirs[i] === true ? 1 : 0;
    rows.set(rule, row);
  });
  const lines = [...rows].map(
    ([rule, [all, we, they]]) =>
      `      ${rule.padEnd(34)} ${all} mutants, accepted here ${we}, by the reference ${they}`,
  );
  return lines.join("\n");
}

describe("DTDL beside the reference parser", function () {
  this.timeout(240_000);
  const folder = findOracle();

  before(function () {
    if (folder === undefined) {
      console.log("      skipped: npm i -D @digicatapult/dtdl-parser, or set DTDL_ORACLE to its folder");
      this.skip();
    }
  });

  it("accepts what it accepts: ontologies, samples, extensions", async () => {
    const published = ONTOLOGIES.map((name) => ontology(name)).filter((models) => models.length > 0);
    const models = [...published, thermostats(), rich(), asV3(rich()), extended()];
    const answers = await askOracle(folder ?? "", models);
    assert.deepEqual(
      answers.map((answer) => answer.ok),
      models.map(accepts),
    );
    assert.ok(
      answers.every((answer) => answer.ok),
      JSON.stringify(answers),
    );
  });

  async function agree(mutants: readonly Mutant[]): Promise<void> {
    const answers = await askOracle(
      folder ?? "",
      mutants.map((mutant) => mutant.documents),
    );
    const ours = mutants.map((mutant) => accepts(mutant.documents));
    const theirs = answers.map((answer) => answer.ok);
    console.log(table(mutants, ours, theirs));
    const wrong = mutants.flatMap((mutant, i) =>
      theirs[i] === ours[i] ? [] : [`${mutant.rule}: ${answers[i]?.why}\n${JSON.stringify(mutant.documents)}`],
    );
    assert.deepEqual(wrong, []);
  }

  it(`agrees on ${COUNT} mutants`, async () => {
    const bases = mutationBases();
    assert.ok(bases.every((base) => accepts(base)));
    const mutants = [...mutantsOf(bases, COUNT, SEED)];
    assert.equal(mutants.length, COUNT);
    await agree(mutants);
  });

  it(`agrees on ${COUNT / 4} mutants of mutants that were valid`, async () => {
    let bases = mutationBases();
    for (const seed of [SEED + 1, SEED + 2]) {
      const bent = [...mutantsOf(bases, COUNT / 2, seed)].filter(({ documents }) => accepts(documents));
      bases = bent.map(({ documents }) => documents.flat() as Json[]);
    }
    await agree([...mutantsOf(bases, COUNT / 4, SEED + 3)]);
  });
});
