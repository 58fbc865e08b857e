import assert from "node:assert/strict";
import { TwinError } from "../../../src/errors.ts";
import type { JsonPatchOp, TwinEvent } from "../../../src/twins/types.ts";
import { eventually } from "../../support/eventually.ts";
import { HALL, PUMP, relationship } from "../../support/hall.ts";
import { actor, newControl, refusal, set } from "./newControl.ts";

const operator = actor("operator");
const admin = actor("admin");
const stranger = { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01` };
const withoutTrace = ({ traceparent: _, ...event }: TwinEvent): TwinEvent => event;

describe("TwinControl.patchTwin", () => {
  it("is accepted by the provider, and verified only when its notification comes", async () => {
    const { control, events, provider, history } = await newControl();
    const reply = await control.patchTwin(operator, { twinId: "p1", patch: [set("/setpoint", 7)] });
    assert.equal(reply.status, "sent");
    assert.equal(reply.etag, (await provider.getTwin("p1"))?.etag);
    assert.deepEqual(history, ["requested", "sent"]);
    for (const event of events) {
      control.observe(event);
    }
    assert.equal(control.operation(reply.operationId)?.status, "verified");
  });

  it("shows who asked for what, and until when it is waited for", async () => {
    const { control, only } = await newControl();
    await control.patchTwin(operator, { twinId: "p1", patch: [set("/setpoint", 7)], operationId: "mine" });
    assert.deepEqual(only(), {
      id: "mine",
      kind: "patch",
      twinId: "p1",
      path: "/setpoint",
      desired: "7",
      status: "sent",
      reason: "",
      result: "",
      by: "a operator",
      at: 1_000_000,
      until: 1_015_000,
      since: 1_000_000,
    });
  });

  describe("refuses, and leaves no operation behind", () => {
    const cases: [string, Parameters<typeof refusal>, Parameters<typeof actor>[0], string, JsonPatchOp[]][] = [
      ["an unknown twin", ["NOT_FOUND"], "operator", "nobody", [set("/setpoint", 1)]],
      ["a player", ["FORBIDDEN"], "player", "p1", [set("/setpoint", 1)]],
      ["a builder", ["FORBIDDEN"], "builder", "p1", [set("/setpoint", 1)]],
      ["a wrong type", ["INVALID_VALUE", "/setpoint"], "operator", "p1", [set("/setpoint", "high")]],
      ["a value out of an enumeration", ["INVALID_VALUE", "/mode"], "operator", "p1", [set("/mode", "turbo")]],
      ["an unknown name", ["INVALID_VALUE", "/setpiont"], "operator", "p1", [set("/setpiont", 1)]],
      ["Telemetry", ["INVALID_VALUE", "/vibration"], "operator", "p1", [set("/vibration", 1)]],
      ["a Property that is not writable", ["NOT_WRITABLE", "/temperature"], "operator", "p1", [set("/temperature", 1)]],
      ["such a one in a component", ["NOT_WRITABLE", "/motor/current"], "operator", "p1", [set("/motor/current", 1)]],
      ["a component as a whole", ["NOT_WRITABLE", "/motor/current"], "operator", "p1", [set("/motor", {})]],
      ["a change of model", ["NOT_WRITABLE"], "operator", "p1", [set("/$metadata/$model", PUMP)]],
      [
        "one bad operation among good ones",
        ["INVALID_VALUE", "/mode"],
        "operator",
        "p1",
        [set("/setpoint", 1), set("/mode", 1)],
      ],
    ];
    for (const [what, expected, role, twinId, patch] of cases) {
      it(what, async () => {
        const { control, provider, history } = await newControl();
        await assert.rejects(control.patchTwin(actor(role), { twinId, patch }), refusal(...expected));
        assert.deepEqual([provider.patches, history], [[], []]);
      });
    }

    it("everybody where writing is off, with the reason", async () => {
      const { control } = await newControl({ readOnly: "look, don't touch" });
      const write = control.patchTwin(admin, { twinId: "p1", patch: [set("/setpoint", 1)] });
      await assert.rejects(write, { code: "FORBIDDEN", message: "look, don't touch" });
    });
  });

  it("a writable Property in a component is an operator's to set", async () => {
    const { control, provider } = await newControl();
    await control.patchTwin(operator, { twinId: "p1", patch: [set("/motor/limit", 9)] });
    assert.deepEqual((await provider.getTwin("p1"))?.properties["motor"], { limit: 9 });
  });

  it("an admin writes what is not writable too, as Azure allows", async () => {
    const { control, provider } = await newControl();
    await control.patchTwin(admin, { twinId: "p1", patch: [set("/temperature", 1)] });
    assert.equal((await provider.getTwin("p1"))?.properties["temperature"], 1);
  });

  it("a stale etag is a CONFLICT, and everybody sees the operation rejected", async () => {
    const { control, only } = await newControl();
    const write = control.patchTwin(operator, { twinId: "p1", patch: [set("/setpoint", 1)], ifMatch: 'W/"old"' });
    await assert.rejects(write, refusal("CONFLICT"));
    assert.equal(only()?.status, "rejected");
    assert.notEqual(only()?.reason, "");
  });

  it("replace of what was never set becomes add", async () => {
    const { control, provider } = await newControl();
    await control.patchTwin(operator, { twinId: "p2", patch: [set("/setpoint", 3)] });
    assert.equal((await provider.getTwin("p2"))?.properties["setpoint"], 3);
  });

  it("but not inside an array, where add would insert", async () => {
    const { control, provider } = await newControl();
    await control.patchTwin(operator, { twinId: "p1", patch: [set("/steps/0", 9)] });
    assert.deepEqual((await provider.getTwin("p1"))?.properties["steps"], [9, 2]);
  });

  describe("repeated with the same operationId", () => {
    const request = { twinId: "p1", patch: [set("/setpoint", 7)], operationId: "once" };

    it("writes once, also when both are under way", async () => {
      const { control, provider } = await newControl();
      const replies = await Promise.all([control.patchTwin(operator, request), control.patchTwin(operator, request)]);
      assert.deepEqual(
        replies.map((r) => r.operationId),
        ["once", "once"],
      );
      assert.equal(provider.patches.length, 1);
      assert.equal((await control.patchTwin(operator, request)).status, "sent");
    });

    it("is a CONFLICT for another request", async () => {
      const { control } = await newControl();
      await control.patchTwin(operator, request);
      const other = { ...request, patch: [set("/setpoint", 8)] };
      await assert.rejects(control.patchTwin(operator, other), refusal("CONFLICT"));
    });
  });

  describe("is verified", () => {
    it("by trace, whatever the values", async () => {
      const { control, events, only } = await newControl();
      await control.patchTwin(operator, { twinId: "p1", patch: [set("/setpoint", 7), set("/mode", "off")] });
      control.observe(events[0] as TwinEvent);
      assert.equal(only()?.status, "verified");
    });

    it("by value where the notification has no trace, also a patch of several operations", async () => {
      for (const patch of [
        [set("/setpoint", 7)],
        [set("/setpoint", 7), set("/tags", { b: "2", a: "1" })],
        [{ op: "remove" as const, path: "/mode" }],
      ]) {
        const { control, events, only } = await newControl();
        await control.patchTwin(operator, { twinId: "p1", patch });
        control.observe(withoutTrace(events[0] as TwinEvent));
        assert.equal(only()?.status, "verified", JSON.stringify(patch));
      }
    });

    it("not by another value, another twin, or part of the patch", async () => {
      const { control, events, only } = await newControl();
      await control.patchTwin(operator, { twinId: "p1", patch: [set("/setpoint", 7), set("/mode", "off")] });
      const event = withoutTrace(events[0] as TwinEvent);
      control.observe({ ...event, subject: "p2" });
      control.observe({ ...event, data: { modelId: PUMP, patch: [set("/setpoint", 7)] } });
      control.observe({ ...event, data: { modelId: PUMP, patch: [set("/setpoint", 8), set("/mode", "off")] } });
      assert.equal(only()?.status, "sent");
    });

    it("not by somebody else's trace while the provider has not accepted it", async () => {
      const { control, provider, only, events } = await newControl();
      const release = provider.hold();
      const write = control.patchTwin(operator, { twinId: "p1", patch: [set("/setpoint", 7)] });
      await eventually(() => assert.equal(only()?.status, "requested"));
      const data = { modelId: PUMP, patch: [set("/setpoint", 7)] };
      const event = { type: "twin.updated", subject: "p1", data, ...stranger } as unknown as TwinEvent;
      control.observe(event);
      assert.equal(only()?.status, "requested");
      release();
      await write;
      control.observe({ ...(events[0] as TwinEvent), ...stranger });
      assert.equal(only()?.status, "verified");
    });

    it("also when the provider's answer got lost", async () => {
      const { control, provider, events, only } = await newControl();
      const patch = provider.patchTwin.bind(provider);
      provider.patchTwin = async (...args) => {
        await patch(...args);
        throw new TwinError("UNAVAILABLE", "no answer");
      };
      const write = control.patchTwin(operator, { twinId: "p1", patch: [set("/setpoint", 7)] });
      await assert.rejects(write, refusal("UNAVAILABLE"));
      assert.equal(only()?.status, "requested");
      control.observe(events[0] as TwinEvent);
      assert.equal(only()?.status, "verified");
    });
  });
});

describe("TwinControl: twins, relationships and models", () => {
  it("creates twins for builders, with an id of ours and the components that the service wants", async () => {
    const { control, provider } = await newControl();
    const made = await control.createTwin(actor("builder"), { modelId: PUMP, properties: { name: "new" } });
    assert.equal(made.twinId, "twin-id-1");
    assert.deepEqual((await provider.getTwin(made.twinId))?.properties, { motor: {}, name: "new" });
  });

  it("refuses to create over a twin, of an unknown model, with a bad value, or for an operator", async () => {
    const { control } = await newControl();
    const create = (who: Parameters<typeof actor>[0], request: Parameters<typeof control.createTwin>[1]) =>
      control.createTwin(actor(who), request);
    await assert.rejects(create("builder", { modelId: PUMP, twinId: "p1" }), { code: "CONFLICT", status: 409 });
    await assert.rejects(
      create("builder", { modelId: "dtmi:test:No;1" }),
      refusal("INVALID_VALUE", "/$metadata/$model"),
    );
    const bad = { modelId: PUMP, properties: { temperature: "hot" } };
    await assert.rejects(create("builder", bad), refusal("INVALID_VALUE", "/temperature"));
    await assert.rejects(create("operator", { modelId: PUMP }), refusal("FORBIDDEN"));
  });

  it("deletes for admins, with the etag they saw", async () => {
    const { control, provider } = await newControl();
    await provider.putTwin({ id: "loose", modelId: HALL, properties: {} });
    await assert.rejects(control.deleteTwin(actor("builder"), { twinId: "loose" }), refusal("FORBIDDEN"));
    await assert.rejects(control.deleteTwin(admin, { twinId: "loose", ifMatch: "old" }), refusal("CONFLICT"));
    await assert.rejects(control.deleteTwin(admin, { twinId: "p1" }), refusal("CONFLICT"));
    await control.deleteTwin(admin, { twinId: "loose" });
    assert.equal(await provider.getTwin("loose"), undefined);
  });

  it("edits relationships that the model declares, for admins", async () => {
    const { control, provider } = await newControl();
    await control.putRelationship(admin, relationship("hall", "feeds", "yard"));
    assert.equal((await Array.fromAsync(provider.relationships("hall", { name: "feeds" }))).length, 1);
    await assert.rejects(
      control.putRelationship(admin, relationship("hall", "eats", "yard")),
      refusal("INVALID_VALUE"),
    );
    await assert.rejects(control.putRelationship(operator, relationship("hall", "feeds", "p1")), refusal("FORBIDDEN"));
    await control.deleteRelationship(admin, { sourceId: "hall", relationshipId: "hall-feeds-yard" });
  });

  it("takes models that fit those that are there, and tells every fault of those that do not", async () => {
    const { control, models } = await newControl();
    const model = (id: string, more: object) => ({
      "@context": "dtmi:dtdl:context;3",
      "@id": id,
      "@type": "Interface",
      ...more,
    });
    await control.putModels(admin, [model("dtmi:test:Valve;1", { extends: PUMP })]);
    assert.ok(models.graph.isA("dtmi:test:Valve;1", PUMP));
    const bad = [model("dtmi:test:A;1", { extends: "dtmi:test:No;1" }), model("dtmi:test:B;1", { contents: 7 })];
    await assert.rejects(control.putModels(admin, bad), (error: TwinError) => {
      return error.code === "INVALID_VALUE" && error.details.length >= 2;
    });
    await assert.rejects(control.putModels(operator, []), refusal("FORBIDDEN"));
    await control.deleteModel(admin, "dtmi:test:Valve;1");
    assert.equal(models.graph.get("dtmi:test:Valve;1"), undefined);
  });

  it("a model that it uploads stays whole, also when a listing brought it first, which has no Commands", async () => {
    const { control, models, provider } = await newControl();
    const contents = [{ "@type": "Command", name: "open" }];
    const valve = { "@context": "dtmi:dtdl:context;3", "@id": "dtmi:test:Valve;1", "@type": "Interface", contents };
    const { putModels } = provider;
    provider.putModels = async (documents) => {
      await putModels.call(provider, documents);
      models.add(await Array.fromAsync(provider.listModels()));
    };
    await control.putModels(admin, [valve]);
    assert.ok(models.graph.get(valve["@id"])?.commands.has("open"));
  });

  it("publishes Telemetry of twins that exist, for admins", async () => {
    const { control, events } = await newControl();
    await control.publishTelemetry(admin, { twinId: "p1", payload: { vibration: 1 } });
    assert.deepEqual(events.at(-1)?.data, { values: { vibration: 1 } });
    await assert.rejects(control.publishTelemetry(admin, { twinId: "no", payload: {} }), refusal("NOT_FOUND"));
    await assert.rejects(control.publishTelemetry(operator, { twinId: "p1", payload: {} }), refusal("FORBIDDEN"));
  });
});
