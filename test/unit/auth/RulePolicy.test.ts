import assert from "node:assert/strict";
import fc from "fast-check";
import type { Action, ActionTarget, Actor } from "../../../src/auth/AccessPolicy.ts";
import { PolicyFileError, parsePolicyFile } from "../../../src/auth/policyFile.ts";
import { RulePolicy } from "../../../src/auth/RulePolicy.ts";
import type { Role } from "../../../src/protocol/names.ts";

const MODELS: Record<string, string> = { "pump-1": "dtmi:x:Booster;1", "tank-1": "dtmi:x:Tank;1" };
const EXTENDS: Record<string, string> = { "dtmi:x:Booster;1": "dtmi:x:Pump;1" };
const facts = {
  modelOf: (id: string) => MODELS[id],
  isA: (model: string, ancestor: string) => model === ancestor || EXTENDS[model] === ancestor,
  isIn: (id: string, space: string) => id === "pump-1" && space === "hall-1",
};

function policy(rules: object[], more: object = {}, readOnly?: string) {
  const parsed = parsePolicyFile(JSON.stringify({ rules, ...more }), "policy.json");
  const made = new RulePolicy({ rules: () => parsed, facts, readOnly });
  return (role: Role | readonly Role[], action: Action, on?: ActionTarget) => {
    const roles = typeof role === "string" ? [role] : role;
    const actor: Actor = { id: "s", name: "Ada", role: roles[0] ?? "player", roles };
    return made.check(actor, action, on);
  };
}
const allow = (more: object) => ({ effect: "allow", actions: ["patch"], ...more });
const deny = (more: object) => ({ effect: "deny", actions: ["patch"], ...more });

describe("RulePolicy", () => {
  it("without a rule that allows it, nobody writes and everybody reads", () => {
    const check = policy([]);
    for (const action of [
      "patch",
      "command",
      "manage",
      "create",
      "delete",
      "place",
      "lease",
      "alarm",
      "audit",
    ] as const) {
      const { allowed, reason } = check("admin", action, { twinId: "pump-1" });
      assert.equal(allowed, false, action);
      assert.notEqual(reason, "");
    }
    assert.equal(check("player", "read").allowed, true);
  });

  it("a sign-in that has run out may not even read", () => {
    assert.equal(policy([], { roles: true })([], "read").allowed, false);
  });

  it("`roles: true` lets the roles' own rights hold where no rule speaks", () => {
    const check = policy([deny({ twins: ["pump-1"], why: "Pump 1 is being mended." })], { roles: true });
    assert.equal(check("operator", "patch", { twinId: "tank-1", path: "/level" }).allowed, true);
    assert.equal(check("player", "patch", { twinId: "tank-1", path: "/level" }).allowed, false);
    assert.deepEqual(check("admin", "patch", { twinId: "pump-1", path: "/speed" }), {
      allowed: false,
      reason: "Pump 1 is being mended.",
    });
  });

  it("deny wins, whatever the order and whichever role it is of", () => {
    const rules = [allow({}), deny({ roles: ["player"] }), allow({})];
    assert.equal(policy(rules)("operator", "patch", { twinId: "pump-1" }).allowed, true);
    assert.equal(policy(rules)(["operator", "player"], "patch", { twinId: "pump-1" }).allowed, false);
    assert.equal(policy(rules.reverse())("player", "patch", { twinId: "pump-1" }).allowed, false);
  });

  const on = { twinId: "pump-1", path: "/motor/limit" };
  const cases: [string, object, ActionTarget, boolean][] = [
    ["a twin's id", { twins: ["pump-1"] }, on, true],
    ["another twin's id", { twins: ["pump-2"] }, on, false],
    ["a pattern", { twins: ["pu*-*"] }, on, true],
    ["a pattern is of the whole id", { twins: ["ump*", "pum"] }, on, false],
    ["dots are dots", { twins: ["pump.1*"] }, on, false],
    ["a model", { models: ["dtmi:x:Booster;1"] }, on, true],
    ["a model that it extends", { models: ["dtmi:x:Pump;1"] }, on, true],
    ["another model", { models: ["dtmi:x:Tank;1"] }, on, false],
    [
      "the twin's own model, whatever is said",
      { models: ["dtmi:x:Tank;1"] },
      { ...on, modelId: "dtmi:x:Tank;1" },
      false,
    ],
    ["the model of a twin to come", { models: ["dtmi:x:Pump;1"] }, { twinId: "new", modelId: "dtmi:x:Pump;1" }, true],
    ["a space that the twin is in", { spaces: ["hall-1"] }, on, true],
    ["another space", { spaces: ["hall-2"] }, on, false],
    ["a placement's space", { spaces: ["hall-2"] }, { space: "hall-2" }, true],
    ["a path", { paths: ["/motor/limit"] }, on, true],
    ["a path above it", { paths: ["/motor"] }, on, true],
    ["a path that only begins alike", { paths: ["/mot"] }, on, false],
    ["a path below it", { paths: ["/motor/limit/max"] }, on, false],
    ["all of several conditions", { twins: ["pump-1"], paths: ["/speed"] }, on, false],
  ];
  for (const [what, condition, target, fits] of cases) {
    it(`rules may be about: ${what}`, () => {
      assert.equal(policy([allow(condition)])("operator", "patch", target).allowed, fits);
      assert.equal(policy([allow({}), deny(condition)])("operator", "patch", target).allowed, !fits);
    });
  }

  it("what the caller leaves out is never to his advantage", () => {
    for (const condition of [
      { twins: ["a"] },
      { models: ["dtmi:x:Pump;1"] },
      { spaces: ["hall-1"] },
      { paths: ["/a"] },
    ]) {
      assert.equal(policy([allow(condition)])("admin", "patch").allowed, false);
      assert.equal(policy([allow({}), deny(condition)])("admin", "patch").allowed, false);
    }
  });

  it("who may not patch a property does not get there by replacing the twin", () => {
    const check = policy([allow({ actions: ["manage"] }), deny({ paths: ["/limit"] })]);
    assert.equal(check("admin", "manage", { twinId: "pump-1", path: "/speed" }).allowed, true);
    assert.equal(check("admin", "manage", { twinId: "pump-1", path: "/limit" }).allowed, false);
    assert.equal(check("admin", "manage", { twinId: "pump-1" }).allowed, false);
  });

  it("read-only refuses every write, whatever rules and roles say", () => {
    const check = policy([allow({ actions: ["patch", "manage", "audit"] })], { roles: true }, "Read-only today.");
    for (const action of ["patch", "manage", "delete", "lease"] as const) {
      assert.deepEqual(check("admin", action), { allowed: false, reason: "Read-only today." });
    }
    assert.equal(check("player", "read").allowed, true);
    assert.equal(check("admin", "audit").allowed, true);
  });

  it("every fault of the file is told at once, with its place", () => {
    const text = JSON.stringify({
      rules: [
        { effect: "permit", actions: ["patch"] },
        { effect: "deny", actions: ["read"], twin: "x", paths: [] },
      ],
      defaults: 1,
    });
    assert.throws(
      () => parsePolicyFile(text, "p.json"),
      (error: unknown) => {
        assert.ok(error instanceof PolicyFileError);
        const all = error.problems.join("\n");
        for (const place of ["rules[0].effect", "rules[1].actions[0]", "rules[1].paths", "rules[1]:", "the file:"]) {
          assert.ok(all.includes(place), `${place} in ${all}`);
        }
        return true;
      },
    );
    assert.throws(() => parsePolicyFile("{", "p.json"), /p\.json.*not JSON/s);
  });

  it("decides as rules that are tried one by one in the order of the file", () => {
    const some = (...of: string[]) =>
      fc.option(fc.uniqueArray(fc.constantFrom(...of), { minLength: 1 }), { nil: undefined });
    const rule = fc.record({
      effect: fc.constantFrom("allow", "deny"),
      twins: some("pump-1", "tank-1", "pump-*", "*-1"),
      models: some("dtmi:x:Pump;1", "dtmi:x:Booster;1", "dtmi:x:Tank;1"),
      spaces: some("hall-1", "hall-2"),
      paths: some("/speed", "/motor", "/motor/limit", "/*imit"),
    });
    const target = fc.record({
      twinId: fc.constantFrom(undefined, "pump-1", "tank-1", "new-1"),
      path: fc.constantFrom(undefined, "/speed", "/motor/limit", "/level"),
      modelId: fc.constantFrom(undefined, "dtmi:x:Tank;1", "dtmi:x:Booster;1"),
      space: fc.constantFrom(undefined, "hall-1", "hall-2"),
    });
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 8 }), target, (drawn, on) => {
        const rules = drawn.map((one, i) => ({ ...one, actions: ["patch"], why: `rule ${i}` }));
        const alone = rules.map((one) => policy([JSON.parse(JSON.stringify(one))])("operator", "patch", given(on)));
        const denying = alone.findIndex(({ reason }, i) => rules[i]?.effect === "deny" && reason === `rule ${i}`);
        const allowing = alone.some(({ allowed }) => allowed);
        const together = policy(JSON.parse(JSON.stringify(rules)))("operator", "patch", given(on));
        assert.equal(together.allowed, denying === -1 && allowing);
        if (denying !== -1) {
          assert.equal(together.reason, `rule ${denying}`);
        }
      }),
      { seed: 7, numRuns: 2_000 },
    );
  });
});

/** Without what is undefined. */
function given(on: object): ActionTarget {
  return JSON.parse(JSON.stringify(on));
}
