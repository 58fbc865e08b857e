import assert from "node:assert/strict";
import { TwinError } from "../../../src/errors.ts";
import type { Relationship, Twin } from "../../../src/twins/types.ts";
import { eventually } from "../../support/eventually.ts";
import { pump as pumpTwin, relationship } from "../../support/hall.ts";
import { newPump } from "./newPump.ts";

const created = (twin: Pick<Twin, "id" | "modelId" | "properties">, time = Date.now() + 60_000) => ({
  type: "twin.created" as const,
  subject: twin.id,
  data: { modelId: twin.modelId, properties: twin.properties, times: {} },
  time,
});
const deleted = (id: string, time = Date.now() + 60_000) => ({
  type: "twin.deleted" as const,
  subject: id,
  data: {},
  time,
});
const updated = (id: string, patch: object[], time = Date.now() + 60_000) => ({
  type: "twin.updated" as const,
  subject: id,
  data: { modelId: "", patch },
  time,
});
const related = (
  type: "relationship.created" | "relationship.deleted",
  r: Relationship,
  time = Date.now() + 60_000,
) => ({
  type,
  subject: `${r.sourceId}/relationships/${r.id}`,
  data: r,
  time,
});
const LONG_AGO = Date.now() - 3_600_000;

describe("EventPump: the provider's notifications", () => {
  it("twins come, change and go", async () => {
    const { source, mirror, value } = await newPump({ writeThrough: false });
    await source.deliver(created(pumpTwin("p3", { temperature: 1 })));
    assert.equal(value("p3", "/temperature"), 1);
    await source.deliver(updated("p3", [{ op: "replace", path: "/temperature", value: 2 }]));
    assert.equal(value("p3", "/temperature"), 2);
    await source.deliver(deleted("p3", Date.now() + 120_000));
    assert.equal(mirror.get("p3"), undefined);
  });

  it("every event is observed, also one that could not be applied", async () => {
    const { source, observed, provider } = await newPump({ writeThrough: false });
    provider.failReads.push(new TwinError("INVALID_VALUE", "broken"));
    await source.deliver(updated("p1", [{ op: "replace", path: "/motor", value: {} }]), updated("p1", []));
    assert.equal(observed.length, 2);
  });

  it("what an update does not tell is read", async () => {
    const { source, provider, value } = await newPump({ writeThrough: false });
    await provider.patchTwin("p1", [{ op: "replace", path: "/motor", value: { current: 7 } }]);
    await source.deliver(updated("p1", [{ op: "replace", path: "/motor", value: { current: 7 } }]));
    assert.equal(value("p1", "/motor/current"), 7);
  });

  it("an update of a twin that nobody told of brings it in", async () => {
    const { source, provider, value } = await newPump({ writeThrough: false });
    await provider.putTwin(pumpTwin("p3", { temperature: 5 }));
    await source.deliver(updated("p3", [{ op: "replace", path: "/temperature", value: 5 }]));
    assert.equal(value("p3", "/temperature"), 5);
  });

  it("asks again while the provider does not answer; events behind go on", async () => {
    const { source, provider, value, letters, pump } = await newPump({ writeThrough: false });
    provider.failReads.push(new TwinError("UNAVAILABLE", "away"));
    await provider.putTwin(pumpTwin("p3", { temperature: 5 }));
    await source.deliver(
      updated("p3", [{ op: "replace", path: "/temperature", value: 5 }]),
      updated("p1", [{ op: "replace", path: "/temperature", value: 6 }]),
    );
    assert.equal(value("p1", "/temperature"), 6);
    await eventually(() => assert.equal(value("p3", "/temperature"), 5));
    assert.deepEqual(letters, []);
    await pump.close();
  });

  it("a replaced twin (PUT) loses what is not in it any more", async () => {
    const { source, provider, value } = await newPump({ writeThrough: false });
    const twin = pumpTwin("p1", { temperature: 9 });
    await provider.putTwin(twin);
    await source.deliver(created(twin));
    assert.deepEqual([value("p1", "/temperature"), value("p1", "/setpoint")], [9, undefined]);
  });

  describe("replayed from before the start", () => {
    it("a creation brings no deleted twin back", async () => {
      const { source, mirror } = await newPump({ writeThrough: false });
      await source.deliver(created(pumpTwin("gone"), LONG_AGO));
      assert.equal(mirror.get("gone"), undefined);
    });

    it("a deletion removes no twin that was created again", async () => {
      const { source, mirror } = await newPump({ writeThrough: false });
      await source.deliver(deleted("p1", LONG_AGO));
      assert.ok(mirror.get("p1"));
    });

    it("an old update changes nothing", async () => {
      const { source, value } = await newPump({ writeThrough: false });
      await source.deliver(updated("p1", [{ op: "replace", path: "/temperature", value: -1 }], LONG_AGO));
      assert.equal(value("p1", "/temperature"), 20);
    });

    it("relationships are as the provider says", async () => {
      const { source, mirror } = await newPump({ writeThrough: false });
      await source.deliver(
        related("relationship.created", relationship("hall", "contains", "far"), LONG_AGO),
        related("relationship.deleted", relationship("hall", "contains", "p1"), LONG_AGO),
      );
      const targets = [...mirror.outgoing("hall")].map((r) => r.targetId).sort();
      assert.deepEqual(targets, ["annex", "p1", "p2"]);
    });
  });

  describe("out of order", () => {
    const now = Date.now() + 3_600_000; // after the start of a pump that is made later

    it("a creation that comes after its twin's deletion is late", async () => {
      const { source, mirror } = await newPump({ writeThrough: false });
      await source.deliver(deleted("p9", now + 1), created(pumpTwin("p9"), now));
      await source.deliver(updated("p9", [{ op: "replace", path: "/temperature", value: 1 }], now));
      assert.equal(mirror.get("p9"), undefined);
    });

    it("so is a relationship's", async () => {
      const { source, mirror } = await newPump({ writeThrough: false });
      const r = relationship("hall", "contains", "far");
      await source.deliver(related("relationship.deleted", r, now + 1), related("relationship.created", r, now));
      assert.equal(mirror.relationship("hall", r.id), undefined);
      await source.deliver(related("relationship.created", r, now + 2));
      assert.ok(mirror.relationship("hall", r.id));
    });

    it("a twin that is deleted while it is read stays deleted", async () => {
      const { source, provider, mirror } = await newPump({ writeThrough: false });
      const answer = provider.getTwin.bind(provider);
      const asked = Promise.withResolvers<void>();
      provider.getTwin = async (id) => {
        const twin = await answer(id);
        await asked.promise;
        return twin;
      };
      const reading = source.deliver(updated("p1", [{ op: "replace", path: "/motor", value: {} }]));
      const other = { partition: "1", sequence: 1, generation: "1" };
      for (const r of ["hall-contains-p1"]) {
        await provider.deleteRelationship("hall", r);
      }
      await provider.deleteTwin("p1");
      await source.deliver({ ...deleted("p1", now + 120_000), position: other });
      asked.resolve();
      await reading;
      assert.equal(mirror.get("p1"), undefined);
    });
  });
});
