// What a query looks at: an index where there is one, never the whole collection.
import assert from "node:assert/strict";
import type { Instance } from "../../../emulator/adt/Instance.ts";
import { PropertyIndexes } from "../../../emulator/adt/query/PropertyIndexes.ts";
import { runQuery } from "../../../emulator/adt/query/runQuery.ts";
import { newInstance, putRelationship, putTwin } from "./support/newInstance.ts";

const TWINS = 3_000;

/** A chain of twins; every 100th is a Leaf. */
function newChain(): Instance {
  const instance = newInstance();
  for (let i = 0; i < TWINS; i += 1) {
    putTwin(instance, `t${i}`, { n: i, tenth: i % 10 }, i % 100 === 0 ? "dtmi:t:Leaf;1" : "dtmi:t:Other;1");
  }
  for (let i = 1; i < TWINS; i += 1) {
    putRelationship(instance, { id: `r${i}`, from: `t${i - 1}`, to: `t${i}`, properties: { n: i } });
  }
  return instance;
}

function ask(instance: Instance, query: string): { rows: number; examined: number } {
  const { rows, examined } = runQuery(instance, { query, given: 0 }, 2_000);
  return { rows: rows.length, examined };
}

describe("query planner", () => {
  it("looks at no more than an index gives", () => {
    const instance = newChain();
    const cases: [string, number, number][] = [
      ["SELECT * FROM DIGITALTWINS WHERE $dtId = 't5'", 1, 1],
      ["SELECT * FROM DIGITALTWINS WHERE $dtId IN ['t5', 't6', 'none', 't5'] AND n > 5", 1, 2],
      ["SELECT * FROM DIGITALTWINS WHERE $dtId = 't5' OR $dtId = 't7'", 2, 2],
      ["SELECT * FROM DIGITALTWINS WHERE IS_OF_MODEL('dtmi:t:Mid;1')", 30, 30],
      ["SELECT * FROM DIGITALTWINS T WHERE T.n >= 0 AND T.$metadata.$model = 'dtmi:t:Leaf;1'", 30, 30],
      ["SELECT * FROM DIGITALTWINS T WHERE T.n = 5", 1, 1],
      ["SELECT * FROM DIGITALTWINS T WHERE 5 = T.n AND IS_OF_MODEL(T, 'dtmi:t:Other;1')", 1, 1],
      ["SELECT * FROM DIGITALTWINS T WHERE T.n IN [5, 6] OR T.n = 6", 2, 2],
      ["SELECT * FROM DIGITALTWINS T WHERE T.tenth = 3 AND T.n < 100", 10, 300],
      ["SELECT * FROM DIGITALTWINS T WHERE T.none = 3", 0, 0],
      ["SELECT * FROM RELATIONSHIPS WHERE $sourceId = 't5'", 1, 1],
      ["SELECT * FROM RELATIONSHIPS R WHERE R.$targetId = 't5' AND R.$relationshipName = 'contains'", 1, 1],
      ["SELECT * FROM RELATIONSHIPS R WHERE R.$relationshipId = 'r5'", 1, 1],
      ["SELECT * FROM RELATIONSHIPS R WHERE R.n = 5", 1, 1],
      ["SELECT COUNT() FROM DIGITALTWINS", 1, 0],
      ["SELECT B FROM DIGITALTWINS A JOIN B RELATED A.contains WHERE A.$dtId = 't5'", 1, 2],
      ["SELECT A FROM DIGITALTWINS A JOIN B RELATED A.contains WHERE B.$dtId = 't5'", 1, 2],
      ["SELECT A FROM DIGITALTWINS MATCH (A)-[*3]->(B)-[]->(C) WHERE C.$dtId = 't50'", 1, 5],
      ["SELECT A FROM DIGITALTWINS MATCH (A)-[*3]->(B) WHERE A.$dtId IN ['t1', 't2'] AND B.$dtId = 't5'", 1, 4],
    ];
    for (const [query, rows, examined] of cases) {
      assert.deepEqual(ask(instance, query), { rows, examined }, query);
    }
  });

  it("keeps property indexes up with writes", () => {
    const instance = newChain();
    const found = (n: number): number => ask(instance, `SELECT * FROM DIGITALTWINS T WHERE T.n = ${n}`).rows;
    assert.deepEqual([found(5), found(-1)], [1, 0]);
    putTwin(instance, "t5", { n: -1 });
    putTwin(instance, "new", { n: -1 });
    assert.deepEqual([found(5), found(-1)], [0, 2]);
    const added = instance.twins.get("new");
    assert.ok(added);
    instance.deleteTwin(added);
    putTwin(instance, "t6", {});
    assert.deepEqual([found(5), found(6), found(-1)], [0, 0, 1]);
    instance.load({ models: [...instance.models.values()], twins: [added], relationships: [], routes: [] });
    assert.deepEqual([found(7), found(-1)], [0, 1]);
  });

  it("keeps a few property indexes only, the last asked for", () => {
    const records = new Map([["k", { document: { a: 1 } }]]);
    const indexes = new PropertyIndexes(records);
    for (let i = 0; i < 50; i += 1) {
      assert.deepEqual([...indexes.find(["a"], 1)], ["k"]);
      indexes.find([`p${i}`], 1);
    }
    assert.ok(indexes.size <= 8);
    const before = { document: { a: 1 } };
    indexes.changed("k", before, undefined);
    assert.deepEqual([...indexes.find(["a"], 1)], []);
  });

  it("does not look at all it could for one page", () => {
    const { examined } = runQuery(newChain(), { query: "SELECT * FROM DIGITALTWINS T WHERE T.n > 10", given: 0 }, 10);
    assert.ok(examined < 30, String(examined));
  });
});
