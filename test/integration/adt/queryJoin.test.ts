// JOIN clauses of the embedded twin service, through the official SDK.
import assert from "node:assert/strict";
import { closeDigitalTwins, refused } from "../../support/newDigitalTwins.ts";
import { newPlant } from "./queryPlant.ts";

describe("embedded twin service: JOIN", () => {
  afterEach(closeDigitalTwins);

  it("goes from a source to targets and back", async () => {
    const { column } = await newPlant();
    const cases: [string, string[]][] = [
      ["SELECT F FROM DIGITALTWINS B JOIN F RELATED B.contains WHERE B.$dtId = 'building'", ["floor1", "floor2"]],
      ["select f from digitaltwins b join f related b.contains where f.$dtId = 'floor2'", ["floor2"]],
      ["SELECT B FROM DIGITALTWINS B JOIN F RELATED B.contains WHERE F.$dtId = 'lab'", ["floor2"]],
      [
        "SELECT R FROM DIGITALTWINS B JOIN R RELATED B.contains WHERE B.$dtId IN ['floor1', 'floor2']",
        ["lab", "room1", "room2"],
      ],
      ["SELECT F FROM DIGITALTWINS B JOIN F RELATED B.Contains WHERE B.$dtId = 'building'", []],
      ["SELECT F FROM DIGITALTWINS B JOIN F RELATED B.contains WHERE B.$dtId = 'lab'", []],
    ];
    for (const [query, expected] of cases) {
      assert.deepEqual(await column(query), expected, query);
    }
  });

  it("chains and branches", async () => {
    const { column } = await newPlant();
    const rooms = "FROM DIGITALTWINS B JOIN F RELATED B.contains JOIN R RELATED F.contains";
    assert.deepEqual(await column(`SELECT R ${rooms} WHERE B.$dtId = 'building'`), ["lab", "room1", "room2"]);
    assert.deepEqual(await column(`SELECT R ${rooms} WHERE B.$dtId = 'building' AND R.temperature > 20`), [
      "room1",
      "room2",
    ]);
    const models = "AND IS_OF_MODEL(R, 'dtmi:plant:Room;2') AND IS_OF_MODEL(B, 'dtmi:plant:Node;1', exact)";
    assert.deepEqual(await column(`SELECT R ${rooms} WHERE B.$dtId = 'building' ${models}`), ["lab", "room2"]);
    const both = "FROM DIGITALTWINS S JOIN A RELATED S.monitors JOIN B RELATED S.monitors WHERE S.$dtId = 'sensor'";
    assert.deepEqual(await column(`SELECT COUNT() ${both}`), [4]);
    assert.deepEqual(await column(`SELECT COUNT() ${both} AND A.temperature < B.temperature`), [1]);
  });

  it("takes five and refuses six", async () => {
    const { column } = await newPlant();
    const ring = (count: number) => {
      const joins = Array.from({ length: count }, (_, i) => `JOIN P${i + 1} RELATED P${i}.feeds`);
      return `SELECT P${count} FROM DIGITALTWINS P0 ${joins.join(" ")} WHERE P0.$dtId = 'pipe1'`;
    };
    assert.deepEqual(await column(ring(5)), ["pipe3"]);
    await refused(column(ring(6)), 400, "SqlQueryError");
  });

  it("speaks of relationships", async () => {
    const { ask } = await newPlant();
    const query = (where: string) =>
      `SELECT P.$dtId AS source, R.$targetId, R.length, R.state FROM DIGITALTWINS P JOIN Q RELATED P.feeds R WHERE P.$dtId = 'pipe1' AND ${where}`;
    const shown = { source: "pipe1", $targetId: "pipe2", length: 10, state: "clean" };
    assert.deepEqual(await ask(query("R.length > 5")), [shown]);
    assert.deepEqual(await ask(query("NOT IS_DEFINED(R.state)")), [{ source: "pipe1", $targetId: "room1", length: 5 }]);
    const implicit =
      "SELECT Q.$dtId FROM DIGITALTWINS P JOIN Q RELATED P.feeds WHERE P.$dtId = 'pipe1' AND feeds.length = 5";
    assert.deepEqual(await ask(implicit), [{ $dtId: "room1" }]);
    const [row = {}] = await ask("SELECT R, Q FROM DIGITALTWINS P JOIN Q RELATED P.feeds R WHERE P.$dtId = 'pipe2'");
    const { $etag, ...relationship } = row["R"] as Record<string, unknown>;
    assert.match(String($etag), /^W\//);
    assert.deepEqual(relationship, {
      $relationshipId: "pipe2-pipe3",
      $sourceId: "pipe2",
      $relationshipName: "feeds",
      $targetId: "pipe3",
      length: 20,
    });
    assert.equal((row["Q"] as Record<string, unknown>)["$dtId"], "pipe3");
  });

  it("refuses what Azure refuses", async () => {
    const { ask } = await newPlant();
    const from = "FROM DIGITALTWINS A JOIN B RELATED A.contains";
    for (const query of [
      `SELECT * ${from} WHERE A.$dtId = 'building'`,
      `SELECT TOP(1) ${from} WHERE A.$dtId = 'building'`,
      `SELECT B ${from}`,
      `SELECT B ${from} WHERE B.temperature > 20`,
      `SELECT B ${from} WHERE NOT A.$dtId = 'building'`,
      `SELECT B ${from} WHERE A.$dtId = 'building' OR B.temperature > 20`,
      `SELECT C ${from} WHERE A.$dtId = 'building'`,
      `SELECT B ${from} WHERE A.$dtId = 'building' AND temperature > 20`,
      `SELECT B ${from} WHERE a.$dtId = 'building'`,
      `SELECT B ${from} WHERE A.$dtId = 'building' AND IS_OF_MODEL('dtmi:plant:Room;1')`,
      "SELECT A FROM DIGITALTWINS A JOIN A RELATED A.contains WHERE A.$dtId = 'building'",
      "SELECT B FROM DIGITALTWINS A JOIN B RELATED C.contains WHERE A.$dtId = 'building'",
      "SELECT B FROM DIGITALTWINS JOIN B RELATED A.contains WHERE B.$dtId = 'building'",
      "SELECT B FROM DIGITALTWINS A JOIN B RELATED A.contains R JOIN C RELATED R.contains WHERE A.$dtId = 'building'",
      "SELECT B FROM DIGITALTWINS A LEFT JOIN B RELATED A.contains WHERE A.$dtId = 'building'",
      "SELECT B FROM RELATIONSHIPS A JOIN B RELATED A.contains WHERE B.$dtId = 'building'",
      "SELECT B FROM DIGITALTWINS A JOIN B RELATED A.feeds R WHERE A.$dtId = 'a' AND ARRAY_CONTAINS(R.length, 1)",
    ]) {
      await refused(ask(query), 400, "SqlQueryError");
    }
  });
});
