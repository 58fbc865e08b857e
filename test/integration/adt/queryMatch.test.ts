// MATCH clauses of the embedded twin service, through the official SDK.
import assert from "node:assert/strict";
import { closeDigitalTwins, refused } from "../../support/newDigitalTwins.ts";
import { newPlant } from "./queryPlant.ts";

const FROM = "FROM DIGITALTWINS MATCH";

describe("embedded twin service: MATCH", () => {
  afterEach(closeDigitalTwins);

  /** Pattern between a twin X and twins Y → ids of Y. */
  async function ends(cases: readonly [string, string, string[]][]): Promise<void> {
    const { column } = await newPlant();
    for (const [pattern, start, expected] of cases) {
      const query = `SELECT Y ${FROM} ${pattern} WHERE X.$dtId = '${start}'`;
      assert.deepEqual(await column(query), expected, query);
    }
  }

  it("follows directions", () =>
    ends([
      ["(X)-[]->(Y)", "floor1", ["room1", "room2"]],
      ["(X)<-[]-(Y)", "floor1", ["building"]],
      ["(X)-[]-(Y)", "floor1", ["building", "room1", "room2"]],
      ["(Y)-[]->(X)", "room1", ["floor1", "pipe1", "sensor"]],
      ["(Y)<-[]-(X)", "floor1", ["room1", "room2"]],
      ["( X ) < - [ ] - ( Y )", "floor1", ["building"]],
    ]));

  it("follows names", () =>
    ends([
      ["(X)-[:contains]-(Y)", "room1", ["floor1"]],
      ["(X)-[:monitors|feeds]-(Y)", "room1", ["pipe1", "sensor"]],
      ["(X)-[monitors|feeds]-(Y)", "room1", ["pipe1", "sensor"]],
      ["(X)-[:[[contains]]]-(Y)", "room1", ["floor1"]],
      ["(X)-[:Contains]-(Y)", "room1", []],
      ["(X)-[contains]-(Y)", "room1", ["floor1", "pipe1", "sensor"]],
    ]));

  it("counts hops", () =>
    ends([
      ["(X)-[:contains*1]->(Y)", "building", ["floor1", "floor2"]],
      ["(X)-[:contains*2]->(Y)", "building", ["lab", "room1", "room2"]],
      ["(X)-[:contains*3]->(Y)", "building", []],
      ["(X)-[:contains*..2]->(Y)", "building", ["floor1", "floor2", "lab", "room1", "room2"]],
      ["(X)-[:contains*1..3]->(Y)", "building", ["lab", "room1", "room2"]],
      ["(X)-[*0..1]->(Y)", "floor2", ["lab"]],
      ["(X)<-[*..10]-(Y)", "lab", ["building", "floor2", "sensor"]],
    ]));

  it("traverses no relationship twice", () =>
    ends([
      ["(X)-[:feeds*..10]->(Y)", "pipe2", ["pipe1", "pipe2", "pipe3", "room1"]],
      ["(X)-[:feeds*3]->(Y)", "pipe2", ["pipe2", "room1"]],
      ["(X)-[:contains]-(M)-[:contains]-(Y)", "room1", ["building", "room2"]],
      ["(X)-[:monitors]-()-[:monitors]-(Y)", "room1", ["lab"]],
      ["(X)-[:feeds]->(M)-[:feeds]->(N)-[:feeds]->(Y)", "pipe2", ["pipe2", "room1"]],
    ]));

  it("chains, and meets the same twin again", () =>
    ends([
      ["(X)-[:contains*..2]->(M)<-[:monitors]-(Y)", "building", ["sensor", "sensor"]],
      ["(X)<-[*..2]-(P)-[:contains*..2]->(Y)", "room1", ["floor2", "lab", "room2"]],
      ["(X)-[:feeds]->(M)-[:feeds]->(Y)-[:feeds]->(X)", "pipe1", ["pipe3"]],
      ["(X)-[:feeds]->(Y)-[:feeds]->(X)", "pipe1", []],
    ]));

  it("starts wherever an id is given", async () => {
    const { column } = await newPlant();
    const chain = `${FROM} (A)-[:contains]->(B)-[:contains]->(C)`;
    assert.deepEqual(await column(`SELECT C ${chain} WHERE B.$dtId = 'floor1'`), ["room1", "room2"]);
    assert.deepEqual(await column(`SELECT A ${chain} WHERE C.$dtId = 'lab'`), ["building"]);
    const ancestor = `SELECT P ${FROM} (A)<-[*..3]-(P)-[*..3]->(B) WHERE A.$dtId = 'room1' AND B.$dtId = 'lab'`;
    assert.deepEqual(await column(ancestor), ["building", "sensor"]);
    assert.deepEqual(await column(`SELECT A ${FROM} (A) WHERE A.$dtId = 'lab'`), ["lab"]);
    assert.deepEqual(await column("SELECT T FROM DIGITALTWINS T MATCH (T)-[]->(B) WHERE B.$dtId = 'lab'"), [
      "floor2",
      "sensor",
    ]);
    const joined = "FROM DIGITALTWINS F JOIN R RELATED F.contains MATCH (R)<-[:monitors]-(S) WHERE F.$dtId = 'floor1'";
    assert.deepEqual(await column(`SELECT R ${joined}`), ["room1"]);
  });

  it("speaks of relationships", async () => {
    const { ask } = await newPlant();
    const rows = await ask(
      `SELECT a.$dtId AS a, r.length AS r1, s.length, b.$dtId AS b ${FROM} (a)-[r]->()-[s:feeds|monitors]->(b) WHERE a.$dtId = 'pipe1' AND r.length > 5`,
    );
    assert.deepEqual(rows, [{ a: "pipe1", r1: 10, length: 20, b: "pipe3" }]);
    const [{ r } = {}] = await ask(`SELECT r ${FROM} (a)<-[r:monitors]-(b) WHERE a.$dtId = 'lab'`);
    assert.equal((r as Record<string, unknown>)["$relationshipId"], "sensor-lab");
    assert.deepEqual(await ask(`SELECT COUNT() ${FROM} (a)-[*..2]-(b) WHERE a.$dtId = 'building'`), [{ COUNT: 5 }]);
    assert.equal((await ask(`SELECT TOP(2) b ${FROM} (a)-[*..2]-(b) WHERE a.$dtId = 'building'`)).length, 2);
  });

  it("refuses what Azure refuses", async () => {
    const { ask } = await newPlant();
    const where = "WHERE A.$dtId = 'building'";
    for (const query of [
      `SELECT * ${FROM} (A)-[]->(B) ${where}`,
      `SELECT A ${FROM} (A)-[]->(B)`,
      `SELECT A ${FROM} (A)-[]->(B) WHERE B.temperature = 5`,
      `SELECT A ${FROM} (A)-[r*2]->(B) ${where}`,
      `SELECT A ${FROM} (A)-[r:contains*..2]->(B) ${where}`,
      `SELECT A ${FROM} (A)-[*11]->(B) ${where}`,
      `SELECT A ${FROM} (A)-[*..11]->(B) ${where}`,
      `SELECT A ${FROM} (A)-[*6]->(B)-[*5]->(C) ${where}`,
      `SELECT A ${FROM} (A)-[*]->(B) ${where}`,
      `SELECT A ${FROM} (A)-[*0]->(B) ${where}`,
      `SELECT A ${FROM} (A)-[*2..]->(B) ${where}`,
      `SELECT A ${FROM} (A)-[*3..3]->(B) ${where}`,
      `SELECT A ${FROM} (A)-[*1.5]->(B) ${where}`,
      `SELECT A ${FROM} (A)<-[]->(B) ${where}`,
      `SELECT A ${FROM} (A)-->(B) ${where}`,
      `SELECT A ${FROM} A-[]->B ${where}`,
      `SELECT A ${FROM} (A)-[:]->(B) ${where}`,
      `SELECT A ${FROM} (A)-[r]->(B)-[r]->(C) ${where}`,
      `SELECT A ${FROM} (A)-[A]->(B) ${where}`,
      `SELECT A ${FROM} (A)-[]->(B) MATCH (B)-[]->(C) ${where}`,
      `SELECT A ${FROM} (A)-[]->(B), (B)-[]->(C) ${where}`,
      `SELECT A FROM DIGITALTWINS T MATCH (A)-[]->(B) ${where}`,
      `SELECT A FROM RELATIONSHIPS MATCH (A)-[]->(B) ${where}`,
      `SELECT X ${FROM} (A)-[]->(B) ${where}`,
    ]) {
      await refused(ask(query), 400, "SqlQueryError");
    }
  });
});
