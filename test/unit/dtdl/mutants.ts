// Mutants of valid models: each takes a few interfaces that belong together and breaks (or bends) one rule in one place.
// Seeded: the same seed gives the same mutants.
import { Random } from "../../support/Random.ts";
import { type Json, objectsIn, type Rule } from "./mutants/bricks.ts";
import { CONTENTS } from "./mutants/contents.ts";
import { DOCUMENTS } from "./mutants/documents.ts";
import { EXTENSIONS } from "./mutants/extensions.ts";
import { IDENTITY } from "./mutants/identity.ts";
import { SCHEMA } from "./mutants/schemas.ts";

const RULES: readonly Rule[] = [...IDENTITY, ...SCHEMA, ...CONTENTS, ...DOCUMENTS, ...EXTENSIONS];

export interface Mutant {
  rule: string;
  documents: unknown[];
}

/** Mutants of `bases`, spread evenly over the rules; a mutation that changes nothing is tried again elsewhere. */
export function* mutantsOf(bases: readonly (readonly Json[])[], count: number, seed: number): Generator<Mutant> {
  const random = new Random(seed);
  let made = 0;
  for (let attempt = 0; made < count && attempt < count * 20; attempt++) {
    const rule = RULES[attempt % RULES.length] as Rule;
    const documents = structuredClone(random.pick(bases)) as Json[];
    const before = JSON.stringify(documents);
    const targets = objectsIn(documents)
      .filter(rule.where)
      .filter((target) => Object.keys(target).length > 0);
    if (targets.length > 0) {
      rule.change(random.pick(targets), random, documents);
      // What JSON cannot say (undefined) goes.
      const text = JSON.stringify(documents);
      if (text !== before) {
        made++;
        yield { rule: rule.name, documents: JSON.parse(text) as unknown[] };
      }
    }
  }
}
