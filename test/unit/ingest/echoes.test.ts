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

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** One device and its echoes. `last`: what it said last of each property. */
class Story {
  readonly last = new Map<string, unknown>();
  readonly #plant: Plant;
  readonly #start = Date.now();
  #time = this.#start;

  constructor(plant: Plant) {
    this.#plant = plant;
  }

  async go(one: Step): Promise<void> {
    switch (one.kind) {
      case "say":
        return this.#say(one.name, one.name === "tags" ? { a: String(one.n) } : one.n);
      case "remove":
        return this.#say(one.name, undefined);
      case "write":
        return eventually(() => assert.equal(this.#plant.writeThrough?.waiting, 0));
      case "echo":
        return this.#echo(one.which, one.form);
    }
  }

  async #say(property: string, value: unknown): Promise<void> {
    this.last.set(property, value);
    const time = ++this.#time;
    const data =
      value === undefined ? { values: { [property]: null }, merge: true } : { values: { [property]: value } };
    await this.#plant.source.deliver({ ...says("p1", {}, { time, enqueuedAt: time }), data });
  }

  async #echo(which: number, form: (typeof FORMS)[number]): Promise<void> {
    const { patches } = this.#plant.provider;
    const patch = patches[which % Math.max(1, patches.length)];
    if (patch) {
      await this.#plant.source.deliver(echo(patch, form, this.#start + LATER_MS));
    }
  }
}

describe("echoes of our own writes", () => {
  it("delayed, repeated and in any order, never bring an older value back, here or in the twin service", async function () {
    this.timeout(60_000);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 25 }), async (steps) => {
        const plant = await newPump();
        const story = new Story(plant);
        for (const one of steps) {
          await story.go(one);
        }
        await eventually(async () => {
          const { properties = {} } = (await plant.provider.getTwin("p1")) ?? {};
          for (const [key, value] of story.last) {
            assert.deepEqual([plant.value("p1", `/${key}`), properties[key]], [value, value], key);
          }
        });
        await plant.pump.close();
      }),
      { numRuns: 150 },
    );
  });
});
