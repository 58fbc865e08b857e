// Queries as the pages of Azure's documentation show them, on one small graph with names of theirs, and what those pages call
// wrong.
import assert from "node:assert/strict";
import { closeDigitalTwins, collect, newDigitalTwins, refused } from "../../support/newDigitalTwins.ts";

const CONTEXT = "dtmi:dtdl:context;3";
const property = (name: string, schema: unknown) => ({ "@type": "Property", name, schema });
const relationship = (name: string, ...properties: object[]) => ({ "@type": "Relationship", name, properties });
const THING = {
  "@id": "dtmi:example:thing;1",
  "@type": "Interface",
  "@context": CONTEXT,
  contents: [
    ...["Temperature", "Humidity", "Capacity", "area"].map((name) => property(name, "double")),
    ...["firmwareVersion", "Location", "name", "phone"].map((name) => property(name, "string")),
    property("IsOccupied", "boolean"),
    property("features", { "@type": "Array", elementSchema: "string" }),
    property("size", { "@type": "Object", fields: [{ name: "width", schema: "double" }] }),
    property("tags", {
      "@type": "Map",
      mapKey: { name: "key", schema: "string" },
      mapValue: { name: "value", schema: "string" },
    }),
    relationship("contains"),
    relationship("customer", property("prop1", "integer"), property("prop2", "integer")),
    relationship("servicedBy", property("reportedCondition", "string")),
    relationship("feeds"),
  ],
};
const extending = (id: string, parent = THING["@id"]) => ({
  "@id": `dtmi:example:${id}`,
  "@type": "Interface",
  "@context": CONTEXT,
  extends: parent,
});
const MODELS = [THING, ...["Factory;1", "room;1", "lightpanel;1", "lightbulb;1"].map((id) => extending(id))];
const TWINS: [id: string, model: string, properties?: object][] = [
  ["ABC", "Factory;1", { area: 100 }],
  ["c1", "thing;1", { name: "Ann", phone: "1" }],
  ["c2", "thing;1", { name: "Bob" }],
  ["crew", "thing;1"],
  ["room1", "room;1", { Temperature: 70, Capacity: 30, firmwareVersion: "1.1", Location: "east" }],
  ["room2", "room;1", { Temperature: 55, Capacity: 10, size: { width: 3 } }],
  ["panel1", "lightpanel;1"],
  ["panel2", "lightpanel;1"],
  ["bulb1", "lightbulb;1"],
  ["bulb2", "lightbulb;1"],
  ["bulb3", "lightbulb;1"],
  ["area1-office-small", "thing;1", { tags: { red: "", size: "large" }, features: ["wifi", "tv"] }],
  ["area2-office", "thing;1", { tags: { size: "large" }, IsOccupied: true }],
];
const RELATIONSHIPS: [source: string, name: string, target: string, properties?: object][] = [
  ["ABC", "customer", "c1", { prop1: 1, prop2: 2 }],
  ["ABC", "customer", "c2", { prop1: 3 }],
  ["ABC", "contains", "room1"],
  ["ABC", "servicedBy", "crew", { reportedCondition: "clean" }],
  ["room1", "servicedBy", "crew", { reportedCondition: "dirty" }],
  ["room1", "contains", "panel1"],
  ["room2", "contains", "panel2"],
  ["panel1", "contains", "bulb1"],
  ["panel1", "contains", "bulb2"],
  ["panel2", "contains", "bulb3"],
  ["bulb1", "feeds", "bulb2"],
];
const OFFICES = ["area1-office-small", "area2-office"];
const BULBS = ["bulb1", "bulb2", "bulb3"];
const CUSTOMERS = "FROM DIGITALTWINS Factory JOIN Consumer RELATED Factory.customer Edge WHERE Factory.$dtId = 'ABC'";
const all = "SELECT * FROM DIGITALTWINS";

/** Query → its rows: the id of a twin or relationship, else columns by name. */
const EXAMPLES: Record<string, [query: string, rows: string[]][]> = {
  SELECT: [
    [all, TWINS.map(([id]) => id)],
    ["SELECT * FROM RELATIONSHIPS", RELATIONSHIPS.map(([source, , target]) => `${source}-${target}`)],
    ["SELECT COUNT() FROM DIGITALTWINS", ["COUNT=13"]],
    ["SELECT COUNT() FROM RELATIONSHIPS", ["COUNT=11"]],
    ["SELECT COUNT() FROM DIGITALTWINS WHERE IS_OF_MODEL('dtmi:example:room;1')", ["COUNT=2"]],
    ["SELECT COUNT() FROM DIGITALTWINS c WHERE IS_OF_MODEL('dtmi:example:room;1') AND c.Capacity > 20", ["COUNT=1"]],
    [
      "SELECT COUNT() FROM DIGITALTWINS Room JOIN LightPanel RELATED Room.contains JOIN LightBulb RELATED LightPanel.contains WHERE IS_OF_MODEL(LightPanel, 'dtmi:example:lightpanel;1') AND IS_OF_MODEL(LightBulb, 'dtmi:example:lightbulb;1') AND Room.$dtId IN ['room1', 'room2']",
      ["COUNT=3"],
    ],
    [
      `SELECT Consumer, Factory, Edge ${CUSTOMERS}`,
      ["Consumer=c1 Factory=ABC Edge=ABC-c1", "Consumer=c2 Factory=ABC Edge=ABC-c2"],
    ],
    [
      `SELECT Consumer.name, Edge.prop1, Edge.prop2, Factory.area ${CUSTOMERS}`,
      ["name=Ann prop1=1 prop2=2 area=100", "name=Bob prop1=3 area=100"],
    ],
    [
      `SELECT Consumer.name AS consumerName, Edge.prop1 AS first, Edge.prop2 AS second, Factory.area AS factoryArea ${CUSTOMERS}`,
      ["consumerName=Ann first=1 second=2 factoryArea=100", "consumerName=Bob first=3 factoryArea=100"],
    ],
    [
      `SELECT Consumer.name AS consumerName, Consumer.phone AS consumerPhone ${CUSTOMERS} AND IS_PRIMITIVE(Consumer.phone) AND IS_PRIMITIVE(Consumer.name)`,
      ["consumerName=Ann consumerPhone=1"],
    ],
    ["SELECT TOP (1) FROM DIGITALTWINS WHERE $dtId = 'room1'", ["room1"]],
    ["SELECT T.Temperature, T.Humidity FROM DIGITALTWINS T WHERE T.$dtId = 'room1'", ["Temperature=70"]],
    ["SELECT Temperature AS Temp FROM DIGITALTWINS WHERE $dtId = 'room1'", ["Temp=70"]],
  ],
  JOIN: [
    ["SELECT T, CT FROM DIGITALTWINS T JOIN CT RELATED T.contains WHERE T.$dtId = 'ABC'", ["T=ABC CT=room1"]],
    [
      "SELECT T, SBT, R FROM DIGITALTWINS T JOIN SBT RELATED T.servicedBy R WHERE T.$dtId = 'ABC' AND R.reportedCondition = 'clean'",
      ["T=ABC SBT=crew R=ABC-crew"],
    ],
    [
      "SELECT LightBulb FROM DIGITALTWINS Room JOIN LightPanel RELATED Room.contains JOIN LightBulb RELATED LightPanel.contains WHERE IS_OF_MODEL(LightPanel, 'dtmi:example:lightpanel;1') AND IS_OF_MODEL(LightBulb, 'dtmi:example:lightbulb;1') AND Room.$dtId IN ['room1', 'room2']",
      BULBS.map((id) => `LightBulb=${id}`),
    ],
    [
      "SELECT S FROM DIGITALTWINS T JOIN S RELATED T.servicedBy WHERE S.$dtId = 'crew' AND T.Temperature = 70",
      ["S=crew"],
    ],
    ["SELECT * FROM RELATIONSHIPS R WHERE R.reportedCondition = 'clean'", ["ABC-crew"]],
    ["SELECT * FROM RELATIONSHIPS WHERE $sourceId = 'ABC' AND $relationshipName = 'contains'", ["ABC-room1"]],
  ],
  MATCH: [
    ["SELECT B FROM DIGITALTWINS MATCH (A)-[:contains]->(B) WHERE A.$dtId = 'ABC'", ["B=room1"]],
    ["SELECT A FROM DIGITALTWINS MATCH (A)<-[:contains]-(B) WHERE B.$dtId = 'ABC'", ["A=room1"]],
    ["SELECT B FROM DIGITALTWINS MATCH (A)-[:contains|feeds]-(B) WHERE A.$dtId = 'bulb2'", ["B=bulb1", "B=panel1"]],
    ["SELECT B FROM DIGITALTWINS MATCH (A)-[]->(B) WHERE A.$dtId = 'bulb1'", ["B=bulb2"]],
    ["SELECT B FROM DIGITALTWINS MATCH (A)-[:contains*3]->(B) WHERE A.$dtId = 'ABC'", ["B=bulb1", "B=bulb2"]],
    ["SELECT B FROM DIGITALTWINS MATCH (A)-[:contains*..2]->(B) WHERE A.$dtId = 'ABC'", ["B=panel1", "B=room1"]],
    [
      "SELECT B FROM DIGITALTWINS MATCH (A)-[:contains*1..3]->(B) WHERE A.$dtId = 'ABC'",
      ["B=bulb1", "B=bulb2", "B=panel1"],
    ],
    [
      "SELECT B, R FROM DIGITALTWINS MATCH (A)-[R:servicedBy]->(B) WHERE A.$dtId = 'ABC' AND R.reportedCondition = 'clean'",
      ["B=crew R=ABC-crew"],
    ],
    [
      "SELECT C FROM DIGITALTWINS MATCH (A)-[:contains]->(B)-[:contains]->(C) WHERE A.$dtId = 'room1'",
      ["C=bulb1", "C=bulb2"],
    ],
    [
      "SELECT B FROM DIGITALTWINS MATCH (A)-[:contains*..3]->(B) WHERE A.$dtId IN ['room1', 'room2'] AND IS_OF_MODEL(B, 'dtmi:example:lightbulb;1')",
      BULBS.map((id) => `B=${id}`),
    ],
  ],
  "WHERE, operators": [
    [`${all} T WHERE T.$dtId = 'room1'`, ["room1"]],
    [`${all} T WHERE T.firmwareVersion = '1.1' AND T.$dtId IN ['room1', 'room2'] AND T.Temperature = 70`, ["room1"]],
    [`${all} WHERE Temperature > 55`, ["room1"]],
    [`${all} WHERE Temperature >= 55`, ["room1", "room2"]],
    [`${all} WHERE Temperature < 70`, ["room2"]],
    [`${all} WHERE Temperature <= 70 AND Temperature != 70`, ["room2"]],
    [`${all} WHERE Temperature <> 70 AND IS_DEFINED(Temperature)`, ["room2"]],
    [`${all} WHERE $dtId IN ['c1', 'c2']`, ["c1", "c2"]],
    [`${all} WHERE IS_OF_MODEL('dtmi:example:room;1') AND $dtId NIN ['room1']`, ["room2"]],
    [`${all} WHERE IS_OF_MODEL('dtmi:example:room;1') AND NOT Temperature = 70`, ["room2"]],
    [`${all} WHERE Temperature = 55 OR Temperature = 70`, ["room1", "room2"]],
    [`${all} WHERE (Temperature = 55 OR Temperature = 70) AND Capacity = 30`, ["room1"]],
    [`${all} WHERE IsOccupied = true`, ["area2-office"]],
    [`${all} WHERE $metadata.$model = 'dtmi:example:Factory;1'`, ["ABC"]],
    [`${all} WHERE $metadata.Temperature.lastUpdateTime > '2000-01-01T00:00:00Z'`, ["room1", "room2"]],
    [`${all} WHERE name = 'Ann'`, ["c1"]],
    [`${all} WHERE Name = 'Ann'`, []],
  ],
  "WHERE, functions": [
    [`${all} WHERE IS_DEFINED(Location)`, ["room1"]],
    [`${all} WHERE IS_DEFINED(tags.red)`, ["area1-office-small"]],
    [`${all} WHERE IS_DEFINED(tags.red) AND tags.size = 'large'`, ["area1-office-small"]],
    [`${all} WHERE NOT IS_DEFINED(tags.red) AND tags.size = 'large'`, ["area2-office"]],
    [`${all} DT WHERE IS_OF_MODEL(DT, 'dtmi:example:room;1')`, ["room1", "room2"]],
    [`${all} WHERE IS_OF_MODEL('dtmi:example:thing;1')`, TWINS.map(([id]) => id)],
    [`${all} WHERE IS_OF_MODEL('dtmi:example:thing;1', exact)`, ["c1", "c2", "crew", ...OFFICES]],
    [`${all} T WHERE IS_OF_MODEL(T, 'dtmi:example:thing;1', exact) AND T.name = 'Bob'`, ["c2"]],
    [`${all} WHERE IS_NUMBER(Temperature)`, ["room1", "room2"]],
    [`${all} WHERE IS_STRING(name)`, ["c1", "c2"]],
    [`${all} WHERE IS_BOOL(IsOccupied)`, ["area2-office"]],
    [`${all} WHERE IS_OBJECT(size)`, ["room2"]],
    [`${all} WHERE IS_PRIMITIVE(area)`, ["ABC"]],
    [`${all} WHERE IS_NULL(Temperature) AND IS_OF_MODEL('dtmi:example:room;1')`, []],
    [`${all} WHERE STARTSWITH($dtId, 'area1-')`, ["area1-office-small"]],
    [`${all} WHERE ENDSWITH($dtId, '-small')`, ["area1-office-small"]],
    [`${all} WHERE CONTAINS($dtId, '-office')`, OFFICES],
    [`${all} WHERE ARRAY_CONTAINS(features, 'tv')`, ["area1-office-small"]],
    [`${all} T WHERE IS_DEFINED(T.size.width) AND T.size.width > 2`, ["room2"]],
  ],
};

const FAULTY = [
  "SELECT * FROM DIGITALTWINS ORDER BY name",
  "SELECT COUNT() FROM DIGITALTWINS GROUP BY name",
  "SELECT * FROM (SELECT * FROM DIGITALTWINS)",
  "SELECT * FROM DIGITALTWINS WHERE $dtId IN [SELECT $dtId FROM DIGITALTWINS]",
  "SELECT * FROM DIGITALTWINS T JOIN CT RELATED T.contains WHERE T.$dtId = 'ABC'",
  "SELECT T, CT FROM DIGITALTWINS T JOIN CT RELATED T.contains",
  "SELECT T, CT FROM DIGITALTWINS T OUTER JOIN CT RELATED T.contains WHERE T.$dtId = 'ABC'",
  "SELECT B FROM DIGITALTWINS MATCH (A)-[:contains]->(B)",
  "SELECT B FROM DIGITALTWINS MATCH (A)-[R:contains*..3]->(B) WHERE A.$dtId = 'ABC' AND R.prop1 = 1",
  "SELECT B FROM DIGITALTWINS MATCH (A)-[:contains*..11]->(B) WHERE A.$dtId = 'ABC'",
  "SELECT name FROM",
  "SELECT * FROM TWINS",
  "SELECT * DIGITALTWINS",
  "SELECT TOP(-1) FROM DIGITALTWINS",
  'SELECT * FROM DIGITALTWINS WHERE name = "Ann"',
  "SELECT * FROM DIGITALTWINS WHERE name LIKE 'A%'",
  "SELECT SUM(Temperature) FROM DIGITALTWINS",
  "SELECT * FROM DIGITALTWINS WHERE IS_OF_MODEL(5)",
];

describe("embedded twin service: the documentation's queries", () => {
  let service: Awaited<ReturnType<typeof newDigitalTwins>>;

  before(async () => {
    service = await newDigitalTwins();
    const { client } = service;
    await client.createModels(MODELS);
    for (const [id, model, properties] of TWINS) {
      await client.upsertDigitalTwin(
        id,
        JSON.stringify({ $metadata: { $model: `dtmi:example:${model}` }, ...properties }),
      );
    }
    for (const [source, name, target, properties] of RELATIONSHIPS) {
      const ends = { $relationshipName: name, $targetId: target };
      await client.upsertRelationship(source, `${source}-${target}`, { ...ends, ...properties });
    }
  });
  after(closeDigitalTwins);

  for (const [page, examples] of Object.entries(EXAMPLES)) {
    it(page, async () => {
      for (const [query, rows] of examples) {
        const found = await collect(service.client.queryTwins(query));
        assert.deepEqual(found.map(show).sort(), [...rows].sort(), query);
      }
    });
  }

  it("what they call wrong is refused", async () => {
    for (const query of FAULTY) {
      await refused(collect(service.client.queryTwins(query)), 400, "SqlQueryError");
    }
  });
});

function show(row: Record<string, unknown>): string {
  const id = row["$dtId"] ?? row["$relationshipId"];
  if (id !== undefined) {
    return String(id);
  }
  const columns = Object.entries(row).map(([name, value]) => {
    const isRecord = typeof value === "object" && value !== null;
    return `${name}=${isRecord ? show(value as Record<string, unknown>) : value}`;
  });
  return columns.join(" ");
}
