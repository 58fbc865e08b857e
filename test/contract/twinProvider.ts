// What every TwinProvider keeps to, run over each of them by twinProvider.*.test.ts. `newProvider` gives an empty service
// that validates against the models below and tells its change events to `events` (those of it that have arrived).
import assert from "node:assert/strict";
import { type ErrorCode, TwinError } from "../../src/errors.ts";
import type { JsonPatchOp, Twin, TwinEvent, TwinProvider } from "../../src/twins/types.ts";
import { eventually } from "../support/eventually.ts";

export type SeenEvent = Pick<TwinEvent, "type" | "subject" | "data" | "traceparent">;
export interface ProviderUnderTest {
  provider: TwinProvider;
  /** Change events so far. */
  events: () => SeenEvent[];
}

const context = "dtmi:dtdl:context;2";
const property = (name: string, schema: unknown): object => ({ "@type": "Property", name, schema, writable: true });
export const MACHINE = {
  "@id": "dtmi:test:Machine;1",
  "@type": "Interface",
  "@context": context,
  contents: [
    property("serial", "string"),
    { "@type": "Relationship", name: "feeds", properties: [property("pipe", "string")] },
  ],
};
export const MOTOR = {
  "@id": "dtmi:test:Motor;1",
  "@type": "Interface",
  "@context": context,
  contents: [property("current", "double")],
};
export const PUMP = {
  "@id": "dtmi:test:Pump;1",
  "@type": "Interface",
  "@context": context,
  extends: "dtmi:test:Machine;1",
  contents: [
    property("speed", "double"),
    { "@type": "Telemetry", name: "vibration", schema: "double" },
    { "@type": "Component", name: "motor", schema: "dtmi:test:Motor;1" },
    property("tags", {
      "@type": "Map",
      mapKey: { name: "tag", schema: "string" },
      mapValue: { name: "text", schema: "string" },
    }),
  ],
};
/** For providers that ask which members are components. */
export const isComponent = (_modelId: string, name: string): boolean => name === "motor";

const pump = (id: string, properties: Record<string, unknown> = { motor: {} }): Omit<Twin, "times" | "etag"> => ({
  id,
  modelId: PUMP["@id"],
  properties,
});

export async function refused(promise: Promise<unknown>, code: ErrorCode, status?: number): Promise<TwinError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof TwinError, `expected ${code}, got ${String(error)}`);
  assert.equal(error.code, code, error.message);
  if (status !== undefined) {
    assert.equal(error.status, status);
  }
  return error;
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) {
    list.push(item);
  }
  return list;
}

export function describeTwinProvider(name: string, newProvider: () => Promise<ProviderUnderTest>): void {
  describe(`TwinProvider: ${name}`, () => {
    let provider: TwinProvider;
    let events: ProviderUnderTest["events"];
    beforeEach(async () => {
      ({ provider, events } = await newProvider());
      await provider.putModels([PUMP, MOTOR, MACHINE]);
    });

    describe("models", () => models(() => provider));
    describe("twins", () => twins(() => provider));
    describe("patches", () => patches(() => provider));
    describe("relationships", () => relationships(() => provider));

    it("tells of changes in the order of the writes, with their traceparent", async () => {
      const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
      const patch: JsonPatchOp[] = [
        { op: "add", path: "/speed", value: 7 },
        { op: "add", path: "/$metadata/speed/sourceTime", value: "2026-01-02T03:04:05.000Z" },
      ];
      await provider.putTwin(pump("p1"));
      await provider.patchTwin("p1", patch, { traceparent });
      await provider.putTwin(pump("p2"));
      await provider.putRelationship({ id: "r", sourceId: "p1", targetId: "p2", name: "feeds", properties: {} });
      await provider.deleteRelationship("p1", "r");
      await provider.publishTelemetry("p1", { vibration: 0.5 });
      await provider.deleteTwin("p1");
      const types = ["twin.created", "twin.updated", "twin.created", "relationship.created", "relationship.deleted"];
      await eventually(() => {
        assert.deepEqual(
          events().map((event) => event.type),
          [...types, "telemetry.received", "twin.deleted"],
        );
      });
      const updated = events()[1];
      assert.equal(updated?.subject, "p1");
      assert.equal(updated?.traceparent, traceparent);
      assert.deepEqual(updated?.data, { modelId: PUMP["@id"], patch });
      assert.equal(events()[3]?.subject, "p1/relationships/r");
    });
  });
}

function models(provider: () => TwinProvider): void {
  it("takes them in any order and lists them with their documents", async () => {
    const stored = new Map((await all(provider().listModels())).map(({ id, model }) => [id, model]));
    assert.deepEqual([...stored.keys()].sort(), [MACHINE["@id"], MOTOR["@id"], PUMP["@id"]]);
    assert.deepEqual(stored.get(PUMP["@id"]), PUMP);
  });

  it("refuses one that is there already, even when it is the same", async () => {
    await refused(provider().putModels([MACHINE]), "CONFLICT", 409);
  });

  it("refuses one whose parent is nowhere", async () => {
    const orphan = { ...MACHINE, "@id": "dtmi:test:Orphan;1", extends: "dtmi:test:Nowhere;1" };
    await refused(provider().putModels([orphan]), "INVALID_VALUE");
  });

  it("deletes one that nothing refers to, and no other", async () => {
    await refused(provider().deleteModel(MACHINE["@id"]), "CONFLICT", 409);
    await refused(provider().deleteModel(MOTOR["@id"]), "CONFLICT", 409);
    await refused(provider().deleteModel("dtmi:test:Nowhere;1"), "NOT_FOUND");
    await provider().deleteModel(PUMP["@id"]);
    await provider().deleteModel(MACHINE["@id"]);
    assert.deepEqual(
      (await all(provider().listModels())).map(({ id }) => id),
      [MOTOR["@id"]],
    );
  });

  it("takes more than a service takes at once, in any order", async () => {
    const chain = Array.from({ length: 300 }, (_, i) => ({
      "@id": `dtmi:test:Many${i};1`,
      "@type": "Interface",
      "@context": context,
      ...(i % 10 === 9 ? {} : { extends: `dtmi:test:Many${i + 1};1` }),
    }));
    await provider().putModels(chain);
    assert.equal((await all(provider().listModels())).length, 303);
  });
}

function twins(provider: () => TwinProvider): void {
  it("gives back what was put: values, component, etag, times", async () => {
    const before = Date.now();
    const { etag } = await provider().putTwin(pump("p1", { speed: 1.5, motor: { current: 3 }, tags: { a: "b" } }));
    const twin = await provider().getTwin("p1");
    assert.ok(twin !== undefined);
    const { times, ...rest } = twin;
    const properties = { speed: 1.5, motor: { current: 3 }, tags: { a: "b" } };
    assert.deepEqual(rest, { id: "p1", modelId: PUMP["@id"], etag, properties });
    assert.deepEqual(Object.keys(times).sort(), ["/motor/current", "/speed", "/tags"]);
    for (const time of Object.values(times)) {
      assert.ok(time >= before - 2 && time <= Date.now() + 2, `${time} is not about ${before}`);
    }
  });

  it("replaces, so that what is not in the second put is gone", async () => {
    const first = await provider().putTwin(pump("p1", { speed: 1, motor: {} }));
    const second = await provider().putTwin(pump("p1", { serial: "x", motor: {} }));
    assert.notEqual(first.etag, second.etag);
    assert.deepEqual((await provider().getTwin("p1"))?.properties, { serial: "x", motor: {} });
  });

  it("refuses to create what exists when asked to", async () => {
    await provider().putTwin(pump("p1"), { ifNoneMatch: "*" });
    await refused(provider().putTwin(pump("p1"), { ifNoneMatch: "*" }), "CONFLICT");
  });

  it("refuses an unknown model and a value that the model does not allow", async () => {
    await refused(provider().putTwin({ id: "p1", modelId: "dtmi:test:Nowhere;1", properties: {} }), "INVALID_VALUE");
    const error = await refused(provider().putTwin(pump("p1", { speed: "fast", motor: {} })), "INVALID_VALUE");
    assert.ok(error.details.length > 0 || error.message.length > 0);
    assert.equal(await provider().getTwin("p1"), undefined);
  });

  it("lists all of them", async () => {
    await Promise.all(Array.from({ length: 25 }, (_, i) => provider().putTwin(pump(`p${i}`, { speed: i, motor: {} }))));
    await eventually(async () => {
      const listed = await all(provider().listTwins());
      assert.equal(listed.length, 25);
      const seven = listed.find(({ id }) => id === "p7");
      assert.deepEqual(seven?.properties, { speed: 7, motor: {} });
      assert.ok(seven?.times["/speed"]);
    });
  });

  it("answers the plain query row by row", async () => {
    await provider().putTwin(pump("p1", { speed: 1, motor: {} }));
    await eventually(async () => {
      const [row] = await all(provider().query("SELECT * FROM DIGITALTWINS"));
      assert.equal(Reflect.get(row ?? {}, "$dtId"), "p1");
      assert.equal(Reflect.get(row ?? {}, "speed"), 1);
    });
  });

  it("deletes, and not with a stale etag", async () => {
    const { etag } = await provider().putTwin(pump("p1"));
    await provider().patchTwin("p1", [{ op: "add", path: "/speed", value: 1 }]);
    await refused(provider().deleteTwin("p1", { ifMatch: etag }), "CONFLICT", 412);
    await provider().deleteTwin("p1");
    assert.equal(await provider().getTwin("p1"), undefined);
    await refused(provider().deleteTwin("p1"), "NOT_FOUND");
  });

  it("keeps ids apart that need escaping", async () => {
    await provider().putTwin(pump("a+b%41"));
    assert.equal((await provider().getTwin("a+b%41"))?.id, "a+b%41");
    assert.equal(await provider().getTwin("a+bA"), undefined);
  });

  it("takes telemetry of twins that exist", async () => {
    await provider().putTwin(pump("p1"));
    await provider().publishTelemetry("p1", { vibration: 1 });
    await refused(provider().publishTelemetry("p2", { vibration: 1 }), "NOT_FOUND");
  });
}

function patches(provider: () => TwinProvider): void {
  it("changes values, components and map entries in one go", async () => {
    await provider().putTwin(pump("p1", { motor: {}, tags: { a: "1" } }));
    const { etag } = await provider().patchTwin("p1", [
      { op: "add", path: "/speed", value: 2 },
      { op: "add", path: "/motor/current", value: 4 },
      { op: "replace", path: "/tags/a", value: "2" },
      { op: "add", path: "/tags/b", value: "3" },
    ]);
    const twin = await provider().getTwin("p1");
    assert.deepEqual(twin?.properties, { speed: 2, motor: { current: 4 }, tags: { a: "2", b: "3" } });
    assert.equal(twin?.etag, etag ?? twin?.etag);
  });

  it("keeps the source time that was written with a value", async () => {
    await provider().putTwin(pump("p1"));
    await provider().patchTwin("p1", [
      { op: "add", path: "/speed", value: 2 },
      { op: "add", path: "/$metadata/speed/sourceTime", value: "2026-01-02T03:04:05.678Z" },
    ]);
    assert.equal((await provider().getTwin("p1"))?.times["/speed"], Date.parse("2026-01-02T03:04:05.678Z"));
  });

  it("does all of it or nothing", async () => {
    await provider().putTwin(pump("p1", { speed: 1, motor: {} }));
    const error = await refused(
      provider().patchTwin("p1", [
        { op: "replace", path: "/speed", value: 2 },
        { op: "replace", path: "/serial", value: "unset" },
      ]),
      "INVALID_VALUE",
    );
    assert.notEqual(error.message, "");
    assert.equal((await provider().getTwin("p1"))?.properties["speed"], 1);
  });

  it("refuses a value that the model does not allow", async () => {
    await provider().putTwin(pump("p1"));
    await refused(provider().patchTwin("p1", [{ op: "add", path: "/speed", value: "fast" }]), "INVALID_VALUE");
  });

  it("refuses a stale etag and accepts the current one", async () => {
    const { etag } = await provider().putTwin(pump("p1"));
    const patch: JsonPatchOp[] = [{ op: "add", path: "/speed", value: 1 }];
    const next = await provider().patchTwin("p1", patch, { ifMatch: etag });
    await refused(provider().patchTwin("p1", patch, { ifMatch: etag }), "CONFLICT", 412);
    assert.ok(next.etag !== undefined);
    await provider().patchTwin("p1", patch, { ifMatch: next.etag });
  });

  it("refuses a twin that is not there", async () => {
    await refused(provider().patchTwin("p1", [{ op: "add", path: "/speed", value: 1 }]), "NOT_FOUND");
  });
}

function relationships(provider: () => TwinProvider): void {
  const feeds = (sourceId: string, targetId: string, id = "r1"): Parameters<TwinProvider["putRelationship"]>[0] => ({
    id,
    sourceId,
    targetId,
    name: "feeds",
    properties: { pipe: "A" },
  });
  beforeEach(async () => {
    for (const id of ["p1", "p2", "p3"]) {
      await provider().putTwin(pump(id));
    }
  });

  it("gives them from both ends, by name, and all", async () => {
    const { etag } = await provider().putRelationship(feeds("p1", "p2"));
    await provider().putRelationship(feeds("p1", "p3", "r2"));
    const stored = { ...feeds("p1", "p2"), etag };
    const out = await all(provider().relationships("p1"));
    assert.deepEqual(
      out.find(({ id }) => id === "r1"),
      stored,
    );
    assert.equal(out.length, 2);
    assert.equal((await all(provider().relationships("p1", { name: "other" }))).length, 0);
    const [incoming] = await all(provider().incoming("p2"));
    assert.deepEqual(
      { id: incoming?.id, sourceId: incoming?.sourceId, targetId: incoming?.targetId, name: incoming?.name },
      {
        id: "r1",
        sourceId: "p1",
        targetId: "p2",
        name: "feeds",
      },
    );
    await eventually(async () => {
      const listed = await all(provider().listRelationships());
      assert.deepEqual(
        listed.find(({ id }) => id === "r1"),
        stored,
      );
      assert.equal(listed.length, 2);
    });
  });

  it("patches and deletes them, not with a stale etag", async () => {
    const { etag } = await provider().putRelationship(feeds("p1", "p2"));
    const patch: JsonPatchOp[] = [{ op: "replace", path: "/pipe", value: "B" }];
    await provider().patchRelationship("p1", "r1", patch, { ifMatch: etag });
    await refused(provider().patchRelationship("p1", "r1", patch, { ifMatch: etag }), "CONFLICT", 412);
    await refused(provider().deleteRelationship("p1", "r1", { ifMatch: etag }), "CONFLICT", 412);
    assert.deepEqual((await all(provider().relationships("p1")))[0]?.properties, { pipe: "B" });
    await provider().deleteRelationship("p1", "r1");
    await refused(provider().deleteRelationship("p1", "r1"), "NOT_FOUND");
    await refused(provider().patchRelationship("p1", "r1", patch), "NOT_FOUND");
  });

  it("keep both of their twins from being deleted", async () => {
    await provider().putRelationship(feeds("p1", "p2"));
    await refused(provider().deleteTwin("p1"), "CONFLICT", 409);
    await refused(provider().deleteTwin("p2"), "CONFLICT", 409);
    await provider().deleteRelationship("p1", "r1");
    await provider().deleteTwin("p2");
  });

  it("need both of their twins", async () => {
    await refused(provider().putRelationship(feeds("p1", "nowhere")), "NOT_FOUND");
    await refused(provider().putRelationship(feeds("nowhere", "p1")), "NOT_FOUND");
  });
}
