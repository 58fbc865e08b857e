// Queries of the embedded twin service: through the official SDK what it offers, bare where a page's size matters.
import assert from "node:assert/strict";
import { closeDigitalTwins, collect, newDigitalTwins, refused } from "../../support/newDigitalTwins.ts";
import { CAMERA, MODELS, ROOM, room, SPACE, space } from "./models.ts";

async function newHouse() {
  const house = await newDigitalTwins();
  const { client } = house;
  await client.createModels(MODELS);
  await client.upsertDigitalTwin("house", space({ name: "O'Hara's" }));
  await client.upsertDigitalTwin("kitchen", room({ temperature: 21, mode: "eco", labels: { order: "a" } }));
  await client.upsertDigitalTwin("bath", room({ temperature: 24, mode: "comfort", size: { width: 2 } }));
  await client.upsertDigitalTwin("attic", room({ thermostat: { $metadata: {}, setPoint: 5 } }));
  await client.upsertDigitalTwin("camera", JSON.stringify({ $metadata: { $model: CAMERA["@id"] }, on: true }));
  const contains = (target: string, order: number) =>
    client.upsertRelationship("house", target, { $relationshipName: "contains", $targetId: target, order });
  await contains("kitchen", 1);
  await contains("bath", 2);
  await client.upsertRelationship("bath", "c", { $relationshipName: "seenBy", $targetId: "camera" });
  const ask = (query: string) => collect(client.queryTwins(query)) as Promise<Record<string, unknown>[]>;
  const ids = async (where: string) =>
    (await ask(`SELECT * FROM DIGITALTWINS T ${where}`)).map((twin) => String(twin["$dtId"]));
  return { ...house, ask, ids };
}

describe("embedded twin service: query", () => {
  afterEach(closeDigitalTwins);

  it("filters by every operator", async () => {
    const { ids } = await newHouse();
    const cases: [string, string[]][] = [
      ["", ["house", "kitchen", "bath", "attic", "camera"]],
      ["WHERE $dtId = 'bath'", ["bath"]],
      ["WHERE T.$dtId IN ['bath', 'house', 'none']", ["house", "bath"]],
      ["WHERE T.$dtId NIN ['bath', 'house']", ["kitchen", "attic", "camera"]],
      ["WHERE T.$dtId NOT IN ['bath', 'house']", ["kitchen", "attic", "camera"]],
      ["where T.temperature > 30 or T.temperature >= 24", ["bath"]],
      ["WHERE T.temperature > 21", ["bath"]],
      ["WHERE temperature >= 21 AND temperature <= 22.5", ["kitchen"]],
      ["WHERE T.temperature < 2.2e1", ["kitchen"]],
      ["WHERE T.temperature != 21", ["bath"]],
      ["WHERE NOT T.temperature = 21", ["bath"]],
      ["WHERE T.temperature = 21 OR T.on = true", ["kitchen", "camera"]],
      ["WHERE T.on = true AND (T.temperature = 21 OR NOT T.on = false)", ["camera"]],
      ["WHERE T.temperature = '21'", []],
      ["WHERE T.name = 'O\\'Hara\\'s'", ["house"]],
      ["WHERE T.labels.[[order]] = 'a'", ["kitchen"]],
      ["WHERE T.thermostat.setPoint = 5", ["attic"]],
      ["WHERE T.Temperature = 21", []],
      [`WHERE T.$metadata.$model = '${CAMERA["@id"]}'`, ["camera"]],
      ["WHERE T.$dtId = 'bath' AND T.temperature > 30", []],
      ["WHERE 'bath' = T.$dtId", ["bath"]],
    ];
    for (const [where, expected] of cases) {
      assert.deepEqual(await ids(where), expected, where);
    }
  });

  it("knows the functions", async () => {
    const { ids } = await newHouse();
    const cases: [string, string[]][] = [
      [`IS_OF_MODEL('${SPACE["@id"]}')`, ["house", "kitchen", "bath", "attic"]],
      [`IS_OF_MODEL(T, '${SPACE["@id"]}', exact)`, ["house"]],
      [`IS_OF_MODEL(T, '${ROOM["@id"]}') AND T.temperature > 21`, ["bath"]],
      [`NOT IS_OF_MODEL('${SPACE["@id"]}')`, ["camera"]],
      ["IS_DEFINED(T.temperature)", ["kitchen", "bath"]],
      ["NOT is_defined(T.temperature)", ["house", "attic", "camera"]],
      ["STARTSWITH(T.$dtId, 'k')", ["kitchen"]],
      ["ENDSWITH(T.$dtId, 'h')", ["bath"]],
      ["CONTAINS(T.$dtId, 'tc')", ["kitchen"]],
      ["IS_OBJECT(T.size)", ["bath"]],
      ["IS_NUMBER(T.temperature)", ["kitchen", "bath"]],
      ["IS_STRING(T.mode) AND IS_BOOL(T.on) = false", ["kitchen", "bath"]],
      ["IS_PRIMITIVE(T.on)", ["camera"]],
      ["IS_NULL(T.temperature)", []],
    ];
    for (const [where, expected] of cases) {
      assert.deepEqual(await ids(`WHERE ${where}`), expected, where);
    }
  });
});

describe("embedded twin service: query results", () => {
  afterEach(closeDigitalTwins);

  it("projects, counts and takes the first", async () => {
    const { ask } = await newHouse();
    const rows = await ask(
      "SELECT T.$dtId AS id, T.temperature, T.size.width FROM DIGITALTWINS T WHERE T.mode = 'comfort'",
    );
    assert.deepEqual(rows, [{ id: "bath", temperature: 24, width: 2 }]);
    assert.deepEqual(await ask("SELECT T.mode FROM DIGITALTWINS T WHERE T.$dtId = 'house'"), [{}]);
    const [row = {}] = await ask("SELECT T FROM DIGITALTWINS T WHERE T.$dtId = 'camera'");
    assert.equal((row["T"] as { on: boolean }).on, true);
    assert.deepEqual(await ask("SELECT COUNT() FROM DIGITALTWINS"), [{ COUNT: 5 }]);
    assert.deepEqual(await ask("SELECT COUNT() FROM RELATIONSHIPS R WHERE R.[[order]] > 1"), [{ COUNT: 1 }]);
    assert.equal((await ask("SELECT TOP(2) FROM DIGITALTWINS")).length, 2);
    assert.deepEqual(await ask("SELECT TOP(1) T.$dtId FROM DIGITALTWINS T"), [{ $dtId: "house" }]);
  });

  it("answers relationships", async () => {
    const { ask } = await newHouse();
    const targets = async (where: string) =>
      (await ask(`SELECT * FROM RELATIONSHIPS R WHERE ${where}`)).map((relationship) => relationship["$targetId"]);
    assert.deepEqual(await targets("R.$sourceId = 'house'"), ["kitchen", "bath"]);
    assert.deepEqual(await targets("R.$targetId = 'camera'"), ["camera"]);
    assert.deepEqual(await targets("$relationshipName = 'contains' AND [[order]] = 2"), ["bath"]);
  });
});

describe("embedded twin service: query pages", () => {
  afterEach(closeDigitalTwins);

  it("gives pages whose tokens hold while twins come and go", async () => {
    const { client, request } = await newHouse();
    const page = async (body: object) => {
      const response = await request("POST", "/query", body, { "max-items-per-page": "2" });
      assert.ok(Number(response.headers.get("query-charge")) > 0);
      const { value, continuationToken } = response.body as {
        value: { $dtId: string }[];
        continuationToken: string | null;
      };
      return { ids: value.map((twin) => twin.$dtId), continuationToken };
    };
    const first = await page({ query: "SELECT * FROM DIGITALTWINS" });
    assert.deepEqual(first.ids, ["house", "kitchen"]);
    await client.deleteRelationship("house", "kitchen");
    await client.deleteDigitalTwin("kitchen");
    await client.upsertDigitalTwin("new", space());
    const second = await page({ query: "ignored", continuationToken: first.continuationToken });
    assert.deepEqual(second.ids, ["bath", "attic"]);
    const third = await page({ continuationToken: second.continuationToken });
    assert.deepEqual(third, { ids: ["camera", "new"], continuationToken: null });
    const top = await page({ query: "SELECT TOP(3) FROM DIGITALTWINS" });
    assert.equal((await page({ continuationToken: top.continuationToken })).ids.length, 1);
    const broken = await request("POST", "/query", { continuationToken: "nonsense" });
    assert.equal((broken.body as { error: { code: string } }).error.code, "BadRequest");
  });
});

describe("embedded twin service: query faults", () => {
  afterEach(closeDigitalTwins);

  it("says where a query is wrong and what it expected", async () => {
    const { ask, request } = await newHouse();
    for (const query of [
      "SELECT",
      "SELECT * FROM TWINS",
      "SELECT * FROM DIGITALTWINS WHERE",
      "SELECT * FROM DIGITALTWINS WHERE a = 'b",
      "SELECT * FROM DIGITALTWINS WHERE a = ",
      "SELECT * FROM DIGITALTWINS WHERE a IN ('b')",
      "SELECT * FROM DIGITALTWINS WHERE SOUNDS_LIKE(a, 'b')",
      "SELECT * FROM DIGITALTWINS WHERE STARTSWITH(a)",
      "SELECT * FROM DIGITALTWINS WHERE a = 1 ORDER BY a",
      "SELECT X.a FROM DIGITALTWINS T",
      `SELECT * FROM DIGITALTWINS WHERE ${"(".repeat(10_000)}`,
      `SELECT * FROM DIGITALTWINS WHERE ${"NOT ".repeat(1_000)} a`,
    ]) {
      await refused(ask(query), 400, "SqlQueryError");
    }
    const { body } = await request("POST", "/query", { query: "SELECT *\nFROM DIGITALTWINS WHERE a == 1" });
    assert.match(
      (body as { error: { message: string } }).error.message,
      /Line=2, Position=27, Message=.*'=' expecting a name/,
    );
    const empty = await request("POST", "/query", {});
    assert.equal(empty.status, 400);
  });
});
