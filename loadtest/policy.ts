/** What one question to the policy costs, at 200 rules, beside a policy by role alone. */
import { type AccessPolicy, type Action, type Actor, RolePolicy } from "../src/auth/AccessPolicy.ts";
import { parsePolicyFile } from "../src/auth/policyFile.ts";
import { RulePolicy } from "../src/auth/RulePolicy.ts";
import type { BenchRow } from "./bench.ts";

const RULES = 200;
const GOAL_US = 2;
const QUESTIONS = 300_000;
const ROUNDS = 5;

export async function bench(): Promise<BenchRow[]> {
  const rules = parsePolicyFile(JSON.stringify({ roles: true, rules: Array.from({ length: RULES }, rule) }), "bench");
  const facts = {
    modelOf: (id: string) => `dtmi:x:Model${id.length % 7};1`,
    isA: (model: string, ancestor: string) => model === ancestor,
    isIn: (id: string, space: string) => id.endsWith(space),
  };
  const value = cost(new RulePolicy({ rules: () => rules, facts }));
  const peerValue = cost(new RolePolicy());
  return [
    {
      name: `policy check, ${RULES} rules`,
      value,
      unit: "µs",
      peer: "by role alone",
      peerValue,
      ratio: value / peerValue,
      goal: `< ${GOAL_US} µs`,
      ok: value < GOAL_US,
    },
  ];
}

/** All for one role and one action, each with conditions that do not hold: nothing is found early. */
function rule(_: unknown, i: number): object {
  const about = [
    { twins: [`pump-${i}`, `line-${i}-*`] },
    { models: [`dtmi:y:Model${i};1`] },
    { spaces: [`hall-${i}`] },
    { paths: [`/part${i}/limit`] },
  ];
  return {
    effect: i % 2 === 0 ? "deny" : "allow",
    roles: ["operator"],
    actions: ["patch"],
    ...about[i % about.length],
  };
}

/** µs per question, the best of some rounds. */
function cost(policy: AccessPolicy): number {
  const actor: Actor = { id: "s", name: "Ada", role: "operator" };
  const action: Action = "patch";
  const targets = Array.from({ length: 64 }, (_, i) => ({ twinId: `valve-${1000 + i}`, path: "/motor/speed" }));
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < QUESTIONS; i++) {
      policy.check(actor, action, targets[i % targets.length]);
    }
    best = Math.min(best, ((performance.now() - start) * 1000) / QUESTIONS);
  }
  return best;
}
