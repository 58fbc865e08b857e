// SELECT and FROM clauses, limits and complaints of the embedded twin service, through the official SDK and bare.
import assert from "node:assert/strict";
import { closeDigitalTwins, refused } from "../../support/newDigitalTwins.ts";
import { newPlant } from "./queryPlant.ts";

describe("embedded twin service: SELECT and FROM", () => {
  afterEach(closeDigitalTwins);

  it("projects, renames and leaves out what is not there", async () => {
    const { ask } = await newPlant();
    const where = "WHERE T.$dtId IN ['room1', 'lab']";
    assert.deepEqual(await ask(`SELECT T.$dtId AS id, T.name, T.size.width AS [[max]] FROM DIGITALTWINS T ${where}`), [
      { id: "room1", max: 4 },
      { id: "lab", name: "O'Hara's" },
    ]);
    assert.deepEqual(await ask("SELECT $dtId, temperature FROM digitaltwins WHERE temperature > 50"), [
      { $dtId: "sensor", temperature: 55 },
    ]);
    assert.deepEqual(await ask("SELECT T.size FROM DIGITALTWINS AS T WHERE IS_DEFINED(T.size)"), [
      { size: { width: 4 } },
    ]);
    assert.deepEqual(await ask("SELECT R.[[order]] AS n FROM RELATIONSHIPS R WHERE n = 1"), []);
  });

  it("counts and takes the first", async () => {
    const { ask } = await newPlant();
    assert.deepEqual(await ask("SELECT COUNT() FROM DIGITALTWINS"), [{ COUNT: 10 }]);
    assert.deepEqual(await ask("select count ( ) from relationships where $relationshipName = 'feeds'"), [
      { COUNT: 4 },
    ]);
    assert.deepEqual(await ask("SELECT COUNT() FROM DIGITALTWINS WHERE IS_OF_MODEL('dtmi:plant:Room;1')"), [
      { COUNT: 3 },
    ]);
    assert.equal((await ask("SELECT TOP (3) FROM DIGITALTWINS")).length, 3);
    assert.deepEqual(await ask("SELECT TOP(1) $dtId FROM DIGITALTWINS T WHERE T.on = true"), [{ $dtId: "room2" }]);
    assert.deepEqual(await ask("SELECT TOP(99) T.$dtId FROM DIGITALTWINS T WHERE T.on = false"), [{ $dtId: "floor2" }]);
  });

  it("asks relationships", async () => {
    const { column } = await newPlant();
    const cases: [string, string[]][] = [
      ["$sourceId = 'sensor'", ["lab", "room1"]],
      ["R.$targetId = 'room1' AND R.$relationshipName != 'contains'", ["room1", "room1"]],
      ["R.$relationshipId = 'pipe1-room1'", ["room1"]],
      ["R.length >= 10 AND R.length < 30", ["pipe2", "pipe3"]],
      ["$sourceId IN ['floor1', 'floor2']", ["lab", "room1", "room2"]],
    ];
    for (const [where, expected] of cases) {
      assert.deepEqual(await column(`SELECT R.$targetId FROM RELATIONSHIPS R WHERE ${where}`), expected, where);
    }
  });
});

describe("embedded twin service: limits of queries", () => {
  afterEach(closeDigitalTwins);

  it("takes what is on the limit and refuses what is over it", async () => {
    const { ask } = await newPlant();
    const where = "SELECT $dtId FROM DIGITALTWINS WHERE";
    const ors = (count: number) => `${where} $dtId = 'lab'${" OR on = 5".repeat(count)}`;
    const list = (count: number) => `${where} $dtId IN [${Array.from({ length: count }, (_, i) => `'t${i}'`).join()}]`;
    const long = (length: number) => `${where} $dtId = 'lab'`.padEnd(length, " ");
    for (const [query, rows] of [
      [ors(50), 1],
      [list(100), 0],
      [long(8_000), 1],
    ] as const) {
      assert.equal((await ask(query)).length, rows);
    }
    for (const query of [ors(51), list(101), list(101).replace("IN", "NIN"), long(8_001)]) {
      await refused(ask(query), 400, "SqlQueryError");
    }
  });

  it("gives up on what would take for ever", async () => {
    const { client, ask } = await newPlant();
    const ids = Array.from({ length: 7 }, (_, i) => `ring${i}`);
    for (const id of ids) {
      await client.upsertDigitalTwin(id, JSON.stringify({ $metadata: { $model: "dtmi:plant:Node;1" } }));
    }
    for (const source of ids) {
      for (const target of ids.filter((id) => id !== source)) {
        const ends = { $relationshipName: "feeds", $targetId: target };
        await client.upsertRelationship(source, `${source}-${target}`, ends);
      }
    }
    const all = "FROM DIGITALTWINS MATCH (A)-[*..10]-(B) WHERE A.$dtId = 'ring0'";
    await refused(ask(`SELECT COUNT() ${all}`), 400, "TimeoutError");
    assert.equal((await ask(`SELECT TOP(5) B ${all}`)).length, 5);
  });
});

describe("embedded twin service: complaints about queries", () => {
  afterEach(closeDigitalTwins);

  it("answers as the real service was recorded to", async () => {
    const { request } = await newPlant();
    const { status, body } = await request("POST", "/query", { query: "foo" });
    assert.equal(status, 400);
    const message =
      "SQL query parse failed: SQL Parser Error, Line=1, Position=0, Message=missing SELECT at 'foo' See samples in https://aka.ms/adtv2query for the correct syntax.";
    assert.deepEqual(body, { error: { code: "SqlQueryError", message } });
  });

  it("says line, position and what was expected", async () => {
    const { request } = await newPlant();
    const cases: [string, string][] = [
      ["SELECT", "Line=1, Position=6, Message=mismatched input '<EOF>' expecting a name"],
      [
        "SELECT *\nFROM\n  TWINS",
        "Line=3, Position=2, Message=mismatched input 'TWINS' expecting {DIGITALTWINS, RELAT",
      ],
      [
        "SELECT * FROM DIGITALTWINS WHERE a =",
        "Position=36, Message=mismatched input '<EOF>' expecting a name or value",
      ],
      ["SELECT * FROM DIGITALTWINS WHERE a IN ('b')", "Position=38, Message=mismatched input '(' expecting '['"],
      ["SELECT * FROM DIGITALTWINS WHERE a = 'b", "Position=37, Message=this string is never closed"],
      ['SELECT * FROM DIGITALTWINS WHERE a = "b"', "strings stand in single quotes"],
      [
        "SELECT * FROM DIGITALTWINS WHERE group = 'b'",
        "Position=33, Message=mismatched input 'group' expecting a name or value; as a name the reserved word has to be written [[group]]",
      ],
      [
        "SELECT * FROM DIGITALTWINS WHERE SOUNDEX(a)",
        "Position=33, Message=there is no function SOUNDEX, expecting one of STARTSWITH",
      ],
      ["SELECT * FROM DIGITALTWINS WHERE IS_NULL(a, b)", "Position=33, Message=IS_NULL takes 1 arguments, not 2"],
      ["SELECT * FROM DIGITALTWINS WHERE a[0] = 1", "Position=34, Message=arrays cannot be indexed"],
      ["SELECT * FROM DIGITALTWINS T ORDER BY T.a", "Position=29, Message=ORDER BY is not supported"],
      ["SELECT * FROM DIGITALTWINS WHERE a = 1 GROUP BY a", "Position=39, Message=GROUP BY is not supported"],
      ["SELECT * FROM (SELECT * FROM DIGITALTWINS)", "Position=14, Message=subqueries are not supported"],
      ["SELECT * FROM DIGITALTWINS WHERE a IN [SELECT b]", "Position=39, Message=subqueries are not supported"],
      ["SELECT SUM(T.a) FROM DIGITALTWINS T", "Position=7, Message=mismatched input 'SUM' expecting a name"],
      ["SELECT COUNT(T) FROM DIGITALTWINS T", "Position=13, Message=mismatched input 'T' expecting ')'"],
      [
        "SELECT TOP(0) FROM DIGITALTWINS T",
        "Position=11, Message=mismatched input '0' expecting a whole number above 0",
      ],
      ["SELECT X.a FROM DIGITALTWINS T", "Position=7, Message=expecting a name that begins with T"],
      ["SELECT *, a FROM DIGITALTWINS", "Position=8, Message=mismatched input ',' expecting FROM"],
      ["SELECT * FROM DIGITALTWINS; DROP", "Position=26, Message=token recognition error at: ';'"],
      [
        "SELECT B FROM DIGITALTWINS A JOIN B RELATED X.c WHERE A.$dtId = 'a'",
        "Position=44, Message='X' names no collection, expecting one of A",
      ],
      [
        "SELECT B FROM DIGITALTWINS A JOIN B RELATED A.c",
        "Position=47, Message=JOIN and MATCH need a twin's $dtId in WHERE",
      ],
      ["SELECT * FROM RELATIONSHIPS WHERE IS_OF_MODEL('dtmi:a;1')", "Position=34, Message=IS_OF_MODEL is asked of"],
      [
        "SELECT * FROM DIGITALTWINS WHERE IS_OF_MODEL(5)",
        "Position=33, Message=expecting IS_OF_MODEL([collection,] 'model id' [, exact])",
      ],
    ];
    for (const [query, expected] of cases) {
      const { status, body } = await request("POST", "/query", { query });
      const { error } = body as { error: { code: string; message: string } };
      assert.deepEqual([status, error.code], [400, "SqlQueryError"], query);
      assert.ok(error.message.includes(expected), `${query}: ${error.message}`);
    }
  });
});
