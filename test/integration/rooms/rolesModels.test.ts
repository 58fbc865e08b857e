// Properties that only some roles see, where models come and go: what the room's classes do not know stays closed.
import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.ts";
import { PUMP, PUMP2, relationship } from "../../support/hall.ts";
import { newMemoryTwins } from "../../support/newMemoryTwins.ts";
import type { SeenRoom } from "../../support/newRoomServer.ts";
import { silentLog } from "../../support/silentLog.ts";
import { ask } from "./ask.ts";
import { type Hall, live, newHall, seen } from "./newHall.ts";

const BIG = "dtmi:test:Big;1";
const LATE = "dtmi:test:Late;1";
const VALVE = "dtmi:test:Valve;1";
const MOTOR = "dtmi:test:Motor;1";
const RESTRICTED = [
  { model: PUMP, property: "temperature", roles: ["admin"] },
  { model: PUMP, property: "setpoint", roles: ["admin"] },
  { model: MOTOR, property: "limit", roles: ["admin"] },
  { model: BIG, property: "f1", roles: ["player", "admin"] },
] as const;
const model = (id: string, contents: object[], more: object = {}) => ({
  "@context": "dtmi:dtdl:context;3",
  "@id": id,
  "@type": "Interface",
  contents,
  ...more,
});
const property = (name: string) => ({ "@type": "Property", name, schema: "double", writable: true });
/** Too large for a class of its own. */
const big = model(
  BIG,
  Array.from({ length: 70 }, (_, i) => property(`f${i}`)),
);
const admin = { id: "an-admin", name: "an admin", role: "admin" } as const;
const SECRET = 77.25;

describe("properties for some roles only, and models that come and go", () => {
  let hall: Hall;
  beforeEach(async () => {
    hall = await newHall({ restricted: RESTRICTED, models: [big] });
    await hall.ready;
  });
  afterEach(() => hall.close());

  const as = async (role: string): Promise<SeenRoom> => await live(await hall.join({ role }));
  /** A twin with all its values, in the hall. */
  async function add(id: string, modelId: string, properties: Record<string, unknown>): Promise<void> {
    await hall.provider.putTwin({ id, modelId, properties });
    await hall.provider.putRelationship(relationship("hall", "contains", id));
  }
  const numbers = (room: SeenRoom, id: string) => {
    const values = seen(room, id, "$numbers") as Map<string, number>;
    return Object.fromEntries(values);
  };
  async function answer(room: SeenRoom, twinId: string) {
    const got = await ask(room, "twin.get", { twinId });
    return got as { twin: Record<string, unknown>; times: Record<string, object> };
  }

  it("a model that came after the room opened extends a restricted one: state, twin.get and operations keep back", async () => {
    const [player, one] = [await as("player"), await as("admin")];
    await hall.services.control.putModels(admin, [model(LATE, [property("extra")], { extends: PUMP })]);
    await add("n1", LATE, { temperature: SECRET, extra: 2, motor: { limit: SECRET, current: 1 } });
    await eventually(() => assert.deepEqual(numbers(player, "n1"), { extra: 2, "motor/current": 1 }));
    const { twin, times } = await answer(player, "n1");
    assert.ok(!JSON.stringify(twin).includes(String(SECRET)), JSON.stringify(twin));
    assert.deepEqual(Object.keys(times).sort(), ["/extra", "/motor/current"]);
    assert.equal((await answer(one, "n1")).twin["temperature"], SECRET);
    const patch = [{ op: "replace", path: "/setpoint", value: SECRET }];
    const { operationId } = await ask(one, "twin.patch", { twinId: "n1", patch });
    const shown = () => player.state.operations.get(String(operationId));
    await eventually(() => assert.equal(shown()?.["status"], "verified"));
    assert.deepEqual([shown()?.["path"], shown()?.["desired"]], ["", ""]);
  });

  it("a model is deleted and made again, now with a restricted property: rooms that were open keep it back", async () => {
    await hall.services.control.putModels(admin, [model(VALVE, [property("temperature"), property("open")])]);
    const player = await live(await hall.join({ role: "player" }, "later")); // its classes know the model
    await add("v1", VALVE, { temperature: 20, open: 1 });
    await eventually(() => assert.deepEqual([seen(player, "v1", "temperature"), seen(player, "v1", "open")], [20, 1]));
    await hall.services.control.deleteModel(admin, VALVE);
    await eventually(() => assert.deepEqual(numbers(player, "v1"), { open: 1 }));
    await hall.services.control.putModels(admin, [model(VALVE, [property("extra")], { extends: PUMP })]);
    await add("v2", VALVE, { temperature: SECRET, extra: 2, motor: {} });
    hall.says("v1", { temperature: SECRET, extra: 3 });
    await eventually(() => assert.equal(numbers(player, "v1")["extra"], 3));
    await eventually(() => assert.deepEqual(numbers(player, "v2"), { extra: 2 }));
    for (const id of ["v1", "v2"]) {
      assert.ok(!JSON.stringify(player.state.twins.get(id)).includes(String(SECRET)), id);
      assert.equal(seen(player, id, "temperature"), undefined);
    }
  });

  it("a model that is made again as it was has its class back", async () => {
    await hall.services.control.putModels(admin, [model(VALVE, [property("open")])]);
    const player = await live(await hall.join({ role: "player" }, "later"));
    await add("v1", VALVE, { open: 1 });
    await eventually(() => assert.equal(seen(player, "v1", "open"), 1));
    await hall.services.control.deleteModel(admin, VALVE);
    await eventually(() => assert.deepEqual(numbers(player, "v1"), { open: 1 }));
    await hall.services.control.putModels(admin, [model(VALVE, [property("open")])]);
    hall.says("v1", { open: 2 });
    await eventually(() => assert.equal(seen(player, "v1", "open"), 2));
  });

  it("a model was deleted while its twins exist: what has the name of a restricted property is kept back, at any depth", async () => {
    await add("p9", PUMP, { temperature: SECRET, mode: "auto", starts: 3, motor: { limit: SECRET, current: 1 } });
    await eventually(() => assert.ok(hall.services.mirror.get("p9")));
    await hall.services.control.deleteModel(admin, PUMP2);
    await hall.services.control.deleteModel(admin, PUMP);
    const player = await as("player");
    await eventually(() => assert.deepEqual(numbers(player, "p9"), { starts: 3, "motor/current": 1 }));
    const { twin, times } = await answer(player, "p9");
    assert.ok(!JSON.stringify(twin).includes(String(SECRET)), JSON.stringify(twin));
    assert.deepEqual(Object.keys(times).sort(), ["/mode", "/motor/current", "/starts"]);
    assert.equal((await answer(await as("admin"), "p9")).twin["temperature"], SECRET);
    const { restrictions } = hall.services.schemas.current();
    const held = hall.services.mirror.toTwin("p9");
    assert.ok(held && !JSON.stringify(restrictions.seen(["player"], held)).includes(String(SECRET)));
  });

  it("of a model that is not known nobody can tell what is a component: restricted names go from its objects too", async () => {
    const player = await as("player");
    const seenBy = hall.services.mirror;
    const properties = { temperature: SECRET, motor: { limit: SECRET, current: 1 } };
    seenBy.upsertTwin({ id: "u1", modelId: "dtmi:test:Unknown;1", properties, times: {} }, Date.now());
    seenBy.upsertRelationship(relationship("hall", "contains", "u1"));
    await eventually(() => assert.ok(player.state.twins.has("u1")));
    assert.equal((seen(player, "u1", "$texts") as Map<string, string>).get("motor"), '{"current":1}');
    assert.deepEqual(numbers(player, "u1"), {});
    assert.deepEqual(Object.keys((await answer(player, "u1")).twin).sort(), ["$dtId", "$metadata", "motor"]);
  });

  it("a generic twin shows what everybody may see, not what players may", async () => {
    const [builder, player] = [await as("builder"), await as("player")];
    await add("b1", BIG, { f0: 1, f1: SECRET });
    for (const room of [builder, player]) {
      await eventually(() => assert.deepEqual(numbers(room, "b1"), { f0: 1 }));
    }
    assert.equal((await answer(player, "b1")).twin["f1"], SECRET);
    assert.equal((await answer(builder, "b1")).twin["f1"], undefined);
  });

  it("a new room, with classes for the late model, keeps back too", async () => {
    await hall.services.control.putModels(admin, [model(LATE, [property("extra")], { extends: PUMP })]);
    await add("n1", LATE, { temperature: SECRET, extra: 2, motor: {} });
    const room = await hall.join({ role: "player" }, "later");
    await eventually(() => assert.equal(seen(room, "n1", "extra"), 2));
    assert.equal(seen(room, "n1", "temperature"), undefined);
  });
});

describe("a restriction on a model that does not exist", () => {
  it("is told when the models are loaded, each model once", async () => {
    const warnings: [object, string][] = [];
    const none = { model: "dtmi:test:Pmup;1", roles: ["admin"] } as const;
    const twins = await newMemoryTwins({
      log: { ...silentLog, warn: (facts, text) => void warnings.push([facts, String(text)]) },
      restricted: [{ ...none, property: "a" }, { ...none, property: "b" }, RESTRICTED[0]],
    });
    await twins.ready;
    await twins.close();
    const told = warnings.filter(([, text]) => /restricted/.test(text));
    assert.deepEqual(
      told.map(([facts]) => facts),
      [{ models: ["dtmi:test:Pmup;1"] }],
    );
  });
});

describe("a restriction of what its model does not have", () => {
  const only = (id: string, name: string) => ({ model: id, property: name, roles: ["admin"] }) as const;

  it("ends the start with a sentence on each: what there is, and for a component its model", async () => {
    const restricted = [only(MOTOR, "limt"), only(PUMP2, "motor"), only(PUMP2, "temperature"), only(MOTOR, "start")];
    const has = "the model has no Property or Telemetry";
    await assert.rejects(newMemoryTwins({ restricted }), {
      name: "ConfigError",
      problems: [
        `${MOTOR}/limt: ${has} 'limt'; it has current, limit, noise`,
        `${PUMP2}/motor: 'motor' is a Component. Name its model and one of its properties: ${MOTOR}/<property>`,
        `${MOTOR}/start: ${has} 'start'; it has current, limit, noise`,
      ].map((sentence) => `RESTRICTED_PROPERTIES: ${sentence}`),
    });
  });

  it("of a model that comes later: an error tells it once, and all values of its twins are kept back", async () => {
    const errors: [object, string][] = [];
    const hall = await newHall({
      log: { ...silentLog, error: (facts, text) => void errors.push([facts, String(text)]) },
      restricted: [only(LATE, "extar")],
    });
    try {
      await hall.ready;
      const open = await live(await hall.join({ role: "player" }));
      await hall.services.control.putModels(admin, [model(LATE, [property("extra")], { extends: PUMP })]);
      await hall.services.control.putModels(admin, [big]);
      const fault = `${LATE}/extar: the model has no Property or Telemetry 'extar'; it has extra, mode, name, running, setpoint, starts, steps, tags, temperature, vibration`;
      assert.deepEqual(
        errors.map(([facts]) => facts),
        [{ fault }],
      );
      assert.match(errors[0]?.[1] ?? "", /all values of its twins are kept back/);
      const properties = { extra: SECRET, temperature: SECRET, name: "hidden", motor: { current: SECRET } };
      await hall.provider.putTwin({ id: "n1", modelId: LATE, properties });
      await hall.provider.putRelationship(relationship("hall", "contains", "n1"));
      const [player, one] = [await hall.join({ role: "player" }, "later"), await hall.join({ role: "admin" }, "later")];
      await eventually(() => {
        assert.equal(seen(one, "n1", "extra"), SECRET);
        assert.equal(seen(one, "n1", "motor.current"), SECRET);
      });
      for (const room of [open, player]) {
        await eventually(() => assert.ok(room.state.twins.has("n1")));
        assert.doesNotMatch(JSON.stringify(room.state.twins.get("n1")), /77\.25|hidden/);
        const told = await ask(room, "twin.get", { twinId: "n1" });
        assert.doesNotMatch(JSON.stringify(told), /77\.25|hidden/);
      }
      const { restrictions } = hall.services.schemas;
      for (const condition of ["T.extra = 1", "T.temperature = 1", "T.motor.current = 1"]) {
        assert.match(
          restrictions.queryFault(["player"], `SELECT T FROM digitaltwins T WHERE ${condition}`) ?? "",
          /may not see/,
        );
      }
      assert.equal(restrictions.queryFault(["admin"], "SELECT T FROM digitaltwins T WHERE T.extra = 1"), undefined);
    } finally {
      await hall.close();
    }
  });
});
