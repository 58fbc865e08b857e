import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonPatchOp } from "../../../src/twins/types.ts";
import { eventually } from "../../support/eventually.ts";
import { newPump, says } from "./newPump.ts";

type Plant = Awaited<ReturnType<typeof newPump>>;

/** What a notification tells beside the change: source times, the write's trace, or neither. */
const FORMS = ["times", "trace", "nothing"] as const;
/** Later than whatever a device says: a service's clock that is ahead. */
const LATER_MS = 60_000;

const name = fc.constantFrom("temperature", "starts", "tags");
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("say" as const), name, n: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), name }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("write" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("echo" as const), which: fc.nat(), form: fc.constantFrom(...FORMS) }),
  },
);

/** The notification of one of our writes, as late as it likes. */
function echo(
  { patch, traceparent }: Plant["provider"]["patches"][number],
  form: (typeof FORMS)[number],
  time: number,
) {
  const isTime = ({ path }: JsonPatchOp) => path.includes("$metadata");
  const told = form === "times" ? patch : patch.filter((op) => !isTime(op));
  return {
    type: "twin.updated" as const,
    subject: "p1",
    data: { modelId: "", patch: told },
    time,
    ...(form === "trace" && traceparent !== undefined ? { traceparent } : {}),
  };
}

describe("echoes of our own writes", () => {
  it("delayed, repeated and in any order, never bring an older value back, here or in the twin service", async function () {
    this.timeout(60_000);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 25 }), async (steps) => {
        const plant = await newPump();
        const { source, provider, mirror, pump } = plant;
        const start = Date.now();
        let time = start;
        const last = new Map<string, unknown>();
        for (const one of steps) {
          if (one.kind === "say" || one.kind === "remove") {
            const value = one.kind === "remove" ? null : one.name === "tags" ? { a: String(one.n) } : one.n;
            last.set(one.name, value ?? undefined);
            time++;
            const data = { values: { [one.name]: value }, ...(value === null ? { merge: true } : {}) };
            await source.deliver({ ...says("p1", {}, { time, enqueuedAt: time }), data });
          } else if (one.kind === "write") {
            await eventually(() => assert.equal(plant.writeThrough?.waiting, 0));
          } else if (provider.patches.length > 0) {
            const patch = provider.patches[one.which % provider.patches.length];
            assert.ok(patch);
            await source.deliver(echo(patch, one.form, start + LATER_MS));
          }
        }
        await eventually(async () => {
          const { properties = {} } = (await provider.getTwin("p1")) ?? {};
          for (const [key, value] of last) {
            assert.deepEqual([mirror.get("p1")?.values.get(`/${key}`)?.value, properties[key]], [value, value], key);
          }
        });
        await pump.close();
      }),
      { numRuns: 150 },
    );
  });
});
