/** JSONata in mapping rules: what it makes, what is refused at the start, and that nothing it does holds the pump up. */
import assert from "node:assert/strict";
import { explain } from "../../../src/cli/explainMessage.ts";
import { compileExpression, type Evaluate } from "../../../src/ingest/mapping/expression.ts";
import { MessageRules } from "../../../src/ingest/mapping/MessageRules.ts";
import { parseRuleFile, RuleFileError } from "../../../src/ingest/mapping/ruleFile.ts";
import { newPump, says } from "./newPump.ts";

const rulesOf = (values: Record<string, string>, more: object = {}) =>
  new MessageRules(parseRuleFile(JSON.stringify({ rules: [{ name: "r", rest: "drop", ...more, values }] }), "test"));
const compiled = (text: string, now?: () => number): Evaluate => {
  const evaluate = compileExpression(text, now);
  return typeof evaluate === "string" ? assert.fail(evaluate) : evaluate;
};

describe("expressions in mapping rules", () => {
  it("compute values out of the body, and of what stands beside it", async () => {
    const rules = rulesOf({
      temperature: "(fahrenheit - 32) * 5 / 9",
      "motor/current": "$sum(phases.amps)",
      name: '$device & "@" & $properties.site',
      absent: "nothing.here",
    });
    const { source } = await newPump();
    const event = source.event(says("p1", { fahrenheit: 212, phases: [{ amps: 1 }, { amps: 2.5 }] }));
    event.message = { body: Buffer.alloc(0), properties: { site: "hall" }, systemProperties: {} };
    const [target] = await rules.apply(event);
    assert.deepEqual(target?.data.values, { temperature: 100, motor: { current: 3.5 }, name: "p1@hall" });
  });

  it("reach the mirror and the twin service in order, and what fails is a dead letter beside what does not", async () => {
    const rules = rulesOf({ temperature: "t * 2", setpoint: "$number(s)" }, { twin: "{device}" });
    const { pump, source, value, letters, observed } = await newPump({ rules: () => rules });
    await source.deliver(says("p1", { t: 10, s: "no number" }), says("p1", { t: 11 }));
    assert.equal(value("p1", "/temperature"), 22);
    assert.match(letters[0]?.reason ?? "", /^\/setpoint: the expression failed: .*number/i);
    assert.equal(observed.length, 2);
    await pump.close();
  });

  it("all faults are told at once, with their places", () => {
    const faulty = {
      temperature: "t *",
      setpoint: "$match(s, /(a+)+$/)",
      "motor/current": '($f := $eval; $f("1"))',
      "": "1",
    };
    try {
      rulesOf(faulty);
      assert.fail("the file was accepted");
    } catch (error) {
      assert.ok(error instanceof RuleFileError, String(error));
      const told = error.problems.join("\n");
      assert.match(told, /rules\[0\]\.values\.temperature: is no JSONata expression: .*\(at \d+\)/);
      assert.match(told, /values\.setpoint: regular expressions are not taken/);
      assert.match(told, /values\.motor\/current: \$eval is not taken/);
      assert.equal(error.problems.length, 4);
    }
  });

  for (const [why, text] of Object.entries({
    "runs for ever": "($f := function() { $f() }; $f())",
    "calls itself too deep": "($f := function($n) { 1 + $f($n + 1) }; $f(0))",
    "counts too far": "$sum([1..9000000])",
    "doubles text without end": '($f := function($s) { $f($s & $s) }; $f("ab"))',
    "makes too long a result": '$join([1..9000].("long enough " & $string($)))',
  })) {
    it(`an expression that ${why} ends`, async () => {
      const result = await compiled(text)({}, {});
      assert.ok("refused" in result, JSON.stringify(result).slice(0, 100));
    });
  }

  it("one that took too long is left alone for a minute, so that the partition goes on", async () => {
    let now = Date.now();
    const evaluate = compiled("($f := function() { $f() }; stop ? 1 : $f())", () => now);
    assert.match(JSON.stringify(await evaluate({}, {})), /D1012|timeout/i);
    assert.match(JSON.stringify(await evaluate({ stop: true }, {})), /lately/);
    now += 61_000;
    assert.deepEqual(await evaluate({ stop: true }, {}), { value: 1 });
  });

  it("a body cannot reach what is not data", async () => {
    assert.deepEqual(await compiled("constructor")({ a: 1 }, {}), { value: undefined });
    assert.deepEqual(await compiled("a.__proto__.polluted")(JSON.parse('{"a":{}}'), {}), { value: undefined });
  });

  it("--explain shows what they made, and why they did not", async () => {
    const { source } = await newPump();
    const rules = rulesOf({ temperature: "t + 1", setpoint: "$number(s)" });
    const text = await explain(rules, source.event(says("p1", { t: 1, s: "x" })));
    assert.match(
      text,
      /rule "r" matches\n {2}p1 \/temperature = 2\n {2}p1 \/setpoint: a dead letter, the expression failed/,
    );
  });
});
